"""What a sequence keeps on the devices: KV cache by layer kind, and the states of recurrent layers.

Sizes are logical, one sequence on one replica. Engines add block rounding and padding; `memory.capacity` knows those.
"""

from __future__ import annotations

from math import ceil
from typing import NamedTuple

from roofrack.domain.formats import KvFormat
from roofrack.domain.model import Attention, LatentAttention, LayerGroup, Model, RecurrentState, SoftmaxAttention
from roofrack.memory.identity import memo_by_identity
from roofrack.results import KvPart

_CONV_BYTES = 2
_INDEX_SCALE_BYTES = 4
_INDEX_KEYS_PER_SCALE = 128


class Kept(NamedTuple):
    """What one layer keeps of one sequence: entries that grow with it up to a cap, or a block of fixed size.

    Args:
        kind: As in `KvPart`.
        entry_bytes: Bytes per entry.
        tokens_per_entry: Tokens that one entry stands for.
        cap_tokens: The window; None keeps every token.
        fixed_bytes: Kept from the first token on.
        divisor: The most that tensor parallelism divides it by.
    """

    kind: str
    entry_bytes: float
    tokens_per_entry: int
    cap_tokens: int | None
    fixed_bytes: int
    divisor: int

    def bytes_at(self, tokens: int) -> float:
        """Bytes of one layer and one sequence.

        Args:
            tokens: Its length.
        """
        seen = tokens if self.cap_tokens is None else min(tokens, self.cap_tokens)
        return self.fixed_bytes + ceil(seen / self.tokens_per_entry) * self.entry_bytes


def tp_divisor(attention: Attention, tp: int) -> int:
    """By how much tensor parallelism divides what a layer keeps: beyond its KV heads a cache is replicated.

    Args:
        attention: The layer's mixer. A GQA cache divides by its KV heads, an MLA latent not at all, a state by every rank.
        tp: Tensor-parallel devices.
    """
    return min(tp, _divisor(attention))


def kv_parts(model: Model, kv_format: KvFormat, *, caps_windows: bool = True) -> tuple[KvPart, ...]:
    """KV cache and states of one sequence by layer kind.

    `KvPart.tp_divisor` is the most that tensor parallelism divides the part by.

    Args:
        model: The model.
        kv_format: What a cached element is stored in; states keep their own precision.
        caps_windows: Whether the engine frees what has left a sliding window; older ones keep it.
    """
    return _parts(model, kv_format) if caps_windows else _parts_uncapped(model, kv_format)


def kv_bytes_per_token(model: Model, kv_format: KvFormat) -> int:
    """What each further token adds once windows are full, one sequence, bytes.

    Args:
        model: The model.
        kv_format: What a cached element is stored in.
    """
    return sum(part.bytes_per_token for part in kv_parts(model, kv_format))


def kv_bytes(model: Model, kv_format: KvFormat, tokens: int, *, caps_windows: bool = True, tp: int = 1) -> int:
    """What one sequence keeps, bytes.

    Args:
        model: The model.
        kv_format: What a cached element is stored in.
        tokens: Its length.
        caps_windows: Whether the engine frees what has left a sliding window.
        tp: Tensor-parallel devices; the result is what one of them holds.
    """
    kept = _kept(model, kv_format) if caps_windows else _kept_uncapped(model, kv_format)
    return ceil(sum(layers * one.bytes_at(tokens) / min(tp, one.divisor) for one, layers in kept.items()))


@memo_by_identity(limit=512)
def _kept(model: Model, kv_format: KvFormat) -> dict[Kept, int]:
    found: dict[Kept, int] = {}
    for group in model.layers:
        for one in kept_of_layer(group, kv_format):
            found[one] = found.get(one, 0) + group.count
    return found


@memo_by_identity(limit=512)
def _kept_uncapped(model: Model, kv_format: KvFormat) -> dict[Kept, int]:
    found: dict[Kept, int] = {}
    for one, layers in _kept(model, kv_format).items():
        whole = one._replace(cap_tokens=None)
        found[whole] = found.get(whole, 0) + layers
    return found


@memo_by_identity(limit=512)
def _parts(model: Model, kv_format: KvFormat) -> tuple[KvPart, ...]:
    return _by_kind(_kept(model, kv_format))


@memo_by_identity(limit=512)
def _parts_uncapped(model: Model, kv_format: KvFormat) -> tuple[KvPart, ...]:
    return _by_kind(_kept_uncapped(model, kv_format))


def _by_kind(kept: dict[Kept, int]) -> tuple[KvPart, ...]:
    order = dict.fromkeys((one.kind, one.divisor) for one in kept)
    parts = []
    for kind, divisor in order:
        alike = [(one, layers) for one, layers in kept.items() if (one.kind, one.divisor) == (kind, divisor)]
        growing = sum(n * one.entry_bytes / one.tokens_per_entry for one, n in alike if one.cap_tokens is None)
        fixed = sum(n * (one.fixed_bytes + one.entry_bytes * (one.cap_tokens or 0)) for one, n in alike)
        parts.append(KvPart(kind, sum(n for _, n in alike), round(growing), round(fixed), divisor))
    return tuple(parts)


def kept_of_layer(group: LayerGroup, kv_format: KvFormat) -> tuple[Kept, ...]:
    """What one layer of a group keeps of one sequence: a cache, its index, a state, or nothing.

    Args:
        group: The layer's shapes.
        kv_format: What a cached element is stored in.
    """
    attention = group.attention
    if attention is None:
        return ()
    divisor = _divisor(attention)
    if isinstance(attention, RecurrentState):
        state = ceil(attention.state_elements * attention.state_bits / 8) + attention.conv_elements * _CONV_BYTES
        return (Kept("state", 0, 1, None, state, divisor),)
    if isinstance(attention, LatentAttention):
        latent = (attention.kv_lora_rank + attention.qk_rope_head_dim) * kv_format.bits / 8
        return (
            Kept("latent", kv_format.latent_bytes_per_token or latent, 1, None, 0, divisor),
            *_index(attention, 1),
        )
    return _softmax(attention, kv_format, divisor)


def _softmax(attention: SoftmaxAttention, kv_format: KvFormat, divisor: int) -> tuple[Kept, ...]:
    if attention.reuses_kv:
        return ()
    entry = attention.cached_elements * kv_format.bits / 8
    kept = []
    if attention.window_tokens is not None:
        kept.append(Kept("window", entry, 1, attention.window_tokens, 0, divisor))
    elif attention.compress_ratio == 1:
        kept.append(Kept("full", entry, 1, None, 0, divisor))
    if attention.compress_ratio > 1:
        kept.append(Kept("compressed", entry, attention.compress_ratio, None, 0, divisor))
    return (*kept, *_index(attention, attention.compress_ratio))


def _index(attention: SoftmaxAttention | LatentAttention, tokens_per_key: int) -> tuple[Kept, ...]:
    # Engines keep index keys as fp8 with one 32-bit scale per 128 elements, whatever the KV format is (vLLM's and
    # SGLang's indexer caches of DeepSeek V3.2); they are not divided by tensor parallelism.
    if attention.index is None:
        return ()
    key = attention.index.key_dim
    bytes_per_key = key + _INDEX_SCALE_BYTES * ceil(key / _INDEX_KEYS_PER_SCALE)
    return (Kept("index", bytes_per_key, tokens_per_key, None, 0, 1),)


def _divisor(attention: Attention) -> int:
    if isinstance(attention, SoftmaxAttention):
        return attention.kv_heads
    if isinstance(attention, LatentAttention):
        return 1
    return max(1, attention.state_elements, attention.conv_elements)
