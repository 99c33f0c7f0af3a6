"""A GGUF file as a domain model: shapes from its tensors, which are the truth, and heads, windows and states from its keys."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import replace
from pathlib import Path
from typing import Any

from roofrack.domain.base import Source
from roofrack.domain.model import (
    Attention,
    DenseMlp,
    LatentAttention,
    LayerGroup,
    Mlp,
    Model,
    MoeMlp,
    RecurrentState,
    SoftmaxAttention,
)
from roofrack.errors import InputError, file_error
from roofrack.memory.weights import layer_params
from roofrack.readers.config import id_of
from roofrack.readers.fields import MAX_LAYERS, Fields
from roofrack.readers.gguf import GgufHeader, Skipped, read_gguf_header
from roofrack.readers.gguf_formats import format_of
from roofrack.readers.layers import Layer, grouped
from roofrack.readers.result import ReadModel
from roofrack.readers.tensors import Tensor, tally

_BLOCK = re.compile(r"^blk\.(\d{1,5})\.(.+)$")
_PERIODS = {"gemma2": 2, "gemma3": 6, "gemma3n": 5, "gemma4": 6, "cohere2": 4, "gpt-oss": 2, "exaone4": 4, "olmo2": 4}
"""Every how many layers one sees everything, where llama.cpp knows it and the file does not say
(`ggml-org/llama.cpp:src/llama-model.cpp`, `set_swa_pattern`)."""

_CHUNKED_PERIOD = 4
_FOREIGN = re.compile(r"time_mix|channel_mix|cross_attn|altup|laurel")
_STATE = re.compile(r"^(ssm_|shortconv)")


def read_gguf_model(path: Path, name: str) -> ReadModel:
    """Read the architecture and the exact bytes of a GGUF model.

    Args:
        path: The file, or any part of a split one.
        name: What to call the model where the file does not say.

    Raises:
        InputError: Not GGUF, contradictory, or of an architecture that is not understood.
    """
    header = read_gguf_header(path)
    if not header.tensors:
        raise file_error(path, "holds no weights", "it may be a vocabulary, or the metadata part of a split model")
    arch = header.metadata.get("general.architecture")
    if not isinstance(arch, str) or not re.fullmatch(r"[A-Za-z0-9_.-]{1,40}", arch):
        raise file_error(path, "general.architecture: missing or not a name")
    own = {key[len(arch) + 1 :]: value for key, value in header.metadata.items() if key.startswith(f"{arch}.")}
    fields = Fields(
        {key: None if isinstance(value, Skipped) else value for key, value in own.items()}, str(path), {}, arch
    )
    try:
        return _read(path, header, arch, fields, name)
    except (ValueError, OverflowError) as problem:
        raise InputError(f"{path}: {problem}") from None


def _read(path: Path, header: GgufHeader, arch: str, fields: Fields, name: str) -> ReadModel:
    tensors = {tensor.name: tensor for tensor in header.tensors}
    embedding = tensors.get("token_embd.weight")
    if embedding is None or len(embedding.shape) != 2:
        raise fields.refuse("token_embd.weight", "missing: it is not a language model", "is it a projector (mmproj)?")
    hidden, vocab = embedding.shape
    if fields.count("embedding_length") != hidden:
        raise fields.refuse("embedding_length", f"is not the width {hidden:,} of the embedding")
    count = fields.count("block_count", at_most=MAX_LAYERS)
    served = count - fields.size("nextn_predict_layers")
    layers, in_layers = _Blocks(fields, arch, header.tensors, hidden, served).layers()
    groups, pattern = grouped(layers)
    format_id = format_of(header, fields)
    tied = "output.weight" not in tensors
    found = tally(header.tensors, layers=served, bits=16, tied=False)
    lookup = tensors["per_layer_token_embd.weight"].elements if "per_layer_token_embd.weight" in tensors else 0
    outside = found.params - vocab * hidden * (1 if tied else 2) - lookup - in_layers
    if outside < 0 and not header.missing:
        raise fields.refuse(
            "general.architecture", f"'{arch}' is not understood: its tensors are smaller than its keys say"
        )
    if header.missing:
        fields.warn(f"the download is incomplete: {', '.join(header.missing[:3])}")
    model = Model(
        id=id_of(_text(header.metadata, "general.name") or name),
        name=_text(header.metadata, "general.name") or name,
        family=arch,
        model_type=arch,
        licence=_text(header.metadata, "general.license"),
        hidden=hidden,
        vocab=vocab,
        tied_embeddings=tied,
        layers=groups,
        layer_pattern=pattern,
        other_params=max(0, outside),
        lookup_params=lookup,
        draft_params=found.draft_params,
        max_context_tokens=fields.count("context_length"),
        native_weights=format_id,
        source=Source(text=str(path), note="read from the file"),
    )
    whole = not header.missing
    return ReadModel(
        model=model,
        own_weights=found.own_weights() if whole else None,
        assumed=tuple(fields.assumed),
        warnings=tuple(fields.warnings),
        native_weights=format_id,
        path=path,
        weights_bytes=found.total_bytes if whole else None,
        has_weights=True,
    )


def _text(metadata: dict[str, Any], key: str) -> str:
    value = metadata.get(key)
    return value if isinstance(value, str) else ""


class _Blocks:
    """Turns the tensors of each block into a layer."""

    def __init__(self, fields: Fields, arch: str, tensors: tuple[Tensor, ...], hidden: int, count: int) -> None:
        if count < 1:
            raise fields.refuse("block_count", "leaves no layer that is served")
        self.fields, self.arch, self.hidden, self.count = fields, arch, hidden, count
        self.blocks: dict[int, dict[str, Tensor]] = defaultdict(dict)
        for tensor in tensors:
            match = _BLOCK.match(tensor.name)
            if match and int(match[1]) < count:
                self.blocks[int(match[1])][match[2]] = tensor
        foreign = next((tensor.name for tensor in tensors if _FOREIGN.search(tensor.name)), None)
        if foreign:
            raise fields.refuse(
                "general.architecture", f"'{arch}' is not understood: it has tensors like {foreign[:60]}"
            )
        self.heads = fields.each("attention.head_count", layers=count, default=0)
        self.kv_heads = fields.each("attention.head_count_kv", layers=count, default=0)
        self.windows = self._windows()
        self.first_reuser = count - fields.size("attention.shared_kv_layers")

    def layers(self) -> tuple[list[Layer], int]:
        """The layers, and the parameters that their shapes account for."""
        made: dict[Layer, int] = {}
        layers = []
        for i in range(self.count):
            block = self.blocks.get(i)
            if not block:
                raise self.fields.refuse("block_count", f"is {self.count:,}, but block {i} has no tensors")
            layer = Layer(self._mixer(block, i), self._mlp(block))
            if layer.attention is None and layer.mlp is None:
                raise self.fields.refuse(
                    "general.architecture", f"'{self.arch}' is not understood: what block {i} does is unclear"
                )
            layers.append(layer)
            made[layer] = made.get(layer, 0) + 1
        shaped = sum(
            count * layer_params(LayerGroup(count=1, attention=layer.attention, mlp=layer.mlp), self.hidden).total
            for layer, count in made.items()
        )
        return layers, shaped

    def _windows(self) -> list[int | None]:
        width = self.fields.optional("attention.sliding_window", "attention.chunk_size")
        marks = self.fields.raw("attention.sliding_window_pattern")[1]
        if width is None:
            return [None] * self.count
        if isinstance(marks, list) and len(marks) >= self.count:
            return [width if mark else None for mark in marks[: self.count]]
        period = self.fields.optional("attention.sliding_window_pattern") if isinstance(marks, int) else None
        period = period or (_CHUNKED_PERIOD if self.arch == "llama4" else _PERIODS.get(self.arch))
        if period is None:
            self.fields.assume(f"every layer sees {width:,} tokens back")
            return [width] * self.count
        return [width if (i + 1) % period else None for i in range(self.count)]

    def _mixer(self, block: dict[str, Tensor], i: int) -> Attention | None:
        if any(_STATE.match(name) for name in block):
            return self._state(block)
        if "attn_kv_a_mqa.weight" in block:
            return self._latent(block, i)
        if "attn_output.weight" not in block and "attn_q.weight" not in block and "attn_qkv.weight" not in block:
            return None
        return self._softmax(block, i)

    def _softmax(self, block: dict[str, Tensor], i: int) -> SoftmaxAttention:
        heads = self.heads[i]
        if not heads:
            raise self.fields.refuse("attention.head_count", "missing or 0 for a layer with attention")
        output = block.get("attn_output.weight")
        plain = output.shape[0] // heads if output is not None and len(output.shape) == 2 else self.hidden // heads
        is_window = self.windows[i] is not None
        special = "_swa" if is_window and self.fields.optional("attention.key_length_swa") else ""
        key_dim = self.fields.optional(f"attention.key_length{special}") or plain
        value_dim = self.fields.optional(f"attention.value_length{special}") or key_dim
        attention = SoftmaxAttention(
            heads=heads,
            kv_heads=self.kv_heads[i] or heads,
            head_dim=key_dim,
            v_head_dim=None if value_dim == key_dim else value_dim,
            window_tokens=self.windows[i],
            reuses_kv=i >= self.first_reuser,
        )
        return _counted(attention, _matrices(block, "attn_"), self.hidden)

    def _latent(self, block: dict[str, Tensor], i: int) -> LatentAttention:
        fields = self.fields
        rope = fields.count("rope.dimension_count")
        key = fields.count("attention.key_length_mla", "attention.key_length")
        query = block.get("attn_q_a.weight")
        attention = LatentAttention(
            heads=self.heads[i] or fields.count("attention.head_count"),
            q_lora_rank=query.shape[1] if query is not None and len(query.shape) == 2 else None,
            kv_lora_rank=fields.count("attention.kv_lora_rank"),
            qk_nope_head_dim=key - rope,
            qk_rope_head_dim=rope,
            v_head_dim=fields.count("attention.value_length_mla", "attention.value_length"),
        )
        if any(name.startswith("indexer") for name in block):
            fields.warn("the sparse indexer of its attention is not counted in the cache")
        return attention

    def _state(self, block: dict[str, Tensor]) -> RecurrentState:
        fields = self.fields
        params = _matrices(block, "ssm_") + _matrices(block, "shortconv") + _matrices(block, "attn_")
        if any(name.startswith("shortconv") for name in block):
            width = fields.count("shortconv.l_cache")
            return RecurrentState(
                variant="short convolution", state_elements=0, conv_elements=self.hidden * (width - 1), params=params
            )
        inner, state, width = (fields.count(f"ssm.{key}") for key in ("inner_size", "state_size", "conv_kernel"))
        groups = fields.size("ssm.group_count")
        convolved = inner + 2 * groups * state
        return RecurrentState(
            variant="state space",
            state_elements=inner * state,
            state_bits=32,  # llama.cpp keeps states as f32
            conv_elements=2 * convolved * (width - 1),  # and the convolution's inputs too
            params=params,
        )

    def _mlp(self, block: dict[str, Tensor]) -> Mlp | None:
        routed = block.get("ffn_up_exps.weight") or block.get("ffn_gate_up_exps.weight")
        if routed is not None and len(routed.shape) == 3:
            return self._moe(block, routed)
        if "ffn_gate.0.weight" in block or "ffn_up.0.weight" in block:
            raise self.fields.refuse(
                "expert_count", "experts in single tensors are not understood", "convert it with a newer llama.cpp"
            )
        up, down = block.get("ffn_up.weight"), block.get("ffn_down.weight")
        if down is None or up is None or len(down.shape) != 2:
            return None
        fused = up.shape[1] == 2 * down.shape[0]
        return DenseMlp(width=down.shape[0], matrices=3 if fused or "ffn_gate.weight" in block else 2)

    def _moe(self, block: dict[str, Tensor], routed: Tensor) -> MoeMlp:
        gated = "ffn_gate_exps.weight" in block or "ffn_gate_up_exps.weight" in block
        width = routed.shape[1] // (1 if "ffn_up_exps.weight" in block else 2)
        shared = block.get("ffn_down_shexp.weight") or block.get("ffn_down.weight")  # Gemma 4 has a dense block beside
        return MoeMlp(
            experts=routed.shape[2],
            experts_per_token=self.fields.count("expert_used_count"),
            expert_width=width,
            matrices=3 if gated else 2,
            shared_width=shared.shape[0] if shared is not None else 0,
            shared_matrices=3 if "ffn_gate_shexp.weight" in block or "ffn_gate.weight" in block else 2,
            latent_width=routed.shape[0] if routed.shape[0] != self.hidden else None,
        )


def _matrices(block: dict[str, Tensor], prefix: str) -> int:
    return sum(tensor.elements for name, tensor in block.items() if name.startswith(prefix) and len(tensor.shape) > 1)


def _counted(attention: SoftmaxAttention, params: int, hidden: int) -> SoftmaxAttention:
    """The attention with the parameters of its tensors, where its shapes imply others."""
    implied = layer_params(LayerGroup(count=1, attention=attention), hidden).total
    return attention if implied == params else replace(attention, mixer_params=params)
