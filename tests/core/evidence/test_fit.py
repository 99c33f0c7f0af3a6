"""Factors of a machine, fitted to a few measurements: found again where they are known, never beyond physics."""

import math
from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roofrack.catalog.calibration import shipped_calibration
from roofrack.catalog.profiles import (
    OWN_BAND_SHARE,
)
from roofrack.domain.calibration import Adjustments
from roofrack.errors import InputError
from roofrack.evidence.case import Case
from roofrack.evidence.fit import PRIOR, fit, solve
from roofrack.evidence.measurement import Measurement
from roofrack.evidence.predict import Predictor, metric_of, point_of

Row = Callable[..., Measurement]
CONCURRENCIES = (1, 4, 16, 64, 256)


def measured(
    row: Row, predictor: Predictor, truth: Adjustments, concurrencies: Sequence[int] = CONCURRENCIES
) -> list[Case]:
    """What a machine with these factors would measure."""
    found = []
    for concurrency in concurrencies:
        for metric in ("tpot", "ttft", "output_tokens_per_s"):
            case = predictor.case(row(concurrency=concurrency, metric=metric, note="own.json"))
            true = case._replace(scenario=replace(case.scenario, adjustments=truth))
            value = metric_of(true, point_of(true, predictor.calibration)).mid
            found.append(case._replace(measurement=case.measurement._replace(value=value)))
    return found


