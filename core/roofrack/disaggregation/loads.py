"""At which loads two pools are better than one, each load with its best split."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from roofrack.disaggregation.compare import disaggregate
from roofrack.domain.scenario import ParallelSpec, ScenarioSpec

if TYPE_CHECKING:
    from roofrack.catalog import Catalog

LOADS = (1, 4, 16, 64, 256, 1024)
"""Requests in flight that are looked at where none are named."""


class AtLoad(NamedTuple):
    """Two pools against the same GPUs doing both, at one load; ratios are pools over together.

    Args:
        concurrency: Requests in flight.
        prefill_gpus: The best split.
        decode_gpus: The rest.
        tokens: Ratio of tokens/s.
        tpot: Ratio of TPOT.
        ttft: Ratio of TTFT.
    """

    concurrency: int
    prefill_gpus: int
    decode_gpus: int
    tokens: float
    tpot: float
    ttft: float

    @property
    def better(self) -> bool:
        """Whether the pools complete more at this load."""
        return self.tokens > 1


def across_loads(
    spec: ScenarioSpec, catalog: Catalog | None = None, loads: Iterable[int] = LOADS
) -> tuple[AtLoad, ...]:
    """Where pools begin to pay, and where they stop.

    Args:
        spec: The scenario; its own concurrency does not matter.
        catalog: Where ids are looked up; the shipped and the user's own presets by default.
        loads: Requests in flight.

    Raises:
        InputError: As for `disaggregate`.
    """
    found = []
    for load in loads:
        workload = replace(spec.workload, concurrency=load, concurrencies=None)
        one = disaggregate(replace(spec, workload=workload), catalog)
        if one.aggregated is None:
            continue
        pools, together = one.load, one.aggregated.load
        found.append(
            AtLoad(
                load,
                one.prefill.gpus,
                one.decode.gpus,
                pools.output_tokens_per_s.mid / together.output_tokens_per_s.mid,
                pools.tpot_s.mid / together.tpot_s.mid,
                pools.ttft_s.mid / together.ttft_s.mid,
            )
        )
    return tuple(found)


def for_pools(spec: ScenarioSpec) -> tuple[ScenarioSpec, tuple[str, ...]]:
    """The scenario as far as pools can be planned for it, and what was left out, a sentence each.

    Args:
        spec: Any scenario.
    """
    said = []
    if spec.parallel.dp is not None or spec.parallel.ep is not None or spec.parallel.tp is not None:
        said.append("Pools choose their own layout.")
    named = {"percentile": "the TTFT percentile", "requests_per_s": "requests/s", "availability": "availability"}
    dropped = [field for field in named if getattr(spec.targets, field) is not None]
    if dropped:
        said.append(f"Pools are judged by mean TTFT and TPOT: {', '.join(named[field] for field in dropped)} left out.")
    workload = spec.workload
    if workload.load not in ("closed", "batch"):
        said.append("Pools are planned for requests kept in flight, not for arrivals.")
        workload = replace(workload, load="closed", rate_per_s=None)
    targets = replace(spec.targets, **dict.fromkeys(dropped))
    return replace(spec, parallel=ParallelSpec(), targets=targets, workload=workload), tuple(said)
