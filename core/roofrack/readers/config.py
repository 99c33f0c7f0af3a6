"""A Hugging Face config.json as a domain model; what is not understood is refused by the name of its field."""

from __future__ import annotations

import re
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from roofrack.domain.base import Source
from roofrack.domain.model import Model
from roofrack.errors import InputError
from roofrack.memory.weights import total_params
from roofrack.readers.context import max_context_tokens
from roofrack.readers.decoder import HIDDEN
from roofrack.readers.families import Family, family, known_by_class, model_types
from roofrack.readers.fields import Fields, described
from roofrack.readers.layers import grouped
from roofrack.readers.nas import searched
from roofrack.readers.quantization import Stored, stored_as
from roofrack.readers.result import ReadModel
from roofrack.readers.special import BUILDERS
from roofrack.readers.towers import tower_params
from roofrack.readers.unread import note_unread

_NESTED = ("text_config", "llm_config", "language_config", "language_model_config")
_FLATTENED = ("attn_config", "ffn_config")
_DRAFTS = ("num_nextn_predict_layers", "mtp_num_hidden_layers", "num_mtp_modules", "num_mtp_layers")
_MOST_PARAMS = 10**14
_MOST_DEPTH = 3


def read_config(
    data: Mapping[str, Any], path: Path, name: str, quantization: Mapping[str, Any] | None = None
) -> tuple[Model, Fields, Stored]:
    """Read the architecture from a parsed config.json.

    Args:
        data: The parsed file.
        path: Where it lies, for errors and as the source.
        name: What to call the model; an id is made of it.
        quantization: What a `hf_quant_config.json` beside it says.

    Returns:
        The model, the fields with what was assumed and what to warn of, and how its weights are stored.

    Raises:
        InputError: Something is missing, absurd or not understood; it names the field.
    """
    where = str(path)
    text, is_nested = _text_part(data, where)
    found = _family(text, data, where)
    fields = Fields(_flat(text, where), where, _defaults(found, is_nested), found.name)
    _refuse_encoders(data, fields)
    stored = stored_as(fields, data, quantization)
    try:
        model = _model(fields, found, data, path, name, stored)
    except (ValueError, OverflowError) as problem:
        raise InputError(f"{where}: {problem}") from None
    if total_params(model) > _MOST_PARAMS:
        raise InputError(
            f"{where}: its shapes add up to {total_params(model):.3g} parameters", "no model has that many"
        )
    _note_drafts(fields, data)
    note_unread(fields)
    return model, fields, stored


def _model(fields: Fields, found: Family, data: Mapping[str, Any], path: Path, name: str, stored: Stored) -> Model:
    hidden = fields.count(*HIDDEN)
    if fields.size("word_embed_proj_dim", default=hidden) != hidden:
        raise fields.refuse("word_embed_proj_dim", "an embedding narrower than the hidden size is not understood")
    build = searched if found.builder == "searched" else BUILDERS[found.builder]
    decoder = build(fields, found, hidden)
    groups, pattern = grouped(decoder.layers)
    if found.note:
        fields.assume(found.note)
    return Model(
        id=id_of(name),
        name=name,
        family=found.name,
        model_type=found.name,
        hidden=hidden,
        vocab=fields.count("vocab_size", "padded_vocab_size"),
        tied_embeddings=_tied(fields, data),
        layers=groups,
        layer_pattern=pattern,
        other_params=decoder.other_params,
        lookup_params=decoder.lookup_params,
        tower_params=tower_params(data, fields),
        max_context_tokens=max_context_tokens(fields),
        native_weights=stored.format_id,
        source=Source(text=str(path), note="read from the file"),
    )


def _text_part(data: Mapping[str, Any], where: str) -> tuple[Mapping[str, Any], bool]:
    """The section that describes the text decoder, and whether it is nested."""
    part, is_nested = data, False
    thinker = data.get("thinker_config")
    if isinstance(thinker, dict):
        part, is_nested = thinker, True
    for _ in range(_MOST_DEPTH):
        key = next((key for key in _NESTED if part.get(key) is not None), None)
        if key is None:
            return part, is_nested
        if not isinstance(part[key], dict):
            raise InputError(f"{where}: {key}: must be an object, not {described(part[key])}")
        part, is_nested = part[key], True
    raise InputError(f"{where}: text_config: nested more than {_MOST_DEPTH} deep")


