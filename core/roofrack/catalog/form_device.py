"""A device out of the answers of its form."""

from __future__ import annotations

from typing import Any

from roofrack.catalog.form_model import Values, by_hand, is_yes
from roofrack.errors import InputError, UnknownIdError

USUAL_DOMAIN = 8
"""Devices that a fast link joins where nobody says: those of one board."""

USUAL_LANES = 16


def device_data(v: Values) -> dict[str, Any]:
    """The fields of a preset.

    Args:
        v: Numbers and texts by key of `DEVICE_FORM`; what was left empty is absent.

    Raises:
        InputError: The link is not known, or an answer is neither a number nor `none`.
    """
    return {
        "id": v["id"],
        "name": v.get("name", v["id"]),
        "vendor": v["vendor"].lower(),
        "architecture": v["architecture"],
        "driver_names": [v["driver_name"]] if "driver_name" in v else [],
        "memory_mib": v.get("memory_mib", round(v["memory_gib"] * 1024)),
        "bandwidth_gb_s": v["bandwidth_gb_s"],
        "unified_memory": is_yes(v, "unified", "shared with host"),
        "rates": _rates(v),
        **{key: v[key] for key in ("compute_capability", "power_w", "released") if key in v},
        **({"pcie_generation": v["pcie"], "pcie_lanes": v.get("lanes", USUAL_LANES)} if "pcie" in v else {}),
        **({"link": _link(v)} if "link" in v else {}),
        **{key: {"usd": v[key], "source": by_hand()} for key in ("price", "rent") if key in v},
        "source": by_hand(),
    }


def _rates(v: Values) -> dict[str, Any]:
    rates: dict[str, Any] = {key: v[key] for key in ("fp16", "fp32", "fp8", "int8", "fp4") if key in v}
    bf16 = str(v.get("bf16", v["fp16"])).replace(",", "")
    if bf16.lower() != "none":
        try:
            rates["bf16"] = float(bf16)
        except ValueError:
            raise InputError(f"BF16: '{bf16[:40]}' is neither a number nor none") from None
    return rates


def _link(v: Values) -> dict[str, Any]:
    from roofrack.catalog.library import default_catalog

    try:
        link = default_catalog().link(v["link"])
    except UnknownIdError as problem:
        raise InputError(f"link: {problem.problem}", problem.hint) from None
    return {
        "link": link.id,
        "gb_s_per_direction": v.get("link_gb_s", link.gb_s_per_direction),
        "max_devices": v.get("link_devices", USUAL_DOMAIN),
    }
