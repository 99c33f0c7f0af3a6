"""What the app remembers from one time to the next: the last plan, its story and pins, and how the screen looked.

The file is JSON with a checksum. Where that holds, roofrack wrote the file itself and it is read without pydantic, whose import would
cost more than the rest of the start; a file that somebody changed is validated in full.
"""

import dataclasses
import zlib
from pathlib import Path
from typing import Annotated, Any

from roofrack.domain import ScenarioSpec
from roofrack.domain.base import Frozen, Range, Text
from roofrack.errors import InputError, file_error
from roofrack.places import state_directory

VERSION = 1
MOST_BYTES = 2**20
"""A session is a few kB; a larger file is none."""


class Pinned(Frozen):
    """A plan that was pinned, with the name that a person gave it."""

    spec: ScenarioSpec
    name: Text = ""


class Session(Frozen):
    """What is remembered.

    Args:
        spec: The last scenario; None before the first was left.
        opened: The scenario that its story begins with; None where it has no story.
        caption: The caption that was shown, from 0.
        pins: Pinned plans.
        theme: Name of the theme that was chosen in the app; None where none was.
        keys_shown: Whether the key line was shown.
        pane: Number of the pane that had the focus.
    """

    spec: ScenarioSpec | None = None
    opened: ScenarioSpec | None = None
    caption: Annotated[int, Range(0, 10_000)] = 0
    pins: tuple[Pinned, ...] = ()
    theme: Text | None = None
    keys_shown: bool = True
    pane: Annotated[int, Range(1, 9)] = 1


def session_path() -> Path:
    """Where it is kept."""
    return state_directory() / "session.json"


def save_session(session: Session, path: Path) -> None:
    """Write it, whole or not at all.

    Args:
        session: What to remember.
        path: Where.

    Raises:
        InputError: It cannot be written there.
    """
    import json

    from roofrack.files import write_whole

    data = _data(session)
    write_whole(path, json.dumps({"version": VERSION, "seal": _seal(data), "session": data}, indent=1) + "\n")


def load_session(path: Path) -> Session | None:
    """Read it.

    Args:
        path: Where it is kept.

    Returns:
        What was remembered; None where there is no file.

    Raises:
        InputError: The file cannot be read, or is not a session of this version; it names what is wrong.
    """
    try:
        if not path.is_file():
            if path.exists():
                raise file_error(path, "not a regular file")
            return None
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise file_error(path, error.strerror or "cannot be read") from None
    if len(content) > MOST_BYTES:
        raise file_error(path, f"larger than {MOST_BYTES // 2**20} MiB")
    return _session(content, path)


def _session(content: bytes, path: Path) -> Session:
    import json

    from roofrack.validation import trusted, validated

    try:
        found = json.loads(content)
        version, seal, data = (found[key] for key in ("version", "seal", "session"))
    except (ValueError, RecursionError, TypeError, KeyError, IndexError):
        raise file_error(path, "not a session of roofrack") from None
    if version != VERSION or not isinstance(data, dict):
        raise file_error(path, "of another version of roofrack")
    if seal != _seal(data):
        return validated(Session, data, str(path))
    try:
        return trusted(Session, data)
    except (TypeError, ValueError, KeyError, AttributeError) as error:
        raise file_error(path, f"of another version of roofrack ({error})") from None


def _seal(data: dict[str, Any]) -> str:
    """A checksum of what was written."""
    import json

    return f"{zlib.crc32(json.dumps(data).encode()):08x}"


def _data(table: Frozen) -> dict[str, Any]:
    """A domain object as plain data: only what differs from the defaults."""
    values = {field.name: (getattr(table, field.name), field.default) for field in dataclasses.fields(table)}  # type: ignore[arg-type]
    return {name: _plain(value) for name, (value, default) in values.items() if value != default}


def _plain(value: Any) -> Any:
    if isinstance(value, Frozen):
        return _data(value)
    return [_plain(item) for item in value] if isinstance(value, tuple) else value


def problem_of(error: InputError) -> str:
    """What to say about a session that cannot be used.

    Args:
        error: Why.
    """
    return f"the last session is ignored: {error}"
