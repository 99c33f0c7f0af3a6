"""GGUF headers and models, cross-checked against the `gguf` package, which writes the files and reads them too."""

import struct
import time
from pathlib import Path
from typing import Any

import gguf
import numpy as np
import pytest

from roofrack.catalog import default_catalog
from roofrack.domain.model import DenseMlp, LatentAttention, MoeMlp, RecurrentState, SoftmaxAttention
from roofrack.errors import InputError
from roofrack.memory.kv import kv_bytes_per_token
from roofrack.memory.weights import active_params, total_params
from roofrack.readers import describe, read_model
from roofrack.readers.ggml_types import GGML_TYPES
from roofrack.readers.gguf import Skipped, read_gguf_header
from roofrack.readers.gguf_formats import _BY_FILE_TYPE, _BY_TENSOR_TYPE

Shapes = dict[str, tuple[int, ...]]
HIDDEN, VOCAB = 64, 100


def write(
    path: Path, arch: str, keys: dict[str, Any], shapes: Shapes, *, dtype: Any = np.float16, split: int = 0
) -> Path:
    writer = gguf.GGUFWriter(path, arch, split_max_tensors=split)
    writer.add_name("Tiny")
    for key, value in keys.items():
        name = key if "." in key and key.split(".")[0] in ("general", "tokenizer") else f"{arch}.{key}"
        if isinstance(value, list):
            writer.add_array(name, value)
        elif isinstance(value, bool):
            writer.add_bool(name, value)
        elif isinstance(value, str):
            writer.add_string(name, value)
        else:
            writer.add_uint32(name, value)
    for name, shape in shapes.items():
        writer.add_tensor(name, np.zeros(shape[::-1], dtype=np.float32 if len(shape) == 1 else dtype))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


KEYS: dict[str, Any] = {
    "block_count": 2,
    "context_length": 4096,
    "embedding_length": HIDDEN,
    "feed_forward_length": 96,
    "attention.head_count": 4,
    "attention.head_count_kv": 2,
    "general.file_type": 1,
}


def attention(i: int) -> Shapes:
    return {
        f"blk.{i}.attn_norm.weight": (64,),
        f"blk.{i}.attn_q.weight": (64, 64),
        f"blk.{i}.attn_k.weight": (64, 32),
        f"blk.{i}.attn_v.weight": (64, 32),
        f"blk.{i}.attn_output.weight": (64, 64),
    }


def dense(i: int) -> Shapes:
    return {
        f"blk.{i}.ffn_norm.weight": (64,),
        f"blk.{i}.ffn_gate.weight": (64, 96),
        f"blk.{i}.ffn_up.weight": (64, 96),
        f"blk.{i}.ffn_down.weight": (96, 64),
    }


def routed(i: int) -> Shapes:
    return {
        f"blk.{i}.ffn_gate_inp.weight": (64, 8),
        f"blk.{i}.ffn_gate_exps.weight": (64, 32, 8),
        f"blk.{i}.ffn_up_exps.weight": (64, 32, 8),
        f"blk.{i}.ffn_down_exps.weight": (32, 64, 8),
        f"blk.{i}.ffn_gate_shexp.weight": (64, 48),
        f"blk.{i}.ffn_up_shexp.weight": (64, 48),
        f"blk.{i}.ffn_down_shexp.weight": (48, 64),
    }


def model(*blocks: Shapes, tied: bool = False) -> Shapes:
    outside: Shapes = {"token_embd.weight": (HIDDEN, VOCAB), "output_norm.weight": (HIDDEN,)}
    if not tied:
        outside["output.weight"] = (HIDDEN, VOCAB)
    return outside | {name: shape for block in blocks for name, shape in block.items()}


LLAMA = model(attention(0), dense(0), attention(1), dense(1))


def elements(shapes: Shapes) -> int:
    return sum(int(np.prod(shape)) for shape in shapes.values())


