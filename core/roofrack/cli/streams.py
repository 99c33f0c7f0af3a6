"""Standard streams as they come: closed ones, and ones that cannot take every character."""

from __future__ import annotations

import codecs
import os
import sys
from typing import TextIO

from roofrack.text import in_ascii

_HANDLER = "roofrack-ascii"


def prepare_streams() -> None:
    """Make the three streams usable.

    Python has None for a stream that was closed before the start; then nothing is read and nobody sees what is written.
    Where a stream's encoding lacks a character, what ASCII has for it is written instead.
    """
    sys.stdin = sys.stdin or _nowhere("r")
    sys.stdout = sys.stdout or _nowhere("w")
    sys.stderr = sys.stderr or _nowhere("w")
    for stream in (sys.stdout, sys.stderr):
        encoding = getattr(stream, "encoding", None) or "utf-8"
        if codecs.lookup(encoding).name != "utf-8" and hasattr(stream, "reconfigure"):
            codecs.register_error(_HANDLER, _in_ascii)
            stream.reconfigure(errors=_HANDLER)


def give_up_output() -> None:
    """Keep Python from complaining at exit about output that nobody takes any more."""
    devnull = os.open(os.devnull, os.O_WRONLY)
    os.dup2(devnull, sys.stdout.fileno())
    os.close(devnull)


def _nowhere(mode: str) -> TextIO:
    return open(os.devnull, mode, encoding="utf-8")  # noqa: PTH123 (open as long as the process)


def _in_ascii(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return in_ascii(error.object[error.start : error.end]), error.end
