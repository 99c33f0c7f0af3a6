"""Headers of .safetensors files and checkpoint folders."""

import json
import struct
import time
from pathlib import Path

import pytest
from tests.core.readers.making import (
    TINY,
    TINY_PARAMS,
    safetensors_header,
    tiny_tensors,
    write_config,
    write_safetensors,
)

from roofrack.errors import InputError
from roofrack.memory.weights import total_params
from roofrack.readers import inspect, read_model
from roofrack.readers.safetensors import MAX_HEADER_BYTES, read_safetensors_header


def checkpoint(folder: Path, tensors: list[tuple[str, str, list[int]]], **changes: object) -> Path:
    write_config(folder, **{**TINY, **changes})
    write_safetensors(folder / "model.safetensors", tensors)
    return folder


def sharded(folder: Path, count: int) -> Path:
    """The tiny model in `count` files with an index."""
    write_config(folder, **TINY)
    tensors = tiny_tensors()
    by_tensor = {}
    for number in range(count):
        name = f"model-{number + 1:05d}-of-{count:05d}.safetensors"
        mine = tensors[number::count]
        write_safetensors(folder / name, mine)
        by_tensor |= {tensor: name for tensor, _, _ in mine}
    index = {"metadata": {"total_size": 2 * TINY_PARAMS}, "weight_map": by_tensor}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    return folder


def test_a_checkpoint_of_one_file(tmp_path: Path) -> None:
    read = read_model(checkpoint(tmp_path, tiny_tensors()))
    assert total_params(read.model) == TINY_PARAMS
    assert read.weights_bytes == 2 * TINY_PARAMS
    assert read.own_weights is not None
    assert read.own_weights.by_dtype == (("BF16", 2.0 * TINY_PARAMS),)
    assert read.warnings == ()


def test_a_checkpoint_of_several_files(tmp_path: Path) -> None:
    read = read_model(sharded(tmp_path, 3))
    assert read.weights_bytes == 2 * TINY_PARAMS
    assert read.warnings == ()


@pytest.mark.parametrize("name", ["config.json", "model.safetensors"])
def test_a_file_of_the_folder_may_be_named_instead(tmp_path: Path, name: str) -> None:
    read = read_model(checkpoint(tmp_path, tiny_tensors()) / name)
    assert total_params(read.model) == TINY_PARAMS
    assert read.weights_bytes == (None if name == "config.json" else 2 * TINY_PARAMS)


def test_a_part_stands_for_the_whole(tmp_path: Path) -> None:
    assert read_model(sharded(tmp_path, 2) / "model-00002-of-00002.safetensors").weights_bytes == 2 * TINY_PARAMS


def test_dtypes_are_told_apart(tmp_path: Path) -> None:
    tensors = [(name, "F8_E4M3" if "proj" in name else "BF16", shape) for name, _, shape in tiny_tensors()]
    tensors += [(f"{name}_scale_inv", "F32", [1]) for name, dtype, _ in tensors if dtype == "F8_E4M3"]
    section = {"quant_method": "fp8", "weight_block_size": [128, 128]}
    read = read_model(checkpoint(tmp_path, tensors, quantization_config=section))
    projections = sum(a * b for name, _, (a, b) in (t for t in tensors if "proj" in t[0] and len(t[2]) == 2))
    assert read.own_weights is not None
    assert dict(read.own_weights.by_dtype) == {
        "F8_E4M3": projections,
        "BF16": 2 * (TINY_PARAMS - projections),
        "F32": 4 * 14,
    }
    assert read.warnings == (), "scales are no parameters"


