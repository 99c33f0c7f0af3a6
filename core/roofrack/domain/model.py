"""A model's architecture: what is stored, what is read per token, what is remembered per token."""

from collections import Counter
from functools import cached_property
from typing import Annotated, Literal

from roofrack.domain.base import Count, Frozen, Id, NotNegative, Range, Size, Source, Text

Tokens = Annotated[int, Range(1, 10**9)]


class SparseIndex(Frozen):
    """The small indexer of sparse attention (DSA): it picks which cached tokens are read.

    Args:
        heads: Index heads.
        key_dim: Width of the one index key that is cached per token.
        top_k_tokens: Cached tokens that the attention then reads; None where unknown.
    """

    heads: Count
    key_dim: Count
    top_k_tokens: Count | None = None


class SoftmaxAttention(Frozen):
    """Softmax attention with a KV cache: MHA, GQA and MQA differ only in `kv_heads`.

    Args:
        heads: Query heads.
        kv_heads: Key and value heads; equal to `heads` for MHA, 1 for MQA.
        head_dim: Width of a query and key head.
        v_head_dim: Width of a value head; `head_dim` where not given.
        window_tokens: Sliding window or chunk, in tokens; None sees everything.
        gated: The query projection also yields an output gate, doubling it (Qwen3-Next).
        shared_kv_projection: One matrix yields keys and values (Gemma 4's global layers); both are still cached.
        reuses_kv: This layer reads another layer's cache; it has neither cache nor key and value projections (Gemma 4 E-models).
        compress_ratio: Tokens per cached entry beyond the window (DeepSeek V4's compressed attention); 1 caches every token.
        kv_elements: Cached elements per entry where they are not `kv_heads × (head_dim + v_head_dim)`.
        mixer_params: Parameters of the whole mixer, its index included, where they are not those of the plain shapes
            (DeepSeek V4's low-rank queries and outputs); None counts the shapes.
    """

    kind: Literal["softmax"] = "softmax"
    heads: Count
    kv_heads: Count
    head_dim: Count
    v_head_dim: Count | None = None
    window_tokens: Count | None = None
    gated: bool = False
    shared_kv_projection: bool = False
    reuses_kv: bool = False
    compress_ratio: Count = 1
    kv_elements: Count | None = None
    mixer_params: Size | None = None
    index: SparseIndex | None = None

    def check(self) -> None:  # noqa: D102
        if self.kv_heads > self.heads or self.heads % self.kv_heads:
            raise ValueError(f"kv_heads {self.kv_heads} does not divide heads {self.heads}")

    @property
    def value_dim(self) -> int:
        """Width of a value head."""
        return self.v_head_dim or self.head_dim

    @property
    def cached_elements(self) -> int:
        """Elements of one cache entry of one layer."""
        return self.kv_elements or self.kv_heads * (self.head_dim + self.value_dim)


class LatentAttention(Frozen):
    """Multi-head latent attention (MLA): one compressed latent is cached for all heads.

    Args:
        heads: Attention heads.
        q_lora_rank: Rank of the query compression; None where queries are projected directly.
        kv_lora_rank: Width of the cached latent.
        qk_nope_head_dim: Width of the part of a query/key head without position.
        qk_rope_head_dim: Width of the rotary key, cached once for all heads.
        v_head_dim: Width of a value head.
        index: The sparse indexer, where there is one.
    """

    kind: Literal["latent"] = "latent"
    heads: Count
    q_lora_rank: Count | None = None
    kv_lora_rank: Count
    qk_nope_head_dim: Size
    qk_rope_head_dim: Size
    v_head_dim: Count
    index: SparseIndex | None = None


class RecurrentState(Frozen):
    """A layer that keeps a state of fixed size instead of a cache: Mamba, gated delta net, KDA, lightning, short convolution.

    Args:
        variant: Its name in the field.
        state_elements: Elements of the recurrent state of one sequence.
        state_bits: Bits of a state element as engines keep it.
        conv_elements: Elements of the rolling convolution window of one sequence, kept at 16 bits.
        params: Parameters of the mixer, projections included.
    """

    kind: Literal["recurrent"] = "recurrent"
    variant: Text
    state_elements: Size
    state_bits: Annotated[int, Range(8, 32)] = 16
    conv_elements: Size = 0
    params: Size


Attention = SoftmaxAttention | LatentAttention | RecurrentState


class DenseMlp(Frozen):
    """A feed-forward block that every token passes.

    Args:
        width: Intermediate size.
        matrices: 3 with a gate (SwiGLU, GeGLU), 2 without.
    """

    kind: Literal["dense"] = "dense"
    width: Count
    matrices: Literal[2, 3] = 3


class MoeMlp(Frozen):
    """A mixture of experts: each token passes a few routed experts, the shared ones, and the router.

    Args:
        experts: Routed experts.
        experts_per_token: Routed experts that one token visits.
        expert_width: Intermediate size of one routed expert.
        matrices: Matrices of an expert, 3 with a gate and 2 without.
        shared_width: Intermediate size of all shared experts together; 0 without.
        latent_width: Width that experts work in where it is not the hidden size (latent MoE).
    """

    kind: Literal["moe"] = "moe"
    experts: Annotated[int, Range(2, 100_000)]
    experts_per_token: Count
    expert_width: Count
    matrices: Literal[2, 3] = 3
    shared_width: Size = 0
    shared_matrices: Literal[2, 3] = 3
    latent_width: Count | None = None

    def check(self) -> None:  # noqa: D102
        if self.experts_per_token > self.experts:
            raise ValueError(f"experts_per_token {self.experts_per_token} exceeds experts {self.experts}")


