"""Small files of every kind, made by hand so that the readers are not tested with themselves."""

import json
import struct
from pathlib import Path
from typing import Any

DATA = Path(__file__).parents[2] / "data"

LLAMA_8B: dict[str, Any] = {
    "architectures": ["LlamaForCausalLM"],
    "model_type": "llama",
    "hidden_size": 4096,
    "intermediate_size": 14336,
    "num_hidden_layers": 32,
    "num_attention_heads": 32,
    "num_key_value_heads": 8,
    "vocab_size": 128256,
    "max_position_embeddings": 131072,
    "tie_word_embeddings": False,
    "torch_dtype": "bfloat16",
}

TINY: dict[str, Any] = {
    **LLAMA_8B,
    "hidden_size": 64,
    "intermediate_size": 96,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "vocab_size": 100,
}
TINY_PARAMS = 2 * 100 * 64 + 2 * (2 * 64 * 64 + 2 * 64 * 32 + 3 * 64 * 96 + 2 * 64) + 64
_ELEMENT_BYTES = {"F32": 4, "BF16": 2, "F16": 2, "F8_E4M3": 1, "U8": 1, "I32": 4}


def write_config(folder: Path, **changes: Any) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "config.json"
    path.write_text(json.dumps({**LLAMA_8B, **changes}))
    return path


def tiny_tensors(dtype: str = "BF16") -> list[tuple[str, str, list[int]]]:
    found = [("model.embed_tokens.weight", [100, 64]), ("lm_head.weight", [100, 64]), ("model.norm.weight", [64])]
    for i in range(2):
        shapes = {
            "input_layernorm": [64],
            "post_attention_layernorm": [64],
            "self_attn.q_proj": [64, 64],
            "self_attn.k_proj": [32, 64],
            "self_attn.v_proj": [32, 64],
            "self_attn.o_proj": [64, 64],
            "mlp.gate_proj": [96, 64],
            "mlp.up_proj": [96, 64],
            "mlp.down_proj": [64, 96],
        }
        found += [(f"model.layers.{i}.{name}.weight", shape) for name, shape in shapes.items()]
    return [(name, dtype, shape) for name, shape in found]


def safetensors_header(tensors: list[tuple[str, str, list[int]]]) -> tuple[bytes, int]:
    """The header with its length, and the bytes of data that must follow."""
    header: dict[str, Any] = {"__metadata__": {"format": "pt"}}
    end = 0
    for name, dtype, shape in tensors:
        begin, size = end, _ELEMENT_BYTES[dtype]
        for number in shape:
            size *= number
        end = begin + size
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [begin, end]}
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text, end


def write_safetensors(path: Path, tensors: list[tuple[str, str, list[int]]], *, short_by: int = 0) -> Path:
    """A file whose data are a hole, so that it takes no room whatever its size."""
    header, data = safetensors_header(tensors)
    with path.open("wb") as file:
        file.write(header)
        file.truncate(len(header) + data - short_by)
    return path
