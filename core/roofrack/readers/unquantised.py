"""What a quantised checkpoint leaves alone, and what its weights then take.

The lists (`ignore`, `modules_to_not_convert`, `exclude_modules`) name modules exactly, as globs or as regular expressions.
They are searched for the names of parts and never executed, so that a hostile pattern costs nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from roofrack.domain.model import LatentAttention, Model, RecurrentState, SoftmaxAttention
from roofrack.memory.weights import layer_params, weights_parts
from roofrack.readers.fields import Fields

_LISTS = ("ignore", "modules_to_not_convert", "exclude_modules", "ignored_layers")
_LONGEST_LIST = 200_000
_NUMBER = re.compile(r"(?:layers|h|blocks)\\?\.(\d{1,5})(?!\d)")
_REST_OF_LAYER = re.compile(r"(?:layers|h|blocks)\\?\.\d{1,5}\\?\.?\*?\.?\*?$")
_TOWERS = re.compile(r"vision|visual|audio|mm_proj|multi_modal|mtp")
_PARTS = (
    ("shared experts", re.compile(r"shared_expert")),
    ("experts", re.compile(r"experts")),
    ("attention", re.compile(r"attn|attention|mixer|[qkvo]_proj|q_a_proj|kv_a_proj")),
    ("head", re.compile(r"lm_head|^head$|^output$")),
    ("embedding", re.compile(r"embed|wte")),
    ("mlp", re.compile(r"(mlp|ffn|feed_forward)\W*(\(|gate_|up_|down_|\*|$)")),
)
_PROJECTION = re.compile(
    r"\b(q_a_proj|q_b_proj|kv_a_proj_with_mqa|kv_b_proj|[qkvo]_proj|qkv_proj|in_proj|out_proj)(?:_qkvz?|_z)?$"
)
_WHOLE_MIXER = re.compile(r"(attn|attention|mixer)\W*$")
_SMALLEST_DIFFERENCE = 0.002
ALGORITHM_BITS = {"FP8": 8.0, "FP8_PB_WO": 8.002, "MXFP8": 8.25, "NVFP4": 4.5, "W4A16_NVFP4": 4.5, "MXFP4": 4.25}
"""Bits per weight with scales, by ModelOpt's names."""


class Exceptions(NamedTuple):
    """What does not follow a checkpoint's format.

    Args:
        kept: Part, layer number (None for all) and projection (empty for all) of each module left alone.
        kept_bits: What those are stored in.
        part_bits: Bits of whole parts that have a format of their own.
    """

    kept: frozenset[tuple[str, int | None, str]] = frozenset()
    kept_bits: float = 16.0
    part_bits: tuple[tuple[str, float], ...] = ()


def exceptions_of(
    fields: Fields, section: Mapping[str, Any], kept_bits: float, listed: Mapping[str, Any] | None = None
) -> Exceptions:
    """Read the exceptions of a quantisation section.

    Args:
        fields: Takes the notes.
        section: The section with the list of modules left alone.
        kept_bits: What those are stored in.
        listed: Modules by name with the algorithm of each, where there are several.
    """
    modules: list[object] = next((section[name] for name in _LISTS if isinstance(section.get(name), list)), [])
    if len(modules) > _LONGEST_LIST:
        raise fields.refuse("quantization_config", f"lists more than {_LONGEST_LIST:,} modules")
    kept = frozenset(_kept(name for name in modules if isinstance(name, str)))
    part_bits = _bits_by_part(listed) if listed else ()
    if kept:
        fields.assume(f"not quantised, as the checkpoint lists: {_in_words(kept)}")
    return Exceptions(kept, kept_bits, part_bits)


def _in_words(kept: frozenset[tuple[str, int | None, str]]) -> str:
    """The parts left alone, with how many layers where it is not all of them."""
    layers: dict[str, set[int | None]] = {}
    for part, layer, projection in kept:
        layers.setdefault(f"{part} ({projection})" if projection else part, set()).add(layer)
    return ", ".join(
        name if None in found else f"{name} in {len(found)} layer{'s' * (len(found) > 1)}"
        for name, found in sorted(layers.items())
    )


def _kept(modules: Iterable[str]) -> Iterable[tuple[str, int | None, str]]:
    for module in modules:
        name = module[:300].removeprefix("re:").strip(".*^$")
        if _TOWERS.search(name) or name.endswith("norm"):
            continue
        number = _NUMBER.search(name)
        layer = int(number.group(1)) if number else None
        part = next((part for part, pattern in _PARTS if pattern.search(name)), None)
        if part == "attention":
            projection = _PROJECTION.search(name)
            if projection or _WHOLE_MIXER.search(name):
                yield part, layer, projection.group(1) if projection else ""
        elif part is not None:
            yield part, layer, ""
        elif layer is not None and _REST_OF_LAYER.search(name):
            for whole in ("attention", "mlp", "experts", "shared experts"):
                yield whole, layer, ""


