"""Whatever bytes lie at a path: a model or an InputError, in bounded time and memory, and never a traceback."""

import copy
import json
import os
import struct
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import gguf
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.core.readers.making import DATA, LLAMA_8B, TINY, safetensors_header, tiny_tensors, write_config

from roofrack.errors import InputError
from roofrack.memory.weights import total_params
from roofrack.readers import ReadModel, describe, inspect, models_on_disk, read_model
from roofrack.readers.config import as_read, read_config
from roofrack.readers.files import MAX_CONFIG_BYTES

CONFIGS = {
    name: json.loads((DATA / "configs" / f"{name}_config.json").read_text())
    for name in (
        "Qwen--Qwen3-30B-A3B",
        "Qwen--Qwen3.5-27B",
        "deepseek-ai--DeepSeek-V3.2",
        "deepseek-ai--DeepSeek-V4-Flash",
        "google--gemma-4-26B-A4B",
        "meta-llama--Llama-4-Scout-17B-16E-Instruct",
        "moonshotai--Kimi-K3",
        "nvidia--NVIDIA-Nemotron-3-Super-120B-A12B-FP8",
        "nvidia--Qwen3.6-27B-NVFP4",
        "openai--gpt-oss-20b",
        "stepfun-ai--Step-3.7-Flash",
    )
}
FAST = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
JUNK = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from([10**12, -1, 0, 10**30, 2**63])
    | st.floats()
    | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=6,
)


def model_or_error(path: Path) -> ReadModel | None:
    """Read; nothing but an InputError may come out, and what was read can be described."""
    problem = ""
    try:
        read = read_model(path)
    except InputError as error:
        problem = str(error)
        read = None
    if read is None:
        assert problem
        assert problem.isprintable()
        return None
    json.dumps(describe(read), allow_nan=False)
    return read


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value[:3]) if isinstance(value, list) else ()
    return [path] * bool(path) + [place for key, item in inner for place in _places(item, (*path, key))]


@FAST
@given(st.data())
def test_a_published_configuration_with_one_value_replaced(tmp_path: Path, data: st.DataObject) -> None:
    config = copy.deepcopy(CONFIGS[data.draw(st.sampled_from(sorted(CONFIGS)))])
    *way, last = data.draw(st.sampled_from(_places(config)))
    place = config
    for key in way:
        place = place[key]
    place[last] = data.draw(JUNK)
    path = tmp_path / "config.json"
    path.write_text(json.dumps(config))
    model_or_error(path)


@FAST
@given(st.data())
def test_a_published_configuration_with_keys_removed(tmp_path: Path, data: st.DataObject) -> None:
    config = copy.deepcopy(CONFIGS[data.draw(st.sampled_from(sorted(CONFIGS)))])
    section = config.get("text_config", config)
    for key in data.draw(st.lists(st.sampled_from(sorted(section)), max_size=4)):
        section.pop(key, None)
    path = tmp_path / "config.json"
    path.write_text(json.dumps(config))
    model_or_error(path)


@FAST
@given(st.dictionaries(st.sampled_from(sorted(LLAMA_8B)) | st.text(max_size=10), JUNK, max_size=12))
def test_any_object_at_all(config: dict[str, Any]) -> None:
    path = Path("config.json")
    try:
        model, fields, stored = read_config({"model_type": "llama", **config}, path, "x")
    except InputError:
        return
    assert total_params(as_read(model, fields, stored, path).model) > 0


@FAST
@given(cut=st.integers(min_value=0, max_value=400))
def test_truncated_configurations(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "config.json"
    path.write_bytes(json.dumps(LLAMA_8B).encode()[:cut])
    read = model_or_error(path)
    assert (read is None) == (cut < len(json.dumps(LLAMA_8B)))


def _flipped(whole: bytes, flips: list[tuple[int, int]]) -> bytes:
    changed = bytearray(whole)
    for place, bit in flips:
        changed[place % len(changed)] ^= 1 << bit
    return bytes(changed)


FLIPS = st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 7)), min_size=1, max_size=4)


