"""The one owner of state: the scenario, its plan, and the way back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import lru_cache, reduce
from typing import TYPE_CHECKING, NamedTuple

from roofrack.advice import raises
from roofrack.catalog import Catalog
from roofrack.config import Config
from roofrack.domain import AudienceSpec, ParallelSpec, ScenarioSpec, Targets
from roofrack.errors import InputError
from roofrack.plan import fits, plan
from roofrack.results import Plan, Remedy
from roofrack.text import clean
from roofrack_tui.keymap import USUAL_KEYS, Keys, key_of
from roofrack_tui.messages import Chosen, ScenarioChosen
from roofrack_tui.pins import Pins, Sight

if TYPE_CHECKING:
    from roofrack.users import Service

Relax = Callable[[ScenarioSpec], ScenarioSpec]


class Answer(NamedTuple):
    """A plan, what would make it fit or raise its next limit, and whom it serves where people or targets are named."""

    plan: Plan
    helps: tuple[Remedy, ...] = ()
    service: Service | None = None


class History:
    """Scenarios in the order in which they were chosen, and where we are among them.

    Args:
        first: The scenario to start from.
    """

    def __init__(self, first: ScenarioSpec) -> None:
        self._specs = [first]
        self._at = 0
        self._browsing: type[Chosen] | None = None

    @property
    def spec(self) -> ScenarioSpec:
        """The present scenario."""
        return self._specs[self._at]

    @property
    def step(self) -> int:
        """How many steps lie behind the present scenario."""
        return self._at

    def base(self, change: Chosen) -> ScenarioSpec:
        """The scenario that a change starts from: where browsing goes on, the one before the browsing began."""
        return self._specs[self._at - 1] if self._goes_on(change) else self.spec

    def add(self, spec: ScenarioSpec, change: Chosen) -> None:
        """Go on to another scenario; what had been undone is forgotten."""
        keep = self._at if self._goes_on(change) else self._at + 1
        self._specs = [*self._specs[:keep], spec]
        self._at = keep
        self._browsing = type(change) if change.browses else None

    def move(self, steps: int) -> bool:
        """Go back (-1) or forward (1); whether there was such a step."""
        self._browsing = None
        if not 0 <= self._at + steps < len(self._specs):
            return False
        self._at += steps
        return True

    def _goes_on(self, change: Chosen) -> bool:
        return change.browses and self._browsing is type(change) and self._at > 0


class Store:
    """Scenarios in, plans out; whatever is on screen comes from here.

    Args:
        spec: The scenario to start from.
        catalog: Where ids are looked up.
        config: The configuration file.
        keys: The keys that somebody has, for what is said.

    Raises:
        InputError: The scenario cannot be planned.
    """

    def __init__(
        self, spec: ScenarioSpec, catalog: Catalog, config: Config | None = None, keys: Keys = USUAL_KEYS
    ) -> None:
        self.catalog = catalog
        self._config = config
        self.plan: Plan = plan(spec, catalog)
        self.history = History(spec)
        self._own_keys = keys
        self.pins = Pins(keys)
        self._raises: dict[ScenarioSpec, tuple[Remedy, ...]] = {}
        self._services: dict[ScenarioSpec, Service] = {}
        self._fits: dict[tuple[str, ScenarioSpec], bool | None] = {}

    @property
    def spec(self) -> ScenarioSpec:
        """The present scenario."""
        return self.history.spec

    @property
    def sight(self) -> Sight:
        """The plan among the pins."""
        return self.pins.sight(self.plan, self.catalog)

    def choose(self, change: Chosen) -> str:
        """Make the next scenario and plan it.

        What contradicts the new choice goes back to automatic: 8-bit weights chosen for one device must not forbid another.

        Args:
            change: What the person did.

        Returns:
            What else changed because of it, in words; empty when nothing did.

        Raises:
            InputError: It cannot be planned whatever else gives way; nothing changed.
        """
        try:
            wanted = change.next(self.history.base(change))
        except ValueError as error:
            raise InputError(str(error)) from None
        if wanted == self.spec:
            return ""
        spec, made, note = self._planned(wanted, change.decides)
        self.plan = made
        self.history.add(spec, change)
        return note

    def swap(self, n: int) -> str:
        """Put a pinned plan on screen under the present cursor and targets, and the one on screen in its place.

        Args:
            n: The pin's place.

        Returns:
            What else changed because of it, in words.

        Raises:
            InputError: It cannot be planned; nothing changed.
        """
        before, pinned = self.spec, self.pins.members[n].spec
        load = replace(pinned.workload, concurrency=before.workload.concurrency)
        was_pinned = self.sight.current.pin is not None
        note = self.choose(ScenarioChosen(replace(pinned, workload=load, targets=before.targets)))
        if not was_pinned:
            self.pins.swap(n, before, self.spec, self.history.step)
        return note

    def pin_set(self, path: str) -> str:
        """Pin the plans of a file instead of what is pinned.

        Args:
            path: A set of scenarios, or one scenario.

        Returns:
            What was done, in a sentence.

        Raises:
            InputError: It cannot be read or planned; the pins stay as they were.
        """
        from roofrack.report.compare_toml import load_set

        members = [member._replace(spec=self.opened(member.spec)) for member in load_set(path).members]
        self.pins.take(members, self.plan, self.catalog)
        plans = f"{len(members)} plan{'' if len(members) == 1 else 's'}"
        return f"pinned {plans} of {clean(path)}; {key_of('compare', self._own_keys)} compares"

    def undo(self) -> bool:
        """Go one step back; whether there was one."""
        return self._go(-1)

    def redo(self) -> bool:
        """Go one step forward again; whether there was one."""
        return self._go(1)

    def opened(self, spec: ScenarioSpec) -> ScenarioSpec:
        """A scenario from elsewhere, with the person's own costs where it leaves them open.

        Args:
            spec: The scenario.
        """
        return self._config.with_costs(spec) if self._config else spec

    @property
    def helps(self) -> tuple[Remedy, ...]:
        """What would make the plan fit; where it does, what would raise its next limit."""
        if not self.plan.memory.fits:
            return self.plan.remedies
        around = self._around
        if around not in self._raises:
            self._raises = {around: raises(self.plan.scenario, self.plan.memory, self.catalog)}
        return self._raises[around]

    @property
    def service(self) -> Service | None:
        """Whom the plan serves within its targets; None where neither people nor targets are named, or it does not fit."""
        spec = self.spec
        if not self.plan.memory.fits or (spec.audience == AudienceSpec() and spec.targets == Targets()):
            return None
        from roofrack.users import service

        around = self._around
        if around not in self._services:
            self._services = {around: service(self.plan)}
        return self._services[around]

    def fits(self, models: Iterable[str]) -> dict[str, bool | None]:
        """Whether models would fit in place of the present one; None where the choices do not go together.

        Args:
            models: Ids.
        """
        around = self._around
        return {model: self._fits_one(model, around) for model in models}

    def fits_devices(self, devices: Iterable[str]) -> dict[str, bool | None]:
        """Whether the present model would fit on other devices; None where the choices do not go together.

        Args:
            devices: Ids.
        """
        around = self._around
        relaxed = replace(around, weights=None, kv=None, parallel=ParallelSpec())
        found: dict[str, bool | None] = {}
        for device in devices:
            tries = (replace(one, rack=replace(one.rack, device=device, link=None)) for one in (around, relaxed))
            answers = [self._fits_one(one.model, one) for one in tries]
            found[device] = answers[0] if answers[0] is not None else answers[1]
        return found

    def reopen(self) -> None:
        """Read the person's own presets again."""
        self.catalog = self.catalog.reopened()
        self._fits.clear()
        self._raises.clear()
        self._services.clear()

    @property
    def _around(self) -> ScenarioSpec:
        """The scenario as far as memory sees it."""
        return _without_words(self.spec)

    def _fits_one(self, model: str, around: ScenarioSpec) -> bool | None:
        key = (model, around)
        if key not in self._fits:
            if len(self._fits) > 4096:
                self._fits.clear()
            spec = replace(around, model=model)
            try:
                self._fits[key] = fits(spec, self.catalog)
            except InputError:
                self._fits[key] = None
        return self._fits[key]

    def _go(self, steps: int) -> bool:
        before = self.spec
        if not self.history.move(steps):
            return False
        self.pins.went(before, self.spec, self.history.step + (steps < 0))
        self.plan = plan(self.spec, self.catalog)
        return True

    def _planned(self, spec: ScenarioSpec, decides: str) -> tuple[ScenarioSpec, Plan, str]:
        """Plan a scenario; where it cannot be, the one with the fewest other choices given up."""
        try:
            return spec, plan(spec, self.catalog, before=self.plan), ""
        except InputError as problem:
            first = problem
        for names, relaxed in self._relaxed(spec, decides):
            try:
                return relaxed, plan(relaxed, self.catalog), f"{' and '.join(names)} back to automatic: {first.problem}"
            except InputError:
                continue
        raise first

    def _relaxed(self, spec: ScenarioSpec, decides: str) -> Iterator[tuple[tuple[str, ...], ScenarioSpec]]:
        """Scenarios that give up other choices: one, then more of them, then with another engine."""
        free = [name for name, relax in _RELAX.items() if name != decides and relax(spec) != spec]
        for names in [(name,) for name in free] + [tuple(free[:count]) for count in range(2, len(free) + 1)]:
            yield names, reduce(lambda relaxed, name: _RELAX[name](relaxed), names, spec)
        if decides in ("engine", "version"):
            return
        bare = reduce(lambda relaxed, name: _RELAX[name](relaxed), free, spec)
        for engine in self.catalog.engines():
            yield ("engine", *free), replace(bare, engine=engine.id, engine_version=None)


@lru_cache(maxsize=2)
def _without_words(spec: ScenarioSpec) -> ScenarioSpec:
    return replace(spec, title="", story=(), steps=(), workload=replace(spec.workload, concurrency=None))


_RELAX: dict[str, Relax] = {
    "parallel": lambda spec: replace(spec, parallel=ParallelSpec()),
    "weights": lambda spec: replace(spec, weights=None),
    "kv": lambda spec: replace(spec, kv=None),
    "link": lambda spec: replace(spec, rack=replace(spec.rack, link=None)),
    "network": lambda spec: replace(spec, rack=replace(spec.rack, network=None)),
    "version": lambda spec: replace(spec, engine_version=None),
    "fraction": lambda spec: replace(spec, gpu_memory_fraction=None),
    "context": lambda spec: replace(spec, workload=replace(spec.workload, context_tokens=None)),
}
"""Choices that may give way to a newer one, the one that is missed least first."""
