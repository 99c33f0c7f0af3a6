"""Who uses the service and what they are promised: a form, beside how many this rack serves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.content import Content

from roofrack.catalog.prices import shipped_prices
from roofrack.economics.assumptions import dated
from roofrack.results import Plan
from roofrack.users import SPEED_CLASSES
from roofrack.users.demand import DEFAULT_THINK_S
from roofrack_tui.answers import NUMBER, PERCENTILE, SECONDS, SHARE, WHOLE, Question, named_number
from roofrack_tui.people_words import served
from roofrack_tui.screens.answering import AnsweringScreen

_LEVELS = named_number({known.name: known.tokens_per_s for known in SPEED_CLASSES})
_ONE_WAY = "Users, sessions or requests/s: the last one answered counts."
_PEOPLE, _TARGETS = "audience", "targets"

QUESTIONS = (
    Question(_PEOPLE, "users", "users", WHOLE, "none", "people", f"A user base, of which shares are active. {_ONE_WAY}", heading="People"),
    Question(_PEOPLE, "online_share", " logged in", SHARE, "1 %", "of the users", "The 1 % rule of web pages; change it to what you know."),
    Question(_PEOPLE, "active_share", " active", SHARE, "1 %", "of those, at once", "Share of those logged in with a request running."),
    Question(_PEOPLE, "sessions", "or sessions", WHOLE, "none", "at once", f"People in a conversation. {_ONE_WAY}"),
    Question(_PEOPLE, "think_s", " think time", SECONDS, f"{DEFAULT_THINK_S:g} s", "reading, typing", "Between an answer and the next request."),
    Question(_PEOPLE, "requests_per_s", "or requests/s", NUMBER, "none", "arriving", f"As a log counts them. {_ONE_WAY}"),
    Question(_PEOPLE, "peak", "peak", NUMBER, "1", "× the mean", "The busiest moment against the mean that is given above."),
    Question(_TARGETS, "ttft_s", "TTFT", SECONDS, "no target", "at most", "Time to first token: 500 ms, 2 s.", heading="Targets"),
    Question(_TARGETS, "percentile", " for", PERCENTILE, "mean", "of requests", "p95: 95 % of requests keep the TTFT target.", ("p50", "p90", "p95", "p99")),
    Question(_TARGETS, "tpot_s", "TPOT", SECONDS, "no target", "at most", "Time per output token after the first: 50 ms."),
    Question(
        _TARGETS,
        "tokens_per_s_per_user",
        "speed each",
        _LEVELS,
        "no target",
        "tok/s or more",
        f"{', '.join(f'{known.name} {known.tokens_per_s:g}' for known in SPEED_CLASSES)}: {{form-choice-previous}} {{form-choice}} or a number.",
        tuple(_LEVELS.write(known.tokens_per_s) for known in SPEED_CLASSES),
    ),
    Question(_TARGETS, "requests_per_s", "requests/s", NUMBER, "no target", "or more", "What the whole service must complete."),
    Question(_TARGETS, "availability", "availability", SHARE, "no target", "of the time", "99.9 %: spare replicas (N+1) keep the capacity.", ("99 %", "99.9 %", "99.99 %")),
    Question(_PEOPLE, "node_availability", " a node works", SHARE, "", "of the time"),
)  # fmt: skip


class PeopleScreen(AnsweringScreen):
    """Questions about people and targets, beside whether this rack serves them."""

    TITLE_OF_FORM: ClassVar[str] = "People and targets"

    def questions(self, plan: Plan) -> Sequence[Question]:  # noqa: ARG002 (the same for all plans)
        """The same for all plans; the availability of a node has a dated default."""
        node = shipped_prices().costs["node-availability"]
        dated_node = QUESTIONS[-1]._replace(
            hint=SHARE.write(node.value), note=f"Nodes fail on their own. {dated(node.source)}."
        )
        return (*QUESTIONS[:-1], dated_node)

    def result(self, plan: Plan, width: int) -> Sequence[Content]:
        """Who is served, what breaks first, and what circulating targets take."""
        return served(plan, width)
