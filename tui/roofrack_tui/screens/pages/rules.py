"""Page `r`: published rules of thumb beside the exact model."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import inf
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from roofrack.catalog import default_catalog
from roofrack.errors import RoofrackError
from roofrack.report.rules_text import number, rules_text
from roofrack.report.units import params
from roofrack.results import Plan
from roofrack.rules import Rule, published_rules, rules
from roofrack_tui.commands import RULES, bindings
from roofrack_tui.keymap import key_of, own_keys
from roofrack_tui.screens.detail import DetailScreen
from roofrack_tui.tabular import pairs, wrapped
from roofrack_tui.widgets.columns import Cell, Columns
from roofrack_tui.widgets.menu import Menu
from roofrack_tui.widgets.prose import Prose

_MUTED = "$foreground-muted"
_WIDE = 130
"""Cells from which formulas stand in the table too; below it, that of the row under the cursor always does."""
_HEADINGS = ("rule", "what", "says", "exact", "unit", "says/exact", "formula")
_NEAR = 1.1
"""A rule within this factor of the exact answer is right enough."""


class RulesPage(Vertical, can_focus=False):
    """R1 to R10 for the plan at hand: a table, what differs in the row under the cursor, everything on Enter.

    Args:
        plan: The plan at hand.
    """

    BINDINGS: ClassVar[list[BindingType]] = bindings(RULES)

    def __init__(self, plan: Plan) -> None:
        super().__init__()
        self._plan = plan
        self._published = False
        self._rules: Sequence[Rule] = ()
        self._problem = ""

    def compose(self) -> ComposeResult:
        """How far the rules are off, the table, and why."""
        yield Prose(id="rules-sum")
        yield Prose(id="rules-head")
        yield Menu()
        yield Prose(id="rules-why")

    def written(self, width: int) -> list[Content]:
        """The table, and under it source, formula and caveat of each rule.

        Args:
            width: Cells across; long notes are wrapped.
        """
        said = rules_text(self._rules) if self._rules else f"Not for this plan: {self._problem}"
        return wrapped([Content(line) for line in said.split("\n")], width)

    def on_mount(self) -> None:
        """Begin at the first rule of the plan."""
        self._fill()
        self.query_one(Menu).focus()

    def action_published(self) -> None:
        """Change between the rules for the plan and the examples as they were published."""
        self._published = not self._published
        self._fill()

    def on_resize(self) -> None:
        """Lay out to the width."""
        self._head()
        self._tell()

    def _fill(self) -> None:
        try:
            self._rules = published_rules(default_catalog()) if self._published else rules(self._plan)
        except RoofrackError as error:
            self._rules, self._problem = (), str(error)
        table = self.query_one(Menu)
        table.clear_options()
        table.add_options([Option(_row(rule), id=str(n)) for n, rule in enumerate(self._rules)])
        if self._rules:
            table.highlighted = 0
        self.on_resize()

    def _head(self) -> None:
        width = self.query_one("#rules-head").size.width
        said = Content(self._problem) if self._problem else _summary(self._rules, published=self._published)
        self.query_one("#rules-sum", Prose).show(wrapped([said], max(20, width)))
        self.query_one("#rules-head", Prose).show(
            [_columns(_HEADINGS, "bold $text-primary").content(max(20, width - 1))]
        )

    @on(OptionList.OptionHighlighted)
    def _tell(self) -> None:
        at, why = self.query_one(Menu).highlighted, self.query_one("#rules-why", Prose)
        if at is not None and why.size.width > 0:
            why.show(read_out(self._rules[at], key_of("take", own_keys(self.app)), *why.size))

    @on(OptionList.OptionSelected)
    def _open(self, event: OptionList.OptionSelected) -> None:
        rule = self._rules[event.option_index]
        self.app.push_screen(DetailScreen(f"{rule.id} {rule.title}", "\n".join(_detail(rule))))


def read_out(rule: Rule, key: str, width: int, height: int) -> list[Content]:
    """What stands below the table, whose rows cut titles and formulas: the formula whole, the title where that pushes nothing out.

    Args:
        rule: The row in focus.
        key: Opens the rest.
        width: Cells across.
        height: Lines there is room for.
    """
    exact = f"; exact: {number(rule.exact)} {rule.exact_unit}" if rule.exact is not None else ""
    says = f"{number(rule.value)} {rule.unit}{exact}"
    example = str(rule.inputs.get("example", ""))
    first = [("example", example)] if example else []
    rest = [("formula", rule.formula), ("why", rule.caveat), (key, "inputs and source")]
    titled = pairs([*first, ("says", f"{rule.title}: {says}"), *rest], width)
    return titled if len(titled) <= height else pairs([*first, ("says", says), *rest], width)


def _summary(found: Sequence[Rule], *, published: bool) -> Content:
    off = [_factor(rule.ratio) for rule in found if rule.ratio is not None and not _is_target(rule)]
    right = sum(1 for factor in off if factor <= _NEAR)
    double = sum(1 for factor in off if _NEAR < factor <= 2)
    said = f" {right} of {len(off)} numbers are right within 10 % "
    where = " · published examples" if published else ""
    return Content.assemble((said, "bold reverse $text-primary"), (f" {double} within a factor of two{where}", _MUTED))


def _factor(ratio: float) -> float:
    """How far off, whichever way; a wrong sign is infinitely far."""
    return max(ratio, 1 / ratio) if ratio > 0 else inf


def _is_target(rule: Rule) -> bool:
    """R3 says what is wanted, not what is."""
    return rule.id.partition(".")[0] == "R3"


def _judged(rule: Rule) -> str:
    if rule.ratio is None:
        return "–"
    if _is_target(rule):
        return "✓ met" if rule.caveat.startswith("Met") else "✗ not met"
    mark = "✓" if _factor(rule.ratio) <= _NEAR else "✗"
    return f"{mark} {number(rule.ratio)}x" if rule.ratio > 0 else f"{mark} sign"


def _cells(rule: Rule) -> tuple[str, ...]:
    return (
        rule.id,
        rule.title,
        number(rule.value),
        number(rule.exact),
        rule.unit.removeprefix("share "),
        _judged(rule),
        rule.formula,
    )


def _columns(cells: Sequence[str], style: str = "") -> Columns:
    name, title, value, exact, unit, ratio, formula = cells
    return Columns(
        [
            Cell(name, 9, style=style or _MUTED, most=15, short=name.partition(".")[0]),
            Cell(title, style=style),
            Cell(value, 10, right=True, style=style, short=_brief(value)),
            Cell(exact, 9, right=True, style=style or "bold", short=_brief(exact)),
            Cell(unit, 11, style=style or _MUTED, from_width=70, most=19),
            Cell(ratio, 10, style=style),
            Cell(formula, 24, style=style or _MUTED, from_width=_WIDE, most=50),
        ]
    )


def _brief(said: str) -> str:
    """A number that is too long for its column, `280,000,000` as `280M`; empty for what is no whole number."""
    digits = said.replace(",", "")
    return params(float(digits)) if digits.isdecimal() else ""


def _row(rule: Rule) -> Columns:
    return _columns(_cells(rule))


def _detail(rule: Rule) -> Iterator[str]:
    yield f"says  {number(rule.value)} {rule.unit}"
    yield f"exact  {number(rule.exact)} {rule.exact_unit}"
    yield f"says / exact  {'–' if rule.ratio is None else f'{rule.ratio:.4g}'}"
    yield f"formula  {rule.formula}"
    for name, value in rule.inputs.items():
        yield f"  {name.replace('_', ' ')}  {_written(value)}"
    yield f"why they differ  {rule.caveat}"
    yield f"source  {rule.source}"


def _written(value: object) -> str:
    if isinstance(value, int | float):
        return f"{value:,.6g}"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
