"""The driver for a browser, as textual-serve runs the app."""

from typing import Any, cast

from textual.app import App
from textual.drivers.web_driver import WebDriver
from textual.messages import ExitApp

from roofrack_tui.terminal.output import DiffedOutput


class CellDiffWebDriver(WebDriver):
    """Textual's own driver, sending only the cells that change."""

    def __init__(
        self, app: App[Any], *, debug: bool = False, mouse: bool = True, size: tuple[int, int] | None = None
    ) -> None:
        super().__init__(app, debug=debug, mouse=mouse, size=size)
        self._output = DiffedOutput(super().write)
        if self._size is not None:
            self._output.cells.resize(*self._size)

    def write(self, data: str) -> None:
        """Send what differs from the screen."""
        self._output.write(data)

    def redraw(self) -> None:
        """Forget what the terminal shows, so that the next repaint sends everything."""
        self._output.cells.drop()

    def start_application_mode(self) -> None:
        """Start as Textual does, and switch line wrap off, as Textual does on terminals.

        Otherwise text of unagreed width might wrap anywhere, and all cells would be unknown after it.
        """
        super().start_application_mode()
        self.write("\x1b[?7l")

    def run_input_thread(self) -> None:
        """Take input as Textual does, and leave when it ends: the server is gone, however it went."""
        super().run_input_thread()
        if not self.exit_event.is_set():
            self._app.post_message(ExitApp())

    def on_meta(self, packet_type: str, payload: dict[str, object]) -> None:
        """Note that the browser was resized, or that it has the focus again, and go on as Textual does."""
        if packet_type == "resize":
            self._output.cells.resize(cast(int, payload["width"]), cast(int, payload["height"]))
        elif packet_type == "focus":
            self._output.cells.drop()
        super().on_meta(packet_type, payload)
