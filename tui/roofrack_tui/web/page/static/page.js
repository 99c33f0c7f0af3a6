// The websocket is beside this page, by whatever name and through whatever proxy the page came.
const terminal = document.getElementById("terminal");
const beside = new URL("ws", window.location.href);
beside.protocol = beside.protocol === "https:" ? "wss:" : "ws:";
beside.search = "";
terminal.dataset.sessionWebsocketUrl = beside.href;
document.getElementById("start").addEventListener("click", () => window.location.reload());
// Keys go to the app without a click first.
new MutationObserver((_, observer) => {
  const keyboard = terminal.querySelector(".xterm-helper-textarea");
  if (document.body.classList.contains("-first-byte") && keyboard) {
    observer.disconnect();
    keyboard.focus();
  }
}).observe(document.documentElement, { attributes: true, subtree: true, attributeFilter: ["class"] });
