"""What a search and a box found, as rows of a table, a chart, and words about the row in focus."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from textual.content import Content

from roofrack.catalog import Catalog
from roofrack.errors import UnknownIdError
from roofrack.report.search_text import LIMIT_WORDS, layout_words
from roofrack.report.units import duration, params, rate, steady_rate, usd
from roofrack.resolve import is_path
from roofrack.search import Box, Candidate, NearestMiss, SearchResult, SearchSpec
from roofrack.search.nearest import TARGET_FIELDS
from roofrack.search.results import Limit
from roofrack.text import clean
from roofrack_tui.raster.spec import Axis, ChartSpec, Series, Target, Vertical
from roofrack_tui.widgets.columns import Cell
from roofrack_tui.words import short_device, times

BEST = {"cost": "cheapest", "gpus": "fewest GPUs", "power": "least power", "headroom": "most headroom"}
"""What is first, by what is sorted for."""

_WIDE = 96
_NARROW = 60
"""Cells from which a box has room for more than names, formats and answers."""
_RATES_FROM = 84
"""Cells from which a search has room for what TPOT says already, beside the names of its racks."""

_NONE = "–"
_LAYOUT_GAP = re.compile(r"\b([TPDE]P) (\d)")
_MEMORY = re.compile(r" \d+GB$")
"""The end of a rack's name, which the words about the row say too: of `8 nodes of 8x H100 SXM5 80GB`."""
_MANY_TIMES = 10
_ASIDE = "$foreground-muted"
_COMPUTED_BITS = 16


class Found(NamedTuple):
    """A row of the table.

    Args:
        cells: From left to right.
        plan: What the row stands for; None for a heading between rows.
        fails: Why it is no answer, in a few words; empty where it is one.
    """

    cells: tuple[Cell, ...]
    plan: Candidate | None
    fails: str = ""


def search_head(*, several: bool) -> tuple[Cell, ...]:
    """Names of the columns of a search.

    Args:
        several: Whether it is of several models.
    """
    return (
        *([Cell("model", 18)] if several else []),
        Cell("rack"),
        Cell("format", 9, most=14),
        Cell("layout", 11, from_width=70 + 20 * several, most=18),
        Cell("GPUs", 4, right=True, from_width=105 + 20 * several),
        Cell("$/h", 6, right=True),
        Cell("$/M", 6, right=True, from_width=_WIDE + 20 * several),
        Cell("TTFT", 6, right=True),
        Cell("TPOT", 6, right=True),
        Cell("tok/s", 5, right=True, from_width=_RATES_FROM + 20 * several),
        Cell("used", 5, right=True, from_width=66),
        Cell("tightest", 12, from_width=100 + 20 * several),
    )


def _filled(head: Sequence[Cell], texts: Sequence[str]) -> tuple[Cell, ...]:
    return tuple(cell._replace(text=text) for cell, text in zip(head, texts, strict=True))


def search_row(one: Candidate, catalog: Catalog, *, several: bool, judged: bool = True) -> Found:
    """A plan as a row.

    Args:
        one: The plan.
        catalog: Where names are looked up.
        several: Whether the search is of several models.
        judged: Whether all targets hold for it: what is used of those that are left says little.
    """
    per_million = one.usd_per_million_output_tokens
    texts = [
        *([one.model.rpartition("/")[2]] if several else []),
        rack_name(one, catalog),
        one.weights,
        _LAYOUT_GAP.sub(r"\1\2", layout_words(one)),
        f"{one.gpus:,}",
        "?" if one.usd_per_hour is None else usd(one.usd_per_hour),
        "?" if per_million is None else usd(per_million),
        duration(one.point.ttft_s.mid),
        duration(one.point.tpot_s.mid),
        steady_rate(one.point.tokens_per_s_per_user.mid),
        used(one) if judged else _NONE,
        LIMIT_WORDS[one.limit] if judged else _NONE,
    ]
    cells = tuple(
        cell._replace(short=_MEMORY.sub("", cell.text)) for cell in _filled(search_head(several=several), texts)
    )
    if judged and one.strain > 1:
        cells = tuple(cell._replace(style="$text-error") if cell.text == used(one) else cell for cell in cells)
    return Found(cells, one)


def rack_name(one: Candidate, catalog: Catalog) -> str:
    """A rack as people call it: `8x H100 SXM5 80GB`, `5 nodes of 4x RTX 4090`.

    Args:
        one: The plan.
        catalog: Where names are looked up.
    """
    device = short_device(catalog.device(one.device).name).removeprefix("GeForce ")
    return f"{f'{one.nodes:,} nodes of ' if one.nodes > 1 else ''}{one.gpus_per_node}x {device}"


