"""The cost of a token: an hour's price divided between prompt and output tokens by a rule that is said."""

from __future__ import annotations

from typing import NamedTuple

from roofrack.domain.money import Split
from roofrack.domain.workload import Workload
from roofrack.results import CurvePoint

SPLIT_RULES: dict[Split, str] = {
    "gpu-time": "by GPU time: the prefill of a prompt against a request's share of its decode steps",
    "market": "as the market prices it: an output token costs a fixed multiple of a prompt token",
    "output": "everything charged to output tokens",
}


class TokenCost(NamedTuple):
    """What tokens cost at one load; prompt and output together take the whole price of the hour.

    Args:
        usd_per_hour: Price of the rack for an hour.
        utilisation: Share of the time under this load.
        prompt_tokens_per_hour: Mean over busy and idle hours.
        output_tokens_per_hour: Likewise.
        prompt_share: Share of the cost that prompt tokens carry.
        usd_per_million_prompt: US dollars per 10^6 prompt tokens.
        usd_per_million_output: US dollars per 10^6 output tokens.
        usd_per_million_tokens: Both kinds together, each token alike.
        usd_per_request: One request.
        rule: How the cost is split, in words.
    """

    usd_per_hour: float
    utilisation: float
    prompt_tokens_per_hour: float
    output_tokens_per_hour: float
    prompt_share: float
    usd_per_million_prompt: float
    usd_per_million_output: float
    usd_per_million_tokens: float
    usd_per_request: float
    rule: str


def token_cost(
    usd_per_hour: float,
    at: CurvePoint,
    workload: Workload,
    *,
    replicas: int,
    utilisation: float,
    split: Split = "gpu-time",
    market_output_ratio: float = 1.0,
) -> TokenCost:
    """Divide the price of an hour among its tokens.

    Args:
        usd_per_hour: Price of the rack for an hour.
        at: What the rack does under its load.
        workload: Prompt and output lengths.
        replicas: Data-parallel replicas that share the requests.
        utilisation: Share of the time under that load, above 0 and at most 1.
        split: The rule.
        market_output_ratio: For `market`: price of an output token against a prompt token.
    """
    requests = at.requests_per_s.mid * 3600 * utilisation
    prompt, output = requests * workload.prompt_tokens, requests * workload.output_tokens
    share = prompt_share(at, workload, replicas=replicas, split=split, market_output_ratio=market_output_ratio)
    return TokenCost(
        usd_per_hour=usd_per_hour,
        utilisation=utilisation,
        prompt_tokens_per_hour=prompt,
        output_tokens_per_hour=output,
        prompt_share=share,
        usd_per_million_prompt=usd_per_hour * share / prompt * 1e6,
        usd_per_million_output=usd_per_hour * (1 - share) / output * 1e6,
        usd_per_million_tokens=usd_per_hour / (prompt + output) * 1e6,
        usd_per_request=usd_per_hour / requests,
        rule=SPLIT_RULES[split] + (f" ({market_output_ratio:g})" if split == "market" else ""),
    )


def prompt_share(
    at: CurvePoint, workload: Workload, *, replicas: int, split: Split, market_output_ratio: float
) -> float:
    """Share of the cost that prompt tokens carry, from 0 to 1.

    Args:
        at: What the rack does under its load.
        workload: Prompt and output lengths.
        replicas: Data-parallel replicas that share the requests.
        split: The rule.
        market_output_ratio: For `market`.
    """
    if split == "output":
        return 0.0
    if split == "market":
        return workload.prompt_tokens / (workload.prompt_tokens + market_output_ratio * workload.output_tokens)
    together = max(1.0, at.running / min(replicas, at.concurrency))
    decode_s = at.decode.total_s / together * max(workload.output_tokens - 1, 1)
    return at.prefill.total_s / (at.prefill.total_s + decode_s)
