from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from roofrack_tui.raster.chart import ChartPainter, draw_chart
from roofrack_tui.raster.ink import BANDS, CHIP, HATCH_OVER, LIMIT, ROLES, SERIES, TARGET, plain_text
from roofrack_tui.raster.look import Look
from roofrack_tui.raster.spec import Axis, ChartSpec, Layer, Measured, Series, Target, Vertical, Zone

LOOKS = [
    Look(),
    Look(shading="pattern"),
    Look("blocks"),
    Look("blocks", sparse=True),
    Look("blocks", shading="pattern"),
    Look("ascii"),
    Look("ascii", grid=False, shading="pattern"),
]
DOUBLINGS = [2.0**n for n in range(11)]
RISING = Series("total", [(x, 10 * x) for x in DOUBLINGS])
FALLING = Series("each", [(x, 100 / x) for x in DOUBLINGS], side="right")

anything = st.floats(allow_nan=True, allow_infinity=True, width=64)
names = st.text(max_size=12)
sides = st.sampled_from(["left", "right"])
pairs = st.lists(st.tuples(anything, anything), max_size=6)
axes = st.builds(
    Axis,
    unit=names,
    log=st.booleans(),
    low=st.none() | anything,
    high=st.none() | anything,
    numbers=st.sampled_from(["si", "plain", "seconds"]),
)
series = st.builds(
    Series,
    name=names,
    points=pairs,
    band=st.lists(st.tuples(anything, anything, anything), max_size=5),
    side=sides,
    style=st.none() | st.integers(0, 20),
    mark=st.booleans(),
)
specs = st.builds(
    ChartSpec,
    series=st.lists(series, max_size=9),
    stack=st.lists(st.builds(Layer, name=names, points=pairs, style=st.none() | st.integers(0, 9)), max_size=4),
    stack_bars=st.booleans(),
    left=axes,
    right=st.none() | axes,
    targets=st.lists(
        st.builds(Target, y=anything, label=names, side=sides, kind=st.sampled_from(["target", "limit"])), max_size=3
    ),
    verticals=st.lists(st.builds(Vertical, x=anything, label=names, style=st.none() | st.integers(0, 9)), max_size=2),
    zone=st.none() | st.builds(Zone, x=anything, label=names, kind=st.sampled_from(["wait", "over"])),
    measured=st.lists(
        st.builds(Measured, x=anything, y=anything, side=sides, names=st.lists(names, max_size=3).map(tuple)),
        max_size=3,
    ),
    x_range=st.none() | st.tuples(anything, anything),
    x_unit=names,
    cursor=st.none() | anything,
    cursor_stops=st.lists(anything, max_size=3),
    readout=st.none() | st.lists(names, max_size=3),
)


@settings(max_examples=80, deadline=None)
@given(
    spec=specs,
    width=st.integers(0, 40) | st.integers(0, 210),
    height=st.integers(0, 12) | st.integers(0, 60),
    look=st.sampled_from(LOOKS),
)
def test_any_input_fills_exactly_the_cells_asked_for(spec: ChartSpec, width: int, height: int, look: Look) -> None:
    raster = draw_chart(spec, width, height, look)
    assert len(raster.rows) == height
    for row in raster.rows:
        text = "".join(part for part, _ in row)
        assert cell_len(text) == width
        assert all(ink.fore in ROLES and ink.back in ROLES for _, ink in row)
    for stop in raster.stops:
        column = raster.column_at(stop)
        assert raster.left <= column < raster.left + raster.width


@settings(max_examples=80, deadline=None)
@given(
    spec=specs, cursors=st.lists(st.none() | st.floats(0.1, 5000), min_size=1, max_size=4), look=st.sampled_from(LOOKS)
)
def test_a_painter_that_has_drawn_before_draws_the_same(
    spec: ChartSpec, cursors: list[float | None], look: Look
) -> None:
    painter = ChartPainter()
    for index, cursor in enumerate(cursors):
        moved = spec._replace(
            cursor=cursor, readout=spec.readout and [f"at {cursor}"], x_unit="" if index % 3 else "users"
        )
        assert painter.draw(moved, 80, 16, look) == draw_chart(moved, 80, 16, look)