def test_the_types_are_those_of_the_package() -> None:
    theirs = {int(kind): sizes for kind, sizes in gguf.GGML_QUANT_SIZES.items()}
    assert {kind: (t.block_elements, t.block_bytes) for kind, t in GGML_TYPES.items()} == theirs
    assert {kind: t.name for kind, t in GGML_TYPES.items()} == {int(k): k.name for k in gguf.GGML_QUANT_SIZES}


def test_every_recipe_is_a_format_of_the_library() -> None:
    for format_id in (*_BY_FILE_TYPE.values(), *_BY_TENSOR_TYPE.values()):
        assert default_catalog().weights_format(format_id).id == format_id
    names = {int(kind): kind.name.removeprefix("MOSTLY_").removeprefix("ALL_").lower() for kind in gguf.LlamaFileType}
    same = {"f32": "fp32", "f16": "fp16"}
    assert {kind: same.get(names[kind], names[kind]) for kind in _BY_FILE_TYPE} == _BY_FILE_TYPE


def test_a_header_is_read_as_the_package_reads_it(tmp_path: Path) -> None:
    path = write(
        tmp_path / "m.gguf",
        "llama",
        {**KEYS, "tokenizer.ggml.tokens": ["a", "bc", ""] * 50, "some.floats": [1.5] * 5000},
        LLAMA,
    )
    ours, theirs = read_gguf_header(path), gguf.GGUFReader(path)
    assert [t.name for t in ours.tensors] == [t.name for t in theirs.tensors]
    assert [t.bytes for t in ours.tensors] == [t.n_bytes for t in theirs.tensors]
    assert [list(t.shape) for t in ours.tensors] == [t.shape.tolist() for t in theirs.tensors]
    assert [t.dtype for t in ours.tensors] == [t.tensor_type.name for t in theirs.tensors]
    assert ours.metadata["llama.block_count"] == 2
    assert ours.metadata["tokenizer.ggml.tokens"] == Skipped(150)
    assert ours.metadata["llama.some.floats"] == Skipped(5000)
    assert ours.missing == ()


def test_a_dense_model_is_exact(tmp_path: Path) -> None:
    read = read_model(write(tmp_path / "m.gguf", "llama", KEYS, LLAMA))
    assert total_params(read.model) == elements(LLAMA)
    assert kv_bytes_per_token(read.model, default_catalog().kv_format("16bit")) == 2 * 2 * 2 * 16 * 2
    assert read.native_weights == "fp16"
    assert read.weights_bytes == sum(t.n_bytes for t in gguf.GGUFReader(tmp_path / "m.gguf").tensors)
    assert (read.assumed, read.warnings) == ((), ())
    assert read.model.layers[0].mlp == DenseMlp(width=96)
    assert describe(read)["layers"] == {"full": 2}


def test_a_tied_head_and_other_widths(tmp_path: Path) -> None:
    shapes = model(
        attention(0) | {"blk.0.attn_q.weight": (64, 128), "blk.0.attn_output.weight": (128, 64)}, dense(0), tied=True
    )
    keys = {
        **KEYS,
        "block_count": 1,
        "attention.key_length": 32,
        "attention.value_length": 32,
        "attention.head_count_kv": 1,
    }
    read = read_model(write(tmp_path / "m.gguf", "gemma", keys, shapes))
    assert read.model.tied_embeddings
    assert total_params(read.model) == elements(shapes)
    assert isinstance(read.model.layers[0].attention, SoftmaxAttention)
    assert read.model.layers[0].attention.head_dim == 32


def test_experts_and_the_dense_layer_before_them(tmp_path: Path) -> None:
    shapes = model(attention(0), dense(0), attention(1), routed(1))
    read = read_model(
        write(tmp_path / "m.gguf", "qwen2moe", {**KEYS, "expert_count": 8, "expert_used_count": 2}, shapes)
    )
    moe = read.model.layers[1].mlp
    assert moe == MoeMlp(experts=8, experts_per_token=2, expert_width=32, shared_width=48)
    assert total_params(read.model) == elements(shapes)
    assert active_params(read.model) == elements(shapes) - 6 * 3 * 64 * 32


