"""From a decoder's configuration to its layers: one reader for all families that are built alike, a few for the others."""

from __future__ import annotations

from roofrack.domain.model import Attention, LatentAttention, MoeMlp, SoftmaxAttention
from roofrack.readers.attention import AttentionReader
from roofrack.readers.families import Family
from roofrack.readers.fields import MAX_LAYERS, Fields
from roofrack.readers.kinds import layer_kinds
from roofrack.readers.layers import Layer
from roofrack.readers.mlp import mlps
from roofrack.readers.recurrent import recurrent_mixer

LAYERS = ("num_hidden_layers", "n_layer", "n_layers", "num_layers")
HIDDEN = ("hidden_size", "n_embd", "d_model")


def decoder_layers(fields: Fields, family: Family, hidden: int) -> list[Layer]:
    """The layers of a decoder in which each has one mixer and one feed-forward block.

    Args:
        fields: The decoder's configuration.
        family: Its model type.
        hidden: Hidden size.

    Raises:
        InputError: A field is missing, absurd or not understood.
    """
    count = fields.count(*LAYERS, at_most=MAX_LAYERS)
    kinds = layer_kinds(fields, family.kinds, count)
    variant = {"linear": family.linear, "conv": "short convolution"}
    unknown = next((kind for kind in kinds if kind in variant and not family.linear), None)
    if unknown:
        raise fields.refuse("layer_types", f"{unknown} layers of a {family.name} model are not understood")
    states = {kind: recurrent_mixer(fields, variant[kind], hidden) for kind in set(kinds) & variant.keys()}
    attention = AttentionReader(fields, family, hidden, count)
    blocks = mlps(fields, family, hidden, count)
    streams, _ = hyper_connections(fields, hidden)
    layers = []
    for i, kind in enumerate(kinds):
        mixer, extra = (states[kind], 0) if kind in states else attention.layer(kind, i)
        layers.append(Layer(mixer, blocks[i], extra + streams))
    return layers


def hyper_connections(fields: Fields, hidden: int) -> tuple[int, int]:
    """Parameters of residual streams that are mixed before and after each block: per layer, and after the last one.

    Source: `huggingface/transformers:src/transformers/models/deepseek_v4/modeling_deepseek_v4.py` (5.23).

    Args:
        fields: The decoder's configuration.
        hidden: Hidden size.
    """
    streams = fields.size("hc_mult")
    if streams < 2:
        return 0, 0
    mixed = streams * hidden + 1
    return 2 * ((2 + streams) * streams * mixed + 3), streams * mixed + 1


def small_params(layers: list[Layer], fields: Fields, family: Family, hidden: int) -> int:
    """Norms, biases and learned positions of a decoder.

    Args:
        layers: Its layers.
        fields: Its configuration.
        family: Its model type.
        hidden: Hidden size.
    """
    norm = hidden * (2 if family.norm_bias else 1)
    biased = family.bias + "".join(letters for key, letters in family.bias_if.items() if fields.flag(key))
    total = norm * (family.norms * len(layers) + family.final_norm)
    total += sum(_of_layer(layer, family, biased, hidden) for layer in layers)
    total += hyper_connections(fields, hidden)[1]
    return total + (fields.size(family.positions) * hidden if family.positions else 0)


def _of_layer(layer: Layer, family: Family, biased: str, hidden: int) -> int:
    total = _of_mixer(layer.attention, family, biased, hidden)
    if "m" in biased and layer.mlp is not None:
        block = layer.mlp
        if isinstance(block, MoeMlp):
            total += block.experts * ((block.matrices - 1) * block.expert_width + hidden) + block.experts
        else:
            total += (block.matrices - 1) * block.width + hidden
    return total


def _of_mixer(mixer: Attention | None, family: Family, biased: str, hidden: int) -> int:
    if isinstance(mixer, LatentAttention):
        return mixer.kv_lora_rank + (mixer.q_lora_rank or 0) + (2 * mixer.index.key_dim if mixer.index else 0)
    if not isinstance(mixer, SoftmaxAttention):
        return 0
    queries, keys = mixer.heads * mixer.head_dim, 0 if mixer.reuses_kv else mixer.kv_heads * mixer.head_dim
    values = 0 if mixer.reuses_kv or mixer.shared_kv_projection else mixer.kv_heads * mixer.value_dim
    widths = {"q": queries, "k": keys, "v": values, "o": hidden}
    norms = {"": 0, "head": 2 * mixer.head_dim, "full": queries + keys}[family.qk_norm]
    return norms + sum(width for letter, width in widths.items() if letter in biased)
