"""What a reader must know about the memory of a plan."""

from __future__ import annotations

from roofrack.domain.model import SoftmaxAttention
from roofrack.domain.scenario import Scenario
from roofrack.memory.budget import GIB
from roofrack.memory.kv import kv_bytes_per_token
from roofrack.memory.pool import caps_windows
from roofrack.results import MemoryPlan, Notice

_WORTH_SAYING = GIB // 10


def memory_notices(scenario: Scenario, memory: MemoryPlan) -> tuple[Notice, ...]:
    """What to know about a plan's memory, whether it fits or not.

    Args:
        scenario: What is planned.
        memory: Its memory.
    """
    found = []
    crowded = memory.crowded_bytes
    if crowded > _WORTH_SAYING:
        found.append(
            Notice(
                "crowded",
                f"a memory fraction of {scenario.gpu_memory_fraction or 0:g} leaves {crowded / GIB:.1f} GiB too little for context and "
                "CUDA graphs: lower it, or run without graphs",
            )
        )
    windowed = any(
        isinstance(g.attention, SoftmaxAttention) and g.attention.window_tokens for g in scenario.model.layers
    )
    if windowed and not caps_windows(scenario):
        capped = kv_bytes_per_token(scenario.model, scenario.kv)
        found.append(
            Notice(
                "uncapped-windows",
                f"{scenario.engine.name} {scenario.engine_version} keeps this model's windowed layers at full length: "
                f"{memory.kv_bytes_per_token:,} bytes of KV cache per token instead of {capped:,}",
            )
        )
    return tuple(found)
