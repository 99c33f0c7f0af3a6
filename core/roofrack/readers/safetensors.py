"""The header of a .safetensors file: names, dtypes and shapes of the tensors, without touching their data.

Layout: 8 bytes little-endian length N, N bytes of JSON, then the data (`huggingface/safetensors:README.md`).
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import NamedTuple

from roofrack.errors import file_error
from roofrack.readers.files import exactly, regular_file
from roofrack.readers.tensors import Tensor

MAX_HEADER_BYTES = 100_000_000
"""The format's own limit."""

DTYPE_BITS = {
    "F64": 64, "I64": 64, "U64": 64, "C64": 64,
    "F32": 32, "I32": 32, "U32": 32,
    "F16": 16, "BF16": 16, "I16": 16, "U16": 16,
    "F8_E4M3": 8, "F8_E5M2": 8, "F8_E8M0": 8, "F8_E4M3FNUZ": 8, "F8_E5M2FNUZ": 8, "I8": 8, "U8": 8, "BOOL": 8,
    "F6_E2M3": 6, "F6_E3M2": 6,
    "F4": 4,
}  # fmt: skip
"""Bits of an element by dtype name (`huggingface/safetensors:safetensors/src/tensor.rs`)."""

_MAX_DIMENSIONS = 32
_MAX_ELEMENTS = 10**15


class SafetensorsHeader(NamedTuple):
    """What the header of one file says.

    Args:
        tensors: In the order of the file.
        data_bytes: Bytes of data that the tensors need.
        missing_bytes: How many of them the file does not have; above 0 it is an unfinished download.
    """

    tensors: tuple[Tensor, ...]
    data_bytes: int
    missing_bytes: int


def read_safetensors_header(path: Path) -> SafetensorsHeader:
    """Read the header of one .safetensors file.

    Args:
        path: The file; only its header is read.

    Raises:
        InputError: Not a safetensors file, or its header contradicts itself.
    """
    with regular_file(path) as (file, size):
        length = int.from_bytes(exactly(file, 8, path, "the header length"), "little")
        if length > MAX_HEADER_BYTES:
            raise file_error(
                path, f"states a header of {length:,} bytes, more than the format allows", "is it a safetensors file?"
            )
        if length > size - 8:
            raise file_error(path, f"ends inside its header of {length:,} bytes", "the download may be incomplete")
        text = exactly(file, length, path, "the header")
    tensors = _parsed(text, path)
    end = _data_bytes(tensors, path)
    return SafetensorsHeader(tuple(tensor for tensor, _ in tensors), end, max(0, end - (size - 8 - length)))


def _parsed(text: bytes, path: Path) -> list[tuple[Tensor, int]]:
    """Tensors with the offset where each one's data begin."""
    try:
        pairs = json.loads(text.decode("utf-8"), object_pairs_hook=list, parse_constant=_no_constant)
    except RecursionError:
        raise file_error(path, "the header is nested too deeply") from None
    except ValueError:
        raise file_error(path, "the header is not JSON", "is it a safetensors file?") from None
    if text.lstrip()[:1] != b"{" or not all(isinstance(pair, tuple) for pair in pairs):
        raise file_error(path, "the header is not a JSON object")
    found = [_tensor(name, entry, path) for name, entry in pairs if name != "__metadata__"]
    if len({tensor.name for tensor, _ in found}) < len(found):
        raise file_error(path, "the header names a tensor twice")
    return found


def _no_constant(name: str) -> float:
    raise ValueError(name)


def _tensor(name: str, entry: object, path: Path) -> tuple[Tensor, int]:
    try:
        fields = dict(entry)  # type: ignore[call-overload]  # checked by what it raises
        dtype, shape, (start, end) = fields["dtype"], fields["shape"], fields["data_offsets"]
        bits = DTYPE_BITS[dtype]
    except (TypeError, ValueError, KeyError):
        raise file_error(path, f"the header describes tensor '{name[:80]}' wrongly") from None
    if len(shape) > _MAX_DIMENSIONS or not _whole(start, end, *shape):
        raise file_error(path, f"the header gives tensor '{name[:80]}' an impossible shape or place")
    elements = math.prod(shape)
    if elements > _MAX_ELEMENTS or end - start != -(-elements * bits // 8):
        raise file_error(path, f"the header gives tensor '{name[:80]}' {end - start:,} bytes, its shape needs others")
    return Tensor(name, dtype, tuple(shape), end - start), start


def _whole(*numbers: object) -> bool:
    """Whether all are whole numbers of a possible size; a loop, because a large checkpoint asks half a million times."""
    for number in numbers:  # noqa: SIM110
        if type(number) is not int or not 0 <= number <= _MAX_ELEMENTS:
            return False
    return True


def _data_bytes(tensors: list[tuple[Tensor, int]], path: Path) -> int:
    """Where the data end, after checking that tensors neither overlap nor leave holes, as the format demands."""
    end = 0
    for tensor, start in sorted(tensors, key=lambda item: (item[1], item[0].bytes)):
        if start != end:
            raise file_error(path, f"the header places tensor '{tensor.name[:80]}' over another one or behind a hole")
        end += tensor.bytes
    return end


def looks_like_safetensors(start: bytes) -> bool:
    """Whether the first nine bytes of a file could begin a safetensors file."""
    return len(start) >= 9 and start[8:9] == b"{" and 2 <= int.from_bytes(start[:8], "little") <= MAX_HEADER_BYTES
