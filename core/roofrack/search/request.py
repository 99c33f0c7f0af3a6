"""What a search is asked for."""

from typing import Annotated, Literal

from roofrack.domain.base import Frozen, Positive, Range, Text
from roofrack.domain.scenario import WorkloadSpec
from roofrack.domain.workload import Targets

Sort = Literal["cost", "gpus", "power", "headroom"]
Verdict = Literal["none", "negligible", "acceptable", "risky"]

VERDICTS: tuple[Verdict, ...] = ("none", "negligible", "acceptable", "risky")
"""How much quality a format costs, from nothing to much."""

GPU_LIMIT = 16_384
"""The largest rack that is planned."""

GpuCount = Annotated[int, Range(1, GPU_LIMIT)]


class Limits(Frozen):
    """What a plan may take, besides its targets; None where there is no limit.

    Args:
        gpus: GPUs of the whole rack.
        usd_per_hour: Rent of the whole rack.
    """

    gpus: GpuCount = 64
    usd_per_hour: Positive | None = None


class SearchSpec(Frozen):
    """A search: a load, its targets, and what may be combined to meet them. Empty tuples take what there is.

    Args:
        models: Ids, aliases or paths.
        workload: Lengths and `concurrency`, all replicas together.
        targets: TTFT and TPOT to keep. Without a TTFT target no request may wait for memory. With an availability, the replicas
            that work for that share of the time keep the other targets: the search adds the spare ones (N+1 …).
        limits: What a plan may take.
        sort: What the best plan is best at.
        devices: Device ids; empty: every device with a known rent (or any, where cost does not matter).
        gpus_per_node: Sizes of a node; empty: 1, 2, 4, 8, and larger ones where one link joins more devices.
        weights: Weights formats; empty: those of the slider that run and cost no more than `quality`.
        kv: KV formats; empty: the engine's default and eight bits, where they run and cost no more than `quality`.
        engines: Engine ids, with `@VERSION` where it matters.
        quality: The most quality that a format may cost, of formats that nobody named.
        sure: Count the unfavourable end of the 80 % band against the targets instead of the middle.
        prices: Device ids and what one device costs an hour, USD, instead of the presets' rents.
        node_availability: Share of the time in which one node works; None takes the dated default.
        kept: How many plans to rank.
        front: Also trade cost against tokens/s per user.
    """

    models: tuple[Text, ...]
    workload: WorkloadSpec
    targets: Targets = Targets()
    limits: Limits = Limits()
    sort: Sort = "cost"
    devices: tuple[Text, ...] = ()
    gpus_per_node: tuple[Annotated[int, Range(1, 1024)], ...] = ()
    weights: tuple[Text, ...] = ()
    kv: tuple[Text, ...] = ()
    engines: tuple[Text, ...] = ("vllm",)
    quality: Verdict = "acceptable"
    sure: bool = False
    prices: tuple[tuple[str, float], ...] = ()
    node_availability: Annotated[float, Range(0, 1, above=True)] | None = None
    kept: Annotated[int, Range(1, 1000)] = 10
    front: bool = True

    def check(self) -> None:  # noqa: D102
        if not self.models:
            raise ValueError("models: name at least one")
        if not self.engines:
            raise ValueError("engines: name at least one")
        if self.workload.concurrency is None:
            raise ValueError("concurrency: say how many requests run at once")
        if self.workload.load not in ("closed", "batch"):
            raise ValueError(f"load: a search needs a closed or batch load, not {self.workload.load}")
        for device, usd in self.prices:
            if not 0 < usd <= 1e9:
                raise ValueError(f"prices: the price of {device} must be above 0 and at most 1e9")

    @property
    def concurrency(self) -> int:
        """Requests at once."""
        return self.workload.concurrency or 1
