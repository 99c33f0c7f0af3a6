"""The header of a GGUF file: metadata and tensors, without token lists and without weights; bounded against lying counts.

Layout: `ggml-org/llama.cpp:ggml/include/gguf.h`; keys: `gguf-py/gguf/constants.py`; split files: `src/llama-model-loader.cpp`.
"""

from __future__ import annotations

import re
import struct
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from roofrack.errors import file_error
from roofrack.readers.files import regular_file
from roofrack.readers.ggml_types import GGML_TYPES
from roofrack.readers.tensors import Tensor

MAGIC = b"GGUF"
MAX_KEYS = 65_536
MAX_TENSORS = 262_144
MAX_STRINGS = 2_000_000
"""Strings in all arrays of a file; the largest vocabularies with their merges have fewer than a million."""

MAX_KEPT_ITEMS = 4_096
MAX_NAME_BYTES = 1_024
MAX_KEPT_TEXT_BYTES = 65_536
MAX_SPLITS = 10_000
_MAX_DIMENSIONS = 4
_CHUNK = 1 << 18
_SCALARS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
_STRING, _ARRAY = 8, 9
_SPLIT = re.compile(r"^(?P<stem>.+)-(?P<number>\d{5})-of-(?P<count>\d{5})\.gguf$")


class Skipped(NamedTuple):
    """An array that was passed over.

    Args:
        items: How many it has.
    """

    items: int


class GgufHeader(NamedTuple):
    """What the header of a file, or of all parts of a split one, says.

    Args:
        metadata: By key; long arrays are `Skipped`, long texts cut.
        tensors: In the order of the file.
        missing: Parts that are not there or not whole.
    """

    metadata: dict[str, Any]
    tensors: tuple[Tensor, ...]
    missing: tuple[str, ...] = ()


def read_gguf_header(path: Path) -> GgufHeader:
    """Read the header of a GGUF file and, where it is split, of its other parts.

    Args:
        path: The file, or any part of it.

    Raises:
        InputError: Not a GGUF file, or its header contradicts itself.
    """
    match = _SPLIT.match(path.name)
    count = int(match["count"]) if match else 1
    if match is None or count == 1:
        return _read_one(path)
    if not 0 < count <= MAX_SPLITS:
        raise file_error(path, f"is one of {count:,} parts, which is absurd")
    names = [f"{match['stem']}-{number:05d}-of-{count:05d}.gguf" for number in range(1, count + 1)]
    present = [name for name in names if (path.parent / name).exists()]
    if names[0] not in present:
        raise file_error(path, f"its first part {names[0]} is missing", "the first part holds the metadata")
    parts = {name: _read_one(path.parent / name) for name in present}
    missing = [name for name in names if name not in parts] + [name for part in parts.values() for name in part.missing]
    tensors = tuple(tensor for part in parts.values() for tensor in part.tensors)
    return GgufHeader(parts[names[0]].metadata, tensors, tuple(missing))


def _read_one(path: Path) -> GgufHeader:
    with regular_file(path) as (file, size):
        cursor = _Cursor(file, size, path)
        if cursor.take(4, "the magic") != MAGIC:
            raise file_error(path, "is not a GGUF file")
        version = cursor.number("I")
        if version not in (2, 3):
            big_endian = version in (0x02000000, 0x03000000)
            raise file_error(
                path, "is big-endian" if big_endian else f"has GGUF version {version:,}", "versions 2 and 3 are read"
            )
        tensors, keys = cursor.number("q"), cursor.number("q")
        if not 0 <= keys <= MAX_KEYS or not 0 <= tensors <= MAX_TENSORS:
            raise file_error(path, f"states {keys:,} keys and {tensors:,} tensors, more than any model has")
        metadata = _metadata(cursor, keys)
        return _tensors(cursor, tensors, metadata)