@settings(max_examples=80, deadline=None)
@given(spec=specs, look=st.sampled_from(LOOKS))
def test_no_number_that_is_none_is_shown(spec: ChartSpec, look: Look) -> None:
    unnamed = spec._replace(
        series=[s._replace(name="") for s in spec.series],
        stack=[layer._replace(name="") for layer in spec.stack],
        targets=[t._replace(label="", brief="") for t in spec.targets],
        verticals=[v._replace(label="") for v in spec.verticals],
        zone=spec.zone and spec.zone._replace(label=""),
        left=spec.left._replace(unit=""),
        right=spec.right and spec.right._replace(unit=""),
        x_unit="",
        readout=None,
    )
    shown = "\n".join(plain_text(draw_chart(unnamed, 80, 20, look).rows)).lower()
    assert "nan" not in shown
    assert "inf" not in shown


@settings(max_examples=80, deadline=None)
@given(spec=specs, width=st.integers(1, 200))
def test_columns_and_concurrencies_lead_to_each_other(spec: ChartSpec, width: int) -> None:
    raster = draw_chart(spec, width, 8)
    columns = range(raster.left, raster.left + raster.width)
    values = [raster.x_at(column) for column in columns]
    assert values == sorted(values)
    assert [raster.column_at(value) for value in values] == list(columns)
    assert raster.column_at(1e-300) == columns[0]
    assert raster.column_at(1e300) == columns[-1]


@settings(max_examples=80, deadline=None)
@given(spec=specs, look=st.sampled_from([look for look in LOOKS if look.ascii]))
def test_ascii_stays_ascii(spec: ChartSpec, look: Look) -> None:
    plain = spec._replace(
        series=[s._replace(name="a name that is long") for s in spec.series],
        stack=[layer._replace(name="layer") for layer in spec.stack],
        targets=[t._replace(label="target") for t in spec.targets],
        verticals=[v._replace(label="vertical") for v in spec.verticals],
        zone=spec.zone and spec.zone._replace(label="zone"),
        left=spec.left._replace(unit="left", numbers="plain"),
        right=spec.right and spec.right._replace(unit="right", numbers="plain"),
        x_unit="users",
        readout=["text"],
        measured=[m._replace(names=("measured", "less")) for m in spec.measured],
    )
    for row in plain_text(draw_chart(plain, 60, 12, look).rows):
        assert row.isascii()


def test_two_axes_small() -> None:
    spec = ChartSpec(
        series=[RISING, FALLING],
        left=Axis("tok/s"),
        right=Axis("each"),
        targets=[Target(20, "SLO", side="right")],
        zone=Zone(256, "wait"),
        cursor=16,
        x_unit="users",
    )
    assert plain_text(draw_chart(spec, 48, 9, Look(shading="pattern")).rows) == GOLDEN_TWO_AXES


def test_ascii_small() -> None:
    spec = ChartSpec(series=[RISING], left=Axis("GiB"), targets=[Target(9000, "full", kind="limit")], cursor=64)
    assert plain_text(draw_chart(spec, 36, 7, Look("ascii")).rows) == GOLDEN_ASCII


def test_stack_small() -> None:
    layers = [Layer("weights", [(1, 20), (64, 20)]), Layer("KV", [(1, 1), (8, 8), (64, 64)])]
    spec = ChartSpec(stack=layers, left=Axis("GiB", numbers="plain"), targets=[Target(64, "64 GiB", kind="limit")])
    assert plain_text(draw_chart(spec, 36, 9, Look(shading="pattern")).rows) == GOLDEN_STACK


def _inks(spec: ChartSpec, look: Look | None = None) -> set[str]:
    rows = draw_chart(spec, 80, 20, look).rows
    return {ink.fore for row in rows for _, ink in row} | {ink.back for row in rows for _, ink in row}


