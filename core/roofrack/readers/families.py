"""What a model type's own code decides and its configuration does not say; the table is `families.toml`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal


@dataclass(frozen=True)
class Family:
    """One model type.

    Args:
        name: The `model_type`.
        builder: Which reader makes its layers; a key of `decoder.BUILDERS`.
        kinds: Rule for layers where no list is given; a key of `kinds.RULES`.
        linear: Variant of its state-keeping layers; a key of `recurrent.VARIANTS`.
        matrices: Matrices of a feed-forward block, 3 with a gate.
        mlp_ratio: Its width in hidden sizes where no width is stated.
        dense_width: Keys of a dense block's width where they are not the usual ones.
        gate: Output gate of attention: `wide` doubles the query projection, `head` is one number a head.
        gate_flag: Keys that switch the gate; without one it is always there.
        norms: Normalisations of the hidden width in a layer.
        norm_bias: Whether they have a bias.
        final_norm: Whether there is one after the last layer.
        qk_norm: `head` for one weight a head dimension, `full` for one a projected element.
        bias: Projections that always have one: letters of q, k, v, o and m (feed-forward).
        bias_if: Projections that have one where a key is true.
        positions: Key of the number of learned positions.
        defaults: Values of its configuration class for absent keys.
        architectures: Class names by which engines know it.
        text: Model type of its decoder where that is another one.
        note: What is taken for granted about it.
    """

    name: str
    builder: str = "decoder"
    kinds: str = "full"
    linear: str = ""
    matrices: Literal[2, 3] = 3
    mlp_ratio: int = 0
    dense_width: tuple[str, ...] = ()
    gate: Literal["", "wide", "head"] = ""
    gate_flag: tuple[str, ...] = ()
    norms: int = 2
    norm_bias: bool = False
    final_norm: bool = True
    qk_norm: Literal["", "head", "full"] = ""
    bias: str = ""
    bias_if: Mapping[str, str] = field(default_factory=dict)
    positions: str = ""
    defaults: Mapping[str, Any] = field(default_factory=dict)
    architectures: tuple[str, ...] = ()
    text: str = ""
    note: str = ""


@cache
def _table() -> dict[str, dict[str, Any]]:
    import tomli

    with (Path(__file__).parent / "families.toml").open("rb") as file:
        return tomli.load(file)


@cache
def family(model_type: str) -> Family | None:
    """The family of a model type, or None where it is not known.

    Args:
        model_type: As the configuration spells it.
    """
    return Family(name=model_type, **_row(model_type)) if model_type in _table() else None


def _row(model_type: str) -> dict[str, Any]:
    """The row of a model type with what it inherits; a class name belongs to one row alone."""
    row: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value for key, value in _table()[model_type].items()
    }
    like = row.pop("like", None)
    if like is None:
        return row
    parent = {key: value for key, value in _row(like).items() if key not in ("architectures", "text")}
    return {**parent, **row, "defaults": {**parent.get("defaults", {}), **row.get("defaults", {})}}


@cache
def _by_architecture() -> dict[str, str]:
    return {name: model_type for model_type, row in _table().items() for name in row.get("architectures", ())}


def known_by_class(class_name: str) -> str | None:
    """The model type that a class name in `architectures` stands for, where the table has one."""
    return _by_architecture().get(class_name)


def model_types() -> tuple[str, ...]:
    """Every model type that can be read."""
    return tuple(_table())
