"""Pins: kept beside the plan on screen, under its cursor and targets, and never lost by going back."""

from __future__ import annotations

from dataclasses import replace

import pytest
from app_tools import LLAMA_70B, TOO_BIG

from roofrack.catalog import Catalog
from roofrack.compare import Member
from roofrack.domain import RackSpec, Targets, WorkloadSpec
from roofrack.errors import InputError
from roofrack.plan import plan
from roofrack_tui.figures import throughput_chart
from roofrack_tui.messages import ConcurrencyChosen, GpusChosen, ScenarioChosen, WeightsChosen
from roofrack_tui.overlays import overlay
from roofrack_tui.pins import MOST_PINS, Line, Pins, Sight
from roofrack_tui.raster.chart import draw_chart
from roofrack_tui.raster.ink import plain_text
from roofrack_tui.raster.look import Look
from roofrack_tui.store import Store


def toggle(store: Store) -> str:
    return store.pins.toggle(store.plan, store.catalog)


@pytest.fixture
def store(catalog: Catalog) -> Store:
    return Store(LLAMA_70B, catalog)


def test_a_pin_is_said_and_unpinned_by_the_same_key(store: Store) -> None:
    assert toggle(store) == "pinned: Llama 3.1 70B · 4x H100 SXM5 80GB · fp8; change something and the charts show both"
    assert store.sight.current.name == "Llama 3.1 70B · 4x H100 SXM5 80GB · fp8"
    assert store.sight.others == ()
    store.choose(WeightsChosen("bf16"))
    assert [(line.name, line.style, line.on_screen) for line in store.sight.lines] == [
        ("fp8", 1, False),
        ("bf16", 0, True),
    ]
    assert toggle(store) == "pinned 2 of 4: bf16; c compares"
    assert [(line.style, line.pin) for line in store.sight.lines] == [(1, 0), (0, 1)]
    assert toggle(store) == "unpinned: bf16"
    assert len(store.pins) == 1


def test_a_plan_that_comes_out_the_same_is_the_same_pin(store: Store) -> None:
    store.choose(WeightsChosen(None))
    toggle(store)
    taken = store.plan.scenario.weights.id
    store.choose(WeightsChosen(taken))
    store.choose(ConcurrencyChosen(128))
    assert toggle(store).startswith("unpinned: ")


def test_four_plans_at_most(store: Store) -> None:
    for count in (1, 2, 3, 4, 8):
        store.choose(GpusChosen(count))
        said = toggle(store)
    assert said == "! 4 plans are pinned already: c shows them, x there unpins one"
    assert len(store.pins) == MOST_PINS
    assert sorted(line.style for line in store.sight.lines) == [0, 1, 2, 3, 4]
    assert len({line.name for line in store.sight.lines}) == 5


def test_looks_stay_with_their_plans(store: Store) -> None:
    for weights in ("bf16", "fp8"):
        store.choose(WeightsChosen(weights))
        toggle(store)
    store.choose(WeightsChosen("awq-int4"))
    before = {line.name: line.style for line in store.sight.lines}
    store.pins.remove(0)
    after = {line.name: line.style for line in store.sight.lines}
    assert after["fp8"] == before["fp8"] == 2
    toggle(store)
    store.choose(GpusChosen(2))
    assert store.sight.lines[1].style == 1  # the look that was given back


def test_pins_follow_cursor_and_targets(store: Store, catalog: Catalog) -> None:
    toggle(store)
    store.choose(WeightsChosen("bf16"))
    store.choose(ScenarioChosen(replace(store.spec, targets=Targets(tpot_s=0.03))))
    for concurrency in (96, 7, 384):
        store.choose(ConcurrencyChosen(concurrency))
        pinned = store.sight.lines[0].plan
        alone = replace(LLAMA_70B, workload=WorkloadSpec(concurrency=concurrency), targets=Targets(tpot_s=0.03))
        assert pinned == plan(alone, catalog)
        assert pinned.at is not None
        assert pinned.at.concurrency == concurrency


