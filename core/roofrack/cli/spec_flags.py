"""Flags for lengths, targets, people and money: each named after the field of a scenario that it sets."""

from __future__ import annotations

import argparse
from typing import Any, Protocol, get_args

from roofrack.cli.values import count, positive
from roofrack.domain.money import Basis, Split

LENGTHS = {"prompt": "prompt_tokens", "output": "output_tokens", "context": "context_tokens"}
"""Flag without dashes → field of `WorkloadSpec`."""

TARGETS = {
    "slo_ttft": "ttft_s",
    "slo_tpot": "tpot_s",
    "slo_percentile": "percentile",
    "slo_tokens_per_s": "tokens_per_s_per_user",
    "slo_requests_per_s": "requests_per_s",
    "availability": "availability",
}
"""Flag without dashes → field of `Targets`; for the other parts flag and field are one name."""

_LENGTHS_HELP = {
    "prompt": "prompt tokens, ISL (1024)",
    "output": "output tokens, OSL (256)",
    "context": "longest sequence allowed, max_model_len (what fits)",
}
_LATENCY_HELP = {"slo_ttft": "TTFT target, seconds", "slo_tpot": "TPOT target, seconds"}
_TARGETS_HELP = {
    "slo_percentile": "the TTFT target holds for this percentage of requests (the mean)",
    "slo_tokens_per_s": "slowest stream that a user accepts",
    "slo_requests_per_s": "requests/s that the service must complete",
    "availability": "share of the time in which the targets hold: 0.999",
}
_AUDIENCE_HELP = {
    "users": "people who may use the service",
    "online_share": "share of them logged in (0.01)",
    "active_share": "share of those with a request running at any moment (0.01)",
    "sessions": "people in a conversation at once",
    "think_s": "seconds between an answer and the next request",
    "requests_per_s": "requests per second",
    "peak": "busiest moment against the mean (1)",
    "node_availability": "share of the time in which one node works (0.995)",
}
_MONEY_HELP = {
    "utilisation": "share of the time in which the rack carries the load",
    "split": "how cost is divided between prompt and output tokens",
    "basis": "charge tokens at the rent or at the cost of owning",
    "usd_per_gpu": "purchase price of one GPU",
    "server_overhead": "hosts, network and racks as a fraction of the price of the GPUs",
    "usd_per_kwh": "electricity",
    "pue": "power usage effectiveness of the site",
    "usd_per_kw_month": "colocation per kW and month, without electricity",
    "amortisation_years": "years over which a purchase is written off",
    "cloud_overhead": "storage, traffic and management as a fraction of the rent",
    "idle_power_share": "power of an idle machine as a fraction of full power",
    "api": "API price to compare with, provider:model",
    "usd_per_million_prompt_api": "your own API price of prompt tokens",
    "usd_per_million_output_api": "your own API price of output tokens",
    "months": "months of the comparison (36)",
}
AUDIENCE = {name: name for name in _AUDIENCE_HELP}
MONEY = {name: name for name in _MONEY_HELP}
_WHOLE = ("users", "sessions", "months")
_CHOICES = {"split": get_args(Split), "basis": get_args(Basis)}


class _Group(Protocol):
    """A parser or a group of its arguments."""

    def add_argument(self, *names: str, **how: Any) -> Any:
        """Add one."""


def add_lengths(group: _Group) -> None:
    """Add the lengths of a request.

    Args:
        group: Where.
    """
    for name, said in _LENGTHS_HELP.items():
        group.add_argument(f"--{name}", type=count, help=said)


def add_latencies(group: _Group) -> None:
    """Add the targets for TTFT and TPOT.

    Args:
        group: Where.
    """
    for name, said in _LATENCY_HELP.items():
        group.add_argument(_flag(name), type=positive, help=said)


def add_targets(parser: argparse.ArgumentParser) -> None:
    """Add further targets, as a group.

    Args:
        parser: Of a command that takes targets.
    """
    _add_all(parser.add_argument_group("more targets"), _TARGETS_HELP)


def add_people(parser: argparse.ArgumentParser) -> None:
    """Add the audience, as a group.

    Args:
        parser: Of a command that takes people instead of requests.
    """
    _add_all(parser.add_argument_group("people"), _AUDIENCE_HELP)


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Add further targets, people and money, in three groups.

    Args:
        parser: Of a command that takes a scenario.
    """
    add_targets(parser)
    add_people(parser)
    _add_all(parser.add_argument_group("money"), _MONEY_HELP)


def _add_all(group: _Group, names: dict[str, str]) -> None:
    for name, said in names.items():
        if name in _CHOICES:
            group.add_argument(_flag(name), choices=_CHOICES[name], help=said)
        else:
            kind = _whole if name in _WHOLE else str if name == "api" else _number
            group.add_argument(_flag(name), type=kind, help=said)


def _flag(name: str) -> str:
    return "--" + name.replace("_", "-")


def one_way(given: dict[str, Any]) -> dict[str, Any]:
    """A flag that names another kind of audience replaces the scenario's own kind.

    Args:
        given: Fields of an audience that flags set.
    """
    ways = ("users", "sessions", "requests_per_s")
    return {**dict.fromkeys(ways), **given} if any(way in given for way in ways) else given


def _number(text: str) -> float:
    """Any number; the domain knows the ends."""
    try:
        return float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"'{text[:40]}' is not a number") from None


def _whole(text: str) -> int:
    try:
        return int(text.replace("_", ""))
    except ValueError:
        raise argparse.ArgumentTypeError(f"'{text[:40]}' is not a whole number") from None
