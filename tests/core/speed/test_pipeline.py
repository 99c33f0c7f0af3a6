"""Chunks of a prompt that follow each other through a pipeline, against schedules drawn by hand."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roofrack.speed import pipeline
from roofrack.speed.pipeline import chunk_times


@pytest.fixture
def all_that_can_overlaps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipeline, "_OVERLAP", 1.0)


@pytest.mark.usefixtures("all_that_can_overlaps")
@pytest.mark.parametrize(
    ("chunks", "stages", "took"),
    [(1, 4, 1), (0.5, 4, 0.5), (2, 2, 1 + 1 / 2), (8, 2, 1 + 7 / 2), (4, 4, 1 + 3 / 4), (8, 4, 1 + 7 / 4)],
)
def test_with_room_for_all_launches_each_chunk_follows_a_stage_behind(chunks: float, stages: int, took: float) -> None:
    assert chunk_times(chunks, stages, math.inf) == pytest.approx(took)


@pytest.mark.usefixtures("all_that_can_overlaps")
def test_inputs_are_kept_for_four_chunks() -> None:
    """Of eight stages the last is handed the fifth chunk when the first has left it; only then does the host go on to the sixth."""
    assert chunk_times(5, 8, math.inf) == pytest.approx(1 + 4 / 8)
    assert chunk_times(6, 8, math.inf) == pytest.approx((8 + 8) / 8)


@pytest.mark.usefixtures("all_that_can_overlaps")
def test_a_queue_of_half_a_chunk_holds_the_host_until_half_of_it_is_done() -> None:
    """Two stages: the host leaves the first at 0.5 and the second, which begins at 1, at 1.5, when the next chunk begins."""
    assert chunk_times(2, 2, 0.5) == pytest.approx((1.5 + 2) / 2)
    assert chunk_times(3, 2, 0.5) == pytest.approx((1.5 + 1.5 + 2) / 2)


@pytest.mark.parametrize("stages", [2, 4, 8])
def test_without_a_queue_nothing_runs_side_by_side(stages: int) -> None:
    assert chunk_times(10, stages, 1e-9) == pytest.approx(10)


def test_one_device_is_no_pipeline() -> None:
    assert chunk_times(7.3, 1, 0.1) == 7.3


@pytest.mark.usefixtures("all_that_can_overlaps")
@pytest.mark.parametrize("chunks", [257, 300, 600])
@pytest.mark.parametrize("queue", [0.5, 1.6, 2.5, math.inf])
@pytest.mark.parametrize("stages", [2, 4, 8, 16])
def test_long_prompts_keep_the_pace_that_was_reached(stages: int, queue: float, chunks: int) -> None:
    """They are not followed to their end, and take what they would take if they were."""
    followed = pipeline._followed.__wrapped__(chunks, stages, queue)
    assert chunk_times(chunks, stages, queue) == pytest.approx(followed, rel=0.01)


@given(
    st.floats(1, 200),
    st.floats(0, 20),
    st.sampled_from([2, 3, 4, 6, 8]),
    st.floats(0.05, 10),
    st.floats(0, 2),
)
def test_more_takes_longer_and_a_longer_queue_never_does(
    chunks: float, more: float, stages: int, queue: float, longer: float
) -> None:
    took = chunk_times(chunks, stages, queue)
    assert chunks / stages * (1 - 1e-9) <= took <= chunks * (1 + 1e-9)
    assert chunk_times(chunks + more, stages, queue) >= took * (1 - 1e-9)
    assert chunk_times(chunks, stages, queue + longer) <= took * (1 + 1e-9)
