"""Vision towers: counted by their encoder layers where the configuration gives the shapes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from roofrack.readers.fields import Fields

_SECTIONS = ("vision_config", "vision_model_config", "visual")
_OTHERS = (
    "audio_config",
    "speech_config",
    "vision_tower",
    "mm_vision_tower",
    "talker_config",
    "code2wav_config",
    "audio_encoder",
)
_WIDTH = ("hidden_size", "vt_hidden_size", "embed_dim", "width")
_DEPTH = ("num_hidden_layers", "vt_num_hidden_layers", "depth", "layers")
_INNER = ("intermediate_size", "vt_intermediate_size")
_GATED = ("silu", "swiglu")
_GATED_TYPES = ("gemma4_vision", "pixtral", "qwen2_5_vl", "glm4v", "mistral3")


def tower_params(data: Mapping[str, Any], fields: Fields) -> int:
    """Parameters of the vision encoder's layers, 0 where there is none or its shapes are not given.

    Patch embeddings and projectors are not counted: they are a few per cent of a tower, which is itself small.

    Args:
        data: The whole configuration.
        fields: The decoder's fields, for the notes.
    """
    skipped = [name for name in _OTHERS if data.get(name)]
    section = next((data[name] for name in _SECTIONS if isinstance(data.get(name), dict)), None)
    total = 0
    if section:
        total = _encoder(Fields(section, f"{fields.where}: vision_config", {}, "vision"))
        if total:
            fields.assume(f"vision tower counted by its encoder layers alone, {total / 1e9:.2f} B parameters")
        else:
            skipped.append("vision_config")
    if skipped:
        fields.warn(f"not counted, as its shapes are not understood: {', '.join(skipped)}")
    return total


def _encoder(fields: Fields) -> int:
    width, depth = fields.size(*_WIDTH), fields.size(*_DEPTH)
    if not width or not depth:
        return 0
    ratio = fields.number("mlp_ratio")
    inner = fields.size(*_INNER) or int(width * (ratio if ratio and 0 < ratio < 100 else 4))
    gated = fields.text("hidden_act", "hidden_activation") in _GATED or fields.text("model_type") in _GATED_TYPES
    return depth * (4 * width * width + (3 if gated else 2) * width * inner)
