"""Any path to a model: what it is decides who reads it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from roofrack.errors import InputError, file_error
from roofrack.places import expanded
from roofrack.readers.checkpoint import INDEX, read_checkpoint
from roofrack.readers.config import as_read, read_config
from roofrack.readers.describe import SCHEMA, describe
from roofrack.readers.files import entries, read_json, regular_file, unreadable
from roofrack.readers.gguf import MAGIC
from roofrack.readers.gguf_model import read_gguf_model
from roofrack.readers.hub import name_of, snapshot_of
from roofrack.readers.result import ReadModel
from roofrack.readers.safetensors import looks_like_safetensors, read_safetensors_header
from roofrack.readers.tensors import tally
from roofrack.text import clean

_PART = re.compile(r"-(\d{5})-of-\d{5}\.gguf$")
_UNKNOWN_LAYERS = 10**6


def read_model(path: Path | str) -> ReadModel:
    """Read a model from disk without its weights.

    Args:
        path: A config.json, a checkpoint folder, a folder of the hub's cache, a .safetensors with a config.json beside it, or a
            .gguf; a leading `~` is the home folder.

    Raises:
        InputError: It is none of these, or is missing, absurd or not understood; the message names the file and the field.
    """
    path = _expanded(path)
    if _is_folder(path):
        return _read_folder(path)
    start = _start_of(path)
    if start.startswith(MAGIC):
        return read_gguf_model(path, name_of(path))
    if start.lstrip()[:1] == b"{" or start.startswith(b"\xef\xbb\xbf"):
        model, fields, stored = read_config(read_json(path), path, name_of(path), _beside(path))
        return as_read(model, fields, stored, path)
    if looks_like_safetensors(start):
        return _read_weights_file(path)
    raise _not_a_model(path)


def inspect(path: Path | str) -> dict[str, Any]:
    """Describe a model on disk; of a lone .safetensors, which knows no architecture, only what its header says.

    Args:
        path: As for `read_model`, or a name that a store on this disk knows: the hub's `org/name`, Ollama's `name:tag`.

    Raises:
        InputError: As `read_model`.
    """
    path = _named(_expanded(path))
    if not _is_folder(path) and not (path.parent / "config.json").is_file() and looks_like_safetensors(_start_of(path)):
        return _describe_tensors(path)
    return describe(read_model(path))


def _named(path: Path) -> Path:
    """The place of a model that is named as its store names it, where no file of that name is there."""
    from roofrack.readers.caches import find_on_disk

    try:
        found = None if path.is_absolute() or path.exists() else find_on_disk(str(path))
    except OSError as problem:
        raise unreadable(path, problem) from None
    return path if found is None else found.path


def _expanded(path: Path | str) -> Path:
    if "\0" in str(path):
        raise InputError("the path contains a NUL character")
    return expanded(path)


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError as problem:
        raise unreadable(path, problem) from None


def _start_of(path: Path) -> bytes:
    with regular_file(path) as (file, _):
        return file.read(64)


def _beside(path: Path) -> dict[str, Any] | None:
    """ModelOpt's description beside a config.json, also where both carry the model's name in front."""
    other = path.with_name(path.name.replace("config.json", "hf_quant_config.json"))
    return read_json(other) if other != path and other.is_file() else None


def _not_a_model(path: Path) -> InputError:
    return file_error(path, "is not a model", "give a config.json, a checkpoint folder, a .safetensors or a .gguf")


def _read_folder(path: Path) -> ReadModel:
    folder = snapshot_of(path) or path
    names = [entry.name for entry in entries(folder)]
    if "config.json" in names:
        return read_checkpoint(folder, name_of(folder))
    ggufs = [name for name in names if name.lower().endswith(".gguf") and not name.startswith("mmproj")]
    firsts = [name for name in ggufs if (part := _PART.search(name)) is None or part[1] == "00001"]
    if len(firsts) == 1:
        return read_gguf_model(folder / firsts[0], name_of(folder))
    if firsts:
        raise file_error(folder, f"holds {len(firsts)} GGUF models", f"name one, for example {firsts[0]}")
    raise file_error(folder, "holds no config.json and no .gguf", "is it a checkpoint folder?")


def _read_weights_file(path: Path) -> ReadModel:
    folder = path.parent
    if not (folder / "config.json").is_file():
        raise file_error(
            path, "has no config.json beside it", "a .safetensors alone does not say how many heads a model has"
        )
    is_part = (folder / INDEX).is_file() or "-of-" in path.name
    return read_checkpoint(folder, name_of(folder), only=None if is_part else path)


def _describe_tensors(path: Path) -> dict[str, Any]:
    header = read_safetensors_header(path)
    found = tally(header.tensors, layers=_UNKNOWN_LAYERS, bits=16, tied=False)
    warnings = ["no config.json beside it: heads, layers and context are not known"]
    if any(name in ("I32", "U8", "I8", "U32") for name, _ in found.by_dtype):
        warnings.append("packed integers are counted as one parameter each")
    if header.missing_bytes:
        warnings.append(f"the download is incomplete: {header.missing_bytes:,} bytes are missing")
    return {
        "schema": SCHEMA,
        "path": clean(str(path), limit=1000),
        "total_params": found.params,
        "active_params": None,
        "tower_params": found.tower_params,
        "draft_params": found.draft_params,
        "layers": None,
        "kv_bytes_per_token": None,
        "moe": None,
        "native_weights": None,
        "max_context_tokens": None,
        "weights_bytes": found.total_bytes,
        "bytes_by_dtype": dict(found.by_dtype),
        "assumed": [],
        "warnings": warnings,
    }