def test_going_back_keeps_what_was_pinned_since(store: Store) -> None:
    store.choose(WeightsChosen("bf16"))
    toggle(store)
    store.undo()
    assert store.spec == LLAMA_70B
    assert [line.name for line in store.sight.lines] == ["bf16", "fp8"]
    store.redo()
    assert [line.on_screen for line in store.sight.lines] == [True]


def test_going_back_over_a_swap_swaps_again(store: Store) -> None:
    toggle(store)
    store.choose(WeightsChosen("bf16"))
    store.swap(0)
    for _ in range(3):
        assert [(line.name, line.on_screen) for line in store.sight.lines] == [("bf16", False), ("fp8", True)]
        store.undo()
        assert [(line.name, line.on_screen) for line in store.sight.lines] == [("fp8", False), ("bf16", True)]
        store.redo()
    # The step before the swap is an ordinary one: it moves no pins.
    store.undo()
    store.undo()
    assert [member.spec for member in store.pins.members] == [LLAMA_70B]


def test_a_name_goes_where_its_plan_goes(store: Store) -> None:
    toggle(store)
    store.pins.rename(0, "fast")
    store.choose(WeightsChosen("bf16"))
    store.swap(0)
    assert [(line.name, line.on_screen) for line in store.sight.lines] == [("bf16", False), ("fast", True)]
    store.choose(ConcurrencyChosen(96))
    assert store.sight.current.name == "fast"
    store.swap(0)
    assert [(line.name, line.on_screen) for line in store.sight.lines] == [("fast", False), ("bf16", True)]
    store.undo()
    assert [(line.name, line.on_screen) for line in store.sight.lines] == [("bf16", False), ("fast", True)]


def test_names_are_ones_own_or_what_differs(store: Store) -> None:
    toggle(store)
    store.choose(WeightsChosen("bf16"))
    toggle(store)
    store.pins.rename(0, "\x1b[31mmine‮")
    assert [line.name for line in store.sight.lines] == ["mine", "bf16"]
    with pytest.raises(InputError, match="another pin is called 'mine'"):
        store.pins.rename(1, "mine")
    store.pins.rename(0, "")
    assert [line.name for line in store.sight.lines] == ["fp8", "bf16"]


def test_order_has_ends(store: Store) -> None:
    for weights in ("bf16", "fp8", "awq-int4"):
        store.choose(WeightsChosen(weights))
        toggle(store)
    assert store.pins.move(0, -1) == 0
    assert store.pins.move(2, 1) == 2
    assert store.pins.move(0, 1) == 1
    assert [member.spec.weights for member in store.pins.members] == ["fp8", "bf16", "awq-int4"]


def test_a_set_that_cannot_be_planned_changes_nothing(store: Store) -> None:
    toggle(store)
    bad = replace(LLAMA_70B, model="nosuch")
    with pytest.raises(InputError, match="plan 2: unknown model"):
        store.pins.take([Member(LLAMA_70B), Member(bad)], store.plan, store.catalog)
    assert len(store.pins) == 1
    store.pins.take([Member(replace(LLAMA_70B, weights="bf16"), "old"), Member(TOO_BIG)], store.plan, store.catalog)
    assert store.sight.lines[0].name == "old"
    assert len(store.sight.lines) == 3


def test_a_pin_whose_preset_is_gone_is_unpinned_and_named(catalog: Catalog, whole_catalog: Catalog) -> None:
    pins = Pins()
    small = replace(LLAMA_70B, model="Qwen/Qwen3-0.6B", rack=RackSpec(device="l4"), weights="bf16")
    pins.toggle(plan(small, whole_catalog), whole_catalog)
    sight = pins.sight(plan(LLAMA_70B, catalog), catalog)
    assert sight.lost.startswith("! unpinned Qwen/Qwen3-0.6B: unknown ")
    assert len(pins) == 0
    assert [line.on_screen for line in sight.lines] == [True]


