"""The Hugging Face cache: where it is, what its folder names mean, which snapshot is current.

Layout: `huggingface/huggingface_hub:docs/source/en/guides/manage-cache.md`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path

from roofrack.errors import InputError
from roofrack.places import expanded
from roofrack.readers.files import entries, regular_file

REPOSITORY = re.compile(r"^models--(?P<owner>[A-Za-z0-9._-]+?)--(?P<name>[A-Za-z0-9._-]+)$")
_COMMIT = re.compile(r"^[0-9a-f]{7,64}$")
_FLAT_NAME = re.compile(r"^(?P<name>.+?)[_-]?(?:hf_quant_)?config\.json$")


def cache_folder(environment: Mapping[str, str] = os.environ) -> Path:
    """Where the hub's cache lies: `HF_HUB_CACHE`, else `HF_HOME`/hub, else below `XDG_CACHE_HOME` or ~/.cache.

    Args:
        environment: Environment variables.
    """
    if environment.get("HF_HUB_CACHE"):
        return expanded(environment["HF_HUB_CACHE"])
    if environment.get("HF_HOME"):
        return expanded(environment["HF_HOME"]) / "hub"
    base = environment.get("XDG_CACHE_HOME")
    return expanded(base or "~/.cache") / "huggingface" / "hub"


def repository_name(folder: str) -> str | None:
    """`org/name` of a cache folder's name, or None where it is not a model's."""
    match = REPOSITORY.match(folder)
    return f"{match['owner']}/{match['name']}" if match else None


def name_of(path: Path) -> str:
    """What to call the model at a path: the hub's name where the path tells it, else the folder's or the file's name.

    Args:
        path: A checkpoint folder or a file.
    """
    for part in reversed(path.parts):
        name = repository_name(part)
        if name:
            return name
    if path.name == "config.json" or path.suffix == ".safetensors":
        path = path.parent
    match = _FLAT_NAME.match(path.name)
    name = match["name"] if match else path.name.removesuffix(".gguf")
    return name.replace("--", "/", 1) or path.resolve().name or "model"


def snapshot_of(repository: Path) -> Path | None:
    """The snapshot that `main` points at, or the newest one; None where the folder is not a cached repository.

    Args:
        repository: A folder `models--org--name`.
    """
    snapshots = repository / "snapshots"
    if repository_name(repository.name) is None or not snapshots.is_dir():
        return None
    try:
        with regular_file(repository / "refs" / "main") as (file, _):
            commit = file.read(80).decode("ascii", "replace").strip()
        if _COMMIT.match(commit) and (snapshots / commit).is_dir():
            return snapshots / commit
    except InputError:
        pass  # downloaded by commit: there is no main
    found = [entry for entry in entries(snapshots) if entry.is_dir()]
    return Path(max(found, key=lambda entry: entry.stat().st_mtime).path) if found else None


def unfinished_blobs(snapshot: Path) -> list[str]:
    """Downloads that the hub's cache has begun and not finished, by file name.

    Args:
        snapshot: A folder; where it is not a snapshot of the cache there are none.
    """
    repository = snapshot.parent.parent
    blobs = repository / "blobs"
    if snapshot.parent.name != "snapshots" or repository_name(repository.name) is None or not blobs.is_dir():
        return []
    return sorted(entry.name for entry in entries(blobs) if entry.name.endswith(".incomplete"))