def used(one: Candidate) -> str:
    """How much of the tightest target is used up: `97 %`; beyond 100 % it is missed, and from tenfold on `38x` says by how much.

    Args:
        one: The plan, judged by all targets.
    """
    if one.strain == 0:
        return _NONE
    return f"{one.strain * 100:,.0f} %" if one.strain < _MANY_TIMES else f"{one.strain:,.0f}x"


def tightest(one: Candidate) -> str:
    """The same in words: `TPOT takes 97 % of 50 ms`, `tokens/s: 23 % above 20`.

    Args:
        one: The plan.
    """
    name = LIMIT_WORDS[one.limit]
    wanted: Any = getattr(one.spec.targets, TARGET_FIELDS[one.limit], None) if one.limit in TARGET_FIELDS else None
    if one.strain == 0:
        return "no target is tight"
    if one.limit in ("ttft", "tpot") and wanted:
        of = "of " if one.strain < _MANY_TIMES else ""
        return f"{name} takes {used(one)} {of}{duration(wanted)}"
    if one.limit in ("speed", "requests") and wanted:
        return f"{name}: {one.headroom * 100:,.0f} % above {wanted:g}"
    return f"{name}: {used(one)} used"


def search_rows(spec: SearchSpec, found: SearchResult, catalog: Catalog) -> list[Found]:
    """The ranked plans, then dearer and faster ones; where there are none, what comes nearest.

    Args:
        spec: What was asked.
        found: What was found.
        catalog: Where names are looked up.
    """
    several = len(spec.models) > 1
    if found.miss is not None:
        return _missed(spec, found.miss, catalog, several=several)
    rows = [search_row(one, catalog, several=several) for one in found.ranked]
    kept = {one.spec for one in found.ranked}
    faster = [search_row(one, catalog, several=several) for one in found.front if one.spec not in kept]
    if faster:
        between = Found((Cell("other trades of cost for speed", style=f"italic {_ASIDE}"),), None)
        rows += [between, *faster]
    return rows


def _missed(spec: SearchSpec, miss: NearestMiss, catalog: Catalog, *, several: bool) -> list[Found]:
    rows: list[Found] = []

    def add(label: str, one: Candidate | None, fails: str) -> None:
        rows.append(Found((Cell(label, style=f"italic {_ASIDE}"),), None))
        if one is not None:
            row = search_row(one, catalog, several=several, judged=one is miss.closest)
            rows.append(row._replace(fails=fails))

    if miss.closest is not None:
        add("nearest to all limits", miss.closest, f"misses {LIMIT_WORDS[miss.closest.limit]}")
    for lifted in miss.relaxed:
        takes = "still nothing" if lifted.best is None else takes_words(spec, lifted.limit, lifted.best)
        name = LIMIT_WORDS[lifted.limit]
        add(f"without the limit on {name}: {takes}", lifted.best, f"only without the limit on {name}")
    return rows


def takes_words(spec: SearchSpec, limit: Limit, one: Candidate) -> str:
    """What a limit would have to be for a plan to keep it.

    Args:
        spec: What was asked.
        limit: The limit that was lifted.
        one: The best plan without it.
    """
    wanted: Any = getattr(spec.targets, TARGET_FIELDS[limit]) if limit in TARGET_FIELDS else None
    if limit == "ttft":
        return f"TTFT becomes {duration(one.point.ttft_s.mid)} instead of {duration(wanted)}"
    if limit == "tpot":
        return f"TPOT becomes {duration(one.point.tpot_s.mid)} instead of {duration(wanted)}"
    if limit == "speed":
        return f"{rate(one.point.tokens_per_s_per_user.mid)} tok/s each instead of {wanted:g}"
    if limit == "requests":
        return f"{rate(one.point.requests_per_s.mid)} requests/s instead of {wanted:g}"
    if limit == "gpus":
        return f"takes {one.gpus:,} GPUs instead of at most {spec.limits.gpus:,}"
    if limit == "budget" and one.usd_per_hour is not None and spec.limits.usd_per_hour is not None:
        return f"takes {usd(one.usd_per_hour)} an hour instead of {usd(spec.limits.usd_per_hour)}"
    return "there is a plan"


def box_head() -> tuple[Cell, ...]:
    """Names of the columns of a box."""
    return (
        Cell("model"),
        Cell("size", 5, right=True, from_width=_NARROW),
        Cell("format", 13, most=18),
        Cell("layout", 9, from_width=_WIDE, most=18),
        Cell("TTFT", 6, right=True, from_width=_NARROW),
        Cell("tok/s", 5, right=True),
        Cell("alone", 5, right=True, from_width=_WIDE),
        Cell("at once", 7, right=True),
        Cell("targets", 12),
    )


