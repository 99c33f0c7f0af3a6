"""Models whose layers were each chosen by a search (Nemotron-NAS, DeciLM): `block_configs` describes every one."""

from __future__ import annotations

from roofrack.domain.model import DenseMlp, SoftmaxAttention
from roofrack.readers.decoder import LAYERS, small_params
from roofrack.readers.families import Family
from roofrack.readers.fields import MAX_LAYERS, Fields
from roofrack.readers.layers import Layer
from roofrack.readers.special import Decoder

_WIDTH_MULTIPLE = 256
_ATTENTION_KEYS = frozenset(
    {"n_heads_in_group", "num_key_value_heads", "no_op", "replace_with_linear", "window_length"}
)
_FFN_KEYS = frozenset({"ffn_mult", "intermediate_size", "no_op", "replace_with_linear", "gated", "hidden_act"})


def searched(fields: Fields, family: Family, hidden: int) -> Decoder:
    """The layers of a searched model.

    Args:
        fields: The decoder's configuration.
        family: Its model type.
        hidden: Hidden size.

    Raises:
        InputError: A block has something that is not understood.
    """
    _, blocks = fields.raw("block_configs")
    count = fields.count(*LAYERS, at_most=MAX_LAYERS)
    if not isinstance(blocks, list) or len(blocks) != count or not all(isinstance(block, dict) for block in blocks):
        raise fields.refuse("block_configs", f"must be a list of {count:,} objects, one a layer")
    layers = [
        _layer(Fields(block, f"{fields.where}: block_configs.{i}", {}, family.name), fields, hidden)
        for i, block in enumerate(blocks)
    ]
    mixed = sum(layer.attention is not None for layer in layers)
    fed = sum(layer.mlp is not None for layer in layers)
    norms = hidden * (mixed + fed + 1)
    return Decoder(layers, norms + small_params([], fields, family, hidden) - hidden)


def _layer(block: Fields, model: Fields, hidden: int) -> Layer:
    attention, linear_attention = _attention(block.nested("attention"), model, hidden)
    mlp, linear_ffn = _ffn(block.nested("ffn"), hidden)
    return Layer(attention, mlp, (linear_attention + linear_ffn) * hidden * hidden)


def _understood(fields: Fields, known: frozenset[str]) -> None:
    strange = next((key for key, value in fields.data.items() if key not in known and value not in (None, False)), None)
    if strange is not None:
        raise fields.refuse(strange, "is not understood")


def _attention(fields: Fields, model: Fields, hidden: int) -> tuple[SoftmaxAttention | None, int]:
    _understood(fields, _ATTENTION_KEYS)
    if fields.flag("no_op"):
        return None, 0
    if fields.flag("replace_with_linear"):
        return None, 1
    heads = model.count("num_attention_heads")
    kv_heads = fields.optional("num_key_value_heads") or max(1, heads // fields.count("n_heads_in_group"))
    window = fields.optional("window_length")
    head_dim = model.optional("head_dim") or hidden // heads
    return SoftmaxAttention(heads=heads, kv_heads=kv_heads, head_dim=head_dim, window_tokens=window), 0


def _ffn(fields: Fields, hidden: int) -> tuple[DenseMlp | None, int]:
    _understood(fields, _FFN_KEYS)
    if fields.flag("no_op"):
        return None, 0
    if fields.flag("replace_with_linear"):
        return None, 1
    width = fields.optional("intermediate_size")
    if width is None:
        factor = fields.number("ffn_mult")
        if factor is None or not 0 < factor < 1000:
            raise fields.refuse("ffn_mult", "missing or absurd")
        width = -(-int(2 * factor * hidden / 3) // _WIDTH_MULTIPLE) * _WIDTH_MULTIPLE
    return DenseMlp(width=width, matrices=3 if fields.flag("gated", default=True) else 2), 0
