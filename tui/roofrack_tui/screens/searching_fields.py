"""What a search and a box are asked: fields as people write them, and the request that they make."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Generic, NamedTuple, TypeVar, get_args

from roofrack.catalog import Catalog
from roofrack.domain import ScenarioSpec
from roofrack.domain.money import AudienceSpec
from roofrack.domain.scenario import WorkloadSpec
from roofrack.domain.workload import Targets
from roofrack.errors import InputError
from roofrack.resolve import resolve_model
from roofrack.results import Plan
from roofrack.search import BoxSpec, Limits, SearchSpec, in_flight
from roofrack.search.request import VERDICTS, Sort
from roofrack.text import clean
from roofrack_tui.answers import NUMBER, SECONDS, SHARE, WHOLE, Kind, choice
from roofrack_tui.widgets.form import Blank

Values = Mapping[str, Any]

DEFAULT_TTFT_S, DEFAULT_TPOT_S = 2.0, 0.05
"""Targets where a plan has none: an answer that begins within two seconds and runs at 20 tokens/s, well above reading speed."""

KEPT = 20
"""Plans that are ranked: a screen holds that many, and one more device or format may be what somebody has."""

_UNITS = {
    "": "requests",
    "at once": "requests",
    "requests at once": "requests",
    "request": "requests",
    "requests": "requests",
    "user": "users",
    "users": "users",
    "people": "users",
    "session": "sessions",
    "sessions": "sessions",
    "requests/s": "requests_per_s",
    "req/s": "requests_per_s",
    "/s": "requests_per_s",
}
_WAYS = ("users", "sessions", "requests_per_s")
_LOAD_EXAMPLE = "write 64, 5000 users, 200 sessions or 3 requests/s"


class Load(NamedTuple):
    """How much is asked: requests at once, or people or a rate that make them."""

    number: float
    way: str

    @property
    def audience(self) -> dict[str, Any]:
        """The fields of an audience that say so."""
        number = self.number if self.way == "requests_per_s" else round(self.number)
        return {way: number if way == self.way else None for way in _WAYS}


class Field(NamedTuple):
    """One field of a form.

    Args:
        blank: How it is shown.
        kind: How it is read and written.
        needed: Whether it may not be empty.
    """

    blank: Blank
    kind: Kind
    needed: bool = False

    def read(self, text: str) -> Any:
        """The value of what was typed; None where nothing was.

        Args:
            text: As typed.

        Raises:
            InputError: It cannot be read, or is needed.
        """
        if text.strip():
            return self.kind.read(text)
        if self.needed:
            raise InputError("this cannot be empty")
        return None

    def write(self, value: Any) -> str:
        """A value as it can be read again.

        Args:
            value: None for an empty field.
        """
        return "" if value is None else self.kind.write(value)


_LOAD_TEXT = re.compile(r"([-+]?[\d.,_^]+(?:e[-+]?\d+)?[kmb]?)\s*([^\d]*)", re.IGNORECASE)


def _read_load(text: str) -> Load:
    found = _LOAD_TEXT.fullmatch(text.strip())
    way = _UNITS.get(found[2].strip().lower()) if found else None
    if found is None or way is None:
        raise InputError(f"'{clean(text, limit=30)}' is no load: {_LOAD_EXAMPLE}")
    value = NUMBER.read(found[1]) if way == "requests_per_s" else WHOLE.read(found[1])
    if value <= 0:
        raise InputError(f"must be above 0, not {value:,g}")
    return Load(value, way)


def _write_load(load: Load) -> str:
    unit = {"requests": "", "requests_per_s": " requests/s"}.get(load.way, f" {load.way}")
    return f"{load.number:,.12g}{unit}"


def _words(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


WORDS = Kind(_words, ", ".join)
LOAD = Kind(_read_load, _write_load)
SORTS: tuple[str, ...] = get_args(Sort)
JUDGED = ("middle", "worst")

# fmt: off
_MODELS = Field(Blank("models", "models", "all models", "", "Ids or aliases, with commas between them.", takes_words=True), WORDS)
_LOAD = Field(Blank("load", "load", "", "at once", f"Requests at once, or people: {_LOAD_EXAMPLE}.", takes_words=True), LOAD, needed=True)
_TTFT = Field(Blank("ttft_s", "TTFT", "nobody waits", "at most", "Time to first token, such as 500 ms or 2 s. Empty: no target, but nobody may wait for memory."), SECONDS)
_TPOT = Field(Blank("tpot_s", "TPOT", "no target", "at most", "Time per output token: 50 ms is 20 tokens/s."), SECONDS)
_SPEED = Field(Blank("tokens_per_s_per_user", "speed each", "no target", "tok/s or more", "Slowest stream that a user accepts."), NUMBER)
_SPARES = Field(
    Blank("availability", "availability", "no target", "of the time", "99.9 %: spare replicas (N+1) keep the other targets.", ("99 %", "99.9 %", "99.99 %")),
    SHARE,
)
_GPUS = Field(Blank("gpus", "max GPUs", "64", "in all", "GPUs of the largest rack."), WHOLE)
_BUDGET = Field(Blank("usd_per_hour", "budget", "no limit", "$ an hour", "Rent of the dearest rack."), NUMBER)
_DEVICES = Field(Blank("devices", "devices", "all with a rent", "", "Ids or aliases, with commas between them.", takes_words=True), WORDS)
_QUALITY = Field(
    Blank("quality", "quality loss", "", "at most", "The most that a weights or KV format may cost: {form-choice-previous} {form-choice} or the word.", VERDICTS, takes_words=True),
    choice(VERDICTS),
    needed=True,
)
_JUDGED = Field(
    Blank("sure", "judged at", "", "of the 80 % band", "Targets are kept at the middle, or also at the worst end of the band: {form-choice-previous} {form-choice}.", JUDGED, takes_words=True),
    choice(JUDGED),
    needed=True,
)
_SORT = Field(Blank("sort", "best is", "", "first", "cost, gpus, power or headroom: {form-choice-previous} {form-choice} or the word.", SORTS, takes_words=True), choice(SORTS), needed=True)
_ENGINES = Field(
    Blank("engines", "engine", "vllm", "", "vllm, sglang, trtllm, llama.cpp; with @VERSION where it matters.", takes_words=True), WORDS
)
# fmt: on

SEARCH_FIELDS = (
    _MODELS._replace(needed=True), _LOAD, _TTFT, _TPOT, _SPEED, _SPARES, _JUDGED, _GPUS, _BUDGET, _DEVICES, _QUALITY, _SORT, _ENGINES,
)  # fmt: skip
"""What a search is asked."""

BOX_FIELDS = (
    _LOAD,
    _TTFT,
    _TPOT,
    _SPEED,
    _QUALITY,
    _MODELS,
    _ENGINES._replace(blank=_ENGINES.blank._replace(hint="whatever runs")),
)
"""What a box is asked."""


R = TypeVar("R", SearchSpec, BoxSpec)


@dataclass(frozen=True)
class Wanted(Generic[R]):
    """A request that can be run.

    Args:
        spec: The search or the box.
        why: Where the requests at once come from; empty where they were given.
        audience: Who asks, for the plan that is opened from it.
    """

    spec: R
    why: str
    audience: AudienceSpec


def first_values(plan: Plan) -> dict[str, Any]:
    """What the form says at first: the plan at hand.

    Args:
        plan: The plan.
    """
    spec, targets, audience = plan.scenario.spec, plan.scenario.targets, plan.scenario.spec.audience
    load = next((Load(getattr(audience, way), way) for way in _WAYS if getattr(audience, way) is not None), None)
    rate = spec.workload.rate_per_s
    if load is None and rate is not None:
        load = Load(rate, "requests_per_s")
    none_set = targets.ttft_s is None and targets.tpot_s is None and targets.tokens_per_s_per_user is None
    return {
        "models": (_short_name(plan),),
        "load": load or Load(plan.scenario.workload.concurrency, "requests"),
        "ttft_s": DEFAULT_TTFT_S if none_set else targets.ttft_s,
        "tpot_s": DEFAULT_TPOT_S if none_set else targets.tpot_s,
        "tokens_per_s_per_user": targets.tokens_per_s_per_user,
        "availability": targets.availability,
        "sure": JUDGED[0],
        "gpus": None,
        "usd_per_hour": None,
        "devices": None,
        "quality": "acceptable",
        "sort": "cost",
        "engines": (f"{spec.engine}@{spec.engine_version}" if spec.engine_version else spec.engine,),
    }


def search_wanted(values: Values, plan: Plan, catalog: Catalog) -> Wanted[SearchSpec]:
    """The search that fields make.

    Args:
        values: By field.
        plan: The plan at hand: what the fields do not say is as it is there.
        catalog: Where ids are looked up.

    Raises:
        InputError: A value is out of range, or an id is unknown.
    """
    models = _models(values, catalog)
    for device in values["devices"] or ():
        catalog.device(device)
    spec = plan.scenario.spec
    targets, workload, why, audience = _asked(values, plan)
    usd = spec.usd_per_gpu_hour
    given = {name: values[name] for name in ("gpus", "usd_per_hour") if values[name] is not None}
    return Wanted(
        _made(
            lambda: SearchSpec(
                models=models,
                workload=workload,
                targets=targets,
                limits=Limits(**given),
                sort=values["sort"],
                sure=values["sure"] == JUDGED[1],
                devices=values["devices"] or (),
                engines=_engines(values, catalog) or ("vllm",),
                quality=values["quality"],
                prices=() if usd is None else ((plan.scenario.rack.device.id, usd),),
                node_availability=spec.audience.node_availability,
                kept=KEPT,
            )
        ),
        why,
        audience,
    )


def box_wanted(values: Values, plan: Plan, catalog: Catalog) -> Wanted[BoxSpec]:
    """The box that fields make; arguments as for `search_wanted`."""
    models = _models(values, catalog)
    targets, workload, why, audience = _asked(values, plan)
    return Wanted(
        _made(
            lambda: BoxSpec(
                rack=plan.scenario.spec.rack,
                models=models,
                workload=workload,
                targets=targets,
                engines=_engines(values, catalog),
                quality=values["quality"],
                usd_per_gpu_hour=plan.scenario.spec.usd_per_gpu_hour,
            )
        ),
        why,
        audience,
    )


def opened(spec: ScenarioSpec, wanted: Wanted[R], plan: Plan) -> ScenarioSpec:
    """A plan that was found, with what the plan at hand says about people and money.

    Args:
        spec: What was found.
        wanted: What it was found for.
        plan: The plan at hand.
    """
    return replace(spec, audience=wanted.audience, money=plan.scenario.spec.money)


def _asked(values: Values, plan: Plan) -> tuple[Targets, WorkloadSpec, str, AudienceSpec]:
    """Targets, the workload at the requests at once, where they come from, and the audience."""
    load: Load = values["load"]
    before = plan.scenario.spec
    names = ("ttft_s", "tpot_s", "tokens_per_s_per_user")
    given = {name: values[name] for name in (*names, "availability") if name in values}
    targets = _made(lambda: replace(before.targets, **given))
    audience = _made(lambda: replace(before.audience, **load.audience))
    people = in_flight(audience, before.workload.output_tokens, targets)
    requests = people.requests if people else round(load.number)
    workload = _made(
        lambda: replace(before.workload, load="closed", rate_per_s=None, concurrencies=None, concurrency=requests)
    )
    return targets, workload, people.why if people else "", audience


def _short_name(plan: Plan) -> str:
    """The shortest of the names by which a preset is found: a field of a form has little room."""
    name, model = plan.scenario.spec.model, plan.scenario.model
    return min((name, *model.aliases), key=len) if name == model.id else name


def _models(values: Values, catalog: Catalog) -> tuple[str, ...]:
    """Ids of the models that are asked for; a path stays a path."""
    found = [(name, resolve_model(name, catalog)) for name in values["models"] or ()]
    return tuple(model.id if name in model.aliases else name for name, (model, _) in found)


def _engines(values: Values, catalog: Catalog) -> tuple[str, ...]:
    named: tuple[str, ...] = values["engines"] or ()
    for text in named:
        catalog.engine(text.partition("@")[0])
    return named


def _made(make: Any) -> Any:
    """What is made; what the domain refuses is said in its words, without the name of the field that has the focus."""
    try:
        return make()
    except ValueError as error:
        raise InputError(str(error).partition(": ")[2] or str(error)) from None
