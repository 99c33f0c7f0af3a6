"""What the weights take: parameters counted from the shapes, times what the format stores of each part.

Every count is the sum of the matrices that transformers implementations create; norms and biases come from the preset
(`Model.other_params`).
"""

from __future__ import annotations

from typing import NamedTuple

from roofrack.domain.formats import WeightsFormat
from roofrack.domain.model import (
    Attention,
    DenseMlp,
    LatentAttention,
    LayerGroup,
    Mlp,
    Model,
    MoeMlp,
    OwnWeights,
    RecurrentState,
    SoftmaxAttention,
    SparseIndex,
)
from roofrack.memory.identity import memo_by_identity
from roofrack.results import WeightsPart

UNQUANTISED_BITS = 16.0
"""What a weight takes that a quantised checkpoint leaves alone: bf16 or fp16."""


class LayerParams(NamedTuple):
    """Parameters of one layer, by what formats and engines treat alike.

    Args:
        attention: The token mixer with its projections.
        mlp: The dense feed-forward block.
        experts: All routed experts.
        active_experts: The routed experts that one token visits.
        shared_experts: The experts that every token visits.
        router: The matrix that scores experts.
    """

    attention: int = 0
    mlp: int = 0
    experts: int = 0
    active_experts: int = 0
    shared_experts: int = 0
    router: int = 0

    @property
    def total(self) -> int:
        """Everything stored."""
        return self.attention + self.mlp + self.experts + self.shared_experts + self.router

    @property
    def active(self) -> int:
        """Everything that one token passes."""
        return self.total - self.experts + self.active_experts


class _Counts(NamedTuple):
    parts: tuple[tuple[str, int], ...]
    total: int
    active: int


def layer_params(group: LayerGroup, hidden: int) -> LayerParams:
    """Count one layer of a group.

    Args:
        group: The layer's shapes.
        hidden: Hidden size of the model.
    """
    block = _mlp(group.mlp, hidden)
    if group.attention is None:
        return block._replace(mlp=block.mlp + group.extra_params)
    return block._replace(attention=_attention(group.attention, hidden) + group.extra_params)


def total_params(model: Model) -> int:
    """Parameters of the served text decoder: no towers, no draft layers.

    Args:
        model: The model.
    """
    return _counts(model).total


def active_params(model: Model) -> int:
    """Parameters that one token passes, embedding and head included as vendors count them.

    Args:
        model: The model.
    """
    return _counts(model).active


def weights_parts(
    model: Model, weights_format: WeightsFormat, own: OwnWeights | None = None
) -> tuple[WeightsPart, ...]:
    """Weights of one replica by part, as stored.

    Args:
        model: The model.
        weights_format: What its matrices are stored in.
        own: Exact bytes of the checkpoint in this very format; they beat the arithmetic, which then only shares them out.
    """
    parts = _stored(model, weights_format)
    return parts if own is None else _shared_out(parts, own, model, weights_format)


@memo_by_identity(limit=512)
def _stored(model: Model, weights_format: WeightsFormat) -> tuple[WeightsPart, ...]:
    bits = _bits_by_part(model, weights_format)
    return tuple(
        WeightsPart(name, params, bits[name], round(params * bits[name] / 8)) for name, params in _counts(model).parts
    )


def _shared_out(
    parts: tuple[WeightsPart, ...], own: OwnWeights, model: Model, weights_format: WeightsFormat
) -> tuple[WeightsPart, ...]:
    # A checkpoint stores its draft layers too, which are not served; like the rest they take their arithmetic share.
    computed = sum(part.bytes for part in parts) + model.draft_params * weights_format.bits / 8
    scale = own.total_bytes / computed
    return tuple(part._replace(bits=part.bits * scale, bytes=round(part.bytes * scale)) for part in parts)


