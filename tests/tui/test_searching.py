"""Search and box in the app: fields, progress, cancel, tables, chart, nothing found, absurd input."""

from __future__ import annotations

from dataclasses import replace

import pytest
from app_tools import LLAMA_70B, MakeApp, main_screen, screen_text, settled
from searching_tools import SMALL, answer, field, opened

from roofrack.domain.money import AudienceSpec
from roofrack.domain.workload import Targets
from roofrack.report.search_command import search_command
from roofrack_tui.screens.searching import SearchScreen
from roofrack_tui.screens.searching_fields import LOAD
from roofrack_tui.screens.searching_rows import rack_name
from roofrack_tui.widgets.chart import Chart
from roofrack_tui.widgets.menu import Menu

pytestmark = pytest.mark.usefixtures("find_once")


async def test_what_was_left_out_is_said_without_the_command_line_and_a_cut_is_marked(
    make_searching_app: MakeApp,
) -> None:
    app = make_searching_app(SMALL)
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await opened(pilot)
        for repeated in (1, 5):
            screen.found = screen.found._replace(left_out=("105 devices: no rent is known (give --price)",) * repeated)
            screen.show()
            await settled(pilot)
            head = screen_text(app).splitlines()[:5]
            assert "left out: 105 devices: no rent is known" in " ".join(line.strip("│ ") for line in head)
            assert "--price" not in "".join(head)
            assert any(line.rstrip("│ ").endswith("…") for line in head) == (repeated == 5)


async def test_it_starts_from_the_plan_and_enter_opens_the_best(make_searching_app: MakeApp) -> None:
    app = make_searching_app(SMALL)
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await opened(pilot)
        assert isinstance(screen, SearchScreen)
        assert screen.wanted.spec.targets == SMALL.targets
        assert screen.wanted.spec.concurrency == 32
        best = screen.found.ranked[0]
        assert best.strain <= 1
        await pilot.press("y")
        assert app.clipboard == search_command(screen.wanted.spec)
        assert "copied: roofrack search meta-llama/Llama-3.1-8B-Instruct --concurrency 32" in screen_text(app)
        assert f"cheapest: {rack_name(best, screen.catalog)}, {best.weights}" in screen_text(app)
        await pilot.press("enter")
        await settled(pilot)
        chosen = main_screen(app).store
        assert chosen.spec.rack.device == best.device
        assert chosen.plan.at.ttft_s.mid <= 1.0
        assert chosen.plan.at == best.point
        assert chosen.spec.money == SMALL.money
        await pilot.press("z")
        await settled(pilot)
        assert main_screen(app).store.spec == SMALL


async def test_without_targets_usual_ones_are_shown(make_searching_app: MakeApp) -> None:
    app = make_searching_app(LLAMA_70B)
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await opened(pilot)
        assert screen.wanted.spec.targets == Targets(ttft_s=2.0, tpot_s=0.05)
        assert field(app, "ttft_s").field.value == "2 s"
        assert field(app, "tpot_s").field.value == "50 ms"
        assert "mean TTFT 2.0 s, TPOT 50 ms" in screen_text(app)


@pytest.mark.parametrize("size", [(80, 24), (60, 20)])
async def test_targets_stay_in_sight_and_the_row_is_told_apart_from_the_table(
    make_searching_app: MakeApp, size: tuple[int, int]
) -> None:
    app = make_searching_app(LLAMA_70B)
    async with app.run_test(size=size) as pilot:
        screen = await opened(pilot)
        lines = screen_text(app).splitlines()
        assert "64 at once · mean TTFT 2.0 s, TPOT 50 ms" in lines[1]
        about = screen.query_one("#about").region
        assert "TP 2" in lines[about.y]
        assert not lines[about.y - 1].strip("│ ")


async def test_people_of_the_plan_are_asked_for(make_searching_app: MakeApp) -> None:
    app = make_searching_app(replace(SMALL, audience=AudienceSpec(users=100_000, peak=2)))
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await opened(pilot)
        assert field(app, "load").field.value == "100,000 users"
        assert screen.wanted.spec.concurrency == 20
        await answer(pilot, "load", "300 sessions")
        assert screen.wanted.audience == AudienceSpec(sessions=300, peak=2)
        # 600 at the peak, each answer at most 1 s + 255 x 30 ms, 30 s to think: 600 x 8.65 / 38.65
        assert screen.wanted.spec.concurrency == 135
        assert "600" not in field(app, "load").field.value


@pytest.mark.parametrize("width", [80, 120])
async def test_a_changed_field_begins_again(make_searching_app: MakeApp, width: int) -> None:
    app = make_searching_app(SMALL)
    async with app.run_test(size=(width, 24)) as pilot:
        screen = await opened(pilot)
        before = screen.found
        await answer(pilot, "devices", "a100-sxm4-80gb, rtx-4090")
        await answer(pilot, "gpus", "4")
        assert screen.found is not before
        assert {one.device for one in screen.found.ranked} <= {"a100-sxm4-80gb", "rtx-4090"}
        assert max(one.gpus for one in (*screen.found.ranked, *screen.found.front)) <= 4
        await pilot.press("escape")
        assert app.screen is screen
        assert isinstance(app.focused, Menu)
        await pilot.press("s")
        await settled(pilot)
        assert screen.wanted.spec.sort == "gpus"
        assert "fewest GPUs" in screen_text(app)
        await pilot.press("escape")
        await settled(pilot)
        assert app.screen is main_screen(app)
        assert main_screen(app).store.spec == SMALL


