"""Who holds what: devices to nodes, replicas, pipeline stages and tensor-parallel ranks, and layers to stages."""

from __future__ import annotations

from typing import NamedTuple

from roofrack.domain.device import Rack
from roofrack.domain.model import DenseMlp, LatentAttention, LayerGroup, Model, MoeMlp, SoftmaxAttention
from roofrack.domain.workload import Parallel
from roofrack.errors import InputError
from roofrack.memory.identity import memo_by_identity

MOST_DEVICES = 16_384
"""Devices of the largest rack that is planned: every one of them is listed."""

IDLE = -1
"""The replica of a device that the plan leaves out."""


class Seat(NamedTuple):
    """What one device does.

    Args:
        number: Device number in the rack, from 0.
        node: Its node, from 0.
        replica: The data-parallel replica it serves; `IDLE` when none.
        stage: Its pipeline stage.
        rank: Its tensor-parallel rank.
    """

    number: int
    node: int
    replica: int
    stage: int
    rank: int


def check_placement(model: Model, rack: Rack, parallel: Parallel) -> None:
    """Check that an engine could spread a model so.

    Args:
        model: The model.
        rack: The rack.
        parallel: The degrees.

    Raises:
        InputError: It could not; the message names the degree and the numbers that clash.
    """
    tp, pp, dp, ep = parallel.tp, parallel.pp, parallel.dp, parallel.ep
    if rack.device_count > MOST_DEVICES:
        raise InputError(f"rack: {rack.device_count:,} devices are more than the {MOST_DEVICES:,} that are planned")
    if parallel.devices > rack.device_count:
        raise InputError(
            f"tp, pp, dp: TP {tp} × PP {pp} × DP {dp} needs {parallel.devices:,} devices, the rack has {rack.device_count:,}",
            "lower one of them or add devices",
        )
    if pp > model.layer_count:
        raise InputError(f"pp: {pp} stages are more than the {model.layer_count} layers of {model.name}")
    if problem := tp_problem(model, tp, ep):
        able = ", ".join(str(n) for n in range(1, rack.device_count + 1) if n <= 64 and tp_problem(model, n, 1) is None)
        raise InputError(f"tp: {problem}", f"TP can be {able}")
    if ep > 1:
        _check_experts(model, parallel)


def _check_experts(model: Model, parallel: Parallel) -> None:
    tp, dp, ep = parallel.tp, parallel.dp, parallel.ep
    experts = [group.mlp.experts for group in model.layers if isinstance(group.mlp, MoeMlp)]
    if not experts:
        raise InputError(f"ep: {model.name} has no experts to spread", "leave EP at 1")
    allowed = sorted({1, tp, tp * dp})
    if ep not in allowed:
        raise InputError(
            f"ep: experts are spread over the TP group or over all replicas, so EP {ep} does not go with TP {tp} and DP {dp}",
            f"EP can be {', '.join(map(str, allowed))}",
        )
    if ep > min(experts):
        raise InputError(f"ep: {ep} devices are more than the {min(experts)} experts of a layer")


def tp_problem(model: Model, tp: int, ep: int = 1) -> str | None:
    """Why engines refuse a tensor-parallel degree; None when they take it.

    Args:
        model: The model.
        tp: Devices that share each layer.
        ep: Devices that the routed experts are spread over; 1 shards each expert by TP.
    """
    for group in model.layers:
        if problem := _attention_problem(group, tp) or _mlp_problem(group, tp, ep):
            return f"{problem} of {model.name}"
    return None


def _attention_problem(group: LayerGroup, tp: int) -> str | None:
    attention = group.attention
    if not isinstance(attention, SoftmaxAttention | LatentAttention):
        return None
    if attention.heads % tp:
        return f"{tp} does not divide the {attention.heads} attention heads"
    if isinstance(attention, SoftmaxAttention) and attention.kv_heads % tp and tp % attention.kv_heads:
        return f"{tp} is neither a divisor nor a multiple of the {attention.kv_heads} KV heads"
    return None


def _mlp_problem(group: LayerGroup, tp: int, ep: int) -> str | None:
    mlp = group.mlp
    if isinstance(mlp, DenseMlp) and mlp.width % tp:
        return f"{tp} does not divide the feed-forward width {mlp.width}"
    if isinstance(mlp, MoeMlp) and ep == 1 and mlp.expert_width % tp:
        return f"{tp} does not divide the expert width {mlp.expert_width}"
    return None


def largest_tp(model: Model, limit: int) -> int:
    """The largest tensor-parallel degree that engines take.

    Args:
        model: The model.
        limit: Devices to share a layer, at most.
    """
    return next(tp for tp in range(max(1, limit), 0, -1) if tp_problem(model, tp) is None)


def seats(rack: Rack, parallel: Parallel) -> tuple[Seat, ...]:
    """What each device does.

    Ranks of a TP group are neighbours, then come the stages of a replica, then the replicas, as engines number them. A TP
    group stays inside a node while the nodes have room; what then remains of a node is idle.

    Args:
        rack: The rack.
        parallel: The degrees, already checked.
    """
    nodes = [size for group in rack.groups for size in [group.devices_per_node] * group.nodes]
    tp, groups = parallel.tp, parallel.pp * parallel.dp
    whole = sum(size // tp for size in nodes) >= groups
    taken = 0
    found: list[Seat] = []
    for node, size in enumerate(nodes):
        usable = size // tp * tp if whole else size
        for place in range(size):
            if place < usable and taken < groups * tp:
                group, rank = divmod(taken, tp)
                replica, stage = divmod(group, parallel.pp)
                taken += 1
            else:
                replica, stage, rank = IDLE, 0, 0
            found.append(Seat(len(found), node, replica, stage, rank))
    return tuple(found)


def layers_per_stage(layers: int, stages: int) -> tuple[int, ...]:
    """How many layers each pipeline stage runs.

    Stages are even; what remains goes one each to the stages before the last, from the back, because the last one also
    holds the head (vLLM `distributed/utils.py`, `get_pp_indices`).

    Args:
        layers: Layers of the model.
        stages: Pipeline stages, at most as many.
    """
    even, left = divmod(layers, stages)
    return tuple(even + (stages - 1 - left <= stage < stages - 1) for stage in range(stages))


def groups_by_stage(model: Model, stages: int) -> tuple[tuple[int, ...], ...]:
    """How many layers of each of the model's groups each stage runs.

    Args:
        model: The model.
        stages: Pipeline stages.
    """
    if stages == 1:
        return (tuple(group.count for group in model.layers),)
    order = _group_of_layer(model)
    found, start = [], 0
    for count in layers_per_stage(len(order), stages):
        mine = order[start : start + count]
        found.append(tuple(mine.count(index) for index in range(len(model.layers))))
        start += count
    return tuple(found)


@memo_by_identity(limit=64)
def _group_of_layer(model: Model) -> tuple[int, ...]:
    if not model.layer_pattern:
        return tuple(index for index, group in enumerate(model.layers) for _ in range(group.count))
    index_of = {group.letter: index for index, group in enumerate(model.layers)}
    return tuple(index_of[letter] for letter in model.order)
