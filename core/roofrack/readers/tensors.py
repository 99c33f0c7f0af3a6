"""Tensors as a file's header describes them, and what a planner wants to know of thousands of them at once."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from typing import NamedTuple

from roofrack.domain.model import OwnWeights


class Tensor(NamedTuple):
    """One tensor as the header describes it.

    Args:
        name: Its name.
        dtype: The file's own dtype name.
        shape: Dimensions.
        bytes: Bytes of its data.
    """

    name: str
    dtype: str
    shape: tuple[int, ...]
    bytes: int

    @property
    def elements(self) -> int:
        """Stored elements; a packed word counts once."""
        return math.prod(self.shape)


class Tally(NamedTuple):
    """What the tensors of a checkpoint add up to.

    Args:
        total_bytes: All of them.
        by_dtype: Bytes by the file's own dtype names, most first.
        params: Weights of the served text decoder, packed ones unpacked, scales not counted.
        draft_params: Weights of multi-token-prediction layers.
        tower_params: Weights of vision and audio towers with their projectors.
        spare_head_bytes: A second copy of a tied head, which engines do not load.
    """

    total_bytes: int
    by_dtype: tuple[tuple[str, float], ...]
    params: int
    draft_params: int
    tower_params: int
    spare_head_bytes: int

    def own_weights(self) -> OwnWeights:
        """The bytes that an engine would load, drafts included."""
        return OwnWeights(total_bytes=self.total_bytes - self.spare_head_bytes, by_dtype=self.by_dtype)


_DRAFT = re.compile(r"(?:^|\.)(?:mtp|nextn|draft)s?[._]|\.nextn\.")
_TOWER = re.compile(r"vision|visual|audio|speech|multi_modal|mm_proj|(?:^|\.)v\.|patch_merge|image_newline")
_LAYER = re.compile(r"(?:^|\.)(?:layers|h|blocks|blk)\.(\d{1,6})\.")
_HEAD = re.compile(r"(?:^|\.)(?:lm_head|output)\.weight$")
_SCALE = re.compile(
    r"(?:^|[._])(?:scales?|scale_inv|weight_scale(?:_inv|_2)?|input_scale|[kv]_scale|qzeros|g_idx|zero_point|weight_shape"
    r"|absmax|quant_map|nested_absmax|nested_quant_map|quant_state\..*|inv_freq)$|weight_scale|\.scales$|\.biases$"
)
_EXPERT = re.compile(r"\.experts\.\d+\.")
_INTEGERS = {"I32": 32, "U32": 32, "U8": 8, "I8": 8}


def tally(tensors: Iterable[Tensor], *, layers: int, bits: float, tied: bool) -> Tally:
    """Add up the tensors of a checkpoint.

    Args:
        tensors: All of them.
        layers: Layers of the served decoder; higher numbers are draft layers.
        bits: Bits per weight of its format; integers that are wider hold several weights.
        tied: Whether the head is the embedding.
    """
    by_dtype: dict[str, int] = {}
    sums = {"served": 0, "draft": 0, "tower": 0, "scale": 0}
    spare = 0
    parts: dict[str, str] = {}
    for tensor in tensors:
        by_dtype[tensor.dtype] = by_dtype.get(tensor.dtype, 0) + tensor.bytes
        kind = _EXPERT.sub(".", tensor.name)  # a hundred thousand experts have a few thousand names between them
        part = parts.get(kind)
        if part is None:
            part = parts[kind] = _part(tensor.name, layers)
        if tied and part != "scale" and _HEAD.search(kind):
            spare += tensor.bytes
        elif part != "scale":
            sums[part] += tensor.elements * _packed(tensor.dtype, bits)
    most_first = sorted(by_dtype.items(), key=lambda item: -item[1])
    return Tally(
        total_bytes=sum(by_dtype.values()),
        by_dtype=tuple((name, float(count)) for name, count in most_first),
        params=sums["served"],
        draft_params=sums["draft"],
        tower_params=sums["tower"],
        spare_head_bytes=spare,
    )


def _part(name: str, layers: int) -> str:
    """`scale` for what is no weight, else what the weight belongs to."""
    if _SCALE.search(name):
        return "scale"
    if _TOWER.search(name):
        return "tower"
    number = _LAYER.search(name)
    return "draft" if _DRAFT.search(name) or (number and int(number.group(1)) >= layers) else "served"


def _packed(dtype: str, bits: float) -> int:
    """Weights in one stored element."""
    width = _INTEGERS.get(dtype)
    return 1 if width is None or bits > 8.6 else max(1, width // round(bits))