class _Cursor:
    """Reads forward through a header, a chunk at a time, and never past the file's end."""

    def __init__(self, file: BinaryIO, size: int, path: Path) -> None:
        self.file, self.size, self.path = file, size, path
        self.buffer, self.at, self.start = b"", 0, 0
        self.strings_left = MAX_STRINGS

    @property
    def place(self) -> int:
        return self.start + self.at

    def need(self, count: int, what: str) -> None:
        if self.at + count <= len(self.buffer):
            return
        if self.place + count > self.size:
            raise file_error(self.path, f"ends inside {what}", "the download may be incomplete")
        self.start = self.place
        self.file.seek(self.start)
        self.buffer, self.at = self.file.read(max(count, _CHUNK)), 0
        if len(self.buffer) < count:
            raise file_error(self.path, f"ends inside {what}", "the download may be incomplete")

    def take(self, count: int, what: str) -> bytes:
        self.need(count, what)
        self.at += count
        return self.buffer[self.at - count : self.at]

    def skip(self, count: int, what: str) -> None:
        if self.place + count > self.size:
            raise file_error(self.path, f"ends inside {what}", "the download may be incomplete")
        if self.at + count <= len(self.buffer):
            self.at += count
        else:
            self.start, self.buffer, self.at = self.place + count, b"", 0

    def number(self, form: str) -> Any:
        return struct.unpack("<" + form, self.take(struct.calcsize("<" + form), "its header"))[0]

    def text(self, most: int, what: str) -> str:
        """A string; of one longer than `most` bytes only that much is kept."""
        length = self.number("Q")
        kept = self.take(min(length, most), what)
        self.skip(length - len(kept), what)
        return kept.decode("utf-8", "replace")

    def skip_strings(self, count: int, what: str) -> None:
        self.strings_left -= count
        if self.strings_left < 0:
            raise file_error(self.path, f"holds lists of more than {MAX_STRINGS:,} strings")
        unpack = struct.Struct("<Q").unpack_from
        for _ in range(count):
            if self.at + 8 > len(self.buffer):
                self.need(8, what)
            length = unpack(self.buffer, self.at)[0]
            self.at += 8
            if self.at + length <= len(self.buffer):
                self.at += length
            else:
                self.skip(length, what)


def _metadata(cursor: _Cursor, count: int) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for _ in range(count):
        key = cursor.text(MAX_NAME_BYTES, "a key")
        if key in found:
            raise file_error(cursor.path, f"the key '{key[:80]}' appears twice")
        found[key] = _value(cursor, cursor.number("i"), key)
    return found


def _value(cursor: _Cursor, kind: int, key: str) -> Any:
    if kind == _STRING:
        return cursor.text(MAX_KEPT_TEXT_BYTES, f"'{key[:80]}'")
    if kind == _ARRAY:
        return _array(cursor, key)
    if kind not in _SCALARS:
        raise file_error(cursor.path, f"'{key[:80]}' has the unknown type {kind}")
    return cursor.number(_SCALARS[kind])


def _array(cursor: _Cursor, key: str) -> Any:
    kind, count = cursor.number("i"), cursor.number("Q")
    what = f"the list '{key[:80]}'"
    if kind == _STRING:
        cursor.skip_strings(count, what)
        return Skipped(count)
    if kind not in _SCALARS:
        raise file_error(cursor.path, f"'{key[:80]}' is a list of the unknown type {kind}")
    form = _SCALARS[kind]
    width = struct.calcsize("<" + form)
    if count > MAX_KEPT_ITEMS:
        cursor.skip(count * width, what)
        return Skipped(count)
    return list(struct.unpack(f"<{count}{form}", cursor.take(count * width, what)))


def _tensors(cursor: _Cursor, count: int, metadata: dict[str, Any]) -> GgufHeader:
    path = cursor.path
    alignment = metadata.get("general.alignment", 32)
    if not isinstance(alignment, int) or not 1 <= alignment <= 1 << 20 or alignment & (alignment - 1):
        raise file_error(path, "general.alignment: must be a power of two")
    found: list[Tensor] = []
    names: set[str] = set()
    end = 0
    for _ in range(count):
        tensor, offset = _tensor(cursor)
        if tensor.name in names:
            raise file_error(path, f"names the tensor '{tensor.name[:80]}' twice")
        if offset != end:
            raise file_error(
                path, f"places tensor '{tensor.name[:80]}' at {offset:,}, the ones before it end at {end:,}"
            )
        names.add(tensor.name)
        found.append(tensor)
        end += -(-tensor.bytes // alignment) * alignment
    last_padding = end - (offset + tensor.bytes) if found else 0
    data_begins = -(-cursor.place // alignment) * alignment
    short = data_begins + end - last_padding > cursor.size
    return GgufHeader(metadata, tuple(found), (path.name,) if found and short else ())


def _tensor(cursor: _Cursor) -> tuple[Tensor, int]:
    name = cursor.text(MAX_NAME_BYTES, "a tensor's name")
    dimensions = cursor.number("I")
    if dimensions > _MAX_DIMENSIONS:
        raise file_error(cursor.path, f"gives tensor '{name[:80]}' {dimensions:,} dimensions")
    shape = tuple(cursor.number("q") for _ in range(dimensions))
    kind, offset = cursor.number("i"), cursor.number("Q")
    if kind not in GGML_TYPES:
        raise file_error(
            cursor.path, f"tensor '{name[:80]}' has the unknown type {kind}", "a newer llama.cpp may have written it"
        )
    known = GGML_TYPES[kind]
    tensor = Tensor(name, known.name, shape, 0)
    if any(number < 1 for number in shape) or tensor.elements > 10**14 or (shape and shape[0] % known.block_elements):
        raise file_error(cursor.path, f"gives tensor '{name[:80]}' an impossible shape")
    return tensor._replace(bytes=tensor.elements // known.block_elements * known.block_bytes), offset