def test_a_line_rises_where_its_values_do() -> None:
    raster = draw_chart(ChartSpec(series=[RISING._replace(mark=False, name="")], left=Axis(log=True)), 60, 20)
    tops = []
    for column in range(raster.left, raster.left + raster.width):
        inked = [y for y, row in enumerate(raster.rows) if _role_at(row, column) == SERIES[0]]
        assert inked
        tops.append(min(inked))
    assert tops == sorted(tops, reverse=True)
    assert tops[0] - tops[-1] > 10


def _role_at(row: tuple[tuple[str, tuple[str, str]], ...], column: int) -> str:
    for text, ink in row:
        if column < len(text):
            return ink[0]
        column -= len(text)
    raise AssertionError("outside the row")


def test_series_differ_without_colour() -> None:
    both = [RISING._replace(name="a"), Series("b", [(x, 5 * x) for x in DOUBLINGS])]
    texts = [
        plain_text(draw_chart(ChartSpec(series=[one], left=Axis(high=10_000)), 60, 16, look).rows)
        for look in LOOKS
        for one in (both[0]._replace(name="", style=0), both[0]._replace(name="", style=1))
    ]
    assert all(first != second for first, second in zip(texts[::2], texts[1::2], strict=True))


def test_what_does_not_fit_differs_without_colour() -> None:
    layers = [Layer("KV", [(1, 10), (64, 100)])]
    limit = Target(50, "limit", kind="limit")
    for look in LOOKS:
        shown = "".join(plain_text(draw_chart(ChartSpec(stack=layers, targets=[limit]), 60, 12, look).rows))
        assert ("/" if look.ascii else "╱") in shown
    zoned = ChartSpec(series=[RISING], zone=Zone(32, "does not fit", kind="over"))
    assert "does not fit" in "".join(plain_text(draw_chart(zoned, 60, 12).rows))
    assert HATCH_OVER in _inks(zoned)


def test_band_is_shaded_behind_its_line() -> None:
    spec = ChartSpec(series=[RISING._replace(band=[(x, 5 * x, 20 * x) for x in DOUBLINGS])])
    assert BANDS[0] in _inks(spec)
    assert BANDS[0] in _inks(spec, Look(shading="pattern"))
    assert BANDS[0] not in _inks(ChartSpec(series=[RISING]))


def test_read_out_tells_the_values_under_the_cursor() -> None:
    spec = ChartSpec(series=[RISING, FALLING], right=Axis("each"), cursor=32, x_unit="users")
    rows = plain_text(draw_chart(spec, 80, 12).rows)
    assert "total: 320" in rows[0]
    assert "each: 3.12" in rows[0]
    assert " 32 users " in rows[-1]


def test_read_out_between_points_is_straight_over_the_axis() -> None:
    spec = ChartSpec(series=[Series("s", [(4, 10), (16, 30)])], cursor=8)
    assert "s: 20 " in plain_text(draw_chart(spec, 60, 8).rows)[0]


def test_own_read_out_replaces_values() -> None:
    spec = ChartSpec(series=[RISING], cursor=32, readout=["320 tok/s (300–350)"])
    assert "● 320 tok/s (300–350)" in plain_text(draw_chart(spec, 60, 8).rows)[0]


def test_only_few_cells_change_with_the_cursor() -> None:
    spec = ChartSpec(series=[RISING, FALLING], right=Axis("each"), cursor=16, rooms=(7, 7))
    one, two = (draw_chart(spec._replace(cursor=x), 80, 12).rows for x in (16, 32))
    changed = sum(
        a != b for old, new in zip(plain_text(one), plain_text(two), strict=True) for a, b in zip(old, new, strict=True)
    )
    assert 0 < changed < 60