def test_packed_int4_counts_eight_weights_a_word(tmp_path: Path) -> None:
    tensors = []
    for name, dtype, shape in tiny_tensors():
        if "proj" in name:
            stem = name.removesuffix("weight")
            tensors += [(f"{stem}qweight", "I32", [shape[1] // 8, shape[0]]), (f"{stem}scales", "F16", [1, shape[0]])]
            tensors += [(f"{stem}qzeros", "I32", [1, shape[0] // 8]), (f"{stem}g_idx", "I32", [shape[1]])]
        else:
            tensors.append((name, dtype, shape))
    read = read_model(checkpoint(tmp_path, tensors, quantization_config={"quant_method": "gptq", "bits": 4}))
    assert read.native_weights == "gptq-int4"
    assert read.warnings == ()


def test_headers_that_hold_another_model_are_warned_of(tmp_path: Path) -> None:
    read = read_model(checkpoint(tmp_path, tiny_tensors()[:-4]))
    assert "the headers hold 0.000 B parameters, the configuration describes 0.000 B" in read.warnings[0]


def test_drafts_towers_and_spare_heads_are_told_apart(tmp_path: Path) -> None:
    tensors = [
        *tiny_tensors(),
        ("model.layers.2.mlp.gate_proj.weight", "BF16", [96, 64]),
        ("mtp.fc.weight", "BF16", [64, 128]),
        ("model.visual.blocks.0.attn.qkv.weight", "BF16", [30, 10]),
    ]
    read = read_model(checkpoint(tmp_path, tensors, tie_word_embeddings=True))
    assert read.model.draft_params == 96 * 64 + 64 * 128
    assert read.model.tower_params == 300
    assert read.warnings == ()
    assert read.own_weights is not None
    assert read.weights_bytes == read.own_weights.total_bytes + 2 * 100 * 64


def test_an_incomplete_download_is_noticed(tmp_path: Path) -> None:
    (sharded(tmp_path, 3) / "model-00002-of-00003.safetensors").unlink()
    read = read_model(tmp_path)
    assert read.warnings == ("the download is incomplete: model-00002-of-00003.safetensors",)
    assert read.weights_bytes is None
    assert read.own_weights is not None
    assert read.own_weights.total_bytes == 2 * TINY_PARAMS, "the index still says how much there should be"


def test_a_short_file_is_noticed(tmp_path: Path) -> None:
    write_config(tmp_path, **TINY)
    write_safetensors(tmp_path / "model.safetensors", tiny_tensors(), short_by=100)
    read = read_model(tmp_path)
    assert read.warnings == ("the download is incomplete: model.safetensors",)
    assert read.own_weights is None


def test_numbered_files_without_an_index_miss_their_siblings(tmp_path: Path) -> None:
    write_config(tmp_path, **TINY)
    write_safetensors(tmp_path / "model-00001-of-00003.safetensors", tiny_tensors()[:4])
    assert "model-00002-of-00003.safetensors, model-00003-of-00003.safetensors" in read_model(tmp_path).warnings[0]


def test_a_second_copy_in_another_layout_is_not_counted_twice(tmp_path: Path) -> None:
    checkpoint(tmp_path, tiny_tensors())
    write_safetensors(tmp_path / "consolidated.safetensors", tiny_tensors())
    assert read_model(tmp_path).weights_bytes == 2 * TINY_PARAMS


def test_modelopts_own_file_is_read(tmp_path: Path) -> None:
    checkpoint(tmp_path, tiny_tensors())
    (tmp_path / "hf_quant_config.json").write_text(
        '{"quantization": {"quant_algo": "FP8", "exclude_modules": ["lm_head"]}}'
    )
    assert read_model(tmp_path).native_weights == "fp8"


def test_four_hundred_gigabytes_are_inspected_at_once(tmp_path: Path) -> None:
    write_config(tmp_path, num_hidden_layers=126, hidden_size=16384, intermediate_size=53248, num_attention_heads=128)
    count = 190
    by_tensor = {}
    for number in range(count):
        name = f"model-{number + 1:05d}-of-{count:05d}.safetensors"
        tensors = [(f"model.layers.{number % 126}.part{number}.{i}.weight", "BF16", [16384, 6554]) for i in range(10)]
        write_safetensors(tmp_path / name, tensors)
        by_tensor |= {tensor: name for tensor, _, _ in tensors}
    (tmp_path / "model.safetensors.index.json").write_text(json.dumps({"weight_map": by_tensor}))
    started = time.process_time()
    read = read_model(tmp_path)
    assert time.process_time() - started < 1.0
    assert read.weights_bytes is not None
    assert read.weights_bytes > 400e9


def test_a_lone_file_is_described_and_not_planned(tmp_path: Path) -> None:
    path = write_safetensors(tmp_path / "lonely.safetensors", tiny_tensors())
    made = inspect(path)
    assert made["schema"] == "roofrack.model/1"
    assert made["total_params"] == TINY_PARAMS
    assert made["weights_bytes"] == 2 * TINY_PARAMS
    assert made["layers"] is None
    with pytest.raises(InputError, match=r"no config\.json beside it"):
        read_model(path)


def _with_header(path: Path, text: bytes, *, length: int | None = None, data: int = 0) -> Path:
    path.write_bytes(struct.pack("<Q", len(text) if length is None else length) + text + b"\0" * data)
    return path


def entry(dtype: object = "F32", shape: object = (2, 3), offsets: object = (0, 24)) -> bytes:
    return json.dumps({"a": {"dtype": dtype, "shape": shape, "data_offsets": offsets}}).encode()


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b"[]", "not a JSON object"),
        (b"7", "not a JSON object"),
        (b'"a"', "not a JSON object"),
        (b"\xff\xfe{}", "not JSON"),
        (b"{" + b'"a":{' * 100_000, "nested too deeply|not JSON"),
        (b'{"a": NaN}', "not JSON"),
        (b'{"a": 1}', "describes tensor 'a' wrongly"),
        (b'{"a": {}}', "describes tensor 'a' wrongly"),
        (entry(dtype="F31"), "describes tensor 'a' wrongly"),
        (entry(dtype=["F32"]), "describes tensor 'a' wrongly"),
        (entry(shape="wide"), "wrongly|impossible"),
        (entry(shape=[-2, -3]), "impossible"),
        (entry(shape=[2.0, 3]), "impossible"),
        (entry(shape=[True, 6]), "impossible"),
        (entry(shape=[10**9, 10**9]), "its shape needs others"),
        (entry(shape=[1] * 100), "impossible"),
        (entry(offsets=[0, 23]), "its shape needs others"),
        (entry(offsets=[24, 0]), "its shape needs others"),
        (entry(offsets=[8, 32]), "over another one or behind a hole"),
        (entry(offsets=[0, 24, 48]), "wrongly"),
        (entry()[:-1] + b"," + entry()[1:], "names a tensor twice"),
    ],
)
def test_lying_headers_are_refused(tmp_path: Path, text: bytes, problem: str) -> None:
    with pytest.raises(InputError, match=problem):
        read_safetensors_header(_with_header(tmp_path / "x.safetensors", text, data=24))


@pytest.mark.parametrize("length", [2**64 - 1, 2**63, MAX_HEADER_BYTES + 1, 10_000, 3])
def test_lying_lengths_are_refused(tmp_path: Path, length: int) -> None:
    with pytest.raises(InputError):
        read_safetensors_header(_with_header(tmp_path / "x.safetensors", entry(), length=length, data=24))


@pytest.mark.parametrize("size", [0, 1, 7, 8, 20])
def test_truncated_files_are_refused(tmp_path: Path, size: int) -> None:
    whole, _ = safetensors_header(tiny_tensors())
    path = tmp_path / "x.safetensors"
    path.write_bytes(whole[:size])
    with pytest.raises(InputError, match="ends inside"):
        read_safetensors_header(path)


@pytest.mark.parametrize(
    "name", ["../elsewhere.safetensors", "/etc/passwd", "a/b.safetensors", "x\0.safetensors", "weights.bin", 7]
)
def test_an_index_cannot_point_out_of_its_folder(tmp_path: Path, name: object) -> None:
    write_config(tmp_path, **TINY)
    (tmp_path / "model.safetensors.index.json").write_text(json.dumps({"weight_map": {"a": name}}))
    with pytest.raises(InputError, match="weight_map"):
        read_model(tmp_path)
