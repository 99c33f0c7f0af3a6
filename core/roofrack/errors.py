"""The errors that a person can mend: each names what is wrong and what to do."""

from __future__ import annotations

from pathlib import Path

from roofrack.text import clean

_LISTED = {
    "model": "models",
    "GPU": "gpus",
    "weights format": "formats",
    "KV format": "formats",
    "engine": "engines",
    "scenario": "scenarios",
}
"""The command that lists all presets of a kind."""


_LONGEST_PATH = 300
"""Characters of a path in an error: what is wrong comes after it, and has to be seen."""


class RoofrackError(Exception):
    """Base of every error that roofrack raises on purpose."""


class InputError(RoofrackError):
    """Something that came from outside cannot be used.

    Args:
        problem: What is wrong, naming the field or the argument.
        hint: What to do about it; empty when the problem says it all.
    """

    def __init__(self, problem: str, hint: str = "") -> None:
        self.problem = clean(problem, limit=400)
        self.hint = clean(hint, limit=400)
        super().__init__(f"{self.problem}: {self.hint}" if self.hint else self.problem)


class UnknownIdError(InputError):
    """No preset has this id or alias.

    Args:
        kind: What was looked for, in the user's words: "model", "GPU", "weights format" …
        wanted: What the user wrote.
        near: Ids that look alike, best first.
    """

    def __init__(self, kind: str, wanted: str, near: tuple[str, ...] = ()) -> None:
        self.kind = kind
        self.wanted = wanted
        self.near = near
        listed = f"roofrack {_LISTED[kind]} lists them" if kind in _LISTED else ""
        hint = f"did you mean {', '.join(near)}?" if near else listed
        super().__init__(f"unknown {kind} '{clean(wanted, limit=80)}'", hint)


class UnavailableError(InputError):
    """What was asked for is fine, but this place lacks what it needs: a terminal that can draw, an optional package."""


def file_error(path: Path | str, problem: str, hint: str = "") -> InputError:
    """An error about a file, naming it once and shortly."""
    return InputError(f"{clean(str(path), limit=_LONGEST_PATH)}: {problem}", hint)
