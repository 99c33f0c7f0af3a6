"""The user's own presets: files that may be anything, read without trusting them."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Any

import tomli

from roofrack.errors import InputError, file_error
from roofrack.places import config_directory
from roofrack.text import clean

MAX_FILE_BYTES = 4 * 2**20
"""The shipped library is a quarter of this; a larger file is not a preset."""

MAX_FILES = 1000
SCENARIOS = "scenarios"


class OwnRow:
    """A row of a user's file, parsed and not yet checked.

    Args:
        id: Its id as written, cleaned.
        aliases: Its aliases and hub ids, as far as they are strings.
        driver_names: Likewise.
        where: File and row, for errors.
        data: What the file says.
    """

    __slots__ = ("aliases", "data", "driver_names", "id", "where")

    def __init__(self, name: str, data: dict[str, Any], where: str) -> None:
        self.id = name
        self.aliases = (*_strings(data.get("aliases")), *_strings(data.get("hub_ids")))
        self.driver_names = _strings(data.get("driver_names"))
        self.where = where
        self.data = data


class OwnPresets:
    """Everything below a user's preset directory.

    Args:
        directory: Where it is; it need not exist.
        tables: Names of the TOML tables that hold presets.
    """

    def __init__(self, directory: Path, tables: tuple[str, ...]) -> None:
        self.problems: list[str] = []
        self._rows: dict[str, dict[str, OwnRow]] = {}
        for path in self._files(directory):
            self._read(path, tables)

    @property
    def has_rows(self) -> bool:
        """Whether there is any preset, right or wrong."""
        return bool(self._rows)

    def rows(self, table: str) -> tuple[OwnRow, ...]:
        """All rows of one table, of all files."""
        return tuple(self._rows.get(table, {}).values())

    def _files(self, directory: Path) -> list[Path]:
        def unreadable(error: OSError) -> None:
            self.problems.append(str(file_error(error.filename, error.strerror or "cannot be read")))

        if not os.path.lexists(directory):
            return []
        found = []
        for folder, folders, files in os.walk(directory, onerror=unreadable):
            folders.sort()
            found += [Path(folder, name) for name in sorted(files) if name.endswith(".toml")]
            if len(found) > MAX_FILES:
                self.problems.append(str(file_error(directory, f"more than {MAX_FILES} files; the rest is not read")))
                return found[:MAX_FILES]
        return found

    def _read(self, path: Path, tables: tuple[str, ...]) -> None:
        try:
            data = read_toml(path)
        except InputError as problem:
            self.problems.append(str(problem))
            return
        if path.parent.name == SCENARIOS:
            self._add(SCENARIOS, clean(path.stem, limit=100), data, str(path), path)
            return
        for table, value in data.items():
            if table not in tables:
                known = ", ".join(f"[[{name}]]" for name in tables)
                self.problems.append(
                    str(file_error(path, f"unknown table '{clean(table, limit=40)}'", f"known are {known}"))
                )
                continue
            for number, row in enumerate(value if isinstance(value, list) else [value], 1):
                self._add_row(table, row, number, path)

    def _add_row(self, table: str, row: Any, number: int, path: Path) -> None:
        name = row.get("id") if isinstance(row, dict) else None
        if not isinstance(name, str) or not name.strip():
            what = "must be a table" if not isinstance(row, dict) else "id: missing, or not a text"
            self.problems.append(str(file_error(path, f"{table} {number}: {what}")))
            return
        shown = clean(name, limit=100)
        self._add(table, shown, row, f"{path}: {table} {shown}", path)

    def _add(self, table: str, name: str, data: dict[str, Any], where: str, path: Path) -> None:
        rows = self._rows.setdefault(table, {})
        if name.lower() in rows:
            first = rows[name.lower()].where
            self.problems.append(
                str(file_error(path, f"{table} {name}: id: already used in {first}", "the first one counts"))
            )
            return
        rows[name.lower()] = OwnRow(name, data, where)


def read_toml(path: Path) -> dict[str, Any]:
    """Parse a TOML file of unknown origin.

    Raises:
        InputError: It cannot be read, is too large or not TOML.
    """
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise file_error(path, "not a regular file")
        with path.open("rb") as file:
            content = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise file_error(path, error.strerror or "cannot be read") from None
    except ValueError as error:
        raise file_error(path, str(error)) from None
    if len(content) > MAX_FILE_BYTES:
        raise file_error(path, f"larger than {MAX_FILE_BYTES // 2**20} MiB", "not a preset")
    try:
        return tomli.loads(content.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise file_error(path, f"not UTF-8 text (byte {error.start})") from None
    except tomli.TOMLDecodeError as error:
        raise file_error(path, f"not TOML: {error}") from None
    except (RecursionError, ValueError) as error:
        raise file_error(path, f"not TOML that anybody would write: {type(error).__name__}") from None


def user_preset_directory() -> Path:
    """Where a user's own presets are: `presets` in roofrack's configuration directory."""
    return config_directory() / "presets"


def _strings(value: Any) -> tuple[str, ...]:
    return tuple(item for item in value if isinstance(item, str)) if isinstance(value, list) else ()