def _bits_by_part(model: Model, weights_format: WeightsFormat) -> dict[str, float]:
    matrices = weights_format.bits
    attention = weights_format.attention_bits or matrices
    if weights_format.experts_only:
        matrices = attention = weights_format.attention_bits or UNQUANTISED_BITS
    embedding = weights_format.embedding_bits
    if model.tied_embeddings:  # the one matrix is also the head, and is stored as finely as either asks
        embedding = max(embedding, weights_format.head_bits)
    return {
        "embedding": embedding,
        "attention": attention,
        "mlp": matrices,
        "experts": weights_format.bits,
        "shared experts": matrices,
        "head": weights_format.head_bits,
        "lookup": weights_format.embedding_bits,
        "other": weights_format.other_bits,
        "tower": max(UNQUANTISED_BITS, weights_format.bits),
    }


@memo_by_identity(limit=512)
def _counts(model: Model) -> _Counts:
    table = model.vocab * model.hidden
    head = 0 if model.tied_embeddings else table
    layers = [(group.count, layer_params(group, model.hidden)) for group in model.layers]
    whole = {field: sum(count * getattr(layer, field) for count, layer in layers) for field in LayerParams._fields}
    stored = {
        "embedding": table,
        "attention": whole["attention"],
        "mlp": whole["mlp"],
        "experts": whole["experts"],
        "shared experts": whole["shared_experts"],
        "head": head,
        "lookup": model.lookup_params,
        "other": whole["router"] + model.other_params,
    }
    total = sum(stored.values())
    stored["tower"] = model.tower_params
    active = total - model.lookup_params - whole["experts"] + whole["active_experts"]
    return _Counts(tuple((name, params) for name, params in stored.items() if params), total, active)


def _attention(attention: Attention, hidden: int) -> int:
    if isinstance(attention, RecurrentState):
        return attention.params
    if isinstance(attention, LatentAttention):
        return _latent(attention, hidden)
    return _softmax(attention, hidden)


def _softmax(a: SoftmaxAttention, hidden: int) -> int:
    if a.mixer_params is not None:
        return a.mixer_params
    queries = hidden * a.heads * a.head_dim * (2 if a.gated else 1)
    keys = 0 if a.reuses_kv else hidden * a.kv_heads * a.head_dim
    values = 0 if a.reuses_kv or a.shared_kv_projection else hidden * a.kv_heads * a.value_dim
    output = a.heads * a.value_dim * hidden
    return queries + keys + values + output + _index(a.index, hidden, hidden)


def _latent(a: LatentAttention, hidden: int) -> int:
    query_dim = a.heads * (a.qk_nope_head_dim + a.qk_rope_head_dim)
    queries = hidden * query_dim if a.q_lora_rank is None else hidden * a.q_lora_rank + a.q_lora_rank * query_dim
    latent = hidden * (a.kv_lora_rank + a.qk_rope_head_dim)
    expansion = a.kv_lora_rank * a.heads * (a.qk_nope_head_dim + a.v_head_dim)
    output = a.heads * a.v_head_dim * hidden
    return queries + latent + expansion + output + _index(a.index, a.q_lora_rank or hidden, hidden)


def _index(index: SparseIndex | None, query_source: int, hidden: int) -> int:
    """Queries from the compressed query, one key, and one weight a head from the hidden state."""
    if index is None:
        return 0
    return query_source * index.heads * index.key_dim + hidden * index.key_dim + hidden * index.heads


def _mlp(mlp: Mlp | None, hidden: int) -> LayerParams:
    if mlp is None:
        return LayerParams()
    if isinstance(mlp, DenseMlp):
        return LayerParams(mlp=mlp.matrices * hidden * mlp.width)
    return _moe(mlp, hidden)


def _moe(moe: MoeMlp, hidden: int) -> LayerParams:
    expert = moe.matrices * (moe.latent_width or hidden) * moe.expert_width
    into_latent_and_back = 2 * hidden * moe.latent_width if moe.latent_width else 0
    return LayerParams(
        experts=moe.experts * expert,
        active_experts=moe.experts_per_token * expert,
        shared_experts=moe.shared_matrices * hidden * moe.shared_width + into_latent_and_back,
        router=hidden * moe.experts,
    )