def test_charts_with_the_same_rooms_share_their_columns() -> None:
    wide = ChartSpec(series=[RISING, FALLING], right=Axis("each"), rooms=(8, 8))
    stacked = ChartSpec(stack=[Layer("KV", RISING.points)], rooms=(8, 8))
    one, two = draw_chart(wide, 80, 12), draw_chart(stacked, 80, 10)
    assert (one.left, one.width, one.x_scale) == (two.left, two.width, two.x_scale)


def test_zoom_shows_only_its_range_and_keeps_the_place_zoomed_at() -> None:
    raster = draw_chart(ChartSpec(series=[RISING]), 80, 12)
    low, high = raster.zoomed(2, 32)
    assert high / low == pytest.approx(math.sqrt(1024))
    closer = draw_chart(ChartSpec(series=[RISING], x_range=(low, high)), 80, 12)
    assert closer.column_at(32) == pytest.approx(raster.column_at(32), abs=1)
    assert closer.x_at(closer.left + closer.width) <= high


def test_cursor_stops_are_the_data_unless_given() -> None:
    assert draw_chart(ChartSpec(series=[RISING]), 40, 8).stops == tuple(DOUBLINGS)
    given_stops = draw_chart(ChartSpec(series=[RISING], cursor_stops=[3, 1, math.nan, -2]), 40, 8)
    assert given_stops.stops == (1.0, 3.0)
    assert given_stops.nearest_stop(2.9) == 3.0
    assert draw_chart(ChartSpec(), 40, 8).nearest_stop(5) is None


def test_names_in_the_gutter_never_share_a_row() -> None:
    same = [Series(f"plan {n}", RISING.points) for n in range(6)]
    rows = plain_text(draw_chart(ChartSpec(series=same), 80, 14).rows)
    assert [sum(f"plan {n}" in row for row in rows[1:]) for n in range(6)] == [1] * 6


def test_a_name_never_stands_beyond_another_line() -> None:
    """Two lines a row apart: the upper one's name is above, the lower one's below."""
    high, low = (Series(name, [(x, y) for x in DOUBLINGS]) for name, y in (("upper", 52), ("lower", 47)))
    for both in ([high, low], [low, high]):
        spec = ChartSpec(series=both, left=Axis(high=100), right=Axis(), cursor=32)
        rows = plain_text(draw_chart(spec, 60, 14, Look("ascii", grid=False)).rows)[1:]
        upper, lower = (next(n for n, row in enumerate(rows) if name in row) for name in ("upper", "lower"))
        assert upper < lower


def test_names_of_lines_that_share_cells_stand_on_their_own_side() -> None:
    for over in ("one", "two"):
        both = [Series(name, [(x, y + 2 * (name == over)) for x, y in RISING.points]) for name in ("one", "two")]
        spec = ChartSpec(series=both, left=Axis(log=True), right=Axis(log=True))
        rows = plain_text(draw_chart(spec, 60, 14, Look(grid=False)).rows)[1:]
        places = {name: next(n for n, row in enumerate(rows) if name in row) for name in ("one", "two")}
        assert min(places, key=lambda name: places[name]) == over


def test_a_wide_name_keeps_its_cells() -> None:
    spec = ChartSpec(series=[RISING._replace(name="通义千问")])
    rows = plain_text(draw_chart(spec, 80, 12).rows)
    assert any("通义千问" in row for row in rows)
    assert {cell_len(row) for row in rows} == {80}


def test_cursor_chip_hides_no_half_number() -> None:
    for cursor in DOUBLINGS:
        footer = plain_text(draw_chart(ChartSpec(series=[RISING], cursor=cursor, x_unit="users"), 60, 8).rows)[-1]
        numbers = [word.strip("─└") for word in footer.replace("─", " ").split() if word.strip("─└┘").strip()]
        known = {"users", f"{cursor:,g}", *(f"{x:g}" for x in DOUBLINGS), "1k"}
        assert set(numbers) - {""} <= known


def test_chip_role_marks_the_cursor() -> None:
    assert CHIP in _inks(ChartSpec(series=[RISING], cursor=8))
    assert CHIP not in _inks(ChartSpec(series=[RISING], cursor=math.nan))