def box_rows(found: Box, catalog: Catalog) -> list[Found]:
    """The models that a rack holds: those that keep the targets first, the largest first.

    Args:
        found: What was found.
        catalog: Where formats are looked up.
    """
    rows = []
    for row in sorted(found.rows, key=lambda row: (row.best.strain > 1, -row.params, row.model.id)):
        one = row.best
        kept = one.strain <= 1
        said = "✓ kept" if kept else f"✗ {LIMIT_WORDS[one.limit]} {_over(one)}"
        texts = [
            row.model.name,
            params(row.model.params_published or row.params),
            formats(one, catalog),
            layout_words(one),
            duration(one.point.ttft_s.mid),
            steady_rate(one.point.tokens_per_s_per_user.mid),
            steady_rate(row.alone.tokens_per_s_per_user.mid),
            f"{row.at_once:,}",
            said,
        ]
        cells = list(_filled(box_head(), texts))
        cells[-1] = cells[-1]._replace(style="$text-success" if kept else "$text-error")
        rows.append(Found(tuple(cells), one, "" if kept else f"misses {LIMIT_WORDS[one.limit]}"))
    return rows


def formats(one: Candidate, catalog: Catalog) -> str:
    """The format of the weights, with that of the cache where it is a smaller one than models compute in.

    Args:
        one: The plan.
        catalog: Where formats are looked up.
    """
    return f"{one.weights}, KV {one.kv}" if catalog.kv_format(one.kv).bits < _COMPUTED_BITS else one.weights


def _over(one: Candidate) -> str:
    return f"{one.strain:.2g}x" if one.strain < 1000 else "by far"


def about(row: Found, catalog: Catalog) -> list[Content]:
    """What the row in focus is, in three lines.

    Args:
        row: The row.
        catalog: Where names are looked up.
    """
    one = row.plan
    if one is None:
        return [Content(), Content(), Content()]
    point, per_million = one.point, one.usd_per_million_output_tokens
    model = catalog_name(one.model, catalog)
    money = [] if one.usd_per_hour is None else [f"{usd(one.usd_per_hour)}/h"]
    money += [] if per_million is None else [f"{usd(per_million)}/M output"]
    money += [f"{rate(point.output_tokens_per_s.mid)} tok/s in all"]
    money += [] if one.power_w is None else [f"boards {one.power_w / 1000:.3g} kW"]
    first = Content(f"{rack_name(one, catalog)} · {layout_words(one)} · {one.weights}, KV {one.kv} · {model}")
    why = Content.styled(f"✗ {row.fails}", "$text-error") if row.fails else Content(tightest(one))
    bands = Content.styled(f" · 80 %: TTFT {times(point.ttft_s)}, TPOT {times(point.tpot_s)}", _ASIDE)
    return [first, Content(" · ".join(money)), Content.assemble(why, bands)]


def catalog_name(model: str, catalog: Catalog) -> str:
    """The name of a model that may be none of the catalogue's: a path that was opened.

    Args:
        model: Its id, an alias or a path.
        catalog: Where names are looked up.
    """
    try:
        return clean(model) if is_path(model) else catalog.model(model).name
    except UnknownIdError:
        return model


def trade(spec: SearchSpec, rows: Iterable[Found], front: Sequence[Candidate], chosen: Candidate | None) -> ChartSpec:
    """Cost against speed for one user: the plans that nothing beats, the best of each device, and the row in focus.

    Args:
        spec: What was asked.
        rows: The table.
        front: What nothing beats.
        chosen: The plan in focus.
    """
    best = [one for row in rows if (one := row.plan) is not None and one not in front]
    chosen_at = _at([chosen] if chosen is not None else [])
    series = [
        Series("", chosen_at, style=4, scatter=True),
        Series("", _at(front), style=0, scatter=True),
        Series("", _at(best), style=1, scatter=True),
    ]
    slowest = [spec.targets.tokens_per_s_per_user or 0.0, 1 / (spec.targets.tpot_s or float("inf"))]
    targets = [Target(max(slowest), f"target {max(slowest):.3g}")] if any(slowest) else []
    budget = spec.limits.usd_per_hour
    return ChartSpec(
        series=series,
        left=Axis("tok/s each", numbers="plain"),
        targets=targets,
        verticals=[] if budget is None else [Vertical(budget, f"budget {usd(budget)}")],
        x_numbers="usd",
        x_unit="an hour",
        cursor=chosen_at[0][0] if chosen_at else None,
        cursor_stops=[x for x, _ in _at(front)],
        readout=("in focus", "nothing cheaper is faster", "other plans"),
    )


def _at(plans: Iterable[Candidate]) -> list[tuple[float, float]]:
    return [
        (one.usd_per_hour, one.point.tokens_per_s_per_user.mid)
        for one in plans
        if one.usd_per_hour is not None and one.strain <= 1
    ]
