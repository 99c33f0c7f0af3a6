"""Numbers for people: times in one unit, prices and rates with as many digits as their neighbours."""

import re
from pathlib import Path

import pytest

import roofrack
import roofrack_tui
from roofrack.report.units import deviation, duration_ends, percent, steady_rate, usd, whole_percent
from roofrack.results import Band


@pytest.mark.parametrize(
    ("low", "mid", "high", "text"),
    [
        (0.161, 0.336, 0.698, "161 to 698 ms"),
        (0.257, 0.535, 1.1, "257 to 1,100 ms"),
        (59, 74, 93, "59 to 93 s"),
        (62, 79, 120, "62 to 120 s"),
        (100, 140, 200, "1.7 to 3.3 min"),
        (0.9, 2.0, 4.6, "0.9 to 4.6 s"),
        (0.0004, 0.002, 0.004, "0.4 to 4.0 ms"),
    ],
)
def test_a_band_of_times_has_one_unit(low: float, mid: float, high: float, text: str) -> None:
    assert duration_ends(Band(low, mid, high)) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.019, "$0.0190"),
        (0.0899, "$0.0899"),
        (0.1, "$0.10"),
        (0.00001, "$1e-05"),
        (99.999, "$100.00"),
        (1e4, "$10,000"),
    ],
)
def test_prices_of_one_column_have_as_many_digits(value: float, text: str) -> None:
    assert usd(value) == text


@pytest.mark.parametrize(
    ("value", "text"), [(57, "57.0"), (0.38, "0.380"), (5.4, "5.40"), (99.96, "100"), (1840, "1,840"), (0.001, "0.001")]
)
def test_rates_of_one_column_have_three_digits(value: float, text: str) -> None:
    assert steady_rate(value) == text


@pytest.mark.parametrize(
    ("share", "text", "whole"),
    [
        (0.45, "45 %", "45 %"),
        (0.001, "0.1 %", "0 %"),
        (0.3333, "33.3 %", "33 %"),
        (12.344, "1,234 %", "1,234 %"),
        (1, "100 %", "100 %"),
    ],
)
def test_percent_signs_stand_apart(share: float, text: str, whole: str) -> None:
    assert (percent(share), whole_percent(share)) == (text, whole)


@pytest.mark.parametrize("package", [roofrack, roofrack_tui])
def test_no_percent_is_written_by_another_rule(package: object) -> None:
    for path in Path(package.__file__).parent.rglob("*.py"):  # type: ignore[attr-defined]
        assert not re.search(r"\{[^{}\n]*:[^{}\n]*%\}", path.read_text(encoding="utf-8")), path


@pytest.mark.parametrize(("share", "said"), [(0.134, "+13 %"), (-0.004, "0 %"), (0.0, "0 %"), (-0.5, "-50 %")])
def test_nothing_is_off_by_a_signed_nothing(share: float, said: str) -> None:
    assert deviation(share) == said
