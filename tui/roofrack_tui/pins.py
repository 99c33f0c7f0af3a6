"""Plans kept beside the one on screen: up to four, each with a look of its own on the charts.

Pins are not steps of the history: going back to an earlier plan keeps what was pinned since, so that the two can be compared.
A swap is the one change that touches both, and going back over it swaps again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from roofrack.errors import InputError
from roofrack.results import Plan
from roofrack_tui.keymap import USUAL_KEYS, Keys, key_of

if TYPE_CHECKING:
    from roofrack.catalog import Catalog
    from roofrack.compare import Member
    from roofrack.domain import ScenarioSpec

MOST_PINS = 4
_KEPT_PLANS = 64
"""Plans of pins under other cursors that are remembered: a person goes back and forth."""


class Pin(NamedTuple):
    """A plan that is kept.

    Args:
        member: Its scenario, and its name where a person gave one.
        style: Its look on charts, 1 to `MOST_PINS`; 0 is the plan on screen.
    """

    member: Member
    style: int


class Line(NamedTuple):
    """A plan as charts and tables show it.

    Args:
        plan: Under the cursor and the targets of the plan on screen.
        name: What tells it from the others.
        style: Its look.
        pin: Its place among the pins; None where it is only on screen.
        on_screen: Whether it is the plan on screen.
    """

    plan: Plan
    name: str
    style: int
    pin: int | None
    on_screen: bool


class Sight(NamedTuple):
    """The plan on screen among the pins.

    Args:
        lines: The pins in their order, then the plan on screen where it is none of them.
        lost: What could not be planned any more and was unpinned, in words.
    """

    lines: tuple[Line, ...] = ()
    lost: str = ""

    @property
    def current(self) -> Line:
        """The plan on screen."""
        return next(line for line in self.lines if line.on_screen)

    @property
    def others(self) -> tuple[Line, ...]:
        """The pins that are not on screen."""
        return tuple(line for line in self.lines if not line.on_screen)


class Pins:
    """The only owner of pins.

    Args:
        own_keys: The keys that somebody has, for what is said.
    """

    def __init__(self, own_keys: Keys = USUAL_KEYS) -> None:
        self._own_keys = own_keys
        self._pins: tuple[Pin, ...] = ()
        self._swaps: set[tuple[int, frozenset[ScenarioSpec]]] = set()
        self._names: dict[ScenarioSpec, str] = {}
        self._plans: dict[ScenarioSpec, Plan] = {}
        self._catalog: Catalog | None = None

    def __len__(self) -> int:
        return len(self._pins)

    @property
    def members(self) -> tuple[Member, ...]:
        """The scenarios pinned, in their order."""
        return tuple(pin.member for pin in self._pins)

    def sight(self, current: Plan, catalog: Catalog) -> Sight:
        """The plan on screen among the pins, all under its cursor and its targets.

        Args:
            current: The plan on screen.
            catalog: Where ids are looked up.
        """
        if not self._pins:
            return Sight()
        from roofrack.compare.naming import names, same_plan

        plans, lost = self._planned(current, catalog)
        same = next((n for n, made in enumerate(plans) if same_plan(made, current)), None)
        shown = plans if same is not None else [*plans, current]
        given = [pin.member.name for pin in self._pins]
        if same is None:
            given.append(self._names.get(_without_cursor(current.scenario.spec), ""))
        called = names(shown, given)
        lines = []
        for n, (made, name) in enumerate(zip(shown, called, strict=True)):
            here = n == same or n == len(plans)
            lines.append(
                Line(
                    current if here else made,
                    name,
                    0 if here else self._pins[n].style,
                    n if n < len(plans) else None,
                    here,
                )
            )
        return Sight(tuple(lines), lost)

    def toggle(self, current: Plan, catalog: Catalog) -> str:
        """Pin the plan on screen, or unpin it where it is pinned.

        Args:
            current: The plan on screen.
            catalog: Where ids are looked up.

        Returns:
            What was done, in a sentence.
        """
        before = self.sight(current, catalog)
        pinned = before.current.pin if before.lines else None
        if pinned is not None:
            self.remove(pinned)
            return f"unpinned: {before.current.name}"
        if len(self) >= MOST_PINS:
            compare, unpin = (key_of(one, self._own_keys) for one in ("compare", "compare-unpin"))
            return f"! {MOST_PINS} plans are pinned already: {compare} shows them, {unpin} there unpins one"
        from roofrack.compare import full_name

        self._add(self._member(current.scenario.spec))
        if len(self) == 1:
            return f"pinned: {full_name(current)}; change something and the charts show both"
        name, compare = self.sight(current, catalog).current.name, key_of("compare", self._own_keys)
        return f"pinned {len(self)} of {MOST_PINS}: {name}; {compare} compares"

    def remove(self, n: int) -> None:
        """Unpin.

        Args:
            n: Its place.
        """
        self._pins = (*self._pins[:n], *self._pins[n + 1 :])

    def move(self, n: int, by: int) -> int:
        """Give a pin another place.

        Args:
            n: Its place.
            by: -1 for one place earlier, 1 for one later.

        Returns:
            Its new place; the old one where there is no other.
        """
        to = n + by
        if not 0 <= to < len(self._pins):
            return n
        pins = list(self._pins)
        pins[n], pins[to] = pins[to], pins[n]
        self._pins = tuple(pins)
        return to

    def rename(self, n: int, name: str) -> None:
        """Give a pin a name; an empty one takes what tells it from the others.

        Args:
            n: Its place.
            name: The name.

        Raises:
            InputError: Another pin has that name.
        """
        from roofrack.compare.naming import LONGEST_NAME
        from roofrack.text import clean

        cleaned = clean(name, limit=LONGEST_NAME)
        if cleaned and any(pin.member.name == cleaned for m, pin in enumerate(self._pins) if m != n):
            raise InputError(f"another pin is called '{cleaned}'", "choose another name")
        self._replace(n, self._pins[n].member._replace(name=cleaned))

    def swap(self, n: int, current: ScenarioSpec, following: ScenarioSpec, step: int) -> None:
        """Put the scenario that was on screen in the place of a pin.

        Args:
            n: The pin's place.
            current: The scenario that was on screen.
            following: What took its place there: the pinned one under the present cursor and targets.
            step: Its step of the history.
        """
        self._exchange(n, current)
        self._swaps.add((step, frozenset((current, following))))

    def went(self, before: ScenarioSpec, after: ScenarioSpec, step: int) -> None:
        """Follow the history: going back or forward over a swap swaps again.

        Args:
            before: The scenario that was on screen.
            after: The one that is.
            step: The step of the history that was taken or taken back.
        """
        if (step, frozenset((before, after))) in self._swaps:
            n = next((n for n, pin in enumerate(self._pins) if pin.member.spec == after), None)
            if n is not None:
                self._exchange(n, before)

    def take(self, members: Sequence[Member], current: Plan, catalog: Catalog) -> None:
        """Pin other plans instead.

        Args:
            members: Up to `MOST_PINS` scenarios.
            current: The plan on screen.
            catalog: Where ids are looked up.

        Raises:
            InputError: One of them cannot be planned; the pins stay as they were.
        """
        for n, member in enumerate(members, 1):
            try:
                self._plan(member.spec, current, catalog)
            except InputError as error:
                raise InputError(f"plan {n}: {error.problem}", error.hint) from None
        self._pins = ()
        for member in members:
            self._add(member)

    def _exchange(self, n: int, spec: ScenarioSpec) -> None:
        """Pin a scenario in place of another, which keeps its name for when it is pinned again."""
        leaving = self._pins[n].member
        member = self._member(spec)
        if leaving.name:
            self._names[_without_cursor(leaving.spec)] = leaving.name
        self._replace(n, member)

    def _member(self, spec: ScenarioSpec) -> Member:
        from roofrack.compare import Member

        return Member(spec, self._names.pop(_without_cursor(spec), ""))

    def _add(self, member: Member) -> None:
        taken = {pin.style for pin in self._pins}
        style = min(set(range(1, MOST_PINS + 1)) - taken)
        self._pins = (*self._pins, Pin(member, style))

    def _replace(self, n: int, member: Member) -> None:
        self._pins = (*self._pins[:n], self._pins[n]._replace(member=member), *self._pins[n + 1 :])

    def _planned(self, current: Plan, catalog: Catalog) -> tuple[list[Plan], str]:
        """Plans of all pins; those that cannot be planned any more are unpinned and named."""
        if catalog is not self._catalog:
            self._catalog = catalog
            self._plans.clear()
        plans, kept, lost = [], [], []
        for pin in self._pins:
            try:
                plans.append(self._plan(pin.member.spec, current, catalog))
                kept.append(pin)
            except InputError as error:
                lost.append(f"! unpinned {pin.member.name or pin.member.spec.model}: {error}")
        self._pins = tuple(kept)
        return plans, "; ".join(lost)

    def _plan(self, spec: ScenarioSpec, current: Plan, catalog: Catalog) -> Plan:
        from roofrack.compare.members import aligned
        from roofrack.plan import plan

        scenario = current.scenario
        under = aligned(spec, scenario.workload.concurrency, scenario.targets)
        if under not in self._plans:
            if len(self._plans) >= _KEPT_PLANS:
                del self._plans[next(iter(self._plans))]
            self._plans[under] = plan(under, catalog)
        return self._plans[under]


def _without_cursor(spec: ScenarioSpec) -> ScenarioSpec:
    """A scenario but for what all plans on the charts have in common."""
    return replace(spec, workload=replace(spec.workload, concurrency=None), targets=type(spec.targets)())
