"""The driver for terminals of Linux and macOS."""

from typing import Any

from textual import events
from textual.app import App
from textual.drivers.linux_driver import LinuxDriver
from textual.message import Message

from roofrack_tui.terminal.output import DiffedOutput


class CellDiffLinuxDriver(LinuxDriver):
    """Textual's own driver, sending only the cells that change."""

    def __init__(
        self, app: App[Any], *, debug: bool = False, mouse: bool = True, size: tuple[int, int] | None = None
    ) -> None:
        super().__init__(app, debug=debug, mouse=mouse, size=size)
        self._output = DiffedOutput(super().write)

    def write(self, data: str) -> None:
        """Send what differs from the screen."""
        self._output.write(data)

    def redraw(self) -> None:
        """Forget what the terminal shows, so that the next repaint sends everything."""
        self._output.cells.drop()

    def process_message(self, message: Message) -> None:
        """Note that the terminal was resized, or that it has the focus again, and go on as Textual does."""
        if isinstance(message, events.Resize):
            self._output.cells.resize(message.size.width, message.size.height)
        elif isinstance(message, events.AppFocus):
            self._output.cells.drop()
        super().process_message(message)

    def _get_terminal_size(self) -> tuple[int, int]:
        # Textual asks at the start and whenever the terminal signals a new size (which reaches no public method).
        width, height = super()._get_terminal_size()
        self._output.cells.resize(width, height)
        return width, height
