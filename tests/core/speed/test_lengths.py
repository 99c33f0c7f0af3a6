"""Answers that end on their own: their lengths against what can be worked out by hand."""

import math
from statistics import fmean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roofrack.speed.lengths import quantiles, unlimited_mean


@pytest.mark.parametrize("limit", [None, 100, 40])
def test_without_room_above_the_mean_all_are_alike(limit: int | None) -> None:
    assert quantiles(100, limit, 4) == [100] * 4


def test_a_limit_at_the_unlimited_mean_cuts_off_a_share_of_1_over_e() -> None:
    mean = 600 * (1 - math.exp(-1))
    assert unlimited_mean(mean, 600) == pytest.approx(600)
    found = quantiles(round(mean), 600, 1000)
    assert found.count(600) == pytest.approx(1000 / math.e, abs=3)


def test_far_from_the_limit_they_are_exponential() -> None:
    found = quantiles(200, 100_000, 2000)
    assert found[1000] == pytest.approx(200 * math.log(2), rel=0.01)
    assert found[1800] == pytest.approx(200 * math.log(10), rel=0.01)


def test_one_answer_is_the_mean_and_two_are_the_means_of_halves() -> None:
    assert quantiles(200, 100_000, 1) == [200]
    halves = (200 * (1 - math.log(2)), 200 * (1 + math.log(2)))
    assert quantiles(200, 100_000, 2) == [round(half) for half in halves]


@given(st.integers(1, 20_000), st.integers(1, 100_000), st.integers(1, 400))
def test_mean_and_limit_are_kept(mean: int, limit: int, count: int) -> None:
    found = quantiles(mean, limit, count)
    assert len(found) == count
    assert found == sorted(found)
    assert found[0] >= 1
    assert found[-1] <= max(limit, mean)
    assert mean - 0.5 <= fmean(found) <= mean + 1.5  # answers of no token become such of one


@given(st.integers(2, 5000), st.integers(1, 5000))
def test_a_higher_limit_spreads_them_further(mean: int, further: int) -> None:
    near, far = (quantiles(mean, mean + above, 50) for above in (further, 2 * further))
    assert far[0] <= near[0] + 1
    assert far[-1] >= near[-1] - 1
