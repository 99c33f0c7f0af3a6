"""How long a sequence may be, from the spellings of positions and rotary scaling."""

from __future__ import annotations

from typing import Any

from roofrack.readers.fields import Fields

_LENGTHS = (
    "max_position_embeddings", "n_positions", "max_seq_len", "seq_length", "model_max_length", "max_sequence_length",
    "max_seq_length", "n_ctx",
)  # fmt: skip
_WITHOUT_LIMIT = 1_048_576
_MOST_TOKENS = 1_000_000_000
_NO_STRETCH = frozenset({"default", "mrope", "proportional", "llama3", "longrope", "su", "ntk", ""})
_STRETCHED_ALREADY = frozenset({"gemma3", "gemma3_text", "gemma3n_text"})


def max_context_tokens(fields: Fields) -> int:
    """The longest sequence of the configuration, tokens: the larger of what it states and what its rotary scaling reaches.

    Args:
        fields: The decoder's configuration.

    Raises:
        InputError: A length or a factor is absurd.
    """
    name, value = fields.raw(*_LENGTHS)
    if value is None:
        fields.assume(f"context of {_WITHOUT_LIMIT:,} tokens: the configuration states none")
        return _WITHOUT_LIMIT
    stated = fields.whole(name, value, at_least=1, at_most=_MOST_TOKENS)
    reached = max((_reached(fields, scaling, stated) for scaling in _scalings(fields)), default=stated)
    return min(_MOST_TOKENS, max(stated, reached))


def _scalings(fields: Fields) -> list[dict[str, Any]]:
    found = fields.table("rope_scaling") or fields.table("rope_parameters")
    by_kind = [value for value in found.values() if isinstance(value, dict)]
    return by_kind or ([found] if found else [])


def _reached(fields: Fields, scaling: dict[str, Any], stated: int) -> int:
    inner = Fields(scaling, f"{fields.where}: rope_scaling", {}, fields.family)
    kind = inner.text("rope_type", "type")
    factor = inner.number("factor")
    if kind in _NO_STRETCH or factor is None or fields.family in _STRETCHED_ALREADY:
        return stated
    if not 0 < factor <= _MOST_TOKENS:
        raise inner.refuse("factor", "must be above 0")
    if kind == "yarn":
        return int(inner.count("original_max_position_embeddings", default=stated) * factor)
    if kind in ("linear", "dynamic"):
        return int(stated * factor)
    fields.warn(f"rope scaling '{kind[:40]}' is not understood: the context may be longer than {stated:,} tokens")
    return stated
