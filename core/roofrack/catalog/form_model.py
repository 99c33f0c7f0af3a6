"""A model out of the answers of its form: layers of one or two kinds, in the order that the answers say."""

from __future__ import annotations

from datetime import datetime, timezone
from itertools import groupby
from typing import Any

from roofrack.errors import InputError

Values = dict[str, Any]
MOST_LAYERS = 10_000
_YES, _NO = ("yes", "y", "true", "1"), ("no", "n", "false", "0")


def by_hand() -> dict[str, str]:
    """The source of what somebody typed, as plain data."""
    return {"text": "entered by hand", "date": datetime.now(timezone.utc).date().isoformat(), "confidence": "C"}


def is_yes(v: Values, key: str, label: str) -> bool:
    """A yes or no; no where nothing was said.

    Raises:
        InputError: It is neither.
    """
    said = str(v.get(key, "no")).lower()
    if said not in (*_YES, *_NO):
        raise InputError(f"{label}: '{said[:40]}' is neither yes nor no")
    return said in _YES


def model_data(v: Values) -> dict[str, Any]:
    """The fields of a preset.

    Args:
        v: Numbers and texts by key of `MODEL_FORM`; what was left empty is absent.

    Raises:
        InputError: Answers contradict each other; it names the question.
    """
    count = v["layers"]
    if not isinstance(count, int) or not 1 <= count <= MOST_LAYERS:
        raise InputError(f"layers: must be a whole number from 1 to {MOST_LAYERS:,}")
    layers = [(_mixer(v, number), _mlp(v, number)) for number in range(1, count + 1)]
    groups, pattern = _grouped(layers)
    native = v.get("native", "bf16")
    _known_format(native)
    return {
        "id": v["id"],
        "name": v.get("name", v["id"]),
        "hidden": v["hidden"],
        "vocab": v["vocab"],
        "tied_embeddings": is_yes(v, "tied", "tied embeddings"),
        "layers": groups,
        "layer_pattern": pattern,
        "max_context_tokens": v["context"],
        "native_weights": native,
        "licence": v.get("licence", ""),
        "source": by_hand(),
    }


def _known_format(name: str) -> None:
    from roofrack.catalog.library import default_catalog

    default_catalog().weights_format(name)


def _mixer(v: Values, number: int) -> dict[str, Any]:
    """The mixer of a layer, counted from 1: the last one of a period is the odd one."""
    if "softmax_every" in v and number % _every(v, "softmax_every", "attention layer every"):
        return _state(v)
    if "latent" in v:
        return _latent(v)
    attention = _softmax(v)
    if "window" in v and ("full_every" not in v or number % _every(v, "full_every", "full layer every")):
        attention["window_tokens"] = v["window"]
    return attention


def _every(v: Values, key: str, label: str) -> int:
    every = v[key]
    if not isinstance(every, int) or every < 1:
        raise InputError(f"{label}: must be a whole number, at least 1")
    return every


def _head_dim(v: Values) -> Any:
    heads = v["heads"]
    if "head_dim" in v:
        return v["head_dim"]
    if not isinstance(heads, int) or heads < 1 or v["hidden"] % heads:
        raise InputError("head width: hidden size is not a multiple of the heads", "enter the width of a head")
    return v["hidden"] // heads


def _softmax(v: Values) -> dict[str, Any]:
    if "full_every" in v and "window" not in v:
        raise InputError("sliding window: must be answered", "how many tokens the layers see that are not full")
    return {
        "kind": "softmax",
        "heads": v["heads"],
        "kv_heads": v.get("kv_heads", v["heads"]),
        "head_dim": _head_dim(v),
        **({"v_head_dim": v["value_dim"]} if "value_dim" in v else {}),
    }


def _latent(v: Values) -> dict[str, Any]:
    if clash := next((label for key, label in _NOT_WITH_MLA.items() if key in v), None):
        raise InputError(f"{clash}: MLA layers have none", "leave it empty, or the latent width")
    return {
        "kind": "latent",
        "heads": v["heads"],
        "kv_lora_rank": v["latent"],
        "qk_nope_head_dim": _head_dim(v),
        "qk_rope_head_dim": v.get("rope", 64),
        "v_head_dim": v.get("value_dim", _head_dim(v)),
        **({"q_lora_rank": v["query_rank"]} if "query_rank" in v else {}),
    }


_NOT_WITH_MLA = {"kv_heads": "KV heads", "window": "sliding window", "full_every": "full layer every"}


def _state(v: Values) -> dict[str, Any]:
    if "state" not in v:
        raise InputError(
            "state, elements: must be answered", "how much one layer remembers of a sequence, for example 524288"
        )
    return {
        "kind": "recurrent",
        "variant": "linear",
        "state_elements": v["state"],
        "params": v.get("state_params", 4 * v["hidden"] ** 2),
    }


def _mlp(v: Values, number: int) -> dict[str, Any]:
    if "experts" not in v:
        if extra := next((label for key, label in _WITH_EXPERTS.items() if key in v), None):
            raise InputError(f"{extra}: there are no experts", "say how many, or leave it empty")
        return {"kind": "dense", "width": v["width"]}
    if number <= v.get("dense_layers", 0):
        return {"kind": "dense", "width": v.get("dense_width", v["width"])}
    if "experts_per_token" not in v:
        raise InputError("experts per token: must be answered", "how many of the experts a token visits")
    return {
        "kind": "moe",
        "experts": v["experts"],
        "experts_per_token": v["experts_per_token"],
        "expert_width": v["width"],
        "shared_width": v.get("shared_width", 0),
    }


_WITH_EXPERTS = {
    "experts_per_token": "experts per token",
    "shared_width": "shared experts",
    "dense_layers": "dense layers first",
    "dense_width": "width of these",
}


def _grouped(layers: list[tuple[dict[str, Any], dict[str, Any]]]) -> tuple[list[dict[str, Any]], str]:
    """Equal layers together, and the order of their letters where they do not simply follow each other."""
    kinds: list[tuple[dict[str, Any], dict[str, Any]]] = []
    for layer in layers:
        if layer not in kinds:
            kinds.append(layer)
    drawn = "".join(chr(ord("a") + kinds.index(layer)) for layer in layers)
    in_a_row = len([letter for letter, _ in groupby(drawn)]) == len(kinds)
    groups = [
        {
            "count": drawn.count(chr(ord("a") + n)),
            **({} if in_a_row else {"letter": chr(ord("a") + n)}),
            "attention": mixer,
            "mlp": mlp,
        }
        for n, (mixer, mlp) in enumerate(kinds)
    ]
    return groups, "" if in_a_row else drawn