def test_windows_by_pattern_list_and_knowledge(tmp_path: Path) -> None:
    blocks = [part for i in range(6) for part in (attention(i), dense(i))]
    keys = {**KEYS, "block_count": 6, "attention.sliding_window": 512}
    marks = [True, True, False, True, True, False]

    def windows(arch: str, **more: Any) -> list[int | None]:
        made = read_model(write(tmp_path / f"{arch}.gguf", arch, {**keys, **more}, model(*blocks))).model
        groups = dict(zip(dict.fromkeys(made.order), made.layers, strict=True))
        found = [groups[letter].attention for letter in made.order]
        return [a.window_tokens for a in found if isinstance(a, SoftmaxAttention)]

    assert windows("gemma2") == [512, None] * 3
    assert windows("gemma3") == [512] * 5 + [None]
    assert windows("gemma4", **{"attention.sliding_window_pattern": marks}) == [512, 512, None] * 2
    assert windows("phi3") == [512] * 6


def test_latent_attention(tmp_path: Path) -> None:
    mla = {
        "blk.0.attn_q_a.weight": (64, 24),
        "blk.0.attn_q_b.weight": (24, 4 * 24),
        "blk.0.attn_kv_a_mqa.weight": (64, 32 + 8),
        "blk.0.attn_k_b.weight": (16, 32, 4),
        "blk.0.attn_v_b.weight": (32, 12, 4),
        "blk.0.attn_output.weight": (48, 64),
    }
    keys = {**KEYS, "block_count": 1, "attention.kv_lora_rank": 32, "attention.q_lora_rank": 24, "rope.dimension_count": 8,
            "attention.key_length_mla": 24, "attention.value_length_mla": 12, "attention.head_count_kv": 1}  # fmt: skip
    read = read_model(write(tmp_path / "m.gguf", "deepseek2", keys, model(mla, dense(0))))
    assert isinstance(read.model.layers[0].attention, LatentAttention)
    assert total_params(read.model) == elements(model(mla, dense(0)))
    assert kv_bytes_per_token(read.model, default_catalog().kv_format("16bit")) == 2 * 40


def test_state_layers_between(tmp_path: Path) -> None:
    state = {
        "blk.0.ssm_in.weight": (64, 300),
        "blk.0.ssm_conv1d.weight": (4, 160),
        "blk.0.ssm_out.weight": (128, 64),
        "blk.0.ssm_a": (1, 8),
    }
    shapes = model(state, attention(1), dense(1))
    keys = {**KEYS, "attention.head_count": [0, 4], "attention.head_count_kv": [0, 2], "ssm.conv_kernel": 4,
            "ssm.inner_size": 128, "ssm.state_size": 16, "ssm.group_count": 1, "ssm.time_step_rank": 8}  # fmt: skip
    read = read_model(write(tmp_path / "m.gguf", "nemotron_h", keys, shapes))
    found = read.model.layers[0].attention
    assert isinstance(found, RecurrentState)
    assert (found.state_elements, found.conv_elements) == (128 * 16, 2 * 3 * (128 + 2 * 16))
    assert total_params(read.model) == elements(shapes)


def test_draft_layers_are_not_served(tmp_path: Path) -> None:
    shapes = model(attention(0), dense(0), attention(1), dense(1))
    read = read_model(write(tmp_path / "m.gguf", "glm4moe", {**KEYS, "nextn_predict_layers": 1}, shapes))
    assert read.model.layer_count == 1
    assert read.model.draft_params == elements(attention(1) | dense(1))


@pytest.mark.parametrize("part", [1, 2, 3])
def test_split_files_are_one_model(tmp_path: Path, part: int) -> None:
    write(tmp_path / "m.gguf", "llama", KEYS, LLAMA, split=8)
    parts = sorted(tmp_path.glob("*.gguf"))
    assert len(parts) == 3
    read = read_model(parts[part - 1])
    assert total_params(read.model) == elements(LLAMA)
    assert total_params(read_model(tmp_path).model) == elements(LLAMA)


