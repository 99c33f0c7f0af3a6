"""Decoders that are not one mixer and one feed-forward block a layer, or that keep large tables beside their layers."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from roofrack.domain.model import DenseMlp, LatentAttention, Mlp, MoeMlp, RecurrentState, SoftmaxAttention, SparseIndex
from roofrack.readers.attention import AttentionReader
from roofrack.readers.decoder import LAYERS, decoder_layers, hyper_connections, small_params
from roofrack.readers.families import Family
from roofrack.readers.fields import MAX_LAYERS, Fields
from roofrack.readers.kinds import window_tokens
from roofrack.readers.layers import Layer
from roofrack.readers.mlp import experts, mlps
from roofrack.readers.recurrent import recurrent_mixer


class Decoder(NamedTuple):
    """What a builder makes.

    Args:
        layers: In order.
        other_params: Norms, biases and whatever stands outside the layers' matrices.
        lookup_params: Tables that are looked up but not streamed.
    """

    layers: list[Layer]
    other_params: int
    lookup_params: int = 0


def plain(fields: Fields, family: Family, hidden: int) -> Decoder:
    """One mixer and one feed-forward block a layer."""
    layers = decoder_layers(fields, family, hidden)
    return Decoder(layers, small_params(layers, fields, family, hidden))


def nemotron_h(fields: Fields, family: Family, hidden: int) -> Decoder:
    """Nemotron-H: each layer is one block, a Mamba-2 mixer, attention, a dense block or experts."""
    blocks = _nemotron_blocks(fields)
    attention = AttentionReader(fields, family, hidden, len(blocks))
    made: dict[str, Layer] = {}
    for block in blocks:
        if block in made:
            continue
        if block == "mamba":
            made[block] = Layer(recurrent_mixer(fields, family.linear, hidden), None)
        elif block == "attention":
            mixer, extra = attention.layer("full", 0)
            made[block] = Layer(mixer, None, extra)
        elif block == "moe":
            made[block] = Layer(None, experts(fields, family.matrices, 1)[0])
        else:
            made[block] = Layer(None, DenseMlp(width=fields.count("intermediate_size"), matrices=family.matrices))
    layers = [made[block] for block in blocks]
    return Decoder(layers, small_params(layers, fields, family, hidden))


_NEMOTRON_LETTERS = {"M": "mamba", "*": "attention", "-": "mlp", "E": "moe"}
_NEMOTRON_WORDS = {
    "mamba": "mamba", "linear_attention": "mamba", "attention": "attention", "full_attention": "attention",
    "moe": "moe", "mlp": "mlp",
}  # fmt: skip


def _nemotron_blocks(fields: Fields) -> list[str]:
    drawn, words = fields.text("hybrid_override_pattern"), fields.words("layers_block_type", "layer_types")
    name, marks, known = "hybrid_override_pattern", list(drawn), _NEMOTRON_LETTERS
    if words is not None:
        name, marks, known = "layers_block_type", words, _NEMOTRON_WORDS
    if not marks:
        raise fields.refuse(name, "missing", "it says what each layer is")
    unknown = next((mark for mark in marks if mark not in known), None)
    if unknown is not None:
        raise fields.refuse(name, f"the block '{unknown}' is not understood", f"understood are {' '.join(known)}")
    stated = fields.optional(*LAYERS)
    if len(marks) > MAX_LAYERS or (stated and stated != len(marks)):
        raise fields.refuse(name, f"has {len(marks):,} blocks for {stated or MAX_LAYERS:,} layers")
    return [known[mark] for mark in marks]


def parallel(fields: Fields, family: Family, hidden: int) -> Decoder:
    """Falcon-H1: a Mamba-2 mixer beside attention in every layer; each counts as a layer of its own here."""
    fields.assume("the state-keeping half of each layer is listed as a layer of its own")
    state = Layer(recurrent_mixer(fields, family.linear, hidden), None)
    attended = decoder_layers(fields, family, hidden)
    layers = [half for layer in attended for half in (state, layer)]
    return Decoder(layers, small_params(layers, fields, family, hidden))


def mixers(fields: Fields, family: Family, hidden: int) -> Decoder:
    """Mamba: nothing but state-keeping mixers."""
    state = Layer(recurrent_mixer(fields, family.linear, hidden), None)
    layers = [state] * fields.count(*LAYERS, at_most=MAX_LAYERS)
    return Decoder(layers, small_params(layers, fields, family, hidden))


def gemma4(fields: Fields, family: Family, hidden: int) -> Decoder:
    """Gemma 4: experts beside a dense block, wider blocks where the cache is shared, embeddings for each layer."""
    layers = decoder_layers(fields, family, hidden)
    if fields.flag("enable_moe_block"):
        width = fields.count("intermediate_size")
        layers = [layer._replace(mlp=_beside_dense(layer.mlp, width)) for layer in layers]
    elif any(isinstance(layer.mlp, MoeMlp) for layer in layers):
        raise fields.refuse("enable_moe_block", "is not set, but there are experts")
    if fields.flag("use_double_wide_mlp"):
        layers = [_double_wide(layer) for layer in layers]
    return _with_layer_embeddings(fields, family, hidden, layers, 0)


def _beside_dense(mlp: Mlp | None, width: int) -> Mlp | None:
    return replace(mlp, shared_width=width) if isinstance(mlp, MoeMlp) else mlp


def _double_wide(layer: Layer) -> Layer:
    reuses = isinstance(layer.attention, SoftmaxAttention) and layer.attention.reuses_kv
    if not reuses or not isinstance(layer.mlp, DenseMlp):
        return layer
    return layer._replace(mlp=replace(layer.mlp, width=2 * layer.mlp.width))


def gemma3n(fields: Fields, family: Family, hidden: int) -> Decoder:
    """Gemma 3n: low-rank residuals and parallel streams beside each layer, embeddings for each layer."""
    streams, rank = fields.count("altup_num_inputs"), fields.count("laurel_rank")
    beside = hidden * (2 * rank + streams + 3) + streams**3 + streams
    layers = [
        layer._replace(extra_params=layer.extra_params + beside) for layer in decoder_layers(fields, family, hidden)
    ]
    return _with_layer_embeddings(fields, family, hidden, layers, 2 * (streams - 1) * hidden * hidden)


def _with_layer_embeddings(fields: Fields, family: Family, hidden: int, layers: list[Layer], beside: int) -> Decoder:
    other = small_params(layers, fields, family, hidden) + beside
    width = fields.size("hidden_size_per_layer_input")
    if not width:
        return Decoder(layers, other)
    in_and_out = 2 * hidden * width + hidden
    layers = [layer._replace(extra_params=layer.extra_params + in_and_out) for layer in layers]
    rows = len(layers) * width
    return Decoder(layers, other + hidden * rows + width, fields.count("vocab_size_per_layer_input") * rows)


def longcat(fields: Fields, family: Family, hidden: int) -> Decoder:
    """LongCat-Flash: two attentions and two dense blocks around one mixture of experts, some of which do nothing."""
    count = fields.count(*LAYERS, at_most=MAX_LAYERS // 3)
    attention, _ = AttentionReader(fields, family, hidden, count).layer("full", 0)
    routed = experts(fields, family.matrices, 1)[0]
    idle = fields.size("zero_expert_num")
    if idle:
        asked = routed.experts_per_token
        real = max(1, round(asked * routed.experts / (routed.experts + idle)))
        routed = replace(routed, experts_per_token=real)
        fields.assume(
            f"{real} of the {asked} experts of a token do work, as {idle} of {routed.experts + idle} do nothing"
        )
    half = Layer(attention, DenseMlp(width=fields.count("ffn_hidden_size")))
    layers = [half, half, Layer(None, routed, idle * hidden)] * count
    norms = hidden * (4 * count + 1) + 2 * count * _latent_norms(attention)
    return Decoder(layers, norms)


def _latent_norms(attention: SoftmaxAttention | LatentAttention) -> int:
    if isinstance(attention, SoftmaxAttention):
        return 0
    return attention.kv_lora_rank + (attention.q_lora_rank or 0)


def cross_attending(fields: Fields, family: Family, hidden: int) -> Decoder:
    """Llama 3.2 Vision: some layers attend to the image and keep nothing of the text."""
    crossing = set(fields.numbers("cross_attention_layers") or ())
    fields.assume("cross-attention layers keep nothing for a request without images")
    layers = [
        _crossing(layer, hidden) if i in crossing else layer
        for i, layer in enumerate(decoder_layers(fields, family, hidden))
    ]
    return Decoder(layers, small_params(layers, fields, family, hidden))


def _crossing(layer: Layer, hidden: int) -> Layer:
    a = layer.attention
    if not isinstance(a, SoftmaxAttention):
        return layer
    params = 2 * hidden * a.head_dim * (a.heads + a.kv_heads) + 2 * a.head_dim + 2
    return layer._replace(attention=RecurrentState(variant="cross attention", state_elements=0, params=params))


_RATIO_OF_WORD = {"sliding_attention": 0, "compressed_sparse_attention": 4, "heavily_compressed_attention": 128}


def deepseek_v4(fields: Fields, family: Family, hidden: int) -> Decoder:
    """DeepSeek V4: one shared key-value head, a window, and behind it entries that stand for several tokens.

    Source of the shapes: `huggingface/transformers:src/transformers/models/deepseek_v4/modeling_deepseek_v4.py` (5.23).
    """
    count = fields.count(*LAYERS, at_most=MAX_LAYERS)
    ratios = fields.numbers("compress_ratios", layers=count)
    if ratios is None:
        words = fields.words("layer_types", layers=count) or []
        unknown = next((word for word in words if word not in _RATIO_OF_WORD), None)
        if unknown is not None or not words:
            raise fields.refuse("layer_types", f"the layer type '{unknown}' is not understood" if words else "missing")
        ratios = [_RATIO_OF_WORD[word] for word in words]
    strange = next((ratio for ratio in ratios[:count] if ratio not in _RATIO_OF_WORD.values()), None)
    if strange is not None:
        raise fields.refuse("compress_ratios", f"a ratio of {strange} is not understood", "understood are 0, 4 and 128")
    rates = fields.table("compress_rates")
    if any(rates.get(word, ratio) != ratio for word, ratio in _RATIO_OF_WORD.items()):
        raise fields.refuse("compress_rates", "is not understood", "understood are 4 and 128")
    beside, at_the_end = hyper_connections(fields, hidden)
    blocks = mlps(fields, family, hidden, count)
    mixer = {ratio: _compressed(fields, hidden, ratio) for ratio in set(ratios[:count])}
    layers = [Layer(mixer[ratio], block, beside) for ratio, block in zip(ratios, blocks, strict=False)]
    return Decoder(layers, hidden * (2 * count + 1) + at_the_end)


def _compressed(fields: Fields, hidden: int, ratio: int) -> SoftmaxAttention:
    heads, width = fields.count("num_attention_heads"), fields.count("head_dim")
    q_rank, o_rank, groups = fields.count("q_lora_rank"), fields.count("o_lora_rank"), fields.count("o_groups")
    index_heads, index_width = fields.count("index_n_heads"), fields.count("index_head_dim")
    params = q_rank * (hidden + heads * width + 1) + hidden * width + width
    params += heads * width * o_rank + groups * o_rank * hidden + heads
    index = None
    if ratio:
        halves = 2 if ratio == 4 else 1  # the fine compressor looks at two overlapping windows
        params += 2 * halves * hidden * width + ratio * halves * width + width
    if ratio == 4:
        params += 4 * hidden * index_width + 8 * index_width + index_width
        params += q_rank * index_heads * index_width + hidden * index_heads
        index = SparseIndex(heads=index_heads, key_dim=index_width, top_k_tokens=fields.optional("index_topk"))
    return SoftmaxAttention(
        heads=heads,
        kv_heads=1,
        head_dim=width,
        window_tokens=window_tokens(fields, "sliding"),
        shared_kv_projection=True,
        compress_ratio=ratio or 1,
        kv_elements=width,
        mixer_params=params,
        index=index,
    )


BUILDERS = {
    "decoder": plain,
    "nemotron_h": nemotron_h,
    "parallel": parallel,
    "mixers": mixers,
    "gemma4": gemma4,
    "gemma3n": gemma3n,
    "longcat": longcat,
    "cross attending": cross_attending,
    "deepseek_v4": deepseek_v4,
}
"""Builders by the name that `families.toml` uses."""
