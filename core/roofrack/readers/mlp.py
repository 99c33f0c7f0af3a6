"""Which layers are dense and which route to experts, and how wide each is: the spellings of model configurations."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from roofrack.domain.model import DenseMlp, Mlp, MoeMlp
from roofrack.readers.families import Family
from roofrack.readers.fields import Fields

EXPERTS = ("num_experts", "n_routed_experts", "num_local_experts", "moe_num_experts")
PER_TOKEN = (
    "num_experts_per_tok", "num_experts_per_token", "experts_per_token", "moe_topk", "moe_k", "top_k_experts",
    "moe_top_k",
)  # fmt: skip
_SHARED_COUNT = ("n_shared_experts", "num_shared_experts", "moe_num_shared_experts", "num_shared_expert")
_SHARED_WIDTH = (
    "shared_expert_intermediate_size", "moe_shared_expert_intermediate_size", "shared_intermediate_size",
    "share_expert_dim",
)  # fmt: skip
_EXPERT_WIDTH = ("moe_intermediate_size", "expert_ffn_hidden_size", "moe_ffn_hidden_size", "expert_intermediate_size")
_DENSE_WIDTH = (
    "intermediate_size_mlp", "dense_intermediate_size", "intermediate_size", "ffn_hidden_size", "n_inner", "ffn_dim",
    "block_ff_dim",
)  # fmt: skip
_SPARSE_WORDS = {"dense": False, "mlp": False, "sparse": True, "moe": True, "hash_moe": True}

Matrices = Literal[2, 3]


def mlps(fields: Fields, family: Family, hidden: int, layers: int) -> list[Mlp]:
    """The feed-forward block of every layer.

    Args:
        fields: The decoder's configuration.
        family: Its model type.
        hidden: Hidden size.
        layers: How many layers there are.

    Raises:
        InputError: A field is missing, absurd or not understood.
    """
    if fields.size(*EXPERTS) < 2:  # a mixture of one expert is a dense block
        return [_dense(fields, family, width) for width in _dense_widths(fields, family, hidden, layers)]
    sparse = sparse_layers(fields, layers)
    routed = experts(fields, family.matrices, layers)
    dense = [] if all(sparse(i) for i in range(layers)) else _dense_widths(fields, family, hidden, layers)
    return [routed[i] if sparse(i) else _dense(fields, family, dense[i]) for i in range(layers)]


def _dense_widths(fields: Fields, family: Family, hidden: int, layers: int) -> list[int]:
    ratio = fields.size("expansion_ratio", default=family.mlp_ratio)
    widths = fields.each(*(family.dense_width or _DENSE_WIDTH), layers=layers, default=ratio * hidden or None)
    if fields.flag("block_auto_adjust_ff_dim"):  # LFM2 states the width before its own rounding
        factor, multiple = (
            fields.number("block_ffn_dim_multiplier") or 1.0,
            fields.count("block_multiple_of", default=256),
        )
        if not 0 < factor < 1000:
            raise fields.refuse("block_ffn_dim_multiplier", "must be above 0")
        return [-(-int(factor * int(2 * width / 3)) // multiple) * multiple for width in widths]
    return widths


def _dense(fields: Fields, family: Family, width: int) -> DenseMlp:
    if width < 1:
        raise fields.refuse(_DENSE_WIDTH[2], "must be at least 1")
    return DenseMlp(width=width, matrices=family.matrices)


def experts(fields: Fields, matrices: Matrices, layers: int) -> list[MoeMlp]:
    """The mixture of experts of every layer, as if all had one.

    Args:
        fields: The decoder's configuration.
        matrices: Matrices of one expert.
        layers: How many layers there are.
    """
    count = fields.count(*EXPERTS)
    latent = fields.optional("moe_latent_size", "routed_expert_hidden_size")
    rows = list(zip(*_columns(fields, layers), strict=True))
    made = {
        (per_token, width, shared): MoeMlp(
            experts=count,
            experts_per_token=per_token,
            expert_width=width,
            matrices=matrices,
            shared_width=shared,
            shared_matrices=matrices,
            latent_width=latent,
        )
        for per_token, width, shared in set(rows)
    }
    return [made[row] for row in rows]


def _columns(fields: Fields, layers: int) -> tuple[list[int], list[int], list[int]]:
    return (
        fields.each(*PER_TOKEN, layers=layers),
        fields.each(*_EXPERT_WIDTH, "intermediate_size", layers=layers),
        _shared_widths(fields, layers),
    )


def _shared_widths(fields: Fields, layers: int) -> list[int]:
    """Width of all shared experts of a layer together; a width given alone stands for one of them."""
    counted = fields.present(*_SHARED_COUNT) is not None or any(name in fields.defaults for name in _SHARED_COUNT)
    counts = fields.each(*_SHARED_COUNT, layers=layers, default=0)
    if fields.raw(*_SHARED_WIDTH)[1] is not None:
        widths = fields.each(*_SHARED_WIDTH, layers=layers)
        return [width * (count if counted else 1) for width, count in zip(widths, counts, strict=True)]
    widths = fields.each(*_EXPERT_WIDTH, "intermediate_size", layers=layers)
    return [width * count for width, count in zip(widths, counts, strict=True)]


def sparse_layers(fields: Fields, layers: int) -> Callable[[int], bool]:
    """Which layers route to experts, as a predicate of the layer's number from 0.

    Every spelling that is present must allow it; all layers do where none is.

    Args:
        fields: The decoder's configuration.
        layers: How many layers there are.
    """
    fields.present(
        "first_k_dense_replace", "moe_layer_freq", "decoder_sparse_step", "mlp_only_layers", "moe_layers_enum"
    )
    words = fields.words("mlp_layer_types", layers=layers)
    if words is not None:
        unknown = next((word for word in words if word not in _SPARSE_WORDS), None)
        if unknown is not None:
            raise fields.refuse("mlp_layer_types", f"the block type '{unknown}' is not understood")
        return lambda i: _SPARSE_WORDS[words[i]]
    listed = _listed(fields)
    if listed is not None:
        return lambda i: i in listed
    return _by_number(fields, layers)


def _listed(fields: Fields) -> frozenset[int] | None:
    """The sparse layers where the file names them: a list, or `moe_layers_enum`, a string of numbers."""
    numbers = fields.numbers("moe_layers")
    if numbers is not None:
        return frozenset(numbers)
    text = fields.text("moe_layers_enum")
    if not text:
        return None
    parts = [part.strip() for part in text.split(",")]
    if len(text) > 100_000 or not all(part.isascii() and part.isdigit() and len(part) < 6 for part in parts):
        raise fields.refuse("moe_layers_enum", "must be numbers with commas between them")
    return frozenset(int(part) for part in parts)


def _by_number(fields: Fields, layers: int) -> Callable[[int], bool]:
    first = fields.size("first_k_dense_replace", "num_dense_layers", "moe_layer_start_index", "moe_layer_num_skipped")
    last = fields.raw("moe_layer_end_index")[1]
    last = layers - 1 if last in (None, -1) else fields.size("moe_layer_end_index")
    dense = frozenset(fields.numbers("mlp_only_layers") or ())
    frequency = fields.raw("moe_layer_freq")[1]
    marks = fields.numbers("moe_layer_freq", layers=layers) if isinstance(frequency, list) else None
    every = 1 if marks is not None else fields.count("moe_layer_freq", default=1)
    step = fields.count("decoder_sparse_step", "interleave_moe_layer_step", "moe_layer_interval", default=1)
    period, offset = fields.count("expert_layer_period", default=1), fields.size("expert_layer_offset")

    def sparse(i: int) -> bool:
        if marks is not None and not marks[i]:
            return False
        placed = first <= i <= last and i not in dense
        return placed and i % every == 0 and (i + 1) % step == 0 and i % period == offset % period

    return sparse