def test_missing_and_short_parts_are_noticed(tmp_path: Path) -> None:
    write(tmp_path / "m.gguf", "llama", KEYS, LLAMA, split=16)
    first, last = sorted(tmp_path.glob("*.gguf"))
    last.write_bytes(last.read_bytes()[:-64])
    read = read_model(first)
    assert read.warnings == (f"the download is incomplete: {last.name}",)
    assert (read.own_weights, read.weights_bytes) == (None, None)
    first.unlink()
    with pytest.raises(InputError, match=r"its first part .* is missing"):
        read_model(last)


def test_long_token_lists_cost_little(tmp_path: Path) -> None:
    keys = {
        **KEYS,
        "tokenizer.ggml.tokens": [f"token{i}" for i in range(260_000)],
        "tokenizer.ggml.scores": [0.5] * 260_000,
    }
    path = write(tmp_path / "m.gguf", "llama", keys, LLAMA)
    started = time.process_time()
    read_gguf_header(path)
    assert time.process_time() - started < 0.5


def test_the_commonest_type_names_the_format_where_no_recipe_does(tmp_path: Path) -> None:
    keys = {key: value for key, value in KEYS.items() if key != "general.file_type"}
    read = read_model(write(tmp_path / "m.gguf", "llama", keys, LLAMA))
    assert read.native_weights == "fp16"
    assert "most of its bytes are F16" in read.assumed[0]


@pytest.mark.parametrize(
    ("arch", "keys", "shapes", "field"),
    [
        ("rwkv7", {}, LLAMA | {"blk.0.time_mix_key.weight": (64, 64)}, "rwkv7.* is not understood"),
        ("llama", {}, model(attention(0), dense(0)), "block_count"),
        ("llama", {"block_count": 0}, LLAMA, "block_count"),
        ("llama", {"block_count": 2**31}, LLAMA, "block_count"),
        ("llama", {"embedding_length": 65}, LLAMA, "embedding_length"),
        ("llama", {"attention.head_count_kv": 3}, LLAMA, "kv_heads"),
        ("llama", {"attention.head_count": 0}, LLAMA, "head_count"),
        ("llama", {"attention.head_count": [4]}, LLAMA, "head_count"),
        ("llama", {"attention.head_count": "four"}, LLAMA, "head_count"),
        ("llama", {"context_length": 0}, LLAMA, "context_length"),
        ("llama", {"nextn_predict_layers": 2}, LLAMA, "block_count"),
        ("qwen2moe", {"expert_used_count": 9}, model(attention(0), routed(0), attention(1), routed(1)), "experts_per_token"),
        ("clip", {}, {"v.patch_embd.weight": (64, 64)}, "token_embd.weight"),
        ("mystery", {}, model({"blk.0.magic.weight": (64, 64)}, {"blk.1.magic.weight": (64, 64)}), "what block 0 does"),
        ("deepseek2", {"attention.kv_lora_rank": 4000, "rope.dimension_count": 8, "attention.key_length": 24, "attention.value_length": 12},
         model(*({f"blk.{i}.attn_kv_a_mqa.weight": (64, 40), f"blk.{i}.attn_output.weight": (48, 64)} for i in range(2))), "smaller than its keys"),
    ],
)  # fmt: skip
def test_what_is_not_understood_is_refused(
    tmp_path: Path, arch: str, keys: dict[str, Any], shapes: Shapes, field: str
) -> None:
    with pytest.raises(InputError, match=field):
        read_model(write(tmp_path / "m.gguf", arch, {**KEYS, **keys}, shapes))


def text(value: str) -> bytes:
    return struct.pack("<Q", len(value)) + value.encode()


def raw(
    keys: bytes = b"", tensors: bytes = b"", *, n_keys: int = 0, n_tensors: int = 0, version: int = 3, tail: int = 0
) -> bytes:
    return b"GGUF" + struct.pack("<Iqq", version, n_tensors, n_keys) + keys + tensors + b"\0" * tail