GOLDEN_TWO_AXES = [
    "tok/s   ● total: 160    ■ each: 6.25        each",
    "    │⠱              ┊                total ├100 ",
    " 10k┤┈⠐⡄┈┈┈┈┈┈┈┈┈┈┈┈┊┈┈┈┈┈┈┈┈┈┈┈┈┈┈·   · ⢀●│    ",
    "    │  ⠈⡀           ┊                ·  ⢠⠊ │    ",
    "    │   ⠘⠄          ┊              ·   ⡰⠁  ├50  ",
    "  5k┤┈┈┈┈┈⠐⠤⡀┈each┈┈┊┈┈┈┈┈┈┈┈┈┈┈┈┈┈ ⢀⠔⠊  · │    ",
    "    │⠤SLO⠤⠤⠤⠤⠐⠤⠄⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⢀⡠⠤⠊⠁ wait │    ",
    "   0┤⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣈⣉⣁⣐●■⠤⠤⠤⠤⠤⡤⢒⣒⡊⢉⣁⡀⢀⣀⡀⢀⣀⡀⢀⣀■├0   ",
    "    └1──────4─────[16]─────64─────256─────1k    ",
]
GOLDEN_ASCII = [
    " GiB   * total: 640                 ",
    " 10k+                  :           *",
    "    |=full========================*=",
    "    |                  :        **  ",
    "    |                  :     ***    ",
    "   0+************************ total ",
    "    +1-----4-----16--[64]---256---1k",
]
GOLDEN_STACK = [
    " GiB                                ",
    " 100┤                               ",
    "    │                             ╱▒",
    "    │━64 GiB━━━━━━━━━━━━━━━━━━━━━━━━",
    "  50┤                     ▒▒▒▒▒▒▒▒▒▒",
    "    │                 ▒▒KV▒▒▒▒▒▒▒▒▒▒",
    "    │███████▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒",
    "   0┤█weights███████████████████████",
    "    └1────2────4────8────16───32──64",
]


def test_scattered_points_are_marked_each_and_not_joined() -> None:
    first = Series("", [(2, 10.0), (2, 90.0), (64, 50.0), (0, 5.0), (8, float("inf"))], scatter=True)
    spec = ChartSpec(
        series=[first], left=Axis("tok/s", high=100), x_numbers="usd", cursor=64, x_unit="an hour", readout=[]
    )
    for look, mark in ((Look(), "●"), (Look("blocks"), "●"), (Look("ascii"), "*")):
        drawn = ["".join(text for text, _ in row) for row in draw_chart(spec, 60, 16, look).rows]
        assert sum(line.count(mark) for line in drawn) == 3, drawn
        assert not set("".join(drawn)) & set("⠁⠂⠄⡀⢀▀▄█")
        assert "$64.00 an hour" in drawn[-1]
        assert "$5" in drawn[-1]


def test_percents_stand_at_round_numbers() -> None:
    spec = ChartSpec(
        series=[Series("", [(10, 1.0), (100, 2.0)])], x_range=(10, 100), x_numbers="percent", cursor=35, x_unit="busy"
    )
    axis = "".join(text for text, _ in draw_chart(spec, 70, 12, Look()).rows[-1])
    assert all(label in axis for label in ("10 %", "20 %", "35 % busy", "50 %", "100 %"))


@pytest.mark.parametrize(
    ("seconds", "said"), [(0.0317, "32 ms"), (0.386, "386 ms"), (1.14, "1.1 s"), (0.0042, "4.2 ms")]
)
def test_times_are_read_out_with_the_digits_that_words_have(seconds: float, said: str) -> None:
    line = Series("TPOT", [(1, seconds), (64, seconds)])
    spec = ChartSpec(series=[line], left=Axis("", log=True, numbers="seconds"), cursor=8)
    assert f"TPOT: {said:<6} " in plain_text(draw_chart(spec, 60, 9).rows)[0]


