"""What tests of measurements share: rows to vary, and one predictor."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from roofrack.catalog import load_catalog
from roofrack.evidence.measurement import Measurement
from roofrack.evidence.predict import Predictor

ROW = Measurement(
    row=0,
    engine="vllm",
    engine_version="0.11.0",
    model="meta-llama/Llama-3.1-8B-Instruct",
    weights="bf16",
    gpu="h100-sxm5-80gb",
    gpus=1,
    tp=1,
    load="closed",
    prompt_tokens=1000,
    output_tokens=200,
    concurrency=16,
    metric="tpot",
    stat="mean",
    value=0.01,
)


@pytest.fixture(scope="session")
def predictor() -> Predictor:
    return Predictor(load_catalog(Path("/nonexistent")))


@pytest.fixture
def row() -> Callable[..., Measurement]:
    def made(**changes: Any) -> Measurement:
        return ROW._replace(**changes)

    return made
