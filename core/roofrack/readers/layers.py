"""One decoder layer as read, and a list of them as the domain's groups and pattern."""

from __future__ import annotations

import string
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from roofrack.domain.model import Attention, LayerGroup, Mlp

_LETTERS = string.ascii_letters + string.digits + "!#$%&()*+,-./:;<=>?@[]^_{|}~"


class Layer(NamedTuple):
    """One layer's mixer and feed-forward block.

    Args:
        attention: The token mixer; None for a block without one.
        mlp: The feed-forward block; None for a block without one.
        extra_params: Parameters beyond those of the two as computed from their shapes.
    """

    attention: Attention | None
    mlp: Mlp | None
    extra_params: int = 0


class TooManyShapesError(ValueError):
    """More different layers than a pattern can letter."""


def grouped(layers: Sequence[Layer]) -> tuple[tuple[LayerGroup, ...], str]:
    """Group equal layers and draw their order.

    Args:
        layers: In order, at least one.

    Returns:
        The groups by first appearance, and the shortest pattern of their letters; empty where groups simply follow each other.

    Raises:
        TooManyShapesError: More different layers than there are letters.
    """
    counts = Counter(layers)
    if len(counts) > len(_LETTERS):
        raise TooManyShapesError(
            f"{len(counts)} different layers, more than the {len(_LETTERS)} that can be told apart"
        )
    letters = dict(zip(counts, _LETTERS, strict=False))
    drawn = "".join(letters[layer] for layer in layers)
    follow_each_other = sum(a != b for a, b in pairwise(drawn)) == len(counts) - 1
    groups = tuple(
        LayerGroup(
            count=count,
            letter="" if follow_each_other else letters[layer],
            attention=layer.attention,
            mlp=layer.mlp,
            extra_params=layer.extra_params,
        )
        for layer, count in counts.items()
    )
    return groups, "" if follow_each_other else _shortest_period(drawn)


def _shortest_period(drawn: str) -> str:
    length = len(drawn)
    for period in range(1, length):
        if drawn[period:] == drawn[: length - period]:
            return drawn[:period]
    return drawn
