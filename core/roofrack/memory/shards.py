"""Which part of the weights each device holds: parts to pipeline stages, and within a stage to tensor- or expert-parallel ranks."""

from __future__ import annotations

from dataclasses import replace
from math import ceil
from typing import NamedTuple

from roofrack.domain.model import LatentAttention, LayerGroup, Model, MoeMlp, SoftmaxAttention
from roofrack.domain.scenario import Scenario
from roofrack.domain.workload import Parallel
from roofrack.memory.identity import memo_by_identity
from roofrack.memory.weights import layer_params
from roofrack.parallelism import groups_by_stage
from roofrack.results import WeightsPart

PADDED_HIDDEN = 256
PADDED_WIDTH = 128
"""MXFP4 expert kernels round the hidden size and a rank's share of the expert width up to multiples of these (vLLM
`quantization/mxfp4.py`; SGLang's kernels do the same)."""


class _Split(NamedTuple):
    """Parameters of one layer by how tensor parallelism treats them.

    Args:
        sharded: Divided by every rank: query and output projections, recurrent mixers.
        by_kv_head: Divided by the KV heads at most, then replicated.
        kv_heads: How many those are.
        replicated: Whole on every rank: latent compressions and sparse indexers.
    """

    sharded: int
    by_kv_head: int
    kv_heads: int
    replicated: int

    def held(self, tp: int) -> float:
        """What one rank holds."""
        return self.sharded / tp + self.by_kv_head / min(tp, self.kv_heads) + self.replicated


class _Share(NamedTuple):
    """One part's parameters in the layers of a stage.

    Args:
        stage: All of them.
        device: Those that one device holds; kernel padding included.
    """

    stage: float
    device: float

    def plus(self, stage: float, device: float) -> _Share:
        return _Share(self.stage + stage, self.device + device)


def stage_weights(scenario: Scenario, parts: tuple[WeightsPart, ...]) -> tuple[int, ...]:
    """Weights of one device of each pipeline stage, bytes.

    The embedding is on the first stage and the head on the last; a tied matrix is on both. Vocabulary, attention, feed-forward blocks and
    experts are divided by TP; KV projections by the KV heads at most; norms, routers, latent compressions and indexers are on every rank.

    Args:
        scenario: What is planned.
        parts: The weights of one replica, as stored.
    """
    model, parallel = scenario.model, scenario.parallel
    padded = scenario.weights.kernel == "mxfp4"
    stages = [_layers(model, counts, parallel, padded=padded) for counts in groups_by_stage(model, parallel.pp)]
    held = [0] * len(stages)
    for part in parts:
        if part.name in stages[0]:
            portions = _portions(part, [stage[part.name] for stage in stages])
        else:
            portions = [_end(part, stage, model, parallel) for stage in range(len(stages))]
        held = [sum(pair) for pair in zip(held, portions, strict=True)]
    return tuple(held)


def _portions(part: WeightsPart, shares: list[_Share]) -> list[int]:
    """Bytes of a layers' part on one device of each stage; unsharded, the stages add up to the part exactly."""
    portions, seen, given = [], 0.0, 0
    for share in shares:
        seen += share.stage
        on_stage = round(part.bytes * seen / part.params) - given
        given += on_stage
        portions.append(ceil(on_stage * (share.device / share.stage)) if share.stage else 0)
    return portions


def _end(part: WeightsPart, stage: int, model: Model, parallel: Parallel) -> int:
    """Bytes of a part that is no layer's: on the first stage, the last one, or, when tied, on both."""
    first, last = stage == 0, stage == parallel.pp - 1
    here = last if part.name == "head" else first or (last and part.name == "embedding" and model.tied_embeddings)
    return ceil(part.bytes / parallel.tp) if here else 0


def _layers(model: Model, counts: tuple[int, ...], parallel: Parallel, *, padded: bool) -> dict[str, _Share]:
    """Parameters of a stage's layers by part."""
    tp, nothing = parallel.tp, _Share(0, 0)
    attention = mlp = shared = experts = other = nothing
    norms = model.other_params / model.layer_count
    for group, split, count in zip(model.layers, _splits(model), counts, strict=True):
        layer = layer_params(group, model.hidden)
        attention = attention.plus(count * layer.attention, count * split.held(tp))
        mlp = mlp.plus(count * layer.mlp, count * layer.mlp / tp)
        shared = shared.plus(count * layer.shared_experts, count * layer.shared_experts / tp)
        other = other.plus(count * (layer.router + norms), count * (layer.router + norms))
        if isinstance(group.mlp, MoeMlp):
            held = _experts_held(group.mlp, model.hidden, parallel, padded=padded)
            experts = experts.plus(count * layer.experts, count * layer.experts * held)
    return {"attention": attention, "mlp": mlp, "experts": experts, "shared experts": shared, "other": other}


def _experts_held(moe: MoeMlp, hidden: int, parallel: Parallel, *, padded: bool) -> float:
    """The share of a layer's experts that one device holds: whole experts under EP, a slice of each under TP."""
    tp, ep = parallel.tp, parallel.ep
    share, slices = (ceil(moe.experts / ep) / moe.experts, 1) if ep > 1 else (1 / tp, tp)
    if not padded:
        return share
    inner = moe.latent_width or hidden
    width = moe.expert_width / slices
    return share * _padding(inner, PADDED_HIDDEN) * _padding(width, PADDED_WIDTH)


def _padding(size: float, multiple: int) -> float:
    return ceil(size / multiple) * multiple / size


@memo_by_identity(limit=128)
def _splits(model: Model) -> tuple[_Split, ...]:
    return tuple(_split_of(group, model.hidden) for group in model.layers)


def _split_of(group: LayerGroup, hidden: int) -> _Split:
    attention = group.attention
    total = layer_params(group, hidden).attention
    if isinstance(attention, SoftmaxAttention):
        values = 0 if attention.shared_kv_projection else attention.value_dim
        by_kv_head = hidden * attention.kv_heads * (attention.head_dim + values)
        index = total - layer_params(replace(group, attention=replace(attention, index=None)), hidden).attention
        if attention.mixer_params is not None:  # not of these shapes, so what of it belongs to KV heads is at most this
            by_kv_head = 0 if attention.reuses_kv else min(by_kv_head, total - index)
        return _Split(total - by_kv_head - index, by_kv_head, attention.kv_heads, index)
    if isinstance(attention, LatentAttention):
        index = total - layer_params(replace(group, attention=replace(attention, index=None)), hidden).attention
        compressions = hidden * ((attention.q_lora_rank or 0) + attention.kv_lora_rank + attention.qk_rope_head_dim)
        return _Split(total - compressions - index, 0, 1, compressions + index)
    return _Split(total, 0, 1, 0)
