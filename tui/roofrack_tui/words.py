"""The verdict and the notes in words, laid out to a width."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from rich.cells import cell_len
from textual.content import Content

from roofrack.advice import next_limit
from roofrack.domain.scenario import Default
from roofrack.report.units import (
    UNITS_IN_A_SECOND,
    counted,
    duration,
    rate,
    steady_rate,
    two_digits,
    usd,
    whole_percent,
)
from roofrack.results import Band, CurvePoint, Plan, Remedy, StepTime
from roofrack_tui.keymap import USUAL_KEYS, Keys, key_of
from roofrack_tui.tabular import wrap

if TYPE_CHECKING:
    from roofrack.users import Service

_MUTED = "$foreground-muted"
_NUMBER = "bold"
_PARTS = (
    ("weights", "weights"),
    ("kv", "KV cache"),
    ("compute", "arithmetic"),
    ("communication", "links"),
    ("host", "host"),
)
_LEAST_TABLE = 7
_NEARLY_ALL = 0.95
"""Share of TPOT that a decode step is where the steps' prompts take next to nothing."""

_DOT = " · "
_MOST_TELLING = ("rack", "weights", "lengths", "called", "engine", "kv")
"""Parts of the title besides the model; the first stay longest where there is little room."""
_RAISE = {"does-not-fit", "suggestion", "requests-wait"}
"""Notices that the verdict says in its own place."""


def verdict(
    plan: Plan,
    helps: tuple[Remedy, ...],
    width: int,
    height: int = 0,
    service: Service | None = None,
    *,
    keys: Keys = USUAL_KEYS,
) -> list[Content]:
    """The plan in words and aligned numbers.

    Args:
        plan: The plan.
        helps: What would raise its next limit.
        width: Cells across.
        height: Rows; where some are left, the curve is shown as a table, and what was taken as default.
        service: Whom it serves, where people or targets are named.
        keys: The keys that somebody has.

    Returns:
        Rows, none wider than `width`.
    """
    fix = Content.styled(key_of("fixes", keys), "bold $footer-key-foreground")
    fits = _fits(plan, width, helps, service, fix) if plan.at else _does_not_fit(plan, width, fix)
    said = [*fits, *_notes(plan)]
    rows = _squeezed([row for line in said for row in _wrapped(line, width)], height)
    room = height - len(rows) - 1
    if len(plan.curve) > 1 and room >= _LEAST_TABLE:
        rows += [Content(), *_table(plan, width, room - 1)]
    room = height - len(rows) - 2
    if plan.scenario.defaults and room >= len(plan.scenario.defaults):
        rows += [Content(), _heading("Taken as default", width), *_assumed(plan, width, room)]
    return rows


def _squeezed(rows: list[Content], height: int) -> list[Content]:
    """Without as many of the empty rows, from below, as are too many for a height."""
    kept = list(rows)
    for index in range(len(rows) - 1, -1, -1):
        if len(kept) > height > 0 and not rows[index]:
            del kept[index]
    return kept


def _wrapped(line: Content, width: int) -> list[Content]:
    return [line] if line.cell_length <= width else wrap(line, width)


def title(plan: Plan, width: int = 0, *, detected: bool = False) -> tuple[str, str]:
    """The scenario in one line, and what it is called; what has no room is left out whole, the least telling first.

    Args:
        plan: The plan.
        width: Cells across, for both together; 0 where there is room for everything.
        detected: Whether the rack is this machine's.
    """
    scenario, rack, load = plan.scenario, plan.scenario.rack, plan.scenario.workload
    nodes = f"{rack.nodes} nodes of " if rack.nodes > 1 else ""
    parts = {
        "model": scenario.model.name,
        "rack": f"{nodes}{rack.devices_per_node}x {short_device(rack.device.name)}{' detected' if detected else ''}",
        "weights": scenario.weights.id,
        "kv": f"KV {scenario.kv.id}",
        "engine": f"{scenario.engine.name} {scenario.engine_version}",
        "lengths": f"{load.prompt_tokens:,} → {load.output_tokens:,} tokens",
        "called": scenario.spec.title,
    }
    shown, room = {"model"}, width - cell_len(parts["model"])
    for name in _MOST_TELLING:
        needed = len(_DOT) + cell_len(parts[name])
        if parts[name] and (not width or needed <= room):
            shown.add(name)
            room -= needed
    said = _DOT.join(text for name, text in parts.items() if name in shown and name != "called")
    return said, parts["called"] if "called" in shown else ""