@FAST
@given(flips=FLIPS, cut=st.integers(0, 4_000) | st.none())
def test_flipped_bits_and_cuts_in_safetensors(tmp_path: Path, flips: list[tuple[int, int]], cut: int | None) -> None:
    header, data = safetensors_header(tiny_tensors())
    write_config(tmp_path, **TINY)
    path = tmp_path / "model.safetensors"
    path.write_bytes((_flipped(header, flips) + b"\0" * data)[:cut])
    model_or_error(path)
    model_or_error(tmp_path)


def _small_gguf(path: Path) -> bytes:
    writer = gguf.GGUFWriter(path, "llama")
    for key, value in {
        "block_count": 1,
        "context_length": 64,
        "embedding_length": 32,
        "attention.head_count": 2,
    }.items():
        writer.add_uint32(f"llama.{key}", value)
    writer.add_array("tokenizer.ggml.tokens", ["a", "b", "c"])
    writer.add_array("llama.attention.head_count_kv", [1])
    shapes = {"token_embd.weight": (9, 32), "blk.0.attn_q.weight": (32, 32), "blk.0.attn_k.weight": (16, 32), "blk.0.attn_v.weight": (16, 32),
              "blk.0.attn_output.weight": (32, 32), "blk.0.ffn_up.weight": (64, 32), "blk.0.ffn_down.weight": (32, 64)}  # fmt: skip
    for name, shape in shapes.items():
        writer.add_tensor(name, np.zeros(shape, dtype=np.float16))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path.read_bytes()


@pytest.fixture(scope="module")
def small_gguf(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return _small_gguf(tmp_path_factory.mktemp("gguf") / "m.gguf")


def test_the_small_gguf_is_whole(tmp_path: Path, small_gguf: bytes) -> None:
    path = tmp_path / "m.gguf"
    path.write_bytes(small_gguf)
    read = model_or_error(path)
    assert read is not None
    assert read.warnings == ()


@settings(FAST, max_examples=150)
@given(flips=FLIPS, cut=st.integers(0, 3_000) | st.none())
def test_flipped_bits_and_cuts_in_gguf(
    tmp_path: Path, small_gguf: bytes, flips: list[tuple[int, int]], cut: int | None
) -> None:
    header_ends = small_gguf.index(b"blk.0.ffn_down.weight") + 80
    path = tmp_path / "m.gguf"
    path.write_bytes((_flipped(small_gguf[:header_ends], flips) + small_gguf[header_ends:])[:cut])
    model_or_error(path)


@FAST
@given(st.binary(max_size=200), st.sampled_from([b"", b"GGUF", b"GGUF\x03\0\0\0", b"{", struct.pack("<Q", 60) + b"{"]))
def test_any_bytes_at_all(tmp_path: Path, data: bytes, start: bytes) -> None:
    for name in ("config.json", "x.safetensors", "x.gguf", "x"):
        path = tmp_path / name
        path.write_bytes(start + data)
        assert model_or_error(path) is None
        path.unlink()


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", "is not a model"),
        (b"{", "not JSON"),
        (b"[]", "is not a model"),
        (b"{}", "model_type: missing"),
        (b'{"model_type": "llama", "model_type": "llama"}', "the key 'model_type' appears twice"),
        (b'{"a": {"b": 1, "b": 2}}', "the key 'b' appears twice"),
        (b'{"a": \xff\xfe}', "not UTF-8"),
        (b"{" + b'"a":{' * 500_000, "nested too deeply"),
        (b'{"a":' + b"[" * 4_000_000, "nested too deeply"),
        (b'{"hidden_size": 1e999, "model_type": "llama"}', "hidden_size: must be a whole number"),
        (b'{"hidden_size": -Infinity, "model_type": "llama"}', "hidden_size: must be a whole number"),
        (b'{"hidden_size": NaN, "model_type": "llama"}', "hidden_size: must be a whole number"),
    ],
)
def test_bad_json_is_refused(tmp_path: Path, data: bytes, problem: str) -> None:
    path = tmp_path / "config.json"
    path.write_bytes(data)
    started = time.process_time()
    with pytest.raises(InputError, match=problem):
        read_model(path)
    assert time.process_time() - started < 2