Mlp = DenseMlp | MoeMlp


class LayerGroup(Frozen):
    """Layers of one shape.

    Args:
        count: How many.
        letter: Stands for this group in the model's `layer_pattern`; empty when the groups simply follow each other.
        attention: The token mixer; None for a layer with only a feed-forward block.
        mlp: The feed-forward block; None for a layer with only a mixer.
        extra_params: Parameters of one layer beyond its matrices as computed from the shapes (unusual projections).
    """

    count: Count
    letter: str = ""
    attention: Attention | None = None
    mlp: Mlp | None = None
    extra_params: Size = 0


class Model(Frozen):
    """A model as an engine serves it.

    Args:
        id: The hub's `org/name`.
        aliases: Other names for it; short ones first.
        hub_ids: Other repositories with exactly these shapes (fine-tunes, quantised copies).
        hidden: Hidden size.
        vocab: Rows of the embedding.
        tied_embeddings: Embedding and head are one matrix.
        layers: Groups of equal layers.
        layer_pattern: Order of the groups' letters, repeated to the number of layers; empty: groups follow each other.
        other_params: Parameters outside embedding, head and layers' matrices (norms, biases), all layers together.
        lookup_params: Parameters of tables that are looked up but not streamed (per-layer embeddings).
        tower_params: Vision or audio towers that engines load beside the decoder.
        draft_params: Multi-token-prediction layers that are stored but not served.
        params_published: The total as published; None where unknown.
        params_note: Why the published total differs from the one recomputed, where it does by more than 1 %.
        active_params_published: Parameters per token as published; None where unknown or dense.
        max_context_tokens: Longest sequence of the checkpoint's own configuration.
        advertised_context_tokens: What the vendor says, where it is not the same.
        native_weights: Id of the weights format the vendor publishes.
        source: Where the shapes come from.
    """

    id: Id
    name: Text
    aliases: tuple[Id, ...] = ()
    hub_ids: tuple[Id, ...] = ()
    family: Text = ""
    model_type: Text = ""
    released: Text = ""
    licence: Text = ""
    hidden: Count
    vocab: Count
    tied_embeddings: bool = False
    layers: tuple[LayerGroup, ...]
    layer_pattern: str = ""
    other_params: Size = 0
    lookup_params: Size = 0
    tower_params: Size = 0
    draft_params: Size = 0
    params_published: Size | None = None
    params_note: Text = ""
    active_params_published: Size | None = None
    max_context_tokens: Tokens
    advertised_context_tokens: Tokens | None = None
    native_weights: Id = "bf16"
    source: Source
    published_source: Text = ""
    notes: Text = ""

    def check(self) -> None:  # noqa: D102
        if not self.layers:
            raise ValueError("layers: at least one group is needed")
        if self.layer_pattern:
            drawn = Counter(self.order)
            for group in self.layers:
                if drawn[group.letter] != group.count:
                    raise ValueError(
                        f"layer_pattern draws '{group.letter}' {drawn[group.letter]} times, the group counts {group.count}"
                    )

    @cached_property
    def layer_count(self) -> int:
        """Layers of the decoder, all groups together."""
        return sum(group.count for group in self.layers)

    @cached_property
    def order(self) -> str:
        """One letter a layer, in order; groups without a pattern are lettered by position from 'a'."""
        if self.layer_pattern:
            repeats = -(-self.layer_count // len(self.layer_pattern))
            return (self.layer_pattern * repeats)[: self.layer_count]
        return "".join(chr(ord("a") + i % 26) * group.count for i, group in enumerate(self.layers))

    @cached_property
    def is_moe(self) -> bool:
        """Whether any layer routes tokens to experts."""
        return any(isinstance(group.mlp, MoeMlp) for group in self.layers)

    @cached_property
    def attention_kind(self) -> str:
        """The kind in a word: MHA, GQA, MQA or MLA, with `+window`, `+linear` or `+sparse` where layers differ."""
        softmax = [g.attention for g in self.layers if isinstance(g.attention, SoftmaxAttention)]
        latent = [g.attention for g in self.layers if isinstance(g.attention, LatentAttention)]
        base = "MLA" if latent else _softmax_kind(softmax[0]) if softmax else "none"
        marks = []
        if any(a.window_tokens for a in softmax):
            marks.append("window")
        if any(isinstance(g.attention, RecurrentState) for g in self.layers):
            marks.append("linear")
        if any(a.index for a in softmax) or any(a.index for a in latent):
            marks.append("sparse")
        return "+".join((base, *marks))


def _softmax_kind(attention: SoftmaxAttention) -> str:
    if attention.kv_heads == 1:
        return "MQA"
    return "MHA" if attention.kv_heads == attention.heads else "GQA"


class OwnWeights(Frozen):
    """Exact bytes read from a checkpoint's headers, where they are there; they beat arithmetic.

    Args:
        total_bytes: Bytes of all tensors.
        by_dtype: Bytes by the file's own dtype names.
    """

    total_bytes: Size
    by_dtype: tuple[tuple[Text, NotNegative], ...] = ()
