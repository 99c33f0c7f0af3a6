"""How a checkpoint stores its weights: `quantization_config` and ModelOpt's `hf_quant_config.json` as a weights format."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from roofrack.domain.model import Model, OwnWeights
from roofrack.readers.fields import Fields
from roofrack.readers.unquantised import Exceptions, exceptions_of, implied_bytes

_DTYPES = {
    "float32": "fp32", "float": "fp32", "float16": "fp16", "half": "fp16", "bfloat16": "bf16",
}  # fmt: skip
_BY_METHOD = {
    "fbgemm_fp8": "fp8-fbgemm", "mxfp4": "mxfp4", "mxfp8": "mxfp8", "nvfp4": "nvfp4", "modelopt_fp4": "nvfp4",
    "modelopt_fp8": "fp8", "w4afp8": "w4a8", "w8a8_int8": "int8", "w8a8_fp8": "fp8",
}  # fmt: skip
_BY_BITS = {
    ("gptq", 4): "gptq-int4", ("gptq", 8): "gptq-int8", ("auto-round", 4): "gptq-int4", ("auto-round", 8): "gptq-int8",
    ("intel/auto-round", 4): "gptq-int4", ("awq", 4): "awq-int4", ("gptq_marlin", 4): "gptq-int4",
    ("awq_marlin", 4): "awq-int4",
}  # fmt: skip
_BY_ALGORITHM = {
    "FP8": "fp8", "FP8_PER_CHANNEL_PER_TOKEN": "fp8", "FP8_PB_WO": "fp8-block", "MXFP8": "mxfp8", "NVFP4": "nvfp4",
    "W4A16_NVFP4": "nvfp4", "NVFP4_AWQ": "nvfp4", "W4A8_AWQ": "w4a8", "W4A8_NVFP4_FP8": "nvfp4", "W4A16_AWQ": "awq-int4",
    "W8A8_SQ_PER_CHANNEL": "int8", "W8A16": "int8-w8a16", "W4A16": "awq-int4", "MXFP4": "mxfp4",
}  # fmt: skip
_EXL2 = (2.5, 3.0, 4.0, 5.0, 6.0, 8.0)


class Stored(NamedTuple):
    """How a checkpoint stores its weights.

    Args:
        format_id: Id of the weights format.
        exceptions: What does not follow it.
    """

    format_id: str
    exceptions: Exceptions

    def implied_weights(self, model: Model) -> OwnWeights | None:
        """Bytes of the checkpoint as its list of exceptions implies them; None where the format alone says as much.

        Args:
            model: The architecture.
        """
        total = implied_bytes(model, self.format_id, self.exceptions)
        return None if total is None else OwnWeights(total_bytes=total)


def stored_as(fields: Fields, data: Mapping[str, Any], beside: Mapping[str, Any] | None) -> Stored:
    """The weights format of a configuration.

    Args:
        fields: The decoder's configuration; takes the notes.
        data: The whole configuration.
        beside: The parsed `hf_quant_config.json`, where there is one.
    """
    section = _section(fields, data)
    modelopt = _modelopt(beside, section)
    if modelopt is not None:
        return _stored_by_modelopt(fields, modelopt, section)
    if section is None:
        return Stored(_dtype(fields, data), Exceptions())
    format_id = _by_method(fields, section) or _not_understood(fields, section)
    exceptions = exceptions_of(fields, section, 16.0)
    if format_id.startswith("fp8") and _text(data.get("expert_dtype") or fields.text("expert_dtype")) == "fp4":
        format_id, exceptions = "fp8-mxfp4", Exceptions()
    return Stored(format_id, exceptions)


def _section(fields: Fields, data: Mapping[str, Any]) -> Mapping[str, Any] | None:
    for place in (data, fields.data):
        for name in ("quantization_config", "compression_config", "quantization"):
            section = place.get(name)
            if isinstance(section, dict) and section:
                return section
            if section not in (None, {}):
                raise fields.refuse(name, "must be an object")
    return None


def _dtype(fields: Fields, data: Mapping[str, Any]) -> str:
    found = next(
        (part[name] for part in (fields.data, data) for name in ("torch_dtype", "dtype") if part.get(name)), None
    )
    if found is None or found == "auto":
        fields.assume("weights at 16 bits (bf16): the configuration states no dtype")
        return "bf16"
    name = _text(found).removeprefix("torch.")
    if name not in _DTYPES:
        fields.warn(f"the dtype '{name[:40]}' is not understood: weights are counted as bf16")
    return _DTYPES.get(name, "bf16")


def _by_method(fields: Fields, section: Mapping[str, Any]) -> str | None:
    method = _text(section.get("quant_method")).lower()
    bits = section.get("bits", section.get("w_bit"))
    if method == "fp8":
        return "fp8-block" if section.get("weight_block_size") else "fp8"
    if method == "compressed-tensors":
        return _compressed_tensors(fields, section)
    if method == "bitsandbytes":
        four = section.get("load_in_4bit") or section.get("_load_in_4bit")
        return "nf4" if four else "bnb-int8" if section.get("load_in_8bit") or section.get("_load_in_8bit") else None
    if method in ("exl2", "exl3") and isinstance(bits, int | float) and not isinstance(bits, bool):
        return "exl3-4.0" if method == "exl3" else f"exl2-{min(_EXL2, key=lambda known: abs(known - bits)):.1f}"
    if not method and section.get("group_size") and bits in (4, 8):
        return f"mlx-{bits}bit"
    return _BY_METHOD.get(method) or (_BY_BITS.get((method, bits)) if isinstance(bits, int) else None)


def _compressed_tensors(fields: Fields, section: Mapping[str, Any]) -> str | None:
    groups = section.get("config_groups")
    first = next(iter(groups.values()), None) if isinstance(groups, dict) else None
    weights = first.get("weights") if isinstance(first, dict) else None
    if not isinstance(first, dict) or not isinstance(weights, dict):
        return None
    if isinstance(groups, dict) and len(groups) > 1:
        fields.warn("quantization_config has several groups: the first is taken for all")
    bits, kind, size = weights.get("num_bits"), weights.get("type"), weights.get("group_size")
    activations = first.get("input_activations")
    if kind == "float" and bits == 4:
        return "nvfp4" if size == 16 else "mxfp4" if size == 32 else None
    if kind == "float" and bits == 8:
        return "fp8-block" if weights.get("strategy") == "block" else "mxfp8" if size == 32 else "fp8"
    if kind == "int" and bits == 4:
        return "w4a8" if activations else "int4-g32" if size == 32 else "gptq-int4"
    if kind == "int" and bits == 8:
        return "int8" if activations else "int8-w8a16"
    return None


def _modelopt(beside: Mapping[str, Any] | None, section: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    """ModelOpt's description, from its own file or from the configuration."""
    inner = (beside or {}).get("quantization")
    if isinstance(inner, dict) and inner.get("quant_algo"):
        return inner
    return section if section is not None and section.get("quant_algo") else None


