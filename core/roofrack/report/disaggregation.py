"""Two pools against one, as text and as `roofrack.disaggregation/1`."""

from __future__ import annotations

from typing import Any

from roofrack._version import __version__
from roofrack.disaggregation import Aggregated, Disaggregation, Load, PoolUse
from roofrack.disaggregation.compare import BULK_SHARE
from roofrack.report.money_json import plain
from roofrack.report.table import table
from roofrack.report.units import banded, duration, gib, rate, usd, whole_percent

_POOLS = ("pool", "GPUs", "replicas", "layout", "takes req/s", "busy", "room")
_LOADS = ("", "requests", "TTFT", "TPOT", "tok/s", "req/s", "$/M output")


def disaggregation_text(found: Disaggregation) -> str:
    """Pools, transfer, both ways side by side, and what pays.

    Args:
        found: What was found.
    """
    scenario, transfer, load = found.scenario, found.transfer, found.load
    lengths = f"{scenario.workload.prompt_tokens} -> {scenario.workload.output_tokens} tokens"
    device = f"{split_words(found.prefill.gpus, found.decode.gpus)} {scenario.rack.device.name}"
    price = "" if found.usd_per_hour is None else f" · {usd(found.usd_per_hour)} per hour"
    title = f"{scenario.model.name} · {device} · {scenario.weights.id} · KV {scenario.kv.id} · {lengths}{price}"
    pools = table(_POOLS, [_pool_row("prefill", found.prefill), _pool_row("decode", found.decode)])
    sent = (
        f"KV cache of a prompt: {gib(transfer.bytes_per_request)} GiB over {transfer_words(found)} "
        f"in {duration(transfer.seconds)}; the links are {whole_percent(transfer.busy)} busy"
    )
    rows = [_load_row("pools", load)]
    if found.aggregated is not None:
        rows.append(_load_row(f"together ({degrees_words(found.aggregated)})", found.aggregated.load))
    if found.most is not None:
        rows.append(_load_row("pools, within targets", found.most))
    if found.aggregated is not None and found.aggregated.most is not None:
        rows.append(_load_row("together, within targets", found.aggregated.most))
    bands = f"80 % bands of the pools: TTFT {banded(load.ttft_s)}, TPOT {banded(load.tpot_s)}"
    return "\n\n".join([title, pools, sent, table(_LOADS, rows), bands, "\n".join(found.verdict)])


def disaggregation_json(found: Disaggregation) -> dict[str, Any]:
    """The same as plain values.

    Args:
        found: What was found.
    """
    scenario = found.scenario
    values = {name: value for name, value in found._asdict().items() if name != "scenario"}
    return {
        "schema": "roofrack.disaggregation/1",
        "version": __version__,
        "scenario": {
            "model": scenario.model.id,
            "engine": scenario.engine.id,
            "weights": scenario.weights.id,
            "kv": scenario.kv.id,
            "device": scenario.rack.device.id,
            "gpus_per_node": scenario.rack.devices_per_node,
            "prompt_tokens": scenario.workload.prompt_tokens,
            "output_tokens": scenario.workload.output_tokens,
        },
        **plain(values),
    }


def _pool_row(name: str, pool: PoolUse) -> list[str]:
    figures = (rate(pool.requests_per_s), whole_percent(pool.busy), f"{pool.room:,}")
    return [name, str(pool.gpus), str(pool.replicas), pool_words(pool), *figures]


def split_words(prefill: int, decode: int) -> str:
    """How many do what: `2 prefill + 2 decode`.

    Args:
        prefill: Devices of the one pool.
        decode: Devices of the other.
    """
    return f"{prefill:,} prefill + {decode:,} decode"


def transfer_words(found: Disaggregation) -> str:
    """The links that carry a prompt's cache, and what they reach of what a data sheet says: `2 x NVLink 4 at 60 % of 450 GB/s each`.

    Args:
        found: What was found.
    """
    rack, sent = found.scenario.rack, found.transfer
    link = next(link for link in (rack.link, rack.network) if link.id == sent.link)
    lanes = round(sent.bytes_s / (link.gb_s_per_direction * 1e9 * BULK_SHARE))
    many, each = (f"{lanes} x ", " each") if lanes > 1 else ("", "")
    return f"{many}{link.name} at {whole_percent(BULK_SHARE)} of {link.gb_s_per_direction:g} GB/s{each}"


def pool_words(pool: PoolUse) -> str:
    """The layout of a pool's replicas: `TP 2`.

    Args:
        pool: The pool.
    """
    return _layout((("TP", pool.tp), ("PP", pool.pp), ("EP", pool.ep)))


def degrees_words(one: Aggregated) -> str:
    """The layout of GPUs that do both: `TP 4`.

    Args:
        one: What they do.
    """
    return _layout((("TP", one.tp), ("PP", one.pp), ("DP", one.dp), ("EP", one.ep)))


def _layout(degrees: tuple[tuple[str, int], ...]) -> str:
    return " ".join(f"{name} {degree}" for name, degree in degrees if degree > 1) or "one GPU"


def _load_row(name: str, load: Load) -> list[str]:
    price = load.usd_per_million_output_tokens
    return [
        name,
        f"{load.concurrency:,}",
        duration(load.ttft_s.mid),
        duration(load.tpot_s.mid),
        rate(load.output_tokens_per_s.mid),
        rate(load.requests_per_s.mid),
        "?" if price is None else usd(price),
    ]