def short_device(name: str) -> str:
    """A device without its maker: `H100 SXM5 80GB`.

    Args:
        name: The device's name.
    """
    maker, _, rest = name.partition(" ")
    return rest if rest and maker in ("NVIDIA", "AMD", "Intel", "Apple", "Google", "AWS") else name


def _table(plan: Plan, width: int, most: int) -> Iterator[Content]:
    """The curve around the cursor, with as many columns as there is room for."""
    columns = [column for column in _COLUMNS if width >= column[2]]
    yield Content.styled(" ".join(f"{name:>{room}}" for name, room, _, _ in columns), "bold $text-primary")
    at = next(n for n, point in enumerate(plan.curve) if point is plan.at)
    first = min(
        at // most * most, max(0, len(plan.curve) - most)
    )  # by pages: rows stay where they are while the cursor moves
    for point in plan.curve[first : first + most]:
        row = " ".join(f"{write(point):>{room}}" for _, room, _, write in columns)
        yield Content.styled(row, "bold reverse" if point is plan.at else _MUTED)


_COLUMNS: tuple[tuple[str, int, int, Callable[[CurvePoint], str]], ...] = (
    ("users", 6, 0, lambda point: f"{point.concurrency:,}"),
    ("each", 6, 0, lambda point: steady_rate(point.tokens_per_s_per_user.mid)),
    ("total", 6, 28, lambda point: steady_rate(point.output_tokens_per_s.mid)),
    ("TTFT", 7, 0, lambda point: duration(point.ttft_s.mid)),
    ("TPOT", 7, 38, lambda point: duration(point.tpot_s.mid)),
)
"""Name, cells, least width of the pane, and text of each column."""


def _assumed(plan: Plan, width: int, most: int) -> list[Content]:
    """What nobody chose and was taken, and why: whole where there are rows for it, else a row each."""
    lines = [
        Content.assemble(_taken(plan, default), (f": {default.why}", _MUTED)) for default in plan.scenario.defaults
    ]
    whole = [row for line in lines for row in _wrapped(line, width)]
    return whole if len(whole) <= most else [line.truncate(width, ellipsis=True) for line in lines]


def _taken(plan: Plan, default: Default) -> str:
    """A default by the name that it has on screen: options, which the headless report names, are for the command line."""
    rack, value = plan.scenario.rack, default.value
    number = f"{int(value):,}" if value.isdecimal() else value
    said = {
        "engine-version": f"version {value}",
        "link": rack.link.name,
        "network": rack.network.name,
        "kv": f"KV {value}",
        "concurrency": f"{number} user{'' if value == '1' else 's'}",
        "usd-per-gpu-hour": f"${value} per GPU-hour",
    }
    return said.get(default.field, f"{default.field.upper() if len(default.field) == 2 else default.field} {number}")


def headline(plan: Plan, width: int, service: Service | None = None) -> list[Content]:
    """The verdict in two rows, for narrow screens.

    Args:
        plan: The plan.
        width: Cells across.
        service: Whom it serves, where people or targets are named.
    """
    at = plan.at
    if at is None:
        rows = [badge(plan), Content(plan.memory.reason or "")]
    elif service is not None:
        from roofrack_tui.people_words import short

        answer, *breaks = short(service, plan, "limit")
        speed = f"{counted(at.concurrency, 'user')}: {rate(at.tokens_per_s_per_user.mid)} tok/s each"
        rows = [Content.assemble(badge(plan), " ", answer), Content(" · ").join([Content(speed), *breaks])]
    else:
        numbers = (
            f"{counted(at.concurrency, 'user')}: {rate(at.tokens_per_s_per_user.mid)} tok/s each, "
            f"{rate(at.output_tokens_per_s.mid)} total, TTFT {duration(at.ttft_s.mid)}"
        )
        rows = [Content.assemble(badge(plan), " ", _room(plan)), Content(numbers)]
    return [row.truncate(width, ellipsis=True) for row in rows]


