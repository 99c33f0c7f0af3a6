"""The attention of one layer from the many spellings of heads, widths and latents."""

from __future__ import annotations

from dataclasses import replace

from roofrack.domain.model import LatentAttention, SoftmaxAttention, SparseIndex
from roofrack.readers.families import Family
from roofrack.readers.fields import Fields
from roofrack.readers.kinds import Kind, window_tokens

HEADS = ("num_attention_heads", "n_head", "n_heads", "num_heads")
KV_HEADS = ("num_key_value_heads", "n_head_kv", "num_kv_heads", "multi_query_group_num", "kv_n_heads")
HEAD_DIM = ("head_dim", "attention_head_dim", "kv_channels")
_OVERRIDES = frozenset({"head_dim", "num_key_value_heads", "num_attention_heads", "v_head_dim", "sliding_window"})


class AttentionReader:
    """Reads the attention of each layer of one decoder.

    Args:
        fields: The decoder's configuration.
        family: Its model type.
        hidden: Hidden size.
        layers: How many layers there are.
    """

    def __init__(self, fields: Fields, family: Family, hidden: int, layers: int) -> None:
        self.fields = fields
        self.family = family
        self.hidden = hidden
        self.layers = layers
        self.is_latent = fields.optional("kv_lora_rank") is not None
        self._own_indexers = _own_indexers(fields, layers)
        self._heads = fields.numbers("num_attention_heads_per_layer", layers=layers)
        self._first_reuser = layers - min(layers, fields.size("num_kv_shared_layers"))
        self._overrides = self._per_layer()
        words = fields.words("layer_types", layers=layers) or []
        self._block_sparse = [word == "minimax_m3_sparse" for word in words]
        sources = fields.numbers("kv_source_layers", layers=layers)
        if sources is not None and sources[:layers] != list(range(layers)):
            raise fields.refuse("kv_source_layers", "caches shared between layers are not understood")

    def layer(self, kind: Kind, i: int) -> tuple[SoftmaxAttention | LatentAttention, int]:
        """The attention of layer `i` and its parameters beyond what its shapes say.

        Args:
            kind: What it sees.
            i: Its number from 0.

        Raises:
            InputError: A field is missing, absurd or not understood.
        """
        if self.is_latent:
            return self._latent(i)
        attention = self._softmax(kind, i)
        extra = 0
        if self._gated():
            if self.family.gate == "wide":
                attention = replace(attention, gated=True)
            else:
                extra = self.hidden * attention.heads
        return self._with_sharing(attention, kind, i), extra

    def _gated(self) -> bool:
        flags = self.family.gate_flag
        return bool(self.family.gate) and (not flags or self.fields.flag(*flags, default=True))

    def _softmax(self, kind: Kind, i: int) -> SoftmaxAttention:
        fields, own = self.fields, self._overrides.get(i, {})
        heads = own.get("num_attention_heads") or self._query_heads(kind, i)
        kv_heads = own.get("num_key_value_heads") or self._kv_heads(kind, heads)
        head_dim = own.get("head_dim") or self._head_dim(kind, heads)
        v_head_dim = fields.optional("swa_v_head_dim") if kind == "sliding" else None
        v_head_dim = v_head_dim or fields.optional("v_head_dim")
        return SoftmaxAttention(
            heads=heads,
            kv_heads=kv_heads,
            head_dim=head_dim,
            v_head_dim=None if v_head_dim == head_dim else v_head_dim,
            window_tokens=own.get("sliding_window") or window_tokens(fields, kind),
            index=self._block_index(i),
        )

    def _query_heads(self, kind: Kind, i: int) -> int:
        if self._heads is not None:
            return self.fields.whole("num_attention_heads_per_layer", self._heads[i], at_least=1, at_most=100_000)
        if kind == "sliding":
            other = self.fields.nested("attention_other_setting").optional("num_attention_heads")
            special = other or self.fields.optional("swa_num_attention_heads", "num_sliding_attention_heads")
            if special:
                return special
        return self.fields.count(*HEADS)

    def _kv_heads(self, kind: Kind, heads: int) -> int:
        fields = self.fields
        if kind == "sliding":
            other = fields.nested("attention_other_setting").optional("num_attention_groups")
            special = other or fields.optional("swa_num_key_value_heads")
            if special:
                return special
        elif fields.flag("attention_k_eq_v") and fields.optional("num_global_key_value_heads"):
            return fields.count("num_global_key_value_heads")
        if fields.flag("multi_query") and not fields.flag("new_decoder_architecture"):
            return 1  # Falcon 7B and StarCoder state kv heads that they do not use
        return fields.count(*KV_HEADS, "num_attention_groups", default=heads)

    def _head_dim(self, kind: Kind, heads: int) -> int:
        special = "swa_head_dim" if kind == "sliding" else "global_head_dim"
        width = self.fields.optional(special) or self.fields.optional(*HEAD_DIM)
        if width:
            return width
        if self.hidden % heads:
            raise self.fields.refuse(
                "head_dim", f"missing, and {heads:,} heads do not divide the hidden size {self.hidden:,}"
            )
        return self.hidden // heads

    def _with_sharing(self, attention: SoftmaxAttention, kind: Kind, i: int) -> SoftmaxAttention:
        if kind == "full" and self.fields.flag("attention_k_eq_v"):
            attention = replace(attention, shared_kv_projection=True)
        if i >= self._first_reuser:  # such a layer has neither a cache nor key and value projections
            both = attention.heads * (attention.head_dim + attention.value_dim)
            attention = replace(attention, reuses_kv=True, mixer_params=self.hidden * both)
        return attention

    def _latent(self, i: int) -> tuple[LatentAttention, int]:
        fields = self.fields
        attention = LatentAttention(
            heads=fields.count(*HEADS),
            q_lora_rank=fields.optional("q_lora_rank"),
            kv_lora_rank=fields.count("kv_lora_rank"),
            qk_nope_head_dim=fields.size("qk_nope_head_dim"),
            qk_rope_head_dim=fields.size("qk_rope_head_dim"),
            v_head_dim=fields.count("v_head_dim"),
            index=self._token_index(i),
        )
        extra = self.hidden * attention.heads * attention.v_head_dim if fields.flag("mla_use_output_gate") else 0
        pool = fields.size("index_kpool")
        if attention.index and pool:
            fields.warn(f"the index keys of {pool} tokens are pooled to one: counted one a token, which is too many")
            extra += attention.index.key_dim * (self.hidden + pool)
        return attention, extra

    def _token_index(self, i: int) -> SparseIndex | None:
        fields = self.fields
        key_dim, heads = fields.optional("index_head_dim"), fields.optional("index_n_heads")
        if not key_dim or not heads or not self._own_indexers[i]:
            return None
        return SparseIndex(heads=heads, key_dim=key_dim, top_k_tokens=fields.optional("index_topk"))

    def _block_index(self, i: int) -> SparseIndex | None:
        """The indexer of MiniMax M3, which picks blocks of keys."""
        fields, inner = self.fields, self.fields.nested("sparse_attention_config")
        if self._block_sparse and self._block_sparse[i]:
            return SparseIndex(
                heads=fields.count("index_n_heads"),
                key_dim=fields.count("index_head_dim"),
                top_k_tokens=fields.count("index_topk_blocks") * fields.count("index_block_size"),
            )
        if not inner.data or not inner.flag("use_sparse_attention", default=True):
            return None
        marks = inner.numbers("sparse_attention_freq", layers=self.layers)
        if marks is not None and not marks[i]:
            return None
        return SparseIndex(
            heads=inner.count("sparse_num_index_heads"),
            key_dim=inner.count("sparse_index_dim"),
            top_k_tokens=inner.count("sparse_topk_blocks") * inner.count("sparse_block_size"),
        )

    def _per_layer(self) -> dict[int, dict[str, int]]:
        """What `per_layer_config` says of single layers, by number."""
        fields = self.fields
        made: dict[int, dict[str, int]] = {}
        for key, value in fields.table("per_layer_config").items():
            if not key.isascii() or not key.isdigit() or len(key) > 5 or not isinstance(value, dict):
                raise fields.refuse("per_layer_config", "must be objects by layer number")
            unknown = value.keys() - _OVERRIDES
            if unknown:
                raise fields.refuse("per_layer_config", f"'{min(unknown)}' of layer {key} is not understood")
            inner = Fields(value, f"{fields.where}: per_layer_config.{key}", {}, fields.family)
            made[int(key)] = {name: inner.count(name) for name in value if value[name] is not None}
        return made


def _own_indexers(fields: Fields, layers: int) -> list[bool]:
    """Which layers score tokens themselves; a `shared` one reads what the layer before it picked (GLM 5.2)."""
    words = fields.words("indexer_types", layers=layers)
    if words is None:
        every, offset = fields.count("index_topk_freq", default=1), fields.size("index_skip_topk_offset", default=2)
        return [max(i - offset + 1, 0) % every == 0 for i in range(layers)]
    unknown = set(words) - {"full", "shared"}
    if unknown:
        raise fields.refuse("indexer_types", f"'{min(unknown)}' is not understood", "understood are full and shared")
    return [word == "full" for word in words]
