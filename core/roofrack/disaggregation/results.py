"""What two pools are and do, and the same GPUs without them."""

from __future__ import annotations

from typing import NamedTuple

from roofrack.domain.scenario import Scenario
from roofrack.results import Band


class PoolUse(NamedTuple):
    """One pool.

    Args:
        gpus: Devices of the pool, idle ones too.
        replicas: Copies of the model.
        tp, pp, ep: How each is spread.
        requests_per_s: The most that the pool can take.
        busy: Share of that at the load.
        room: Decode: sequences that fit at once. Prefill: prompts that do.
    """

    gpus: int
    replicas: int
    tp: int
    pp: int
    ep: int
    requests_per_s: float
    busy: float
    room: int


class Transfer(NamedTuple):
    """The way of a prompt's KV cache between the pools.

    Args:
        link: Id of the link.
        bytes_per_request: KV cache of one prompt.
        bytes_s: Effective rate of one prefill replica.
        seconds: One request.
        busy: Share of what all links of the smaller pool carry.
    """

    link: str
    bytes_per_request: int
    bytes_s: float
    seconds: float
    busy: float


class Load(NamedTuple):
    """What GPUs do at a number of requests in flight.

    Args:
        concurrency: Requests in flight.
        ttft_s: Time to first token, queueing and transfer included.
        tpot_s: Time per output token.
        requests_per_s: All of them.
        output_tokens_per_s: All of them.
        usd_per_million_output_tokens: Everything charged to output; None where no price is known.
    """

    concurrency: int
    ttft_s: Band
    tpot_s: Band
    requests_per_s: Band
    output_tokens_per_s: Band
    usd_per_million_output_tokens: float | None


class Aggregated(NamedTuple):
    """The same GPUs, each doing both.

    Args:
        tp, pp, dp, ep: The layout, the best of all.
        load: At the same requests in flight.
        most: At the most requests that keep the targets; None where even one misses them.
    """

    tp: int
    pp: int
    dp: int
    ep: int
    load: Load
    most: Load | None


class Disaggregation(NamedTuple):
    """Two pools against one.

    Args:
        scenario: What was settled; its rack gives the device, the size of a node, and the links.
        prefill: The prefill pool.
        decode: The decode pool.
        transfer: Between them.
        load: At the scenario's concurrency.
        most: At the most requests that keep the targets; None where even one misses them.
        aggregated: The same number of GPUs doing both; None where the model does not fit so.
        usd_per_hour: All GPUs; None where no price is known.
        pays: Whether the pools are better: more requests/s within the targets or, without targets, more at the load.
        verdict: That in sentences.
    """

    scenario: Scenario
    prefill: PoolUse
    decode: PoolUse
    transfer: Transfer
    load: Load
    most: Load | None
    aggregated: Aggregated | None
    usd_per_hour: float | None
    pays: bool
    verdict: tuple[str, ...]