ABSURD = [
    ("load", "0", "must be above 0"),
    ("load", "-5 users", "must be above 0"),
    ("load", "10^12", "at most 1,000,000"),
    ("load", "10^12 users", "requests at once"),
    ("load", "many", "is no load"),
    ("load", "", "cannot be empty"),
    ("ttft_s", "0", "must be above 0"),
    ("ttft_s", "-1 s", "must be above 0"),
    ("tpot_s", "soon", "is not a number"),
    ("tokens_per_s_per_user", "-20", "must be above 0"),
    ("availability", "300 %", "at most 0.9999999"),
    ("availability", "0", "must be above 0"),
    ("gpus", "0", "at least 1"),
    ("gpus", "10^12", "at most 16,384"),
    ("gpus", "-8", "at least 1"),
    ("usd_per_hour", "-4", "must be above 0"),
    ("usd_per_hour", "nan", "is not a number"),
    ("devices", "h200000", "h200000"),
    ("models", "no-such-model", "no-such-model"),
    ("models", "", "cannot be empty"),
    ("quality", "splendid", "is none of"),
    ("sure", "luck", "is none of"),
    ("sort", "beauty", "is none of"),
    ("engines", "cuda", "cuda"),
]


async def test_absurd_answers_are_refused_at_their_field(make_searching_app: MakeApp) -> None:
    app = make_searching_app(SMALL)
    async with app.run_test(size=(120, 50)) as pilot:
        screen = await opened(pilot)
        found, wanted = screen.found, screen.wanted
        for key, text, said in ABSURD:
            line = field(app, key)
            given, line.field.value = line.field.value, text
            await pilot.pause()
            assert said in line._problem, (key, text, line._problem)
            assert f"! {line._problem[:8]}" in screen_text(app)
            line.field.value = given
            await pilot.pause()
            assert not line._problem
        await answer(pilot, "ttft_s", "0")
        assert (screen.found, screen.wanted) == (found, wanted), "what is refused changes nothing"
        assert not screen.running


async def test_nothing_fits_says_why_and_what_it_would_take(make_searching_app: MakeApp) -> None:
    app = make_searching_app(replace(SMALL, targets=Targets(ttft_s=0.001, tpot_s=0.03)))
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await opened(pilot)
        text = " ".join(screen_text(app).split())
        assert "✗ Nothing within 64 GPUs keeps the target of 1.0 ms TTFT" in text
        assert "without the limit on TTFT: TTFT becomes" in text
        assert "without the limit on TPOT: still nothing" in text
        assert "✗ misses TTFT" in text
        assert not screen.query_one(Chart).display
        await pilot.press("j")
        assert screen.row.fails == "only without the limit on TTFT"
        chosen = screen.row.plan
        await pilot.press("enter")
        await settled(pilot)
        assert main_screen(app).store.spec.rack.device == chosen.device


async def test_the_chart_takes_the_place_of_the_table_and_moves_along_the_front(make_searching_app: MakeApp) -> None:
    app = make_searching_app(SMALL)
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await opened(pilot)
        chart = screen.query_one(Chart)
        assert not chart.display
        assert "v chart" in screen_text(app)
        await pilot.press("v")
        await settled(pilot)
        assert "v table" in screen_text(app)
        assert "v chart" not in screen_text(app)
        assert chart.display
        assert not screen.query_one(Menu).display
        assert "nothing cheaper is faster" in screen_text(app)
        costs = sorted(one.usd_per_hour for one in screen.found.front)
        for usd in costs[1:4]:
            await pilot.press("right")
            await settled(pilot)
            assert screen.row.plan.usd_per_hour == usd
            assert screen.row.plan in screen.found.front
            assert f"${usd:,.2f}/h" in screen_text(app)
        chosen = screen.row.plan
        await pilot.press("enter")
        await settled(pilot)
        assert main_screen(app).store.plan.at == chosen.point


async def test_the_worst_end_of_the_band_may_be_asked_for(make_searching_app: MakeApp) -> None:
    app = make_searching_app(SMALL)
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await opened(pilot)
        cheapest = screen.found.ranked[0].usd_per_hour
        await pilot.press("e")
        field(app, "sure").field.focus()
        await pilot.press("right", "enter")
        await settled(pilot)
        assert screen.wanted.spec.sure
        best = screen.found.ranked[0]
        assert best.point.tpot_s.high <= 0.03
        assert best.usd_per_hour >= cheapest
        assert "TPOT 30 ms (worst of the 80 % band)" in screen_text(app)


async def test_spare_replicas_are_searched_and_named(make_searching_app: MakeApp) -> None:
    app = make_searching_app(SMALL)
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await opened(pilot)
        await answer(pilot, "availability", "99.9 %")
        best = screen.found.ranked[0]
        assert best.working < best.dp
        assert "spare)" in screen_text(app)


@pytest.mark.parametrize(
    ("text", "load"),
    [
        ("64", (64, "requests")),
        ("64 at once", (64, "requests")),
        ("1,000 users", (1000, "users")),
        ("5k users", (5000, "users")),
        ("1e6users", (1_000_000, "users")),
        ("10^3 people", (1000, "users")),
        ("200 sessions", (200, "sessions")),
        ("2.5 requests/s", (2.5, "requests_per_s")),
        ("2.5/s", (2.5, "requests_per_s")),
    ],
)
def test_loads_as_people_write_them(text: str, load: tuple[float, str]) -> None:
    read = LOAD.read(text)
    assert tuple(read) == load
    assert LOAD.read(LOAD.write(read)) == read
