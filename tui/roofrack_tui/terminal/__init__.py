"""The cell-diff driver: Textual's output, reduced to the cells that change.

    App(driver_class=driver_class())

The driver forgets what the terminal shows when the terminal is resized, suspended, focused again or erased, and on
`redraw`. It does not make text safe: an escape sequence inside a text reaches the terminal with it or without it.
"""

import os
import sys
from typing import Any

from textual import constants
from textual.app import App
from textual.driver import Driver

OFF_VARIABLE = "ROOFRACK_NO_CELL_DIFF"
_LINUX = "textual.drivers.linux_driver:LinuxDriver"
_WEB = "textual.drivers.web_driver:WebDriver"


def driver_class() -> type[Driver] | None:
    """The driver for this process.

    Returns:
        The cell-diff driver which takes the place of the one that Textual would choose, or None to leave the choice to
        Textual: on Windows, for drivers not known here, and where ROOFRACK_NO_CELL_DIFF is set to anything but 0.
    """
    if os.environ.get(OFF_VARIABLE, "0") not in ("", "0"):
        return None
    chosen = constants.DRIVER or ("" if sys.platform == "win32" else _LINUX)
    if chosen == _LINUX:
        from roofrack_tui.terminal.linux import CellDiffLinuxDriver

        return CellDiffLinuxDriver
    if chosen == _WEB:
        from roofrack_tui.terminal.web import CellDiffWebDriver

        return CellDiffWebDriver
    return None


def redraw(app: App[Any]) -> None:
    """Send the whole screen again, whatever the terminal shows."""
    drop = getattr(app._driver, "redraw", None)
    if drop is not None:
        drop()
    app.refresh(layout=True)
