"""A search or a box as the command that gives the same answer."""

from __future__ import annotations

import shlex
from collections.abc import Mapping

from roofrack.search import BoxSpec, SearchSpec


def search_command(spec: SearchSpec) -> str:
    """`roofrack search` with everything that is not as by default, quoted for a POSIX shell.

    Args:
        spec: The search; people have become requests at once in it.
    """
    default, limits = SearchSpec(models=("any",), workload=spec.workload), spec.limits
    flags: dict[str, object] = {
        **_load(spec),
        "--gpus": ",".join(spec.devices),
        "--gpus-per-node": ",".join(map(str, spec.gpus_per_node)),
        "--max-gpus": None if limits.gpus == default.limits.gpus else limits.gpus,
        "--budget": limits.usd_per_hour,
        **_formats(spec, default.engines),
        "--sort": None if spec.sort == default.sort else spec.sort,
        "--top": None if spec.kept == default.kept else spec.kept,
        "--node-availability": spec.node_availability,
    }
    words = ["roofrack", "search", *spec.models, *_written(flags)]
    for device, usd in spec.prices:
        words += ["--price", f"{device}={usd!r}"]
    words += ["--no-front"] if not spec.front else []
    return shlex.join([*words, *(["--sure"] if spec.sure else [])])


def box_command(spec: BoxSpec) -> str:
    """`roofrack box` with everything that is not as by default, quoted for a POSIX shell.

    Args:
        spec: The box; people have become requests at once in it.
    """
    rack = spec.rack
    flags: dict[str, object] = {
        "--nodes": rack.nodes if rack.nodes > 1 else None,
        "--link": rack.link,
        **_load(spec),
        **_formats(spec, ()),
    }
    return shlex.join(["roofrack", "box", f"{rack.gpus_per_node}x{rack.device}", *spec.models, *_written(flags)])


def _load(spec: SearchSpec | BoxSpec) -> dict[str, object]:
    load, targets = spec.workload, spec.targets
    return {
        "--concurrency": load.concurrency,
        "--prompt": load.prompt_tokens,
        "--output": load.output_tokens,
        "--context": load.context_tokens,
        "--slo-ttft": targets.ttft_s,
        "--slo-tpot": targets.tpot_s,
        "--slo-percentile": targets.percentile,
        "--slo-tokens-per-s": targets.tokens_per_s_per_user,
        "--slo-requests-per-s": targets.requests_per_s,
        "--availability": targets.availability,
    }


def _formats(spec: SearchSpec | BoxSpec, engines: tuple[str, ...]) -> dict[str, object]:
    return {
        "--weights": ",".join(spec.weights),
        "--kv": ",".join(spec.kv),
        "--engine": None if spec.engines == engines else ",".join(spec.engines),
        "--quality": None if spec.quality == "acceptable" else spec.quality,
    }


def _written(flags: Mapping[str, object]) -> list[str]:
    return [word for flag, value in flags.items() if value not in (None, "") for word in (flag, str(value))]