def badge(plan: Plan) -> Content:
    """Whether it fits, in two words that are marked by more than colour.

    Args:
        plan: The plan.
    """
    if plan.memory.fits:
        return Content.styled(" ✓ FITS ", "bold reverse $text-success")
    return Content.styled(" ✗ DOES NOT FIT ", "bold reverse $text-error")


def _room(plan: Plan) -> str:
    return f"{next_limit(plan.scenario, plan.memory).concurrency:,} requests at once"


def _fits(
    plan: Plan, width: int, helps: tuple[Remedy, ...], service: Service | None, fix: Content
) -> Iterator[Content]:
    at, limit, load = plan.at, next_limit(plan.scenario, plan.memory), plan.scenario.workload
    if at is None:
        return
    yield Content.assemble(badge(plan))
    full = min(limit.concurrency, plan.memory.max_concurrency)
    yield Content.assemble((f"{limit.concurrency:,}", _NUMBER), " requests at once")
    yield Content.styled(f"{full:,} at full context ({load.context_tokens:,})", _MUTED)
    if service is not None:
        from roofrack_tui.people_words import short

        yield Content()
        yield from short(service, plan)
    yield Content()
    yield _heading(f"At {counted(at.concurrency, 'user')}", width)
    if at.waiting:
        yield Content.styled(f"! {at.waiting:,} wait, {at.running:,} run", "bold $text-warning")
    yield from _row("each", f"{rate(at.tokens_per_s_per_user.mid)} tok/s", rates(at.tokens_per_s_per_user), width)
    yield from _row("total", f"{rate(at.output_tokens_per_s.mid)} tok/s", rates(at.output_tokens_per_s), width)
    yield from _row("TTFT", duration(at.ttft_s.mid), times(at.ttft_s), width)
    yield from _row("TPOT", duration(at.tpot_s.mid), times(at.tpot_s), width)
    yield from target_lines(plan, at)
    yield from _money(plan, width)
    yield Content()
    step, rest = f"A decode step, {duration(at.decode.total_s)}", " of TPOT"
    alone = at.decode.total_s > _NEARLY_ALL * at.tpot_s.mid
    yield _heading(step if alone or len(step + rest) > width else step + rest, width)
    yield from _step(at, width)
    yield Content()
    yield _heading("Next limit", width)
    yield from _next_limit(plan, helps, fix)


def _does_not_fit(plan: Plan, width: int, fix: Content) -> Iterator[Content]:
    yield badge(plan)
    yield Content(plan.memory.reason or "")
    if not plan.remedies:
        return
    yield Content()
    yield Content.assemble(_heading("What makes it fit", width))
    for remedy in plan.remedies[:6]:
        room = f"{remedy.requests:,} at once"
        gap = width - cell_len(remedy.label) - len(room)
        yield Content.assemble((remedy.label, _NUMBER), " " * max(1, gap), (room, _MUTED))
    yield Content.assemble(fix, (" takes one of them", _MUTED))


def _heading(text: str, width: int) -> Content:
    return Content.styled(text[:width], "bold $text-primary")


def _row(label: str, value: str, band: str, width: int) -> Iterator[Content]:
    """Label, value right-aligned in the middle, band at the right; where there is no room, below it."""
    middle = max(17, min(20, width - 14))
    gap = max(1, middle - len(label) - len(value))
    left = Content.assemble((label, _MUTED), " " * gap, (value, _NUMBER))
    room = width - left.cell_length - 1
    spelled = (band, band.partition(" ")[0])  # the value says the unit, too
    written = next((text for text in spelled if len(text) <= room), "")
    if written:
        yield Content.assemble(left, " ", (written.rjust(room), _MUTED))
    else:
        yield left
        yield Content.styled(band.rjust(width), _MUTED)


def times(band: Band) -> str:
    """A band of times in the unit of its middle: `0.39–1.0 s`, `25–37 ms`, `1.8–3.5 min`.

    Args:
        band: Seconds.
    """
    unit = duration(band.mid).rpartition(" ")[2]
    return _span(band, UNITS_IN_A_SECOND[unit], f" {unit}")


