"""A screen as SVG, and SVG as PNG through a Chromium that is there."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import tempfile
from pathlib import Path
from typing import Any

from textual.app import App

from roofrack.errors import InputError, UnavailableError

BROWSERS = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome", "microsoft-edge")
"""Programs that draw SVG with `--headless --screenshot`; one that ROOFRACK_CHROMIUM names comes first."""

PATIENCE_S = 30.0
"""Longest time that drawing may take; on a busy machine of two cores it took 3 s."""

_FOREIGN_FONT = re.compile(r",\s*url\(\"https?://[^)]*\) format\(\"[^\"]*\"\)")
_VIEW_BOX = re.compile(r'viewBox="0 0 ([0-9.]+) ([0-9.]+)"')


def screen_svg(app: App[Any], title: str) -> str:
    """What is on screen as SVG that asks no other host for fonts.

    Args:
        app: The app.
        title: What stands above it.
    """
    return _FOREIGN_FONT.sub("", app.export_screenshot(title=title))


def browser() -> str:
    """The path of a Chromium; raises UnavailableError where there is none."""
    named = os.environ.get("ROOFRACK_CHROMIUM", "").strip()
    for name in (named,) if named else BROWSERS:
        if found := shutil.which(name):
            return found
    raise UnavailableError(
        f"a PNG needs {named or 'Chromium'}, which is not there",
        "install it, name another in ROOFRACK_CHROMIUM, or export the SVG, which every browser shows",
    )


async def png_of(svg: str, *, patience_s: float = PATIENCE_S) -> bytes:
    """Draw an SVG as PNG, in a process that is ended when this is cancelled.

    Args:
        svg: The picture.
        patience_s: Longest time to wait, s.

    Raises:
        InputError: There is no Chromium, it failed, or it took too long.
    """
    program = browser()
    with tempfile.TemporaryDirectory(prefix="roofrack-") as folder:
        picture, drawn = Path(folder, "screen.svg"), Path(folder, "screen.png")
        await asyncio.to_thread(picture.write_text, svg, encoding="utf-8")
        process = await asyncio.create_subprocess_exec(
            program,
            *_arguments(svg, Path(folder, "profile"), drawn),
            picture.as_uri(),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        try:
            await asyncio.wait_for(process.wait(), patience_s)
        except (TimeoutError, asyncio.TimeoutError):
            raise InputError(f"{program} did not draw within {patience_s:g} s", "export the SVG instead") from None
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        if process.returncode or not drawn.is_file():
            raise InputError(f"{program} failed with exit code {process.returncode}", "export the SVG instead")
        return await asyncio.to_thread(drawn.read_bytes)


def _arguments(svg: str, profile: Path, drawn: Path) -> list[str]:
    found = _VIEW_BOX.search(svg)
    width, height = (round(float(side)) for side in found.groups()) if found else (1500, 1050)
    return [
        "--headless",
        "--disable-gpu",
        "--hide-scrollbars",
        "--force-device-scale-factor=2",
        # Chromium refuses its sandbox to root; the picture is the only page and has no script.
        *(["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []),
        f"--user-data-dir={profile}",
        f"--screenshot={drawn}",
        f"--window-size={width},{height}",
    ]
