"""Opening the catalogue is cheap: a headless command asks for one model and one device."""

import time
from collections.abc import Callable
from pathlib import Path

from roofrack.catalog import load_catalog

ONE_MODEL_ONE_DEVICE_S = 0.025
WHOLE_LIBRARY_S = 0.120


def _best_cpu_s(work: Callable[[], object]) -> float:
    def once() -> float:
        start = time.process_time()
        work()
        return time.process_time() - start

    return min(once() for _ in range(5))


def test_one_model_and_one_device(tmp_path: Path) -> None:
    def work() -> None:
        catalog = load_catalog(tmp_path)
        catalog.model("llama-3.1-70b")
        catalog.device("h100-sxm5-80gb")

    assert _best_cpu_s(work) <= ONE_MODEL_ONE_DEVICE_S


def test_the_whole_library(tmp_path: Path) -> None:
    def work() -> None:
        catalog = load_catalog(tmp_path)
        for everything in (
            catalog.models,
            catalog.devices,
            catalog.links,
            catalog.weights_formats,
            catalog.kv_formats,
            catalog.engines,
            catalog.scenarios,
        ):
            assert everything()

    assert _best_cpu_s(work) <= WHOLE_LIBRARY_S
