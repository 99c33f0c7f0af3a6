"""Draw the screens that the README shows, as SVG: `python -m scripts.screenshots`."""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

FOLDER = Path(__file__).parent.parent / "screenshots"


class Shot(NamedTuple):
    """One picture.

    Args:
        name: File name without ending.
        scenario: Id of the ready scenario.
        size: Cells across and down.
        keys: Keys pressed before the picture is taken.
        theme: Name of the theme.
    """

    name: str
    scenario: str
    size: tuple[int, int]
    keys: tuple[str, ...] = ()
    theme: str = "roofrack-dark"


SHOTS = (
    Shot("plan", "70b-precisions", (120, 40), ("7",)),
    Shot("plan-light", "70b-precisions", (120, 40), ("3", "right"), "roofrack-light"),
    Shot("does-not-fit", "70b-precisions", (120, 40), ("2", "j", "g", "h", "h", "h", "h")),
    Shot("moe", "moe-against-dense", (200, 60), ("7",)),
    Shot("small", "laptop", (80, 24), ("3",)),
    Shot("compare", "70b-precisions", (120, 40), ("p", "3", "right", "right", "p", "2", "down", "plus", "c")),
    Shot("scenarios", "a100-pair", (120, 40), ("o", "down", "down", "down")),
    Shot("help", "long-context", (120, 40), ("6", "question_mark")),
)


async def draw(shot: Shot) -> str:
    """Run the app until everything is drawn and return the screen as SVG.

    Args:
        shot: The picture.
    """
    from roofrack.catalog import default_catalog
    from roofrack_tui.app import RoofrackApp

    catalog = default_catalog()
    app = RoofrackApp(catalog.scenario(shot.scenario), catalog, theme=shot.theme)
    async with app.run_test(size=shot.size) as pilot:
        for keys in ((), *((key,) for key in shot.keys), ()):
            await pilot.press(*keys)
            await pilot.app.workers.wait_for_complete()
            await pilot.pause()
        return app.export_screenshot(title=f"roofrack --scenario {shot.scenario}")


def main() -> int:
    """Draw all pictures, with nobody's own presets in them."""
    with tempfile.TemporaryDirectory() as empty:
        os.environ["XDG_CONFIG_HOME"] = empty
        for variable in ("NO_COLOR", "TEXTUAL_THEME"):
            os.environ.pop(variable, None)
        FOLDER.mkdir(exist_ok=True)
        for shot in SHOTS:
            path = FOLDER / f"{shot.name}.svg"
            path.write_text(asyncio.run(draw(shot)), encoding="utf-8")
            print(path.relative_to(FOLDER.parent))
    return 0


if __name__ == "__main__":
    sys.exit(main())
