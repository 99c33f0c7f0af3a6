"""The weights format of a GGUF file: the recipe that it names, else the type that most of its bytes have."""

from __future__ import annotations

from roofrack.readers.fields import Fields
from roofrack.readers.gguf import GgufHeader

_BY_FILE_TYPE = {
    0: "fp32", 1: "fp16", 2: "q4_0", 3: "q4_1", 7: "q8_0", 8: "q5_0", 9: "q5_1", 10: "q2_k", 11: "q3_k_s", 12: "q3_k_m",
    13: "q3_k_l", 14: "q4_k_s", 15: "q4_k_m", 16: "q5_k_s", 17: "q5_k_m", 18: "q6_k", 19: "iq2_xxs", 20: "iq2_xs",
    21: "q2_k_s", 22: "iq3_xs", 23: "iq3_xxs", 24: "iq1_s", 25: "iq4_nl", 26: "iq3_s", 27: "iq3_m", 28: "iq2_s",
    29: "iq2_m", 30: "iq4_xs", 31: "iq1_m", 32: "bf16", 36: "tq1_0", 37: "tq2_0", 38: "mxfp4_moe", 39: "nvfp4",
}  # fmt: skip
"""By `general.file_type` (`ggml-org/llama.cpp:gguf-py/gguf/constants.py`, LlamaFileType)."""

_BY_TENSOR_TYPE = {
    "F32": "fp32", "F16": "fp16", "BF16": "bf16", "Q4_0": "q4_0", "Q4_1": "q4_1", "Q5_0": "q5_0", "Q5_1": "q5_1",
    "Q8_0": "q8_0", "Q2_K": "q2_k", "Q3_K": "q3_k_m", "Q4_K": "q4_k_m", "Q5_K": "q5_k_m", "Q6_K": "q6_k",
    "IQ4_XS": "iq4_xs", "IQ4_NL": "iq4_nl", "IQ3_S": "iq3_s", "IQ3_XXS": "iq3_xxs", "IQ2_S": "iq2_s",
    "IQ2_XS": "iq2_xs", "IQ2_XXS": "iq2_xxs", "IQ1_S": "iq1_s", "IQ1_M": "iq1_m", "TQ1_0": "tq1_0", "TQ2_0": "tq2_0",
    "MXFP4": "mxfp4_moe", "NVFP4": "nvfp4",
}  # fmt: skip


def format_of(header: GgufHeader, fields: Fields) -> str:
    """Id of the weights format of a GGUF file.

    Args:
        header: Its header.
        fields: Takes the notes.
    """
    stated = header.metadata.get("general.file_type")
    if isinstance(stated, int) and stated in _BY_FILE_TYPE:
        return _BY_FILE_TYPE[stated]
    by_type: dict[str, int] = {}
    for tensor in header.tensors:
        by_type[tensor.dtype] = by_type.get(tensor.dtype, 0) + tensor.bytes
    most = max(by_type, key=lambda name: by_type[name])
    if most not in _BY_TENSOR_TYPE:
        fields.warn(f"most of its weights are {most}, which is no known format: speed is computed as for q8_0")
        return "q8_0"
    fields.assume(f"format {_BY_TENSOR_TYPE[most]}: the file names no known recipe, and most of its bytes are {most}")
    return _BY_TENSOR_TYPE[most]
