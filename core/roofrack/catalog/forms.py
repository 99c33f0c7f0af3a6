"""Forms to enter a model or a device by hand: the questions, and a preset out of the answers."""

from __future__ import annotations

from math import isfinite, nan
from typing import Any, NamedTuple

from roofrack.catalog.form_device import device_data
from roofrack.catalog.form_model import model_data
from roofrack.catalog.writing import OwnPreset, checked
from roofrack.errors import InputError


class Question(NamedTuple):
    """One line of a form.

    Args:
        key: The field.
        label: What it asks.
        hint: An example, or what an empty answer means.
        number: Whether the answer is a number.
        needed: Whether it must be answered.
        heading: Stands above it where a group begins.
    """

    key: str
    label: str
    hint: str = ""
    number: bool = False
    needed: bool = False
    heading: str = ""


MODEL_FORM = (
    Question("id", "id", "lab/my-model", needed=True),
    Question("name", "name", "the id"),
    Question("layers", "layers", "32", number=True, needed=True),
    Question("hidden", "hidden size", "4096", number=True, needed=True),
    Question("vocab", "vocabulary", "128256", number=True, needed=True),
    Question("context", "context", "131072", number=True, needed=True),
    Question("tied", "tied embeddings", "no: the head is a matrix of its own"),
    Question("native", "weights format", "bf16 if empty"),
    Question("licence", "licence", "not known"),
    Question("heads", "attention heads", "32", number=True, needed=True, heading="Attention"),
    Question("kv_heads", "KV heads", "as many as heads (MHA)", number=True),
    Question("head_dim", "head width", "hidden size / heads; MLA: without the rotary", number=True),
    Question("value_dim", "value width", "head width", number=True),
    Question("window", "sliding window", "none: every layer sees everything", number=True),
    Question("full_every", "full layer every", "none; 6: five of a window, then a full one", number=True),
    Question("latent", "MLA latent width", "no MLA; 512 in DeepSeek V3 (kv_lora_rank)", number=True, heading="MLA"),
    Question("rope", "MLA rotary width", "64 if empty (qk_rope_head_dim)", number=True),
    Question("query_rank", "MLA query rank", "not compressed; 1536 (q_lora_rank)", number=True),
    Question(
        "width",
        "feed-forward width",
        "14336; of one expert where there are experts",
        number=True,
        needed=True,
        heading="Feed-forward",
    ),
    Question("experts", "experts", "none: a dense model", number=True),
    Question("experts_per_token", "experts per token", "needed where there are experts; 8", number=True),
    Question("shared_width", "shared experts", "none; width of all of them together", number=True),
    Question("dense_layers", "dense layers first", "none: experts in every layer", number=True),
    Question("dense_width", "width of these", "feed-forward width", number=True),
    Question(
        "softmax_every",
        "attention layer every",
        "every layer; 4: after three with a state",
        number=True,
        heading="Layers with a state (Mamba, delta net …)",
    ),
    Question("state", "state, elements", "524288: heads × key × value width of a layer", number=True),
    Question("state_params", "parameters of one", "4 × hidden size^2", number=True),
)
DEVICE_FORM = (
    Question("id", "id", "my-gpu", needed=True),
    Question("name", "name", "the id"),
    Question("vendor", "vendor", "nvidia, amd, intel, apple, google, aws or cpu", needed=True),
    Question("architecture", "architecture", "Hopper", needed=True),
    Question("compute_capability", "compute capability", "none; 9.0, for NVIDIA"),
    Question("driver_name", "driver's name", "none; NVIDIA H100 80GB HBM3"),
    Question("memory_gib", "memory, GiB", "80", number=True, needed=True, heading="Memory"),
    Question("memory_mib", "reported, MiB", "GiB × 1024; 81559, as the driver says", number=True),
    Question("bandwidth_gb_s", "bandwidth, GB/s", "3350", number=True, needed=True),
    Question("unified", "shared with host", "no; yes for a Mac, a CPU, an SoC"),
    Question("fp16", "FP16", "989", number=True, needed=True, heading="Dense TFLOPS (half of the sparse ones)"),
    Question("bf16", "BF16", "as FP16; none where it has none"),
    Question("fp32", "FP32", "not known", number=True),
    Question("fp8", "FP8", "none", number=True),
    Question("int8", "INT8", "none", number=True),
    Question("fp4", "FP4", "none", number=True),
    Question("link", "link", "none; nvlink4, infinity-fabric, xe-link …", heading="Links"),
    Question("link_gb_s", "GB/s a direction", "that of the link", number=True),
    Question("link_devices", "joins GPUs", "8 if empty", number=True),
    Question("pcie", "PCIe generation", "none; 5", number=True),
    Question("lanes", "PCIe lanes", "16 if empty", number=True),
    Question("power_w", "power, W", "not known", number=True, heading="Power and price"),
    Question("price", "price, $", "not known", number=True),
    Question("rent", "rent, $ per hour", "not known", number=True),
    Question("released", "released", "not known; 2026-03"),
)


def from_form(table: str, answers: dict[str, str]) -> OwnPreset:
    """A preset of a form's answers; what was left empty takes what the form says.

    Args:
        table: `model` or `device`.
        answers: Text by key of `MODEL_FORM` or `DEVICE_FORM`.

    Raises:
        InputError: An answer is missing, no number or out of range; it names the question.
    """
    form = MODEL_FORM if table == "model" else DEVICE_FORM
    texts = ((question, answers.get(question.key, "").strip()) for question in form)
    values: dict[str, Any] = {
        question.key: _number(question, text) if question.number else text for question, text in texts if text
    }
    for question in form:
        if question.needed and question.key not in values:
            raise InputError(
                f"{question.label}: must be answered", f"for example {question.hint}" if question.hint else ""
            )
    data = model_data(values) if table == "model" else device_data(values)
    return checked(table, data, "form")


def _number(question: Question, text: str) -> int | float:
    try:
        value = float(text.replace(",", "").replace("_", ""))
    except ValueError:
        value = nan
    if not isfinite(value):
        raise InputError(f"{question.label}: '{text[:40]}' is not a number")
    return int(value) if value.is_integer() else value
