"""Forms to enter a model or a device by hand: questions, and a preset out of the answers."""

from __future__ import annotations

from math import isfinite, nan
from typing import Any, NamedTuple

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
    """

    key: str
    label: str
    hint: str = ""
    number: bool = False
    needed: bool = False


MODEL_FORM = (
    Question("id", "id", "lab/my-model", needed=True),
    Question("name", "name", "the id"),
    Question("layers", "layers", "32", number=True, needed=True),
    Question("hidden", "hidden size", "4096", number=True, needed=True),
    Question("heads", "attention heads", "32", number=True, needed=True),
    Question("kv_heads", "KV heads", "as many as heads (MHA)", number=True),
    Question("head_dim", "head width", "hidden size / heads", number=True),
    Question("window", "sliding window", "none: every layer sees everything", number=True),
    Question("width", "feed-forward width", "14336; of one expert where there are experts", number=True, needed=True),
    Question("experts", "experts", "none: a dense model", number=True),
    Question("experts_per_token", "experts per token", "8, where there are experts", number=True),
    Question("vocab", "vocabulary", "128256", number=True, needed=True),
    Question("context", "context", "131072", number=True, needed=True),
    Question("native", "weights format", "bf16"),
    Question("licence", "licence", "not known"),
)
DEVICE_FORM = (
    Question("id", "id", "my-gpu", needed=True),
    Question("name", "name", "the id"),
    Question("vendor", "vendor", "nvidia, amd, intel, apple, google, aws or cpu", needed=True),
    Question("architecture", "architecture", "Hopper", needed=True),
    Question("compute_capability", "compute capability", "9.0, for NVIDIA"),
    Question("memory_gib", "memory, GiB", "80", number=True, needed=True),
    Question("bandwidth_gb_s", "bandwidth, GB/s", "3350", number=True, needed=True),
    Question("fp16", "dense 16-bit TFLOPS", "989", number=True, needed=True),
    Question("fp8", "dense FP8 TFLOPS", "none", number=True),
    Question("fp4", "dense FP4 TFLOPS", "none", number=True),
    Question("power_w", "power, W", "not known", number=True),
    Question("pcie", "PCIe generation", "5; empty where there is none", number=True),
    Question("price", "price, $", "not known", number=True),
    Question("rent", "rent, $ per hour", "not known", number=True),
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
    values: dict[str, Any] = {}
    for question in form:
        text = answers.get(question.key, "").strip()
        if text:
            values[question.key] = _number(question, text) if question.number else text
        elif question.needed:
            raise InputError(f"{question.label}: missing", f"for example {question.hint}" if question.hint else "")
    data = _model_data(values) if table == "model" else _device_data(values)
    return checked(table, data, "form")


def _number(question: Question, text: str) -> int | float:
    try:
        value = float(text.replace(",", "").replace("_", ""))
    except ValueError:
        value = nan
    if not isfinite(value):
        raise InputError(f"{question.label}: '{text[:40]}' is not a number")
    return int(value) if value.is_integer() else value


_BY_HAND = {"text": "entered by hand", "confidence": "C"}


def _model_data(v: dict[str, Any]) -> dict[str, Any]:
    heads = v["heads"]
    if "head_dim" not in v and (not isinstance(heads, int) or heads < 1 or v["hidden"] % heads):
        raise InputError("head width: hidden size is not a multiple of the heads", "enter the width of a head")
    attention: dict[str, Any] = {
        "kind": "softmax",
        "heads": heads,
        "kv_heads": v.get("kv_heads", heads),
        "head_dim": v.get("head_dim") or v["hidden"] // heads,
        **({"window_tokens": v["window"]} if "window" in v else {}),
    }
    if "experts" in v:
        if "experts_per_token" not in v:
            raise InputError("experts per token: missing", "how many of the experts a token visits")
        mlp: dict[str, Any] = {
            "kind": "moe",
            "experts": v["experts"],
            "experts_per_token": v["experts_per_token"],
            "expert_width": v["width"],
        }
    else:
        mlp = {"kind": "dense", "width": v["width"]}
    return {
        "id": v["id"],
        "name": v.get("name", v["id"]),
        "hidden": v["hidden"],
        "vocab": v["vocab"],
        "layers": [{"count": v["layers"], "attention": attention, "mlp": mlp}],
        "max_context_tokens": v["context"],
        "native_weights": v.get("native", "bf16"),
        "licence": v.get("licence", ""),
        "source": _BY_HAND,
    }


def _device_data(v: dict[str, Any]) -> dict[str, Any]:
    rates: dict[str, Any] = {
        "fp16": v["fp16"],
        "bf16": v["fp16"],
        **{key: v[key] for key in ("fp8", "fp4") if key in v},
    }
    data: dict[str, Any] = {
        "id": v["id"],
        "name": v.get("name", v["id"]),
        "vendor": v["vendor"].lower(),
        "architecture": v["architecture"],
        "memory_mib": round(v["memory_gib"] * 1024),
        "bandwidth_gb_s": v["bandwidth_gb_s"],
        "rates": rates,
        "source": _BY_HAND,
    }
    data |= {key: v[key] for key in ("compute_capability", "power_w") if key in v}
    if "pcie" in v:
        data |= {"pcie_generation": v["pcie"], "pcie_lanes": 16}
    for key in ("price", "rent"):
        if key in v:
            data[key] = {"usd": v[key], "source": _BY_HAND}
    return data
