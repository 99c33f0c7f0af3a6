"""What models and devices are judged by, and what can be asked of them."""

from __future__ import annotations

import re

from roofrack.domain.device import Device
from roofrack.domain.formats import KvFormat
from roofrack.domain.model import Model
from roofrack.filters.query import Facts, Quantity, Subject, year_of
from roofrack.memory.kv import kv_bytes_per_token
from roofrack.memory.weights import active_params, total_params

_PARAMS = {"": 1e9, "k": 1e3, "m": 1e6, "b": 1e9, "t": 1e12}
_TOKENS = {"": 1.0, "k": 1024.0, "m": 1024.0**2}
_BYTES = {"": 1.0, "b": 1.0, "k": 1024.0, "kib": 1024.0, "kb": 1e3, "mib": 1024.0**2, "mb": 1e6}
_GIB = {"": 1.0, "gib": 1.0, "g": 1.0, "gb": 1e9 / 2**30, "tib": 1024.0, "tb": 1e12 / 2**30}
_GB_S = {"": 1.0, "gb/s": 1.0, "tb/s": 1000.0, "gbs": 1.0, "tbs": 1000.0}
_USD = {"$": 1.0, "$/h": 1.0, "": 1.0}
_DATE = {"": 1.0}

MODELS = Subject(
    quantities={
        "params": Quantity(("size", "params"), _PARAMS),
        "active": Quantity(("active",), _PARAMS),
        "kv": Quantity(("kv",), _BYTES),
        "context": Quantity(("context", "ctx"), _TOKENS, descending=True),
        "released": Quantity(("released", "release", "date"), _DATE, descending=True),
        "disk": Quantity(("disk",), _GIB, descending=True),
    },
    labels={
        "family": ("family",),
        "licence": ("licence", "license"),
        "attention": ("attention",),
        "native": ("native", "weights"),
        "source": ("in",),
    },
    kinds=frozenset(
        ("mha", "gqa", "mqa", "mla", "window", "linear", "sparse", "moe", "dense", "preset", "own", "disk", "partial")
    ),
    example="qwen moe <40b gqa apache fits sort:kv",
)
"""`size` and `active` in parameters, `kv` in bytes per token at 16 bits, `context` in tokens, `disk` in GiB of weights there."""

DEVICES = Subject(
    quantities={
        "memory": Quantity(("memory", "mem"), _GIB, descending=True),
        "bandwidth": Quantity(("bandwidth", "bw"), _GB_S, descending=True),
        "price": Quantity(("price", "rent"), _USD),
        "tflops": Quantity(("tflops",), {"tflops": 1.0, "": 1.0}, descending=True),
        "power": Quantity(("power",), {"w": 1.0, "": 1.0, "kw": 1000.0}),
        "released": Quantity(("released", "release", "date"), _DATE, descending=True),
    },
    labels={
        "vendor": ("vendor",),
        "architecture": ("arch", "architecture"),
        "link": ("link",),
    },
    kinds=frozenset(
        ("nvidia", "amd", "intel", "apple", "google", "aws", "cpu", "fp8", "fp4", "unified", "preset", "own")
    ),
    example="nvidia >=80gib <4$ fits sort:bandwidth",
)
"""`memory` in GiB, `bandwidth` in 10⁹ bytes/s, `price` in $ per device and hour, `tflops` dense at 16 bits, `power` in W."""


def model_facts(model: Model, kv: KvFormat, *, place: str = "preset", disk_gib: float | None = None) -> Facts:
    """What a model is judged by.

    Args:
        model: The model.
        kv: In what its cache is counted: 16 bits.
        place: Where it is: `preset`, `own`, `disk`, or `partial` where some of it is missing.
        disk_gib: Its weights on this disk, GiB; None where there are none.
    """
    numbers: dict[str, float] = {
        "params": model.params_published or total_params(model),
        "active": (model.active_params_published or active_params(model)) if model.is_moe else total_params(model),
        "kv": kv_bytes_per_token(model, kv),
        "context": model.max_context_tokens,
    }
    if (released := year(model.released)) is not None:
        numbers["released"] = released
    if disk_gib is not None:
        numbers["disk"] = disk_gib
    labels = {
        "family": f"{model.family} {model.model_type}".lower(),
        "licence": model.licence.lower(),
        "attention": model.attention_kind.lower(),
        "native": model.native_weights.lower(),
        "source": place,
    }
    said = (model.family, model.licence, model.attention_kind, model.native_weights, place)
    words = (model.name, model.id, *model.aliases, *model.hub_ids, *said)
    kinds = {*model.attention_kind.lower().split("+"), "moe" if model.is_moe else "dense", *kinds_of_place(place)}
    return Facts(" ".join(words).lower(), model.name, numbers, labels, frozenset(kinds))


def kinds_of_place(place: str) -> frozenset[str]:
    """The kinds that a place makes: what is on disk in part is on disk, too.

    Args:
        place: `preset`, `own`, `disk` or `partial`.
    """
    return frozenset({place, "disk"} if place == "partial" else {place})


def device_facts(device: Device, *, place: str = "preset") -> Facts:
    """What a device is judged by.

    Args:
        device: The device.
        place: Where it is: `preset` or `own`.
    """
    rates = device.rates
    known = {
        "memory": device.memory_mib / 1024,
        "bandwidth": device.bandwidth_gb_s,
        "price": device.rent.usd if device.rent else None,
        "tflops": rates.bf16 or rates.fp16,
        "power": device.power_w,
        "released": year(device.released),
    }
    labels = {
        "vendor": device.vendor,
        "architecture": device.architecture.lower(),
        "link": device.link.link.lower() if device.link else "",
    }
    words = (device.name, device.id, *device.aliases, *device.driver_names, *labels.values(), device.memory_type)
    marks = {"fp8": rates.fp8, "fp4": rates.fp4, "unified": device.unified_memory}
    kinds = {device.vendor, place, *(mark for mark, there in marks.items() if there)}
    return Facts(
        " ".join(words).lower(),
        device.name,
        {key: value for key, value in known.items() if value is not None},
        labels,
        frozenset(kinds),
    )


def year(date: str) -> float | None:
    """A date as a number of years, `2025-07` → 2025.5; None where there is none.

    Args:
        date: As sources write it: a year, a month or a day.
    """
    found = re.match(r"(\d{4})(?:-(\d{2}))?", date, re.ASCII)
    return year_of(found[1], found[2]) if found else None
