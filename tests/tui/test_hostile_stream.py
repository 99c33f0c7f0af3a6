"""Names that attack, shown by the real command on a real terminal: none of their escapes may be in what it writes."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from scripts.ptyterminal import Terminal

from roofrack.catalog.chunks import chunks
from roofrack.catalog.library import SHIPPED

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")

EVIL = (
    "evil\x1b[31;5mred\x1b[2J\x1b]52;c;aGk=\x07\x1b]0;title\x07\x1bPq#0\x1b\\\x9b31m\x9d52;c;eA==\x9c"
    "\u202eright to left\u202c\u2066iso\u2069 zero\u200bwidth\ufeff \u4e2d\u6587 \U0001f600 e\u0301 \x00\x08\x7f\r[bold red]x[/] [@click=app.quit]q[/]"
)
LONG = "long-" + "ab\u0301\u4e2d" * 2500
NAMES = ((EVIL, "[bold red]x[/]"), (LONG, "long-ab"))
"""Names, and what can be seen of them where they are shown."""
COMMAND = (sys.executable, "-m", "roofrack")

_POINTER = re.compile(rb"\x1b\]22;[a-z-]*\x07")
"""The shape of the mouse pointer, by Textual."""
_SEQUENCE = re.compile(rb"\x1b(?:\[(?P<csi>[0-?]*[ -/]*[@-~])|(?P<other>.))")
_OWN = re.compile(rb"[\d;]*[mHABCDd]|\??[\d;]*[hl]|[02]?[JK]|[<>=?][\d;]*u|\?\d+\$p|\d* q|6n|\d+;\d+;\d+t")
"""What Textual and the cell-diff driver write: colours, cursor, modes, erasing, keyboard protocol, queries."""
_CHANGES_READING = re.compile("[\u0080-\u009f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff\x00\x07\x7f]")


def foreign(stream: bytes) -> list[str]:
    """What the stream has that no program of ours writes."""
    stream, found = _POINTER.sub(b"", stream), []
    for match in _SEQUENCE.finditer(stream):
        csi = match["csi"]
        if match["other"] not in (b"D", b"M") and (csi is None or not _OWN.fullmatch(csi)):
            found.append(repr(stream[match.start() : match.end() + 12]))
    text = _SEQUENCE.sub(b"", stream).decode("utf-8", errors="strict")
    return found + [repr(one) for one in _CHANGES_READING.findall(text)]


def toml(text: str) -> str:
    """A TOML string of anything."""
    return '"' + "".join(f"\\U{ord(c):08x}" if not (c.isascii() and c.isalnum()) else c for c in text) + '"'


def own_preset(home: Path, table: str, file: str, own_id: str, name: str) -> None:
    """A preset of one's own: a shipped one with that name, notes and source."""
    row = next(c.text for c in chunks(SHIPPED / file, table))
    row = re.sub(r"^(aliases|hub_ids|driver_names) = \[[^]]*\]\n", "", row, flags=re.MULTILINE)
    row = re.sub(r"^(name|notes) = .*$", lambda found: f"{found[1]} = {toml(name)}", row, flags=re.MULTILINE)
    row = re.sub(r'\btext = "[^"]*"', lambda _: f"text = {toml(name)}", row)
    row = re.sub(r"^id = .*$", f'id = "{own_id}"', row, count=1, flags=re.MULTILINE)
    folder = home / "roofrack" / "presets"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{table}.toml").write_text(row, encoding="utf-8")


def own_presets(home: Path, name: str) -> None:
    """A model, a device and a format of one's own with that name."""
    own_preset(home, "model", "models/llama.toml", "evil/model", name)
    own_preset(home, "device", "devices/nvidia-datacenter.toml", "evil-device", name)
    own_preset(home, "format", "formats.toml", "evil-format", name)


def scenario(home: Path, name: str) -> Path:
    """A scenario file with that title and story."""
    path = home / "evil.toml"
    path.write_text(
        f'title = {toml(name)}\nstory = [{toml(name)}, {toml(name)}]\nmodel = "llama-3.1-8b"\n[rack]\ndevice = "h100-sxm5-80gb"\n',
        encoding="utf-8",
    )
    return path


def environment(home: Path, **more: str) -> dict[str, str | None]:
    places = {f"XDG_{name}_HOME": str(home) for name in ("CONFIG", "STATE", "DATA", "CACHE")}
    return {**places, "HOME": str(home), "NO_COLOR": None, "TEXTUAL_THEME": None, **more}