def test_a_byte_order_mark_does_not_matter(tmp_path: Path) -> None:
    path = tmp_path / "config.json"
    path.write_bytes(b"\xef\xbb\xbf" + json.dumps(LLAMA_8B).encode())
    assert model_or_error(path) is not None


def test_a_huge_configuration_is_not_even_read(tmp_path: Path) -> None:
    path = tmp_path / "config.json"
    path.write_bytes(b'{"a": ')
    with path.open("r+b") as file:
        file.truncate(100_000_000)
    with pytest.raises(InputError, match=f"more than the {MAX_CONFIG_BYTES:,} that are read"):
        read_model(path)


def test_ten_megabytes_of_nothing_stay_in_memory_bounds(tmp_path: Path) -> None:
    """The costliest JSON of the largest size that is read: empty lists."""
    path = tmp_path / "config.json"
    path.write_bytes(b'{"a": [' + b"[]," * ((MAX_CONFIG_BYTES - 100) // 3) + b"[]]}")
    code = (
        "import resource, sys; from roofrack.errors import InputError; from roofrack.readers import read_model\n"
        "try: read_model(sys.argv[1])\nexcept InputError: print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True, timeout=30
    )
    kib = int(done.stdout) // (1024 if sys.platform == "darwin" else 1)
    assert kib < 600 * 1024


def test_a_pipe_is_refused_without_waiting(tmp_path: Path) -> None:
    pipe = tmp_path / "config.json"
    os.mkfifo(pipe)
    for path in (pipe, tmp_path):
        with pytest.raises(InputError, match="not a regular file"):
            read_model(path)


@pytest.mark.parametrize("device", ["/dev/zero", "/dev/null", "/dev/tty"])
def test_devices_are_refused(device: str) -> None:
    with pytest.raises(InputError):
        read_model(Path(device))


def test_links_in_a_circle_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    with pytest.raises(InputError, match="symbolic links"):
        read_model(tmp_path / "a")
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "config.json").symlink_to("config.json")
    with pytest.raises(InputError):
        read_model(folder)


def test_a_folder_that_contains_itself_is_no_endless_cache(tmp_path: Path) -> None:
    store = tmp_path / "manifests"
    store.mkdir()
    (store / "loop").symlink_to(store)
    (tmp_path / "models--a--b").symlink_to(tmp_path)
    assert all(
        not model.complete for model in models_on_disk({"HF_HUB_CACHE": str(tmp_path), "OLLAMA_MODELS": str(tmp_path)})
    )


def test_what_may_not_be_read_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_config(tmp_path)

    def refuse(*_: object, **__: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(InputError, match="permission denied"):
        read_model(path)
    monkeypatch.setattr(os, "scandir", refuse)
    with pytest.raises(InputError, match="permission denied"):
        read_model(tmp_path)


@pytest.mark.parametrize(
    "path", ["/nowhere/config.json", "/nowhere", "", "\0", "a\0b", "~nobody-like-this/x", "x" * 5_000]
)
def test_paths_that_are_none(path: str) -> None:
    for read in (read_model, inspect):
        with pytest.raises(InputError):
            read(path)


def test_a_name_cannot_write_to_the_terminal(tmp_path: Path) -> None:
    path = write_config(tmp_path / "\x1b]52;c;aGk=\x07evil", model_type="\x1b[31mred\x1b[0m")
    with pytest.raises(InputError) as caught:
        read_model(path)
    assert "\x1b" not in str(caught.value)
    path = write_config(tmp_path / "\x1b]52;c;aGk=\x07evil", **{"\x1b[31mstrange": [1]})
    read = read_model(path)
    assert read.warnings == ("not understood and not used: strange",)
    assert "\x1b" not in repr(describe(read)).encode().decode("unicode_escape")