def _flat(text: Mapping[str, Any], where: str) -> Mapping[str, Any]:
    """The section with the keys of DBRX's sub-sections lifted into it."""
    flat = dict(text)
    for name in _FLATTENED:
        inner = text.get(name)
        if inner is None:
            continue
        if not isinstance(inner, dict):
            raise InputError(f"{where}: {name}: must be an object, not {described(inner)}")
        flat |= {key: value for key, value in inner.items() if key != "model_type"}
    return flat


def _family(text: Mapping[str, Any], data: Mapping[str, Any], where: str) -> Family:
    """The family by the model type of the decoder's section, else of the whole, else by the class that engines load."""
    name = next((part["model_type"] for part in (text, data) if part.get("model_type") is not None), None)
    if name is not None and not isinstance(name, str):
        raise InputError(f"{where}: model_type: must be text, not {described(name)}")
    found = family(name) if name else None
    if found is not None:
        return _decoder_of(found)
    by_class = next((known for part in (text, data) if (known := _by_class(part)) is not None), None)
    if not name:
        if by_class is None:
            raise InputError(f"{where}: model_type: missing", "is it the config.json of a language model?")
        return by_class
    near = get_close_matches(name[:60], model_types(), n=3)
    hint = f"near ones are {', '.join(near)}" if near else "it is not guessed at"
    if by_class is not None:
        hint = f"if it is what its class says, write '{by_class.name}' in a copy"
    raise InputError(f"{where}: model_type: the architecture '{name[:60]}' is not understood", hint)


def _by_class(part: Mapping[str, Any]) -> Family | None:
    classes = part.get("architectures")
    names = (known_by_class(name) for name in classes if isinstance(name, str)) if isinstance(classes, list) else ()
    return next((family(name) for name in names if name), None)


def _decoder_of(found: Family) -> Family:
    inner = family(found.text) if found.text else None
    return inner or found


def _defaults(found: Family, is_nested: bool) -> Mapping[str, Any]:
    """Class defaults; a whole configuration always states its core sizes, only a nested one omits them too."""
    if is_nested:
        return found.defaults
    return {key: value for key, value in found.defaults.items() if key not in _CORE}


_CORE = frozenset(
    {"hidden_size", "num_hidden_layers", "num_attention_heads", "intermediate_size", "vocab_size", "num_experts",
     "n_embd", "n_layer", "n_head", "num_local_experts", "n_routed_experts", "moe_intermediate_size"}
)  # fmt: skip


def _refuse_encoders(data: Mapping[str, Any], fields: Fields) -> None:
    if data.get("is_encoder_decoder") is True:
        raise fields.refuse("is_encoder_decoder", "encoder-decoder models are not planned for")


def _tied(fields: Fields, data: Mapping[str, Any]) -> bool:
    """Whether the head is the embedding: what the whole configuration says beats what its decoder's section says."""
    names = ("tie_word_embeddings", "tie_embedding")
    outer = data.get("tie_word_embeddings")
    if not isinstance(outer, bool) or fields.data is data:
        return fields.flag(*names)
    if fields.present(*names) is not None and fields.flag(*names) is not outer:
        fields.warn(f"tie_word_embeddings is {str(outer).lower()} outside and the opposite inside: the former is taken")
    return outer


def _note_drafts(fields: Fields, data: Mapping[str, Any]) -> None:
    whole = Fields(data, fields.where, {}, fields.family)
    if any(part.size(name) for part in (fields, whole) for name in _DRAFTS):
        fields.assume("multi-token-prediction layers are stored but not served, and not counted")


def id_of(name: str) -> str:
    """An id made of a name from outside: what cannot stand in one becomes a dash."""
    made = re.sub(r"[^A-Za-z0-9._+@:/-]+", "-", name[:160]).strip("-._/+@:")
    return made or "model"


def as_read(model: Model, fields: Fields, stored: Stored, path: Path) -> ReadModel:
    """The result of reading nothing but a configuration."""
    return ReadModel(
        model=model,
        own_weights=stored.implied_weights(model),
        assumed=tuple(fields.assumed),
        warnings=tuple(fields.warnings),
        native_weights=stored.format_id,
        path=path,
    )