@pytest.mark.parametrize("look", [look for look in LOOKS if not look.sparse])
def test_inside_the_plot_names_have_no_marks_and_beside_it_they_have(look: Look) -> None:
    mark = "*" if look.ascii else "●"
    narrow, wide = (plain_text(draw_chart(ChartSpec(series=[RISING]), width, 12, look).rows) for width in (40, 80))
    assert any("total" in row for row in narrow[1:])
    assert not any(f"{mark} total" in row for row in narrow[1:])
    assert any(f"{mark} total" in row for row in wide[1:])


def test_a_name_never_stands_on_a_target() -> None:
    flat = Series("each", [(1, 25.0), (1024, 25.0)])
    rows = plain_text(draw_chart(ChartSpec(series=[flat], left=Axis(high=40), right=Axis()), 60, 12).rows)
    row = next(n for n, row in enumerate(rows) if "each" in row)
    y = 40 * (1 - (row - 1 + 0.5) / 10)
    there = ChartSpec(series=[flat], left=Axis(high=40), right=Axis(), targets=[Target(y, "SLO")])
    rows = plain_text(draw_chart(there, 60, 12).rows)
    assert "SLO" in rows[row]
    assert "each" not in rows[row]
    assert sum("each" in row for row in rows) == 1


@pytest.mark.parametrize("look", LOOKS)
def test_lines_on_one_row_take_turns_and_each_is_named(look: Look) -> None:
    targets = [Target(2000.0, "TTFT 2 s"), Target(20.0, "TPOT 50 ms", side="right")]
    axes = {"left": Axis(high=10_000), "right": Axis(high=100, low=0)}
    spec = ChartSpec(series=[RISING._replace(points=()), FALLING._replace(points=())], targets=targets, **axes)
    rows = draw_chart(spec, 70, 14, look).rows
    (row,) = [row for row, text in zip(rows, plain_text(rows), strict=True) if "TTFT 2 s" in text]
    assert "TPOT 50 ms" in plain_text([row])[0]
    drawn = [ink.fore for text, ink in row for glyph in text if glyph in "⠉⠒⠤⣀╍-"]
    for side in (SERIES[0], SERIES[1]):
        assert drawn.count(side) > 15


def test_a_label_that_has_no_room_gives_way_to_its_brief_form() -> None:
    lines = [Series("", [(x, y) for x in DOUBLINGS]) for y in (30, 60)]
    said = {}
    for brief in ("", "20/s"):
        target = Target(10, "a target that is said in very many words indeed", brief=brief)
        crossing = [*lines, Series("", [(1, 0), (32, 20), (64, 0), (1024, 20)])]
        rows = plain_text(draw_chart(ChartSpec(series=crossing, targets=[target]), 60, 8).rows)
        said[brief] = any("20/s" in row for row in rows), any("very many" in row for row in rows)
    assert said == {"": (False, False), "20/s": (True, False)}


def test_read_outs_stand_closer_rather_than_lose_what_was_measured() -> None:
    names = ("measured 2025: 922 tokens", "measured 922", "others")
    spec = ChartSpec(series=[RISING, FALLING], cursor=8, measured=[Measured(8, 100.0, names=names)])
    spec = spec._replace(left=Axis("total"), right=Axis("each"), readout=["2,166 tok/s", "35.3 each"])
    heads = {width: plain_text(draw_chart(spec, width, 8).rows)[0].strip() for width in (80, 43, 42, 41, 40)}
    close, far = " ".join, "  ".join
    values = ["● 2,166 tok/s", "■ 35.3 each"]
    assert heads[80].startswith("total")
    assert "○ measured 2025: 922 tokens" in heads[80]
    assert heads[43] == far([*values, "○ measured 922"])
    assert heads[42] == heads[41] == close([*values, "○ measured 922"])
    assert heads[40] == far([*values, "○ others"])


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("cursor", [1, 8, 1024])
def test_no_mark_hides_another_under_the_cursor(look: Look, cursor: int) -> None:
    same = [Series(f"plan {n}", [(x, 10 * x + n / 100) for x in DOUBLINGS], mark=False) for n in range(5)]
    spec = ChartSpec(series=same, cursor=cursor, beside=[one.name for one in same])
    raster = draw_chart(spec, 90, 14, look)
    marks = "*+x#%" if look.ascii else "●■▲◆▼"
    drawn = [row[raster.left : raster.left + raster.width] for row in plain_text(raster.rows)[raster.top :]]
    row = next(row for row in drawn if marks[4] in row)
    at = raster.column_at(cursor) - raster.left
    assert all(mark in row[max(0, at - 4) : at + 5] for mark in marks)
    assert row[at] == marks[0]


