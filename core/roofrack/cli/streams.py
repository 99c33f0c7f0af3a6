"""Standard streams as they come: closed ones, and ones that cannot take every character."""

from __future__ import annotations

import codecs
import os
import sys
from contextlib import suppress

from roofrack.text import in_ascii

_HANDLER = "roofrack-ascii"


def prepare_streams() -> None:
    """Make the three streams usable.

    Python has None for a stream that was closed before the start; then nothing is read and nobody sees what is written.
    Where a stream's encoding lacks a character, what ASCII has for it is written instead.
    """
    sys.stdin = sys.stdin or open(os.devnull, encoding="utf-8")  # noqa: PTH123, SIM115 (open as long as the process)
    sys.stdout = sys.stdout or open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115
    sys.stderr = sys.stderr or open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115
    for stream in (sys.stdout, sys.stderr):
        encoding = getattr(stream, "encoding", None) or "utf-8"
        if codecs.lookup(encoding).name != "utf-8" and hasattr(stream, "reconfigure"):
            codecs.register_error(_HANDLER, _in_ascii)
            stream.reconfigure(errors=_HANDLER)


def give_up_output() -> None:
    """Keep Python from complaining at exit about output that nobody takes any more."""
    with suppress(OSError, ValueError):  # it may be no file at all, where a program calls `main`
        number = sys.stdout.fileno()
        devnull = os.open(os.devnull, os.O_WRONLY)
        os.dup2(devnull, number)
        os.close(devnull)


def _in_ascii(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return in_ascii(error.object[error.start : error.end]), error.end