def _stored_by_modelopt(fields: Fields, modelopt: Mapping[str, Any], section: Mapping[str, Any] | None) -> Stored:
    algorithm = _text(modelopt.get("quant_algo"))
    listed = modelopt.get("quantized_layers")
    rest = (
        8.0 if section is not None and section.get("moe_quant_algo") and section.get("quant_method") == "fp8" else 16.0
    )
    if algorithm == "MIXED_PRECISION":
        algorithm = _text(modelopt.get("moe_quant_algo")) or _of_experts(listed)
    format_id = _BY_ALGORITHM.get(algorithm)
    if format_id is None:
        return Stored(_not_understood(fields, {"quant_method": algorithm}), Exceptions())
    source = modelopt if section is None or modelopt.get("exclude_modules") or not section.get("ignore") else section
    return Stored(format_id, exceptions_of(fields, source, rest, listed if isinstance(listed, dict) else None))


def _of_experts(listed: object) -> str:
    """The algorithm that most expert modules have; of the other feed-forward modules where there are no experts."""
    counts: dict[tuple[int, str], int] = {}
    for module, entry in listed.items() if isinstance(listed, dict) else ():
        name = _text(entry.get("quant_algo")) if isinstance(entry, dict) else ""
        rank = 2 if "experts" in module else 1 if "mlp" in module or "ffn" in module else 0
        counts[rank, name] = counts.get((rank, name), 0) + 1
    return max(counts, key=lambda key: (key[0], counts[key]), default=(0, ""))[1]


def _not_understood(fields: Fields, section: Mapping[str, Any]) -> str:
    method = _text(section.get("quant_method")) or "without a name"
    fields.warn(
        f"the quantization '{method[:40]}' is not understood: weights are counted as bf16 unless you choose a format"
    )
    return "bf16"


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
