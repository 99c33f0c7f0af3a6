"""The models that other programs have left on this disk: the Hugging Face cache and the Ollama store."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Literal, NamedTuple

from roofrack.errors import InputError
from roofrack.places import expanded
from roofrack.readers.checkpoint import INDEX, MAX_INDEX_BYTES
from roofrack.readers.files import entries, read_json
from roofrack.readers.hub import cache_folder, repository_name, snapshot_of, unfinished_blobs
from roofrack.text import clean

STORES = ("HF_HUB_CACHE", "HF_HOME", "XDG_CACHE_HOME", "OLLAMA_MODELS", "HOME")
"""Environment variables that say where the stores are."""

_WEIGHTS = (".safetensors", ".gguf", ".bin", ".pt")
_OLLAMA_SYSTEM = Path("/usr/share/ollama/.ollama/models")
_MODEL_LAYER = "application/vnd.ollama.image.model"
_OLLAMA_HOST, _OLLAMA_NAMESPACE = "registry.ollama.ai", "library"
_PART = r"[A-Za-z0-9][A-Za-z0-9._-]{0,120}"
_OLLAMA_NAME = re.compile(
    rf"(?:(?:(?P<host>{_PART}(?::\d{{1,5}})?)/)?(?P<namespace>{_PART})/)?(?P<model>{_PART})(?::(?P<tag>{_PART}))?",
    re.ASCII,
)
_MAX_MANIFEST_BYTES = 1_000_000
_MAX_MODELS = 10_000
_MAX_NAME = 200


class FoundModel(NamedTuple):
    """A model on disk.

    Args:
        name: The hub's `org/name`, or Ollama's `name:tag`.
        path: What to give to `read_model`.
        store: Whose it is.
        bytes: Bytes of its weights that are there.
        complete: Whether all of them are.
        problem: What is missing or wrong; empty where nothing is.
    """

    name: str
    path: Path
    store: Literal["hub", "ollama"]
    bytes: int
    complete: bool
    problem: str = ""


def models_on_disk(environment: Mapping[str, str] = os.environ) -> tuple[FoundModel, ...]:
    """List the models in the Hugging Face cache and the Ollama store, by name; a store that cannot be read is empty.

    Args:
        environment: Environment variables; `HF_HUB_CACHE`, `HF_HOME`, `XDG_CACHE_HOME` and `OLLAMA_MODELS` are honoured.
    """
    found = [*_hub_models(cache_folder(environment)), *_ollama_models(environment)]
    return tuple(sorted(found, key=lambda model: model.name.lower()))


def find_on_disk(name: str, environment: Mapping[str, str] = os.environ) -> FoundModel | None:
    """The model that a store has under a name; None where none has it or the store cannot be read.

    Args:
        name: The hub's `org/name`, or Ollama's `name`, `name:tag`, `namespace/name:tag` or `host/namespace/name:tag`.
        environment: As for `models_on_disk`.
    """
    try:
        return _hub_named(cache_folder(environment), name) or _ollama_named(environment, name)
    except (InputError, OSError, ValueError):
        return None


def _hub_named(cache: Path, name: str) -> FoundModel | None:
    for repository in _folders(cache)[:_MAX_MODELS]:
        known = repository_name(repository.name)
        if known is not None and known.lower() == name.lower():
            snapshot = snapshot_of(repository)
            return _hub_model(known, snapshot) if snapshot is not None else None
    return None


def _ollama_named(environment: Mapping[str, str], name: str) -> FoundModel | None:
    found = _OLLAMA_NAME.fullmatch(name)
    if found is None:
        return None
    host, namespace = found["host"] or _OLLAMA_HOST, found["namespace"] or _OLLAMA_NAMESPACE
    tag = found["tag"] or "latest"
    for store in _ollama_folders(environment):
        manifest = store / "manifests" / host / namespace / found["model"] / tag
        if manifest.is_file():
            return _ollama_model(store, _ollama_name(host, namespace, found["model"], tag), manifest)
    return None


def _ollama_name(host: str, namespace: str, model: str, tag: str) -> str:
    """As Ollama's own list writes it: without what is the usual."""
    name = f"{model}:{tag}" if namespace == _OLLAMA_NAMESPACE else f"{namespace}/{model}:{tag}"
    return clean(name if host == _OLLAMA_HOST else f"{host}/{name}", limit=_MAX_NAME)


def _folders(path: Path) -> list[Path]:
    try:
        return [Path(entry.path) for entry in entries(path) if entry.is_dir()] if path.is_dir() else []
    except (InputError, OSError):
        return []


def _hub_models(cache: Path) -> Iterator[FoundModel]:
    for repository in _folders(cache)[:_MAX_MODELS]:
        name = repository_name(repository.name)
        if name is None:
            continue
        try:
            snapshot = snapshot_of(repository)
            if snapshot is not None:
                yield _hub_model(name, snapshot)
        except (InputError, OSError) as problem:
            yield FoundModel(clean(name), repository, "hub", 0, False, clean(str(problem)))


