"""Exit codes, once: what `main` returns, and what help, man page and README say."""

from typing import NamedTuple


class Exit(NamedTuple):
    """An exit code and what it means."""

    code: int
    meaning: str


FINE = Exit(0, "fine")
DOES_NOT_FIT = Exit(1, "does not fit (only with --check)")
BAD_INPUT = Exit(2, "bad input: the message names what is wrong and what to do")
UNAVAILABLE = Exit(
    3, "not possible here: the terminal cannot draw, an optional package is missing, output cannot be written"
)
INTERRUPTED = Exit(130, "interrupted")
SIGNALLED = 128
"""Plus a signal's number: what a shell says of a process that the signal has ended."""

HUNG_UP = Exit(SIGNALLED + 1, "hung up (SIGHUP) on a terminal that lives on; as for SIGTERM")
TERMINATED = Exit(SIGNALLED + 15, "told to end (SIGTERM); the app saves its session and leaves the terminal as it was")
EXITS = (FINE, DOES_NOT_FIT, BAD_INPUT, UNAVAILABLE, HUNG_UP, INTERRUPTED, TERMINATED)