@pytest.mark.parametrize(
    "truth",
    [
        Adjustments(),
        Adjustments(stream=0.8),
        Adjustments(compute=0.7, host=1.5),
        Adjustments(compute=0.8, request=2),
    ],
)
def test_known_factors_are_found_again(
    row: Row, predictor: Predictor, truth: Adjustments, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = fit(measured(row, predictor, truth), shipped_calibration())
    assert found.error_after <= 0.01
    assert found.error_after <= found.error_before
    # What was not measured follows too: other concurrencies, and each factor once the prior counts for little.
    for case in measured(row, predictor, truth, (2, 32, 128)):
        own = case._replace(scenario=replace(case.scenario, adjustments=found.adjustments))
        # TTFT under load counts for little, since it says more about the client than about the machine.
        within = 0.1 if case.measurement.metric == "ttft" else 0.05
        assert metric_of(own, point_of(own, predictor.calibration)).mid == pytest.approx(
            case.measurement.value, rel=within
        )
    for name, width in tuple(PRIOR.items()):
        monkeypatch.setitem(PRIOR, name, 100 * width)
    sure = fit(measured(row, predictor, truth), shipped_calibration()).adjustments
    for name in PRIOR:
        assert getattr(sure, name) == pytest.approx(getattr(truth, name), rel=0.05), name


def test_measurements_that_agree_change_nothing(row: Row, predictor: Predictor) -> None:
    found = fit(measured(row, predictor, Adjustments()), shipped_calibration())
    assert found.adjustments == Adjustments()
    assert found.error_before == pytest.approx(0)


@settings(max_examples=15)
@given(st.lists(st.floats(0.2, 5), min_size=3, max_size=3))
def test_three_points_cannot_break_physics(factors: list[float]) -> None:
    from tests.core.evidence.conftest import ROW

    predictor = _PREDICTOR
    cases = []
    for factor, concurrency in zip(factors, (1, 16, 64), strict=True):
        case = predictor.case(ROW._replace(concurrency=concurrency))
        value = metric_of(case, point_of(case, predictor.calibration)).mid * factor
        cases.append(case._replace(measurement=case.measurement._replace(value=value)))
    found = fit(cases, predictor.calibration)
    assert all(0.2 <= getattr(found.adjustments, name) <= 5 for name in PRIOR)
    single = predictor.case(ROW._replace(load="single", metric="tpot"))
    point = point_of(
        single._replace(scenario=replace(single.scenario, adjustments=found.adjustments)), predictor.calibration
    )
    assert point.tpot_s.mid > 8.03e9 * 2 / 3.35e12, "faster than the memory's bandwidth allows"


_PREDICTOR = Predictor()


def test_a_queue_that_clients_make_says_little_about_the_machine(row: Row, predictor: Predictor) -> None:
    right = measured(row, predictor, Adjustments())
    late = [
        case._replace(measurement=case.measurement._replace(value=2 * (case.measurement.value or 0)))
        if case.measurement.metric == "ttft" and (case.measurement.concurrency or 1) > 1
        else case
        for case in right
    ]
    moved = fit(late, shipped_calibration()).adjustments
    assert moved.stream == pytest.approx(1, abs=0.05)
    assert moved.compute == pytest.approx(1, abs=0.2)


def test_runs_that_contradict_each_other_change_little(row: Row, predictor: Predictor) -> None:
    agreeing, torn = [], []
    for factor, concurrency in ((1.4, 4), (0.7, 16), (1.4, 64)):
        for case in measured(row, predictor, Adjustments(), (concurrency,)):
            if case.measurement.metric == "tpot":
                value = case.measurement.value or 0
                agreeing.append(case._replace(measurement=case.measurement._replace(value=value * 1.4)))
                torn.append(case._replace(measurement=case.measurement._replace(value=value * factor)))
    explained, contradicted = (fit(cases, shipped_calibration()) for cases in (agreeing, torn))
    assert explained.error_before > 0.25
    assert explained.error_after < 0.02
    assert max(abs(math.log(getattr(explained.adjustments, name))) for name in PRIOR) > -math.log(0.85)
    held = contradicted.adjustments
    assert all(0.9 < getattr(held, name) < 1.1 for name in PRIOR)


def test_one_point_moves_less_than_the_same_point_often(row: Row, predictor: Predictor) -> None:
    slow = [c for c in measured(row, predictor, Adjustments(stream=0.6), (16,)) if c.measurement.metric == "tpot"]
    once, often = (fit(slow * n, shipped_calibration()).error_after for n in (1, 20))
    assert often < once < 0.5


def test_what_cannot_be_of_this_machine_is_refused(row: Row, predictor: Predictor) -> None:
    case = predictor.case(row(value=5.0, note="own.json"))
    with pytest.raises(InputError, match=r"own\.json: tpot 5 is .* times what Llama 3\.1 8B on NVIDIA H100"):
        fit([case], shipped_calibration())
    with pytest.raises(InputError, match="nothing to calibrate with"):
        fit([], shipped_calibration())


def test_elimination_solves() -> None:
    assert solve([[0.0, 2.0], [1.0, 1.0]], [4.0, 5.0]) == pytest.approx([3.0, 2.0])


def test_after_three_points_the_rest_of_a_configuration_is_within_five_percent(predictor: Predictor) -> None:
    """The goal of the calibration, on published series that have six or more points of TPOT."""
    from statistics import median

    from roofrack.evidence.predict import with_constants
    from roofrack.evidence.shipped import shipped

    series: dict[tuple[object, ...], list[Case]] = {}
    for row in shipped("inferencex_aic"):
        if row.metric == "tpot" and row.gpu in ("h200-sxm-141gb", "h100-sxm5-80gb") and row.weights in ("fp8", "mxfp4"):
            key = (
                row.model,
                row.gpu,
                row.tp,
                row.dp,
                row.ep,
                row.engine,
                row.engine_version,
                row.date,
                row.prompt_tokens,
            )
            case = predictor.case(row)
            series.setdefault(key, []).append(case._replace(scenario=with_constants(case, predictor.calibration)))
    before, after, held = [], [], []
    for cases in (found for found in series.values() if len(found) >= 5):
        cases.sort(key=lambda case: case.measurement.concurrency or 1)
        picked = (0, len(cases) // 2, len(cases) - 1)
        adjustments = fit([cases[i] for i in picked], predictor.calibration).adjustments
        for case in (case for i, case in enumerate(cases) if i not in picked):
            own = case._replace(scenario=replace(case.scenario, adjustments=adjustments))
            value = case.measurement.value or math.nan
            before.append(abs(point_of(case, predictor.calibration).tpot_s.mid / value - 1))
            narrow = point_of(
                own._replace(scenario=replace(own.scenario, band_share=OWN_BAND_SHARE)), predictor.calibration
            )
            after.append(abs(narrow.tpot_s.mid / value - 1))
            held.append(narrow.tpot_s.low <= value <= narrow.tpot_s.high)
    assert len(after) > 20
    assert median(after) < 0.05
    assert median(after) < median(before)
    assert 0.7 < sum(held) / len(held) < 0.97