ARRAY, STRING, U32 = 9, 8, 4
TENSOR = text("t") + struct.pack("<IqqiQ", 2, 32, 4, 0, 0)


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"GGUF", "ends inside"),
        (b"GGML" + b"\0" * 40, "not a GGUF|is not a model"),
        (raw(version=1), "version 1"),
        (raw(version=0x03000000), "big-endian"),
        (raw(n_keys=2**62), "more than any model has"),
        (raw(n_tensors=2**62), "more than any model has"),
        (raw(n_keys=-1), "more than any model has"),
        (raw(n_keys=60_000), "ends inside"),
        (raw(n_tensors=200_000), "ends inside"),
        (raw(struct.pack("<Q", 2**63) + b"abc", n_keys=1), "ends inside"),
        (raw(text("k") + struct.pack("<iQ", STRING, 2**60), n_keys=1), "ends inside"),
        (raw(text("k") + struct.pack("<iiQ", ARRAY, U32, 2**61), n_keys=1), "ends inside"),
        (raw(text("k") + struct.pack("<iiQ", ARRAY, STRING, 2**40), n_keys=1), "more than 2,000,000 strings"),
        (raw(text("k") + struct.pack("<iiQ", ARRAY, STRING, 1_500_000), n_keys=1), "ends inside"),
        (raw(text("k") + struct.pack("<iiQ", ARRAY, ARRAY, 1), n_keys=1), "list of the unknown type 9"),
        (raw(text("k") + struct.pack("<i", 77), n_keys=1), "unknown type 77"),
        (raw((text("k") + struct.pack("<iI", U32, 1)) * 2, n_keys=2), "appears twice"),
        (raw(text("general.alignment") + struct.pack("<iI", U32, 33), n_keys=1), "power of two"),
        (raw(text("general.alignment") + struct.pack("<iI", U32, 0), n_keys=1), "power of two"),
        (raw(tensors=text("t") + struct.pack("<I", 2**31), n_tensors=1), "dimensions"),
        (raw(tensors=text("t") + struct.pack("<IqqiQ", 2, 2**40, 2**40, 0, 0), n_tensors=1), "impossible shape"),
        (raw(tensors=text("t") + struct.pack("<IqqiQ", 2, -32, -4, 0, 0), n_tensors=1), "impossible shape"),
        (raw(tensors=text("t") + struct.pack("<IqqiQ", 2, 33, 4, 2, 0), n_tensors=1), "impossible shape"),
        (raw(tensors=text("t") + struct.pack("<IqqiQ", 2, 32, 4, 99, 0), n_tensors=1), "unknown type 99"),
        (raw(tensors=text("t") + struct.pack("<IqqiQ", 2, 32, 4, 0, 64), n_tensors=1), "places tensor 't' at 64"),
        (raw(tensors=TENSOR * 2, n_tensors=2, tail=2000), "twice"),
        (raw(), "holds no weights"),
        (raw(tensors=TENSOR, n_tensors=1, tail=2000), "general.architecture"),
    ],
)
def test_lying_headers_are_refused(tmp_path: Path, data: bytes, problem: str) -> None:
    path = tmp_path / "m.gguf"
    path.write_bytes(data)
    with pytest.raises(InputError, match=problem):
        read_model(path)


def test_a_sparse_file_of_empty_strings_ends_soon(tmp_path: Path) -> None:
    """Zeros read as empty strings for as long as a file is; the budget of strings ends it."""
    path = tmp_path / "m.gguf"
    path.write_bytes(raw(text("k") + struct.pack("<iiQ", ARRAY, STRING, 1_900_000), n_keys=2))
    with path.open("r+b") as file:
        file.truncate(400 * 10**9)
    started = time.process_time()
    with pytest.raises(InputError):
        read_model(path)
    assert time.process_time() - started < 5
