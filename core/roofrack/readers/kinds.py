"""Which mixer each layer has: the many spellings of model configurations as one word a layer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from roofrack.readers.fields import Fields

Kind = Literal["full", "sliding", "chunked", "linear", "conv"]
"""`full` sees everything, `sliding` and `chunked` a window, `linear` keeps a state, `conv` the last few tokens."""

_WORDS: dict[str, Kind] = {
    "full_attention": "full",
    "attention": "full",
    "indexed_attention": "full",
    "deepseek_sparse_attention": "full",
    "minimax_m3_sparse": "full",
    "sliding_attention": "sliding",
    "chunked_attention": "chunked",
    "linear_attention": "linear",
    "mamba": "linear",
    "conv": "conv",
}

_OTHER_SPELLINGS = (
    "full_attention_interval", "sliding_window_pattern", "_sliding_window_pattern", "global_attn_every_n_layers",
    "no_rope_layers", "no_rope_layer_interval", "max_window_layers", "use_sliding_window", "full_attn_idxs",
    "hybrid_layer_pattern", "attn_type_list", "layer_group_size", "sliding_window", "sliding_window_size",
)  # fmt: skip


def layer_kinds(fields: Fields, rule: str, layers: int) -> list[Kind]:
    """What each layer's mixer is.

    Args:
        fields: The decoder's configuration.
        rule: Name of the family's rule where the configuration lists no layer types; a key of `RULES`.
        layers: How many layers there are.

    Raises:
        InputError: A layer type is unknown, or a list is too short.
    """
    fields.present(*_OTHER_SPELLINGS)
    listed = fields.words("layer_types", "layers_block_type", layers=layers)
    if listed is None:
        return RULES[rule](fields, layers)
    return [kind_of(fields, "layer_types", word) for word in listed[:layers]]


def kind_of(fields: Fields, name: str, word: str) -> Kind:
    """The kind that a layer type of the file means.

    Raises:
        InputError: It is unknown.
    """
    if word not in _WORDS:
        raise fields.refuse(
            name, f"the layer type '{word}' is not understood", f"understood are {', '.join(sorted(_WORDS))}"
        )
    return _WORDS[word]


def window_tokens(fields: Fields, kind: Kind) -> int | None:
    """How far back a layer of this kind sees, in tokens; None for everything.

    Raises:
        InputError: The layer has a window and the configuration does not say how wide it is.
    """
    if kind not in ("sliding", "chunked"):
        return None
    names = ("attention_chunk_size",) if kind == "chunked" else ("sliding_window", "sliding_window_size")
    width = fields.optional(*names)
    if width is None:
        raise fields.refuse(names[0], "missing", f"some layers are {kind}, and it says how far back they see")
    return width


def _full(fields: Fields, layers: int) -> list[Kind]:  # noqa: ARG001
    return ["full"] * layers


def _linear(fields: Fields, layers: int) -> list[Kind]:  # noqa: ARG001
    return ["linear"] * layers


def _where(windowed: Callable[[int], bool], layers: int, kind: Kind = "sliding") -> list[Kind]:
    return [kind if windowed(i) else "full" for i in range(layers)]


def _has_window(fields: Fields) -> bool:
    return fields.optional("sliding_window", "sliding_window_size") is not None


def _all_windowed(fields: Fields, layers: int) -> list[Kind]:
    return ["sliding" if _has_window(fields) else "full"] * layers


def _late_windowed(fields: Fields, layers: int) -> list[Kind]:
    begin = fields.size("max_window_layers")
    uses = fields.flag("use_sliding_window") and _has_window(fields)
    return _where(lambda i: uses and i >= begin, layers)


def _every(fields: Fields, layers: int) -> list[Kind]:
    if not _has_window(fields):
        return ["full"] * layers
    period = _period(fields)
    return _where(lambda i: (i + 1) % period != 0, layers)


def _period(fields: Fields) -> int:
    """Every how many layers one sees everything; EXAONE 4 also writes it in letters (`LLLG`)."""
    name, value = fields.raw("sliding_window_pattern", "_sliding_window_pattern", "global_attn_every_n_layers")
    if isinstance(value, str):
        if value != "L" * (len(value) - 1) + "G":
            raise fields.refuse(
                name, f"the pattern '{value[:20]}' is not understood", "understood are letters like LLLG"
            )
        return len(value)
    if value is None:
        raise fields.refuse(name, "missing", "it says which layers are windowed")
    return fields.whole(name, value, at_least=1, at_most=10_000)


def _but_each(number: int, kind: Kind, *, first: bool = False) -> Callable[[Fields, int], list[Kind]]:
    """The rule that each `number`-th layer sees everything, counted from the end of a period or from its beginning."""

    def rule(fields: Fields, layers: int) -> list[Kind]:
        fields.assume(f"one layer of {number} sees everything, the others are {kind} (default of {fields.family})")
        return _where(lambda i: (i if first else i + 1) % number != 0, layers, kind)

    return rule


def _listed(fields: Fields, layers: int) -> list[Kind]:  # noqa: ARG001
    raise fields.refuse("layer_types", "missing", "it says what each layer is")


def _alternate(fields: Fields, layers: int) -> list[Kind]:
    has_window = _has_window(fields)
    return _where(lambda i: has_window and i % 2 == 0, layers)


def _without_rotary(fields: Fields, layers: int) -> list[Kind]:
    rotary = fields.numbers(
        "no_rope_layers", layers=layers
    )  # 1 marks a layer *with* rotary positions, which is chunked
    if rotary is None:
        period = fields.count("no_rope_layer_interval", default=4)
        fields.assume(f"every {period}th layer sees everything, the others a chunk (default of {fields.family})")
        return _where(lambda i: (i + 1) % period != 0, layers, "chunked")
    return _where(lambda i: bool(rotary[i]), layers, "chunked")


def _marked_sliding(fields: Fields, layers: int) -> list[Kind]:
    marks = fields.numbers("hybrid_layer_pattern", layers=layers)
    if marks is None:
        raise fields.refuse("hybrid_layer_pattern", "missing", "it says which layers are windowed")
    return _where(lambda i: bool(marks[i]), layers)


def _marked_full(fields: Fields, layers: int) -> list[Kind]:
    marks = fields.numbers("attn_type_list", layers=layers)
    if marks is None:
        return ["full"] * layers
    return _where(lambda i: not marks[i], layers, "linear")


def _interval(fields: Fields, layers: int) -> list[Kind]:
    period = fields.count("full_attention_interval", "layer_group_size")
    return _where(lambda i: (i + 1) % period != 0, layers, "linear")


def _periodic(fields: Fields, layers: int) -> list[Kind]:
    period, offset = fields.count("attn_layer_period"), fields.size("attn_layer_offset")
    return _where(lambda i: i % period != offset, layers, "linear")


def _indices(fields: Fields, layers: int) -> list[Kind]:
    full = set(fields.numbers("attn_layer_indices") or ())
    return _where(lambda i: i not in full, layers, "linear")


def _kda(fields: Fields, layers: int) -> list[Kind]:
    inner = fields.nested("linear_attn_config")
    if inner.present("full_attn_layers") is None:
        return _listed(fields, layers)
    full, linear = (set(inner.numbers(name) or ()) for name in ("full_attn_layers", "kda_layers"))
    if full | linear != set(range(1, layers + 1)) or full & linear:  # the lists count from 1
        raise inner.refuse("full_attn_layers", "with kda_layers it does not name every layer once")
    return _where(lambda i: i + 1 not in full, layers, "linear")


def _convolutions(fields: Fields, layers: int) -> list[Kind]:
    full = fields.numbers("full_attn_idxs")
    if full is None:
        raise fields.refuse("layer_types", "missing", "it says which layers are convolutions")
    return _where(lambda i: i not in full, layers, "conv")


RULES: dict[str, Callable[[Fields, int], list[Kind]]] = {
    "full": _full,
    "linear": _linear,
    "all windowed": _all_windowed,
    "late windowed": _late_windowed,
    "every": _every,
    "alternate": _alternate,
    "listed": _listed,
    "all but each 4th sliding": _but_each(4, "sliding"),
    "all but each 5th sliding": _but_each(5, "sliding"),
    "all but the 1st of 4 sliding": _but_each(4, "sliding", first=True),
    "all but each 4th linear": _but_each(4, "linear"),
    "without rotary": _without_rotary,
    "hybrid_layer_pattern": _marked_sliding,
    "attn_type_list": _marked_full,
    "interval": _interval,
    "period": _periodic,
    "indices": _indices,
    "kda": _kda,
    "convolutions": _convolutions,
}
"""What holds where a configuration lists no layer types, by the name that `families.toml` uses."""
