from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roofrack_tui.raster.curve import Curve, trace
from roofrack_tui.raster.scale import NumberStyle, Scale, nice_step, number, powers_of_two, read_out, short_count

positive = st.floats(1e-6, 1e9)


@given(positive, st.floats(1.001, 1e6), st.floats(0, 1), st.booleans())
def test_position_and_value_are_inverse(low: float, ratio: float, position: float, log: bool) -> None:
    scale = Scale(low, low * ratio, log)
    assert scale.position(scale.value(position)) == pytest.approx(position, abs=1e-6)
    assert scale.position(scale.low) == pytest.approx(0)
    assert scale.position(scale.high) == pytest.approx(1)


def test_nothing_lies_at_zero_on_a_logarithmic_scale() -> None:
    assert Scale(1, 10, log=True).position(0) == -math.inf


@given(positive, st.floats(1.001, 1e6), st.integers(0, 20), st.booleans())
def test_ticks_are_few_rising_and_inside(low: float, ratio: float, most: int, log: bool) -> None:
    scale = Scale(low, low * ratio, log)
    ticks = scale.ticks(most)
    assert len(ticks) <= most
    assert ticks == sorted(ticks)
    assert all(-1e-6 <= scale.position(tick) <= 1 + 1e-6 for tick in ticks)


@pytest.mark.parametrize(
    ("scale", "most", "ticks"),
    [
        (Scale(0, 5000), 6, [0, 1000, 2000, 3000, 4000, 5000]),
        (Scale(0, 5000), 3, [0, 2000, 4000]),
        (Scale(0, 79.6), 5, [0, 20, 40, 60]),
        (Scale(1, 100, log=True), 9, [1, 2, 5, 10, 20, 50, 100]),
        (Scale(0.01, 30, log=True), 4, [0.01, 0.1, 1, 10]),
        (Scale(0.01, 30, log=True), 2, [0.01, 1]),
    ],
)
def test_ticks_are_round(scale: Scale, most: int, ticks: list[float]) -> None:
    assert scale.ticks(most) == pytest.approx(ticks)


@given(st.floats(1e-12, 1e12))
def test_nice_steps_are_round_and_not_much_too_large(rough: float) -> None:
    step = nice_step(rough)
    assert rough * (1 - 1e-6) <= step <= rough * 2.5 * (1 + 1e-6)
    assert float(f"{step:.1e}") == pytest.approx(step)


def test_concurrency_numbers() -> None:
    assert [short_count(x) for x in powers_of_two(1, 4096)] == [
        "1", "2", "4", "8", "16", "32", "64", "128", "256", "512", "1k", "2k", "4k",
    ]  # fmt: skip
    assert short_count(1000) == "1000"
    assert short_count(3 * 2**20) == "3M"


@pytest.mark.parametrize(
    ("value", "style", "text"),
    [
        (0, "si", "0"),
        (38.04, "si", "38"),
        (2384, "si", "2.38k"),
        (999.6, "si", "1k"),
        (1.5e6, "si", "1.5M"),
        (0.012, "si", "12m"),
        (-2500, "si", "-2.5k"),
        (1e15, "si", "1000T"),
        (1e-15, "si", "1e-15"),
        (79.62, "plain", "79.6"),
        (1234.5, "plain", "1,230"),
        (0.15, "seconds", "150ms"),
        (12.34, "seconds", "12.3s"),
        (0, "seconds", "0s"),
        (120, "seconds", "120s"),
        (0.0005, "seconds", "500µs"),
        (math.nan, "si", "–"),
        (math.inf, "seconds", "–"),
    ],
)
def test_numbers_are_short(value: float, style: NumberStyle, text: str) -> None:
    assert number(value, style) == text


@pytest.mark.parametrize(
    ("value", "style", "text"),
    [
        (35.28, "si", "35.3"),
        (999.4, "si", "999"),
        (999.6, "si", "1,000"),
        (2166.4, "si", "2,166"),
        (999_999.4, "si", "999,999"),
        (2_500_000, "si", "2.5M"),
        (-2166.4, "si", "-2,166"),
        (0, "si", "0"),
        (1234.5, "plain", "1,230"),
        (0.0005, "seconds", "500 µs"),
        (0.0317, "seconds", "32 ms"),
        (0.386, "seconds", "386 ms"),
        (12.34, "seconds", "12 s"),
        (0, "seconds", "0 s"),
        (math.nan, "seconds", "–"),
    ],
)
def test_read_outs_are_written_as_words_are(value: float, style: NumberStyle, text: str) -> None:
    assert read_out(value, style) == text


@given(st.lists(st.tuples(positive, st.floats(-1e6, 1e6)), min_size=1, max_size=9))
def test_a_curve_passes_through_its_points(points: list[tuple[float, float]]) -> None:
    curve = Curve.of(points)
    known = {x: y if abs(y) > 1e-100 else 0.0 for x, y in points}
    assert all(curve.at(x) == pytest.approx(y) for x, y in known.items())
    assert curve.at(max(known) * 1.01) is None
    assert curve.at(min(known) / 1.01) is None


def test_a_curve_leaves_out_what_cannot_be_drawn() -> None:
    assert Curve.of([(1, math.nan), (math.inf, 1), (-1, 1), (0, 1), (2, 5)]) == Curve((2,), (5,))


def test_a_trace_reads_the_curve_at_each_column() -> None:
    curve = Curve.of([(1, 0), (4, 10), (16, 0)])
    heights = trace(curve, Scale(1, 16, log=True), Scale(0, 10), 9)
    assert heights.first == 0
    assert heights.heights == pytest.approx([0, 0.25, 0.5, 0.75, 1, 0.75, 0.5, 0.25, 0])
    assert heights.at(9) is None


def test_a_trace_stays_within_its_curve() -> None:
    part = trace(Curve.of([(4, 1), (8, 1)]), Scale(1, 16, log=True), Scale(0, 1), 9)
    assert (part.first, len(part.heights)) == (4, 3)
    assert trace(Curve.of([(32, 1), (64, 1)]), Scale(1, 16, log=True), Scale(0, 1), 9).heights == ()
