"""Writing files so that a reader, or a machine that dies, finds the old one or the new one and never half of one; and what to say of them."""

from __future__ import annotations

import os
import re
import stat
import time
from contextlib import suppress
from pathlib import Path
from typing import Literal

from roofrack.errors import InputError, file_error
from roofrack.places import config_directory, expanded, state_directory
from roofrack.text import clean

_LEFT_BEHIND_AFTER_S = 3600
"""No save takes so long: a temporary file of this age is of one that was killed."""


def write_whole(path: Path, content: str | bytes, *, new: bool = False, makes_folders: bool = False) -> None:
    """Write a file, whole or not at all.

    Folders that are missing are made where roofrack keeps its own files; elsewhere they are more often mistyped than wanted.

    Args:
        path: Where.
        content: What to write; text as UTF-8.
        new: Leave a file that is there already as it is, instead of replacing it.
        makes_folders: Whether missing folders are made anywhere.

    Raises:
        InputError: It cannot be written there, or `new` and it is there already.
    """
    import tempfile  # five milliseconds that only those pay who write

    data = content.encode("utf-8") if isinstance(content, str) else content
    try:
        if makes_folders or _is_own(path):
            path.parent.mkdir(parents=True, exist_ok=True)
        elif not path.parent.exists():
            raise InputError(f"there is no folder {shown_path(path.parent)}", "make it first, or choose another place")
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".tmp")
        temporary = Path(name)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            temporary.chmod(_mode(path))
            if new:
                _put_new(temporary, path)
            else:
                temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
        _sweep(path)
    except (OSError, ValueError) as error:
        raise file_error(path, getattr(error, "strerror", None) or str(error), "choose another place") from None


def what_is_at(path: Path) -> Literal["", "file", "folder"]:
    """What is at a path, empty where nothing is, or nothing that can be looked at: writing then says why.

    Args:
        path: Any, as long and as odd as a person may type it.
    """
    try:
        return "folder" if stat.S_ISDIR(path.stat().st_mode) else "file"
    except (OSError, ValueError):
        return ""


def shown_path(path: Path) -> str:
    """A path as people see it: from the current directory or the home, where it lies in one of them.

    Args:
        path: Any.
    """
    shown = expanded(path)
    with suppress(FileNotFoundError):  # the current directory may be gone
        shown = shown.absolute()
        if shown.is_relative_to(here := Path.cwd()):
            return clean(f"./{shown.relative_to(here)}", limit=400)
    if shown.is_relative_to(home := expanded("~")):
        return clean(f"~/{shown.relative_to(home)}", limit=400)
    return clean(str(shown), limit=400)


def shown_size(byte_count: int) -> str:
    """A file's size: `412 bytes`, `4.2 kB`.

    Args:
        byte_count: How many bytes.
    """
    return f"{byte_count:,} bytes" if byte_count < 1000 else f"{byte_count / 1000:,.1f} kB"


def already_there(path: Path) -> InputError:
    """The error about a file that would have been overwritten.

    Args:
        path: The file.
    """
    return file_error(path, "is there already", "choose another name")


def _is_own(path: Path) -> bool:
    whole = os.path.abspath(path)  # noqa: PTH100 (pathlib's own keeps `..`)
    return any(Path(whole).is_relative_to(place().absolute()) for place in (config_directory, state_directory))


def _put_new(temporary: Path, path: Path) -> None:
    """Give a finished file its name unless another has it; raises InputError."""
    try:
        os.link(temporary, path)
    except FileExistsError:
        raise already_there(path) from None
    except OSError:  # file systems without hard links
        if path.exists():
            raise already_there(path) from None
        temporary.replace(path)


def _sweep(path: Path) -> None:
    """Remove temporary files of this very file that a killed save has left behind."""
    ours = re.compile(rf"\.{re.escape(path.name)}\.[a-z0-9_]{{8}}\.tmp")
    with suppress(OSError), os.scandir(path.parent) as entries:
        for entry in entries:
            if ours.fullmatch(entry.name) and _is_left_behind(entry.stat(follow_symlinks=False)):
                Path(entry.path).unlink(missing_ok=True)


def _is_left_behind(found: os.stat_result) -> bool:
    return stat.S_ISREG(found.st_mode) and time.time() - found.st_mtime > _LEFT_BEHIND_AFTER_S


def _mode(path: Path) -> int:
    """The permissions that the file has, or that a new one gets: temporary files are for their owner alone."""
    try:
        return path.stat().st_mode & 0o777
    except OSError:
        mask = os.umask(0o022)
        os.umask(mask)
        return 0o666 & ~mask