def _bits_by_part(listed: Mapping[str, Any]) -> tuple[tuple[str, float], ...]:
    """Bits of each part that is named with an algorithm; parts that are not named stay at 16."""
    counts: dict[str, dict[float, int]] = {}
    for module, entry in listed.items():
        algorithm = entry.get("quant_algo") if isinstance(entry, dict) else None
        bits = ALGORITHM_BITS.get(algorithm) if isinstance(algorithm, str) else None
        part = next((part for part, pattern in _PARTS if pattern.search(module[:300])), None)
        if bits is not None and part is not None:
            by_bits = counts.setdefault(part, {})
            by_bits[bits] = by_bits.get(bits, 0) + 1
    found = {part: max(by_bits, key=lambda bits: by_bits[bits]) for part, by_bits in counts.items()}
    return tuple((dict.fromkeys(("attention", "mlp", "experts", "shared experts"), 16.0) | found).items())


def implied_bytes(model: Model, format_id: str, exceptions: Exceptions) -> int | None:
    """Bytes of the weights with their exceptions; None where the format alone says as much.

    Args:
        model: The architecture.
        format_id: Id of its weights format.
        exceptions: What does not follow it.
    """
    if not exceptions.kept and not exceptions.part_bits:
        return None
    from roofrack.catalog import default_catalog

    parts = {part.name: part for part in weights_parts(model, default_catalog().weights_format(format_id))}
    plain = sum(part.bytes for part in parts.values())
    total = float(plain)
    bits = {name: part.bits for name, part in parts.items()}
    for name, own in exceptions.part_bits:
        if name in parts:
            total += parts[name].params * (own - bits[name]) / 8
            bits[name] = own
    for name, params in _kept_params(model, exceptions).items():
        total += params * max(0.0, exceptions.kept_bits - bits.get(name, 16.0)) / 8
    return round(total) if abs(total - plain) > _SMALLEST_DIFFERENCE * plain else None


def _kept_params(model: Model, exceptions: Exceptions) -> dict[str, int]:
    """Parameters left alone by part; head and embedding are not counted, as formats leave them alone anyway."""
    found = {"attention": 0, "mlp": 0, "experts": 0, "shared experts": 0}
    groups = {group.letter: group for group in model.layers}
    if not model.layer_pattern:
        groups = dict(zip(sorted(set(model.order), key=model.order.index), model.layers, strict=False))
    for number, letter in enumerate(model.order):
        group = groups[letter]
        layer = layer_params(group, model.hidden)
        sizes = {
            "attention": layer.attention,
            "mlp": layer.mlp,
            "experts": layer.experts,
            "shared experts": layer.shared_experts,
        }
        for part, size in sizes.items():
            if (part, None, "") in exceptions.kept or (part, number, "") in exceptions.kept:
                found[part] += size
            elif part == "attention":
                found[part] += _kept_projections(exceptions, group.attention, number, model.hidden)
    return found


def _kept_projections(exceptions: Exceptions, attention: object, number: int, hidden: int) -> int:
    return sum(
        size
        for name, size in _projections(attention, hidden).items()
        if ("attention", number, name) in exceptions.kept or ("attention", None, name) in exceptions.kept
    )


def _projections(attention: object, hidden: int) -> dict[str, int]:
    if isinstance(attention, LatentAttention):
        a, rank = attention, attention.q_lora_rank or 0
        wide = a.heads * (a.qk_nope_head_dim + a.qk_rope_head_dim)
        return {
            "q_a_proj": hidden * rank,
            "q_b_proj": rank * wide,
            "q_proj": 0 if rank else hidden * wide,
            "kv_a_proj_with_mqa": hidden * (a.kv_lora_rank + a.qk_rope_head_dim),
            "kv_b_proj": a.kv_lora_rank * a.heads * (a.qk_nope_head_dim + a.v_head_dim),
            "o_proj": a.heads * a.v_head_dim * hidden,
        }
    if isinstance(attention, SoftmaxAttention):
        s = attention
        queries, keys = hidden * s.heads * s.head_dim * (2 if s.gated else 1), hidden * s.kv_heads * s.head_dim
        values, output = hidden * s.kv_heads * s.value_dim, s.heads * s.value_dim * hidden
        return {
            "q_proj": queries,
            "k_proj": keys,
            "v_proj": values,
            "o_proj": output,
            "qkv_proj": queries + keys + values,
        }
    if isinstance(attention, RecurrentState):  # what comes in is about twice what goes out
        return {"in_proj": attention.params * 2 // 3, "out_proj": attention.params // 3}
    return {}
