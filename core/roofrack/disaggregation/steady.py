"""The steady state of two pools under a closed load.

It follows from Little's law, N = λ · (TTFT + decoding): `d` decoding sequences complete λ = d / (gaps · TPOT(d)) requests a
second; prefill at that rate is a queue with constant service time on R replicas (M/D/R, as half the wait of M/M/R: Erlang 1917;
the approximation of Allen and Cunneen), and the cache takes its bytes over the link's rate.

Not modelled: sending the cache layer by layer while the prompt is still running, which hides most of the transfer, and answers of
differing length.
"""

from __future__ import annotations

from typing import NamedTuple

from roofrack.domain.device import Link
from roofrack.domain.scenario import Scenario
from roofrack.domain.workload import Targets
from roofrack.results import CurvePoint, MemoryPlan
from roofrack.search.layouts import Layout
from roofrack.speed.step import StepModel

_HALVINGS = 60


class Placed(NamedTuple):
    """A pool of a size in a layout.

    Args:
        gpus: Its devices.
        replicas: Copies of the model.
        layout: How each is spread.
        scenario: One replica on the pool's nodes.
        memory: Of one replica.
        step: Its step times.
    """

    gpus: int
    replicas: int
    layout: Layout
    scenario: Scenario
    memory: MemoryPlan
    step: StepModel


class Pair(NamedTuple):
    """Both pools and the link, ready to be asked for a load.

    Args:
        prefill: The prefill pool.
        decode: The decode pool.
        unloaded_s: TTFT of a prompt that has the prefill pool for itself.
        service_s: Time of a prefill replica for each prompt when prompts stand in line.
        slots: Sequences that the decode pool runs at once.
        link: Between the pools.
        cache_bytes: KV cache of one prompt.
        replica_bytes_s: Effective rate of one prefill replica.
        all_bytes_s: Effective rate of the smaller pool.
        latency_s: Fixed time of a transfer.
    """

    prefill: Placed
    decode: Placed
    unloaded_s: float
    service_s: float
    slots: int
    link: Link
    cache_bytes: int
    replica_bytes_s: float
    all_bytes_s: float
    latency_s: float


class State(NamedTuple):
    """A steady state.

    Args:
        rate: Requests per second.
        ttft_s: Time to first token.
        tpot_s: Time per output token.
    """

    rate: float
    ttft_s: float
    tpot_s: float


def solve(pair: Pair, concurrency: int) -> State:
    """The steady state of so many requests in flight."""
    load = pair.decode.scenario.workload
    gaps = max(load.output_tokens - 1, 1)
    room = float(min(concurrency, pair.slots))

    def waits(decoding: float) -> tuple[float, float]:
        rate = decode_rate(pair, decoding)
        return rate, _first_token_s(pair, rate)

    low, high = 0.0, room
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        rate, first = waits(middle)
        if middle + rate * first < concurrency:
            low = middle
        else:
            high = middle
    rate = decode_rate(pair, high)
    tpot = high / rate / gaps
    # By Little's law; where the decode pool is full this is longer than prefill and transfer take.
    return State(rate, concurrency / rate - gaps * tpot, tpot)


def decode_rate(pair: Pair, decoding: float) -> float:
    """Requests per second that so many decoding sequences complete."""
    load, decode = pair.decode.scenario.workload, pair.decode
    gaps = max(load.output_tokens - 1, 1)
    each = max(decoding / decode.replicas, 1.0)
    step = decode.step.time(each, load.prompt_tokens + load.output_tokens / 2).total_s
    return decoding / (gaps * step)


def _first_token_s(pair: Pair, rate: float) -> float:
    """Prefill, its queue, and the way to the other pool; infinite beyond what prefill or link can carry."""
    offered = rate * pair.service_s
    carried = rate * pair.cache_bytes / pair.all_bytes_s
    if offered >= pair.prefill.replicas or carried >= 1:
        return float("inf")
    return pair.unloaded_s + queue_s(offered, pair.prefill.replicas, pair.service_s) + transfer_s(pair) / (1 - carried)


def transfer_s(pair: Pair) -> float:
    """Seconds of one prompt's cache over a free link."""
    return pair.latency_s + pair.cache_bytes / pair.replica_bytes_s


def queue_s(offered: float, servers: int, service_s: float) -> float:
    """Mean wait before service that always takes equally long, random arrivals.

    Args:
        offered: Arrivals per second times service time: servers that would be busy.
        servers: How many there are, more than `offered`.
        service_s: Service time.
    """
    blocked = 1.0  # Erlang B by its recursion, then Erlang C from it
    for server in range(1, servers + 1):
        blocked = offered * blocked / (server + offered * blocked)
    idle = servers - offered
    waits = servers * blocked / (idle + offered * blocked)
    return waits * service_s / idle / 2


def service_s_of(prefill: Placed, alone: CurvePoint) -> float:
    """Time of a replica for one prompt when prompts stand in line: several short ones share a step."""
    load = prefill.scenario.workload
    together = prefill.scenario.max_num_batched_tokens // load.prompt_tokens
    if together < 2:
        return alone.prefill.total_s
    tokens = together * load.prompt_tokens
    shared = prefill.step.time(0, 0, tokens, load.prompt_tokens / 2).total_s / together
    return min(shared, alone.prefill.total_s)


def aimed(targets: Targets) -> bool:
    """Whether there is a target that pools are judged by."""
    return any(value is not None for value in (targets.ttft_s, targets.tpot_s, targets.tokens_per_s_per_user))


def strain(at: State, targets: Targets) -> float:
    """The worst of value over target."""
    ratios = [0.0]
    if targets.ttft_s is not None:
        ratios.append(at.ttft_s / targets.ttft_s)
    if targets.tpot_s is not None:
        ratios.append(at.tpot_s / targets.tpot_s)
    if targets.tokens_per_s_per_user is not None:
        ratios.append(at.tpot_s * targets.tokens_per_s_per_user)
    return max(ratios)


def keeps(at: State, targets: Targets) -> bool:
    """Whether all targets are kept."""
    return strain(at, targets) <= 1