def rates(band: Band) -> str:
    """A band of rates: `27–40`, `1.6–2.4k`.

    Args:
        band: Tokens/s.
    """
    return _span(band, 1e-3, "k") if band.mid >= 1000 else _span(band, 1, "")


def _span(band: Band, scale: float, unit: str) -> str:
    return f"{two_digits(band.low * scale)}–{two_digits(band.high * scale)}{unit}"


def target_lines(plan: Plan, at: CurvePoint) -> Iterator[Content]:
    """Which targets are kept, a line each.

    Args:
        plan: The plan.
        at: The point of its curve.
    """
    targets = plan.scenario.targets
    for name, target, reached, most in (
        (*_promised_ttft(plan, at), True),
        ("TPOT", targets.tpot_s, at.tpot_s, True),
        ("tok/s each", targets.tokens_per_s_per_user, at.tokens_per_s_per_user, False),
        ("requests/s", targets.requests_per_s, at.requests_per_s, False),
    ):
        if target is not None:
            bounds = reached if most else Band(-reached.high, -reached.mid, -reached.low)
            limit = target if most else -target
            kept = bounds.mid <= limit
            sure = "" if (bounds.high <= limit or bounds.low > limit) else " probably"
            style = "$text-success" if kept else "$text-warning" if sure else "$text-error"
            said = f"{name} target {duration(target)}" if most else f"target {rate(target)} {name}"
            yield Content.styled(f"{'✓' if kept else '✗'} {said}{sure} {'kept' if kept else 'missed'}", style)


def _promised_ttft(plan: Plan, at: CurvePoint) -> tuple[str, float | None, Band]:
    """What the TTFT target is about: the mean, or what so many of the requests keep."""
    targets, one = plan.scenario.targets, plan.curve[0]
    if targets.ttft_s is None or targets.percentile is None or one.concurrency > 1:
        return "TTFT" if targets.percentile is None else "mean TTFT", targets.ttft_s, at.ttft_s
    from roofrack.users import ttft_at

    edges = (ttft_at(at, one, targets.percentile, edge) for edge in Band._fields)
    return f"p{targets.percentile:g} TTFT", targets.ttft_s, Band(*edges)


def _money(plan: Plan, width: int) -> Iterator[Content]:
    cost = plan.cost
    if cost.usd_per_hour is None:
        return
    hourly = f"{usd(cost.usd_per_hour)}/h"
    if cost.usd_per_million_output_tokens is not None:
        yield from _row("$/M output", usd(cost.usd_per_million_output_tokens), hourly, width)


def _step(at: CurvePoint, width: int) -> Iterator[Content]:
    shares = _shares(at.decode)
    room = max(4, width - 17)
    for key, name in _PARTS:
        share = shares[key]
        if share < 0.005:
            continue
        filled = share * room
        bar = "█" * int(filled) + ("▌" if filled % 1 >= 0.5 else "")
        bound = at.bound == key
        yield Content.assemble(
            (f"{name:<11}", _NUMBER if bound else _MUTED),
            (f"{bar:<{room}}", "$primary" if bound else "$primary 55%"),
            f" {whole_percent(share):>5}",
        )


def _shares(step: StepTime) -> dict[str, float]:
    parts = {key: getattr(step, f"{key}_s") for key, _ in _PARTS}
    whole = sum(parts.values()) or 1.0
    return {key: value / whole for key, value in parts.items()}


def _next_limit(plan: Plan, helps: tuple[Remedy, ...], fix: Content) -> Iterator[Content]:
    yield Content(next_limit(plan.scenario, plan.memory).message)
    if helps:
        yield Content.assemble(fix, (" raises it: ", _MUTED), ", ".join(h.label for h in helps))


def _notes(plan: Plan) -> Iterator[Content]:
    said = [notice.message for notice in plan.warnings if notice.code not in _RAISE]
    if said:
        yield Content()
        yield Content.styled("Good to know", "bold $text-primary")
        for message in said:
            yield Content.styled(f"· {message}", _MUTED)
