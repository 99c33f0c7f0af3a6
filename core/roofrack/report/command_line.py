"""A scenario as the command that plans it."""

from __future__ import annotations

import dataclasses
import shlex
from collections.abc import Iterator

from roofrack.domain.base import Frozen
from roofrack.domain.scenario import ScenarioSpec


def command_line(spec: ScenarioSpec, command: str = "plan") -> str:
    """A command of a scenario, quoted for a POSIX shell.

    Title, story and steps have no flags and are left out.

    Args:
        spec: Any scenario.
        command: One that takes a scenario: `plan`, `explain`, `cost` …
    """
    return shlex.join(["roofrack", command, spec.model, *_flags(spec)])


def _flags(spec: ScenarioSpec) -> Iterator[str]:
    rack, load, parallel = spec.rack, spec.workload, spec.parallel
    yield from ("--rack", f"{rack.gpus_per_node}x{rack.device}")
    values: dict[str, object] = {
        "--nodes": rack.nodes if rack.nodes > 1 else None,
        "--link": rack.link,
        "--network": rack.network,
        "--weights": spec.weights,
        "--kv": spec.kv,
        "--tp": parallel.tp,
        "--pp": parallel.pp,
        "--dp": parallel.dp,
        "--ep": parallel.ep,
        "--engine": _engine(spec),
        "--gpu-memory-fraction": spec.gpu_memory_fraction,
        "--max-num-batched-tokens": spec.max_num_batched_tokens,
        "--max-num-seqs": spec.max_num_seqs,
        "--prompt": load.prompt_tokens,
        "--output": load.output_tokens,
        "--context": load.context_tokens,
        "--concurrency": load.concurrency,
        "--concurrencies": ",".join(map(str, load.concurrencies)) if load.concurrencies else None,
        "--load": load.load if load.load != "closed" else None,
        "--rate": load.rate_per_s,
        "--requests": load.requests,
        "--max-tokens": load.max_tokens,
        "--slo-ttft": spec.targets.ttft_s,
        "--slo-tpot": spec.targets.tpot_s,
        "--slo-percentile": spec.targets.percentile,
        "--slo-tokens-per-s": spec.targets.tokens_per_s_per_user,
        "--slo-requests-per-s": spec.targets.requests_per_s,
        "--availability": spec.targets.availability,
        "--usd-per-gpu-hour": spec.usd_per_gpu_hour,
        "--profile": spec.profile,
        **_changed(spec.audience),
        **_changed(spec.money),
    }
    for flag, value in values.items():
        if value is not None:
            yield from (flag, str(value))


def _changed(part: Frozen) -> dict[str, object]:
    """Fields that differ from their defaults, by flag: here flags are named like fields."""
    return {
        "--" + field.name.replace("_", "-"): getattr(part, field.name)
        for field in dataclasses.fields(part)  # type: ignore[arg-type]
        if getattr(part, field.name) != field.default
    }


def _engine(spec: ScenarioSpec) -> str | None:
    if spec.engine_version is not None:
        return f"{spec.engine}@{spec.engine_version}"
    return spec.engine if spec.engine != "vllm" else None