def _hub_model(name: str, snapshot: Path) -> FoundModel:
    total, dangling = 0, []
    names = set()
    for entry in entries(snapshot):
        names.add(entry.name)
        if entry.name.endswith(_WEIGHTS):
            try:
                total += entry.stat().st_size
            except OSError:  # the blob that it points at is not there
                dangling.append(entry.name)
    unfinished = unfinished_blobs(snapshot)
    absent = _absent(snapshot, names)
    problem = ""
    if dangling or absent:
        problem = _counted(len(dangling) + len(absent), "file", "missing")
    elif unfinished:
        problem = _counted(len(unfinished), "download", "unfinished")
    elif not total:
        problem = "no weights"
    return FoundModel(clean(name), snapshot, "hub", total, not problem, problem)


def _counted(count: int, what: str, state: str) -> str:
    return f"1 {what} is {state}" if count == 1 else f"{count:,} {what}s are {state}"


def _absent(snapshot: Path, names: set[str]) -> set[str]:
    """Files that the index names and the snapshot has not."""
    if INDEX not in names:
        return set()
    by_tensor = read_json(snapshot / INDEX, limit=MAX_INDEX_BYTES).get("weight_map")
    wanted = set(by_tensor.values()) if isinstance(by_tensor, dict) else set()
    return {name for name in wanted if isinstance(name, str)} - names


def _ollama_folders(environment: Mapping[str, str]) -> list[Path]:
    if environment.get("OLLAMA_MODELS"):
        return [expanded(environment["OLLAMA_MODELS"])]
    return [expanded("~/.ollama/models"), _OLLAMA_SYSTEM]


def _ollama_models(environment: Mapping[str, str]) -> Iterator[FoundModel]:
    for store in _ollama_folders(environment):
        for host in _folders(store / "manifests"):
            for namespace in _folders(host):
                for model in _folders(namespace)[:_MAX_MODELS]:
                    yield from _tags(store, host.name, namespace.name, model)


def _tags(store: Path, host: str, namespace: str, model: Path) -> Iterator[FoundModel]:
    try:
        tags = entries(model)
    except InputError:
        return
    for tag in tags:
        name = _ollama_name(host, namespace, model.name, tag.name)
        try:
            yield _ollama_model(store, name, Path(tag.path))
        except (InputError, OSError) as problem:
            yield FoundModel(name, Path(tag.path), "ollama", 0, False, clean(str(problem)))


def _ollama_model(store: Path, name: str, manifest: Path) -> FoundModel:
    blob, size = model_blob(store, read_json(manifest, limit=_MAX_MANIFEST_BYTES))
    if blob is None:
        return FoundModel(name, manifest, "ollama", 0, False, "its manifest names no GGUF")
    there = blob.stat().st_size if blob.is_file() else 0
    complete = there > 0 and there == (size or there)
    return FoundModel(name, blob, "ollama", there, complete, "" if complete else "the weights are missing or cut short")


def model_blob(store: Path, manifest: Mapping[str, object]) -> tuple[Path | None, int | None]:
    """The GGUF that a manifest names, and its size in bytes as stated.

    A manifest may be a list of manifests; then the one of a GGUF is followed.

    Args:
        store: The Ollama store.
        manifest: The parsed manifest.

    Raises:
        InputError: A manifest that it points at cannot be read.
    """
    listed = manifest.get("manifests")
    if isinstance(listed, list):
        for entry in listed:
            digest = _digest(entry) if isinstance(entry, dict) and entry.get("format", "gguf") == "gguf" else None
            if digest is not None:
                return _layer_of(store, read_json(store / "blobs" / digest, limit=_MAX_MANIFEST_BYTES))
        return None, None
    return _layer_of(store, manifest)


def _layer_of(store: Path, manifest: Mapping[str, object]) -> tuple[Path | None, int | None]:
    layers = manifest.get("layers")
    for layer in layers if isinstance(layers, list) else ():
        if isinstance(layer, dict) and layer.get("mediaType") == _MODEL_LAYER:
            digest, size = _digest(layer), layer.get("size")
            if digest is not None:
                return store / "blobs" / digest, size if isinstance(size, int) and not isinstance(size, bool) else None
    return None, None


def _digest(layer: Mapping[str, object]) -> str | None:
    """The blob's file name; a digest that is not one could point out of the store."""
    value = layer.get("digest")
    if not isinstance(value, str) or not value.startswith("sha256:"):
        return None
    digits = value.removeprefix("sha256:")
    return f"sha256-{digits}" if 0 < len(digits) <= 64 and set(digits) <= set("0123456789abcdef") else None