@pytest.mark.parametrize("metric", ["total", "each", "ttft", "tpot"])
def test_curves_are_each_plans_own(store: Store, metric: str) -> None:
    toggle(store)
    store.choose(WeightsChosen("bf16"))
    toggle(store)
    store.choose(GpusChosen(8))
    values = {
        "total": "output_tokens_per_s",
        "each": "tokens_per_s_per_user",
        "ttft": "ttft_s",
        "tpot": "tpot_s",
    }
    chart = overlay(metric, store.sight)  # type: ignore[arg-type]
    shown = (store.sight.current, *store.sight.others)
    for line, series in zip(shown, chart.series, strict=True):
        assert (series.name, series.style) == (line.name, line.style)
        own = [(point.concurrency, getattr(point, values[metric]).mid) for point in line.plan.curve]
        assert list(series.points) == own
        assert bool(series.band) == line.on_screen
        assert chart.cursor in dict(series.points)  # the read-out is a computed point, not one between two
    assert chart.right is None


@pytest.mark.parametrize("rendering", ["braille", "blocks", "ascii"])
@pytest.mark.parametrize("size", [(45, 11), (48, 14), (52, 10), (90, 20)])
def test_every_plan_is_read_out_under_its_mark(store: Store, rendering: str, size: tuple[int, int]) -> None:
    for count in (2, 4, 8):
        store.choose(GpusChosen(count))
        toggle(store)
    store.choose(WeightsChosen("bf16"))
    drawn = plain_text(draw_chart(overlay("total", store.sight), *size, Look(rendering=rendering)).rows)  # type: ignore[arg-type]
    head = "\n".join(drawn[:3])
    for sign in "*+x#" if rendering == "ascii" else "●■▲◆":
        assert sign in head
    words = head if size[0] < 60 else "\n".join(drawn)  # wide charts have the names beside the lines
    for line in store.sight.lines:
        assert line.name in words.replace("|", "·")


def test_a_plan_that_does_not_fit_leaves_the_others_their_curves(store: Store) -> None:
    toggle(store)
    store.choose(ScenarioChosen(TOO_BIG))
    chart = overlay("tpot", store.sight)
    assert [bool(series.points) for series in chart.series] == [False, True]
    assert chart.zone is None
    assert chart.left.log
    drawn = plain_text(draw_chart(chart, 60, 12).rows)
    assert "–" in drawn[0]


def test_where_requests_wait_is_said_of_the_plan_on_screen(store: Store) -> None:
    alone = overlay("total", Sight((Line(store.plan, "", 0, None, on_screen=True),)))
    assert alone.zone is not None
    assert alone.zone.style is None
    toggle(store)
    store.choose(GpusChosen(8))
    chart = overlay("total", store.sight)
    assert chart.zone is not None
    assert (chart.zone.label, chart.zone.style) == ("more wait", store.sight.current.style)
    assert {vertical.style for vertical in chart.verticals} == {store.sight.current.style}


def test_without_a_curve_of_its_own_a_chart_reaches_as_far_as_the_others(store: Store) -> None:
    for prompt in (256, 16_384):
        workload = replace(LLAMA_70B.workload, prompt_tokens=prompt)
        store.choose(ScenarioChosen(replace(LLAMA_70B, workload=workload)))
        toggle(store)
    reached = [throughput_chart(line.plan, None, None).x_range for line in store.sight.lines]
    store.choose(ScenarioChosen(TOO_BIG))
    chart = overlay("total", store.sight)
    assert len(set(reached)) == 2
    assert chart.x_range == (min(low for low, _ in reached), max(high for _, high in reached))  # type: ignore[misc]
    assert overlay("total", store.sight, (2, 50)).x_range == (2, 50)


def test_targets_stand_on_the_quantity_that_they_are_of(store: Store) -> None:
    store.choose(ScenarioChosen(replace(LLAMA_70B, targets=Targets(ttft_s=0.5, tpot_s=0.05))))
    toggle(store)
    for metric, value in (("ttft", 0.5), ("tpot", 0.05)):
        (target,) = overlay(metric, store.sight).targets  # type: ignore[arg-type]
        assert (target.y, target.side) == (value, "left")
    assert overlay("total", store.sight).left != overlay("ttft", store.sight).left
