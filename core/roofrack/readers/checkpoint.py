"""A checkpoint folder: the configuration, and the exact bytes from the headers of its .safetensors files."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from roofrack.domain.model import OwnWeights
from roofrack.errors import InputError, file_error
from roofrack.memory.weights import total_params
from roofrack.readers.config import read_config
from roofrack.readers.decoder import LAYERS
from roofrack.readers.files import entries, read_json
from roofrack.readers.hub import unfinished_blobs
from roofrack.readers.result import ReadModel
from roofrack.readers.safetensors import read_safetensors_header
from roofrack.readers.tensors import Tally, Tensor, tally

INDEX = "model.safetensors.index.json"
MAX_INDEX_BYTES = 64_000_000
"""Largest index that is read; that of a checkpoint of a trillion parameters with single experts has 20 MB."""

MAX_SHARDS = 20_000
_OF = re.compile(r"^(?P<stem>.+)-(?P<number>\d{5})-of-(?P<count>\d{5})\.safetensors$")
_TOLERANCE = 0.01


class Headers(NamedTuple):
    """What the headers of a checkpoint's files say.

    Args:
        tensors: Of all files that are there.
        missing: Files that are not there, or not whole.
        stated_bytes: What the index states as the size of all tensors; None without an index.
    """

    tensors: tuple[Tensor, ...]
    missing: tuple[str, ...]
    stated_bytes: int | None


def read_checkpoint(folder: Path, name: str, only: Path | None = None) -> ReadModel:
    """Read a checkpoint without its weights.

    Args:
        folder: Holds config.json and, where they were downloaded, the .safetensors files.
        name: What to call the model.
        only: The one weights file to read, where it was named and is not part of a set.

    Raises:
        InputError: The configuration or a header is missing, absurd or not understood.
    """
    beside = folder / "hf_quant_config.json"
    quantization = read_json(beside) if beside.is_file() else None
    model, fields, stored = read_config(read_json(folder / "config.json"), folder / "config.json", name, quantization)
    headers = read_headers(folder, only)
    own, weights_bytes = stored.implied_weights(model), None
    if headers.tensors and not headers.missing:
        layers = fields.optional(*LAYERS) or model.layer_count
        found = tally(headers.tensors, layers=layers, bits=_bits(stored.format_id), tied=model.tied_embeddings)
        _compare(total_params(model), found, fields.warnings)
        model = replace(model, draft_params=found.draft_params, tower_params=found.tower_params)
        fields.assumed = [note for note in fields.assumed if not note.startswith("vision tower")]
        own, weights_bytes = found.own_weights(), found.total_bytes
    elif headers.stated_bytes is not None:
        own = OwnWeights(total_bytes=headers.stated_bytes)
        fields.assume("bytes of the weights as the index states them, not from headers")
    if headers.missing:
        fields.warn(_incomplete(headers.missing))
    notes = tuple(fields.assumed), tuple(fields.warnings)
    return ReadModel(model, own, *notes, stored.format_id, folder, weights_bytes, bool(headers.tensors))


def _bits(format_id: str) -> float:
    from roofrack.catalog import default_catalog

    return default_catalog().weights_format(format_id).bits


def _compare(computed: int, found: Tally, warnings: list[str]) -> None:
    if abs(found.params - computed) > _TOLERANCE * max(computed, 1):
        warnings.append(
            f"the headers hold {found.params / 1e9:.3f} B parameters, the configuration describes {computed / 1e9:.3f} B"
        )


def _incomplete(missing: tuple[str, ...]) -> str:
    shown = ", ".join(missing[:3]) + (f" and {len(missing) - 3} more" if len(missing) > 3 else "")
    return f"the download is incomplete: {shown}"


def read_headers(folder: Path, only: Path | None = None) -> Headers:
    """Read the headers of all .safetensors files of a checkpoint.

    Args:
        folder: The checkpoint.
        only: The one file to read.

    Raises:
        InputError: A header contradicts itself, or the index names files outside the folder.
    """
    present = {entry.name for entry in entries(folder)}
    wanted, stated = ((only.name,), None) if only is not None else _wanted(folder, present)
    missing = [name for name in wanted if name not in present]
    if only is None:
        missing += [name for name in sorted(present) if name.endswith(".incomplete")]
        missing += unfinished_blobs(folder)
    tensors: list[Tensor] = []
    for name in wanted:
        if name not in present:
            continue
        if not (folder / name).exists():  # a dangling link of the hub's cache
            missing.append(name)
            continue
        header = read_safetensors_header(folder / name)
        tensors += header.tensors
        if header.missing_bytes:
            missing.append(name)
    return Headers(tuple(tensors), tuple(missing), stated)


def _wanted(folder: Path, present: set[str]) -> tuple[tuple[str, ...], int | None]:
    if INDEX in present:
        return _by_index(folder / INDEX)
    found = sorted(name for name in present if name.endswith(".safetensors"))
    named = [name for name in found if name.startswith("model")]
    rest = [name for name in found if not name.startswith(("adapter", "training", "optimizer"))]
    return _with_siblings(named or rest), None


def _with_siblings(names: list[str]) -> tuple[str, ...]:
    """The names and those that the numbers in them (`-00002-of-00004`) say are missing."""
    wanted = dict.fromkeys(names)
    for name in names:
        match = _OF.match(name)
        if match and 0 < int(match["count"]) <= MAX_SHARDS:
            count = int(match["count"])
            wanted |= dict.fromkeys(f"{match['stem']}-{i:05d}-of-{count:05d}.safetensors" for i in range(1, count + 1))
    return tuple(sorted(wanted))


def _by_index(path: Path) -> tuple[tuple[str, ...], int | None]:
    index = read_json(path, limit=MAX_INDEX_BYTES)
    by_tensor, metadata = index.get("weight_map"), index.get("metadata")
    if not isinstance(by_tensor, dict) or not all(isinstance(name, str) for name in by_tensor.values()):
        raise file_error(path, "weight_map: must be an object of file names")
    names = sorted(set(by_tensor.values()))
    strange = next((name for name in names if not _plain(name)), None)
    if strange is not None or len(names) > MAX_SHARDS:
        raise InputError(
            f"{path}: weight_map: '{(strange or '')[:60]}' is not the name of a .safetensors file beside it"
        )
    size = metadata.get("total_size") if isinstance(metadata, dict) else None
    stated = int(size) if isinstance(size, int | float) and not isinstance(size, bool) and 0 < size < 1e15 else None
    return tuple(names), stated


def _plain(name: str) -> bool:
    return name.endswith(".safetensors") and not set(name) & {"/", "\\", "\0"} and len(name) < 256
