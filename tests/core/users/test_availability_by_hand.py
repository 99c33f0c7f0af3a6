"""Nodes that fail on their own: binomial probabilities by whole fractions, and what is made of them."""

from dataclasses import replace
from fractions import Fraction
from math import comb

import pytest

from roofrack.catalog import default_catalog
from roofrack.domain import AudienceSpec, ParallelSpec, RackSpec, ScenarioSpec
from roofrack.settle import settle
from roofrack.users import availability
from roofrack.users.availability import at_least, node_availability, spares, surviving

CATALOG = default_catalog()
FOUR = ScenarioSpec(
    model="llama-3.1-8b",
    rack=RackSpec(device="h100-sxm5-80gb", nodes=4),
    parallel=ParallelSpec(tp=1, dp=4),
    audience=AudienceSpec(node_availability=0.9),
)


def binomial(needed: int, units: int, works: Fraction) -> float:
    """At least so many, without rounding."""
    each = (comb(units, up) * works**up * (1 - works) ** (units - up) for up in range(needed, units + 1))
    return float(sum(each, Fraction(0)))


@pytest.mark.parametrize("units", [1, 2, 7, 40])
def test_few_units_are_counted_exactly(units: int) -> None:
    for needed in range(units + 1):
        assert at_least(needed, units, 0.75) == pytest.approx(binomial(needed, units, Fraction(3, 4)), rel=1e-9)
        assert at_least(needed, units, 0.75) <= 1


@pytest.mark.parametrize("needed", [2950, 2970, 2985, 2999])
def test_many_units_are_nearly_normal(needed: int) -> None:
    """Beyond what is counted exactly; the skew of so rare failures costs less than a hundredth."""
    works = Fraction(99, 100)
    exact = binomial(needed, 3000, works)
    assert at_least(needed, 3000, float(works)) == pytest.approx(exact, abs=0.04)


@pytest.mark.parametrize(("target", "working"), [(0.7, 3), (0.95, 2), (0.99, 1), (0.9995, 0)])
def test_how_many_of_three_work_nine_times_in_ten(target: float, working: int) -> None:
    """Three with 0.729, two with 0.972, one with 0.999."""
    assert surviving(3, 0.9, target) == working


def test_spares_or_none() -> None:
    assert spares(1, 0.9, 0.99) == 1
    assert spares(1, 0.9, 0.999) == 2
    assert spares(1, 0.05, 0.5) == 13
    assert spares(1, 0.01, 0.9) is None


def test_a_rack_of_four_nodes() -> None:
    found = availability(settle(FOUR, CATALOG), 0.95)
    assert (found.unit, found.units, found.replicas_per_unit) == ("node", 4, 1)
    assert found.all_work == pytest.approx(0.9**4)
    assert found.any_works == pytest.approx(1 - 0.1**4)
    assert (found.surviving, found.spares) == (2, 2)
    assert found.source == "given"


def test_an_availability_that_nobody_gave_is_the_dated_default() -> None:
    found = availability(settle(replace(FOUR, audience=AudienceSpec()), CATALOG))
    assert found.unit_availability == node_availability(None)
    assert found.source not in ("", "given")
    assert (found.target, found.surviving, found.spares) == (None, None, None)