@pytest.mark.parametrize("look", [Look("ascii"), Look("braille")], ids=["ascii", "braille"])
def test_no_mark_under_the_cursor_hides_a_letter_of_a_label(look: Look) -> None:
    steep = [(float(x), float(x)) for x in range(1, 101)]
    series = [Series("", steep) for _ in range(5)]
    spec = ChartSpec(series=series, left=Axis("a"), verticals=[Vertical(60, "just 53 %", brief="just 53 %")])
    for cursor in range(1, 101):
        assert "just 53 %" in "\n".join(plain_text(draw_chart(spec._replace(cursor=cursor), 40, 8, look).rows)), cursor


def test_in_ascii_a_line_runs_through_its_mark_under_the_cursor() -> None:
    for height in range(6, 16):
        for y in range(0, 101, 3):
            spec = ChartSpec(series=[Series("", [(1, y), (100, y)])], left=Axis(low=0, high=100), cursor=10, readout=())
            rows = plain_text(draw_chart(spec, 40, height, Look("ascii", grid=False)).rows)[1:]
            assert len([row for row in rows if "*" in row]) == 1, (height, y)


def test_a_line_with_marks_of_its_own_has_none_at_its_end() -> None:
    ends = {}
    for points in ([], [Series("", [(16, 160)], style=0, scatter=True)]):
        rows = plain_text(draw_chart(ChartSpec(series=[RISING._replace(name=""), *points]), 60, 12).rows)
        ends[len(points)] = [row.count("●") for row in rows if "●" in row]
    assert ends == {0: [1], 1: [1]}
    assert "●" not in rows[1]


@pytest.mark.parametrize("look", [look for look in LOOKS if not (look.ascii or look.sparse)])
def test_a_line_that_ends_at_its_name_has_one_mark_there(look: Look) -> None:
    names = {"buy": "●", "rent": "■", "owned": "▲", "early": "◆"}
    lines = [
        Series(name, [(x, 10.0 ** (3 - n) * x) for x in DOUBLINGS if name != "early" or x < 128])
        for n, name in enumerate(names)
    ]
    drawn = plain_text(draw_chart(ChartSpec(series=lines, left=Axis(log=True)), 80, 16, look).rows)[1:]
    for name, mark in names.items():
        beside = next(row for row in drawn if f" {mark} {name}" in row)
        at_ends = sum(row.count(mark) for row in drawn)
        assert beside.rstrip().endswith(f" {mark} {name}")
        assert at_ends == (2 if name == "early" else 1), "only a line that stops before the edge has a mark there"


def test_names_that_are_moved_apart_leave_the_mark_at_the_end_of_their_line() -> None:
    same = [Series(name, [(x, 10 * x + n) for x in DOUBLINGS]) for n, name in enumerate(("here", "moved"))]
    drawn = plain_text(draw_chart(ChartSpec(series=same), 70, 12).rows)[1:]
    ends = {mark: sum(row.count(mark) for row in drawn) for mark in "●■"}
    assert ends == {"●": 1, "■": 2}, "beside its name only, and at the line's end besides"


