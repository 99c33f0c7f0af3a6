"""Mixers that keep a state of fixed size: their parameters and what one sequence keeps, by variant.

Every count is that of the matrices in `huggingface/transformers:src/transformers/models/*/modeling_*.py` (5.23); the test
suite holds them against those modules built without weights. A convolution of width c remembers c − 1 inputs.
"""

from __future__ import annotations

from collections.abc import Callable

from roofrack.domain.model import RecurrentState
from roofrack.readers.fields import Fields

_STATE_BITS = {"float32": 32, "float16": 16, "bfloat16": 16}


def recurrent_mixer(fields: Fields, variant: str, hidden: int) -> RecurrentState:
    """The state-keeping mixer of a family.

    Args:
        fields: The decoder's configuration.
        variant: A key of `VARIANTS`.
        hidden: Hidden size.

    Raises:
        InputError: A field is missing or absurd.
    """
    return VARIANTS[variant](fields, hidden)


def _state_bits(fields: Fields, default: int = 16) -> int:
    """Bits of a state element: what the file says, else what engines take, usually the model's own 16."""
    dtype = fields.text("mamba_ssm_cache_dtype", "mamba_ssm_dtype").removeprefix("torch.")
    if dtype and dtype not in _STATE_BITS:
        raise fields.refuse("mamba_ssm_cache_dtype", f"the type '{dtype[:40]}' is not understood")
    if not dtype:
        fields.assume(f"recurrent states at {default} bits")
    return _STATE_BITS.get(dtype, default)


def _gated_delta(fields: Fields, hidden: int) -> RecurrentState:
    heads = fields.size("num_attention_heads")
    key_heads = fields.count("linear_num_key_heads", default=heads)
    value_heads = fields.count("linear_num_value_heads", default=heads)
    key_dim, value_dim = fields.count("linear_key_head_dim"), fields.count("linear_value_head_dim")
    width = fields.count("linear_conv_kernel_dim")
    keys, values = key_heads * key_dim, value_heads * value_dim
    convolved = 2 * keys + values
    return RecurrentState(
        variant="gated delta net",
        state_elements=value_heads * key_dim * value_dim,
        state_bits=_state_bits(fields),
        conv_elements=convolved * (width - 1),
        params=hidden * (2 * keys + 2 * values + 2 * value_heads)
        + convolved * width
        + 2 * value_heads
        + value_dim
        + values * hidden,
    )


def _kda(fields: Fields, hidden: int) -> RecurrentState:
    inner = fields.nested("linear_attn_config")
    dim = inner.optional("head_dim") or fields.count("linear_head_dim", "head_dim")
    heads = inner.optional("num_heads") or fields.count("linear_num_heads", "num_attention_heads")
    width = inner.optional("short_conv_kernel_size") or fields.count("linear_conv_kernel_dim", "short_conv_kernel_size")
    full_rank = inner.flag("use_full_rank_gate")
    wide = heads * dim
    low_rank = hidden * dim + dim * wide
    both_gates = {"": 2 * low_rank, "output": low_rank + hidden * wide, "both": 2 * hidden * wide}
    gates = both_gates["both" if fields.family == "bailing_hybrid" else "output" if full_rank else ""]
    return RecurrentState(
        variant="KDA",
        state_elements=heads * dim * dim,
        state_bits=_state_bits(fields, default=32),  # vLLM's `kda_state_dtype` keeps it at float32 always
        conv_elements=3 * wide * (width - 1),
        params=4 * hidden * wide + 3 * wide * width + gates + hidden * heads + wide + heads + dim,
    )


def _lightning(fields: Fields, hidden: int) -> RecurrentState:
    heads = fields.count("num_attention_heads")
    dim = fields.optional("head_dim") or hidden // heads
    wide = heads * dim
    return RecurrentState(
        variant="lightning attention",
        state_elements=heads * dim * dim,
        state_bits=_state_bits(fields),
        params=5 * hidden * wide + wide,
    )


def _mamba2(fields: Fields, hidden: int) -> RecurrentState:
    head_dim = fields.count("mamba_head_dim", "mamba_d_head", "head_dim")
    heads = fields.count("mamba_num_heads", "mamba_n_heads", "num_heads")
    groups = fields.count("n_groups", "mamba_n_groups")
    state = fields.count("ssm_state_size", "mamba_d_state", "state_size")
    width = fields.count("conv_kernel", "mamba_d_conv")
    inner = fields.optional("mamba_d_ssm") or heads * head_dim
    if inner != heads * head_dim:
        raise fields.refuse("mamba_d_ssm", f"{inner:,} is not heads × head width, {heads:,} × {head_dim:,}")
    convolved = inner + 2 * groups * state
    norm = inner if fields.flag("mamba_rms_norm", default=True) else 0
    bias = convolved if fields.flag("use_conv_bias", "mamba_conv_bias", default=True) else 0
    return RecurrentState(
        variant="Mamba-2",
        state_elements=inner * state,
        state_bits=_state_bits(fields),
        conv_elements=convolved * (width - 1),
        params=hidden * (inner + convolved + heads) + convolved * width + bias + 3 * heads + norm + inner * hidden,
    )


def _mamba(fields: Fields, hidden: int) -> RecurrentState:
    state, width = fields.count("mamba_d_state", "state_size"), fields.count("mamba_d_conv", "conv_kernel")
    inner = fields.optional("intermediate_size") if "state_size" in fields.data else None
    inner = inner or fields.count("mamba_expand", "expand") * hidden
    _, rank = fields.raw("mamba_dt_rank", "time_step_rank")
    rank = -(-hidden // 16) if rank in (None, "auto") else fields.count("mamba_dt_rank", "time_step_rank")
    norms = rank + 2 * state if fields.family == "jamba" else 0
    return RecurrentState(
        variant="Mamba",
        state_elements=inner * state,
        state_bits=_state_bits(fields),
        conv_elements=inner * (width - 1),
        params=2 * hidden * inner
        + inner * (width + 1)
        + inner * (rank + 2 * state)
        + (rank + 1) * inner
        + inner * state
        + inner
        + norms
        + inner * hidden,
    )


def _short_convolution(fields: Fields, hidden: int) -> RecurrentState:
    width = fields.count("conv_L_cache")
    return RecurrentState(
        variant="short convolution",
        state_elements=0,
        conv_elements=hidden * (width - 1),
        params=3 * hidden * hidden + hidden * width + hidden * hidden,
    )


VARIANTS: dict[str, Callable[[Fields, int], RecurrentState]] = {
    "gated delta": _gated_delta,
    "kda": _kda,
    "lightning": _lightning,
    "mamba2": _mamba2,
    "mamba": _mamba,
    "short convolution": _short_convolution,
}
"""Builders by the name that `families.toml` uses."""