def shown(command: tuple[str, ...], env: dict[str, str | None], *keys: str) -> Terminal:
    """The terminal after some keys; closed, with all that was written."""
    with Terminal((*COMMAND, *command), (100, 30), env) as terminal:
        terminal.read_until_quiet(1.2, 20)
        for key in keys:
            terminal.press(key)
            terminal.read_until_quiet(0.15, 10)
        return terminal


@pytest.mark.parametrize(("name", "shown_as"), NAMES, ids=["escapes", "10,000 characters"])
def test_names_of_scenarios(tmp_path: Path, name: str, shown_as: str) -> None:
    path = scenario(tmp_path, name)
    ran = shown(("tui", "--scenario", str(path)), environment(tmp_path), "P", "P", "E")
    seen = "\n".join(ran.screen())
    assert not foreign(bytes(ran.stream)), foreign(bytes(ran.stream))[:5]
    assert shown_as in bytes(ran.stream).decode()
    assert "Traceback" not in seen


@pytest.mark.parametrize(("name", "shown_as"), NAMES, ids=["escapes", "10,000 characters"])
def test_names_of_presets(tmp_path: Path, name: str, shown_as: str) -> None:
    own_presets(tmp_path, name)
    asked = ("tui", "evil/model", "--rack", "2xevil-device")
    keys = (
        "/",
        *"evil",
        "escape",
        *"wepcE",
        "escape",
        "escape",
        "L",
        "escape",
        "2",
        "i",
        "escape",
        "L",
        "escape",
        *"mar",
    )
    ran = shown(asked, environment(tmp_path), *keys)
    assert not foreign(bytes(ran.stream)), foreign(bytes(ran.stream))[:5]
    assert shown_as in bytes(ran.stream).decode()
    assert "Traceback" not in "\n".join(ran.screen())


@pytest.mark.parametrize(("name", "shown_as"), NAMES, ids=["escapes", "10,000 characters"])
@pytest.mark.parametrize(
    "command", [("show", "evil/model"), ("show", "evil-device"), ("show", "evil-format"), ("gpus",)], ids=" ".join
)
def test_names_of_presets_in_commands(tmp_path: Path, command: tuple[str, ...], name: str, shown_as: str) -> None:
    own_presets(tmp_path, name)
    with Terminal((*COMMAND, *command), (100, 30), environment(tmp_path)) as terminal:
        terminal.read_until_quiet(1.2, 20)
        stream = bytes(terminal.stream)
    assert not foreign(stream), foreign(stream)[:5]
    assert shown_as in stream.decode()
    assert b"Traceback" not in stream


@pytest.mark.parametrize("variable", ["TEXTUAL_THEME", "COLORTERM", "LC_ALL", "OLLAMA_MODELS", "HF_HOME"])
def test_the_environment(tmp_path: Path, variable: str) -> None:
    ran = shown((), environment(tmp_path, **{variable: EVIL.replace("\x00", "")}), "?", "escape")
    assert not foreign(bytes(ran.stream)), foreign(bytes(ran.stream))[:5]
    assert b"Traceback" not in ran.stream


@pytest.mark.parametrize(
    "arguments",
    [
        ("plan", "{}"),
        ("plan", "llama-3.1-8b", "--rack", "{}"),
        ("plan", "llama-3.1-8b", "--weights", "{}"),
        ("explain", "llama-3.1-8b", "--rack", "h100-sxm5-80gb", "{}"),
        ("{}",),
        ("--{}",),
        ("inspect", "{}"),
        ("compare", "{}", "{}"),
        ("search", "{}", "--users", "{}"),
    ],
    ids=lambda arguments: " ".join(arguments),
)
@pytest.mark.parametrize("evil", [EVIL.replace("\x00", ""), LONG], ids=["escapes", "10,000 characters"])
def test_arguments(tmp_path: Path, arguments: tuple[str, ...], evil: str) -> None:
    given = [one.format(evil) for one in arguments]
    env = {**os.environ, **{name: value for name, value in environment(tmp_path).items() if value is not None}}
    ran = subprocess.run([*COMMAND, *given], capture_output=True, env=env, timeout=60, check=False)
    assert ran.returncode == 2, (ran.returncode, ran.stderr[:500])
    assert not foreign(ran.stdout + ran.stderr), foreign(ran.stdout + ran.stderr)[:5]
    assert b"Traceback" not in ran.stderr
    assert len(ran.stderr) < 4000
