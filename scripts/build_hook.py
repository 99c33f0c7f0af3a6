"""What hatchling runs for a wheel: writes the man page from the parser that goes into the very same wheel."""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class ManPageHook(BuildHookInterface[Any]):
    """Adds `share/man/man1/roofrack.1`."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Write the page, and say where it goes.

        Args:
            version: `standard`, or `editable` for a checkout, which has no page.
            build_data: What hatchling will pack.
        """
        if version == "editable":
            return
        root = Path(self.root)
        sys.path[:0] = [str(root), *(str(root / place) for place in ("core", "tui", "presets"))]
        from scripts.man_page import man_page

        self._folder = Path(mkdtemp(prefix="roofrack-man-"))
        page = self._folder / "roofrack.1"
        page.write_text(man_page(), encoding="ascii")
        build_data["shared_data"][str(page)] = "share/man/man1/roofrack.1"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:  # noqa: ARG002 (hatchling's)
        """Take the page away again.

        Args:
            version: As for `initialize`.
            build_data: As for `initialize`.
            artifact_path: The wheel.
        """
        if version != "editable":
            (self._folder / "roofrack.1").unlink()
            self._folder.rmdir()
