"""Opening files that may be anything: only regular files, never more bytes than asked, an InputError for whatever goes wrong."""

from __future__ import annotations

import json
import math
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from roofrack.errors import InputError, file_error

MAX_CONFIG_BYTES = 10_000_000
"""Largest config.json that is read; the longest known one (a quantised MoE that lists every expert) has 3 MB."""

MAX_FOLDER_ENTRIES = 100_000
_MAX_DIGITS = 40


@contextmanager
def regular_file(path: Path) -> Iterator[tuple[BinaryIO, int]]:
    """Open a regular file for reading, unbuffered seeks included, and give its size in bytes.

    A FIFO or a device is refused without waiting for it.

    Args:
        path: The file; symbolic links are followed.

    Raises:
        InputError: Not there, not readable, not a regular file, or an input error of the disk while it is open.
    """
    if "\0" in str(path):
        raise InputError("the path contains a NUL character")
    try:
        _refuse_irregular(path, path.stat().st_mode)
        number = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
        with os.fdopen(number, "rb", buffering=1 << 16) as file:
            now = os.fstat(number)
            _refuse_irregular(path, now.st_mode)  # it may have changed between the two calls
            yield file, now.st_size
    except OSError as problem:
        raise unreadable(path, problem) from None


def _refuse_irregular(path: Path, mode: int) -> None:
    if stat.S_ISDIR(mode):
        raise file_error(path, "is a folder, not a file")
    if not stat.S_ISREG(mode):
        raise file_error(
            path, "is not a regular file", "give a config.json, a checkpoint folder, a .safetensors or a .gguf"
        )


def unreadable(path: Path, problem: OSError) -> InputError:
    """The error for a path that the system would not give us."""
    return file_error(path, (problem.strerror or "cannot be read").lower())


def exactly(file: BinaryIO, count: int, path: Path, what: str) -> bytes:
    """Read `count` bytes or raise.

    Args:
        file: An open file.
        count: Bytes wanted; bounded by the caller.
        path: For the error.
        what: What they are, for the error.

    Raises:
        InputError: The file ends before.
    """
    data = file.read(count)
    if len(data) < count:
        raise file_error(path, f"ends inside {what}", "the download may be incomplete")
    return data


def entries(folder: Path) -> list[os.DirEntry[str]]:
    """What lies in a folder, by name; at most `MAX_FOLDER_ENTRIES`.

    Raises:
        InputError: The folder cannot be read or holds more.
    """
    found: list[os.DirEntry[str]] = []
    try:
        with os.scandir(folder) as listing:
            for entry in listing:
                found.append(entry)
                if len(found) > MAX_FOLDER_ENTRIES:
                    raise file_error(folder, f"holds more than {MAX_FOLDER_ENTRIES:,} entries")
    except OSError as problem:
        raise unreadable(folder, problem) from None
    return sorted(found, key=lambda entry: entry.name)


def read_json(path: Path, *, limit: int = MAX_CONFIG_BYTES) -> dict[str, Any]:
    """Read a JSON object from a file of bounded size.

    Args:
        path: The file.
        limit: Most bytes to read.

    Raises:
        InputError: Unreadable, too large, not JSON, nested too deeply, with a key twice, or not an object.
    """
    with regular_file(path) as (file, size):
        if size > limit:
            raise file_error(path, f"has {size:,} bytes, more than the {limit:,} that are read")
        data = file.read(limit + 1)
    return parse_json(data, str(path))


def parse_json(data: bytes, where: str) -> dict[str, Any]:
    """Parse a JSON object strictly: no duplicate keys, no endless digits.

    Infinity and NaN parse, because published configs contain them in fields that nobody here reads; a field that is read
    refuses them.

    Args:
        data: UTF-8, already bounded in size.
        where: What is read, for the error.

    Raises:
        InputError: Not such JSON.
    """
    try:
        value = json.loads(data.decode("utf-8-sig"), object_pairs_hook=_object, parse_int=_bounded_int)
    except UnicodeDecodeError:
        raise InputError(f"{where}: not UTF-8 text") from None
    except RecursionError:
        raise InputError(f"{where}: nested too deeply") from None
    except json.JSONDecodeError as problem:
        raise InputError(f"{where}: not JSON", f"line {problem.lineno}: {problem.msg}") from None
    except _BadJsonError as problem:
        raise InputError(f"{where}: {problem}") from None
    if not isinstance(value, dict):
        raise InputError(f"{where}: not a JSON object")
    return value


class _BadJsonError(Exception):
    """Valid JSON that is refused all the same."""


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        raise _BadJsonError(f"the key '{twice}' appears twice")
    return made


def _bounded_int(digits: str) -> int | float:
    return int(digits) if len(digits) <= _MAX_DIGITS else math.inf
