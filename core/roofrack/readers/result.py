"""What reading a model from disk gives."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from roofrack.domain.model import Model, OwnWeights


class ReadModel(NamedTuple):
    """A model as its files describe it.

    Args:
        model: The architecture.
        own_weights: Bytes of the checkpoint: exact ones from its headers, else those that its list of unquantised modules
            implies; None where neither says more than the weights format does.
        assumed: What the files do not say and was taken from elsewhere.
        warnings: What could make the answer wrong.
        native_weights: Id of the weights format it is stored in.
        path: What was read.
        weights_bytes: Bytes of all tensors, from headers; None where there are none.
        has_weights: Whether weights were there, if only a part of them.
    """

    model: Model
    own_weights: OwnWeights | None
    assumed: tuple[str, ...]
    warnings: tuple[str, ...]
    native_weights: str
    path: Path
    weights_bytes: int | None = None
    has_weights: bool = False