def test_where_lines_share_cells_the_plan_on_screen_gives_the_colour() -> None:
    one, other = (Series("", RISING.points, style=style, mark=False) for style in (8, 0))
    for first, second in ((one, other), (other, one)):
        rows = draw_chart(ChartSpec(series=[first, second]), 60, 12, Look(grid=False)).rows
        braille = {ink.fore for row in rows for text, ink in row if any("\u2801" <= c <= "\u28ff" for c in text)}
        assert braille == {SERIES[(first.style or 0) % len(SERIES)]}, "both are solid"


def test_fewer_words_keep_the_unit_of_a_single_axis() -> None:
    for right, said in ((None, True), (Axis("ms"), False)):
        spec = ChartSpec(series=[RISING], left=Axis("GiB"), right=right, readout=["43.8"], cursor=8)
        head = plain_text(draw_chart(spec, 60, 12, Look("blocks", sparse=True)).rows)[0]
        assert ("GiB" in head) is said
        assert "ms" not in head


def test_only_limits_are_drawn_as_a_warning() -> None:
    for kind, colour in (("limit", LIMIT), ("mark", TARGET)):
        vertical = Vertical(32, "here", kind=kind)  # type: ignore[arg-type]
        rows = draw_chart(ChartSpec(series=[RISING], verticals=[vertical]), 70, 12).rows
        drawn = {inked.fore for row in rows for text, inked in row if "│" in text or "here" in text}
        assert colour in drawn
        assert ({LIMIT, TARGET} - {colour}).isdisjoint(drawn)


def test_a_zone_of_one_series_has_its_mark() -> None:
    for style, said in ((None, "  more wait "), (1, "■ more wait ")):
        rows = plain_text(draw_chart(ChartSpec(series=[RISING], zone=Zone(64, "more wait", style=style)), 70, 12).rows)
        assert any(said in row.replace("·", " ") for row in rows)


@pytest.mark.parametrize(
    ("points", "dots"), [((20.1, 20.6), "⣀"), ((19.0, 19.6), "⠉"), ((19.6, 20.3), None), ((70.0,), None)]
)
def test_a_target_runs_below_the_points_that_keep_it(points: tuple[float, ...], dots: str | None) -> None:
    """A mark fills its row, so the line's dots say on which side of it the points of that row lie."""
    kept = Series("", [(2.0 + n, y) for n, y in enumerate(points)], scatter=True)
    spec = ChartSpec(series=[kept], left=Axis(low=0, high=100), targets=[Target(20, "target")])
    drawn, bare = (
        next(row for row in plain_text(draw_chart(one, 60, 14).rows) if "target" in row)
        for one in (spec, spec._replace(series=[]))
    )
    exact = next(glyph for glyph in bare if glyph in "⠉⠒⠤⣀")
    assert {glyph for glyph in drawn if glyph in "⠉⠒⠤⣀"} == {dots or exact}


def test_in_ascii_measurements_of_two_quantities_differ() -> None:
    measured = [Measured(4, 40.0, style=7), Measured(8, 12.0, style=1)]
    rows = plain_text(draw_chart(ChartSpec(series=[RISING, FALLING], measured=measured), 70, 12, Look("ascii")).rows)
    assert "QO measured" in rows[0]
    assert sum(row.count("Q") for row in rows[1:]) == sum(row.count("O") for row in rows[1:]) == 1


def test_a_unit_stands_over_its_numbers() -> None:
    head, *rows = plain_text(draw_chart(ChartSpec(series=[RISING], left=Axis("GiB"), rooms=(9, 0)), 60, 12).rows)
    assert head.index("GiB") + 3 == next(row for row in rows if "┤" in row).index("┤")


@pytest.mark.parametrize(("width", "gap"), [(60, 3), (21, 3), (20, 2), (19, 1)])
def test_a_unit_stands_apart_from_what_is_read_where_there_is_room(width: int, gap: int) -> None:
    spec = ChartSpec(left=Axis("GiB"), stack=[Series("KV", RISING.points)], cursor=64, readout=["64 users: 5.9"])
    head = plain_text(draw_chart(spec, width, 12).rows)[0]
    assert f"GiB{' ' * gap}64 users: 5.9" in head
