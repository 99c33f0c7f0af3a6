"""How many requests a user base keeps in flight: shares of it, sessions that think and ask, or a rate.

Little's law (1961): requests in flight = requests/s × seconds each. For sessions, the interactive response-time law: a session
asks again `think` seconds after its answer, so in flight = sessions × answer time / (answer time + think time).
"""

from __future__ import annotations

from typing import NamedTuple

from roofrack.report.units import whole_percent
from roofrack.results import CurvePoint, Plan
from roofrack.sweep import alone, points, slots

DEFAULT_THINK_S = 30.0
"""Seconds between an answer and the next request of one person, where nothing is said."""

_HALVINGS = 60


class Demand(NamedTuple):
    """What users ask of the service at its busiest.

    Args:
        rule: `users`, `sessions` or `requests`.
        in_flight: Requests in the engine at once, mean.
        requests_per_s: Requests per second that this makes.
        per_user: Requests in flight that one person of the user base, one session or one request/s stands for.
        people: Users or sessions; None for a rate.
        steps: The arithmetic, a line each.
        warning: What is doubtful about the rule; empty when nothing is.
    """

    rule: str
    in_flight: float
    requests_per_s: float
    per_user: float
    people: int | None
    steps: tuple[str, ...]
    warning: str


def demand(plan: Plan, most: int | None = None) -> Demand | None:
    """What the scenario's audience asks of the service; None where the scenario names none.

    Answers take longer on a loaded rack, so sessions and rates are solved on the plan's own curve. A rack is loaded up to `most`
    requests; what is asked beyond that meets further racks in the same state.

    Args:
        plan: A plan that fits; its `scenario.spec.audience` says who uses it.
        most: Requests in flight that one rack takes; None takes all that run at once.

    Raises:
        InputError: The plan does not fit, or the audience is beyond any rack.
    """
    audience = plan.scenario.spec.audience
    if audience.users is not None:
        return _of_users(plan, alone(plan))
    if audience.sessions is not None:
        return _of_sessions(plan, most or slots(plan))
    return _of_rate(plan, most or slots(plan)) if audience.requests_per_s is not None else None


def _of_users(plan: Plan, one: CurvePoint) -> Demand:
    audience = plan.scenario.spec.audience
    users = audience.users or 0
    per_user = audience.online_share * audience.active_share
    in_flight = users * per_user * audience.peak
    answer_s = one.e2e_latency_s.mid
    return Demand(
        rule="users",
        in_flight=in_flight,
        requests_per_s=in_flight / answer_s,
        per_user=per_user * audience.peak,
        people=users,
        steps=(
            f"logged in: {users:,} users × {audience.online_share:g} = {_amount(users * audience.online_share)}",
            f"active at once: × {audience.active_share:g}{_peak(audience.peak)} = {_amount(in_flight, 3)} requests in flight",
            f"Little's law: {_amount(in_flight)} / {answer_s:.3g} s an answer = {_amount(in_flight / answer_s, 4)} requests/s",
        ),
        warning=_shares_warning(answer_s) if audience.active_share <= 0.01 else "",
    )


def _shares_warning(answer_s: float) -> str:
    share = answer_s / (answer_s + DEFAULT_THINK_S)
    return (
        f"The 1 % rule comes from web pages that answer in milliseconds. An answer here takes {answer_s:.2g} s: of people who chat with "
        f"{DEFAULT_THINK_S:g} s between answers, {whole_percent(share)} are active at once. Change that share, or count sessions instead."
    )


def _of_sessions(plan: Plan, most: int) -> Demand:
    audience = plan.scenario.spec.audience
    sessions = round((audience.sessions or 0) * audience.peak)
    think = DEFAULT_THINK_S if audience.think_s is None else audience.think_s
    answer_s = _answer_s(plan, sessions, think, most)
    in_flight = sessions * answer_s / (answer_s + think)
    rate = sessions / (answer_s + think)
    return Demand(
        rule="sessions",
        in_flight=in_flight,
        requests_per_s=rate,
        per_user=in_flight / sessions * audience.peak,
        people=audience.sessions,
        steps=(
            f"requests: {sessions:,} sessions{_peak(audience.peak)} / ({answer_s:.3g} s an answer + {think:g} s to think) = {_amount(rate, 4)}/s",
            f"Little's law: {_amount(rate, 4)}/s × {answer_s:.3g} s = {_amount(in_flight, 3)} requests in flight",
        ),
        warning="" if audience.think_s is not None else f"{DEFAULT_THINK_S:g} s to think is assumed.",
    )


def _answer_s(plan: Plan, sessions: int, think: float, most: int) -> float:
    """Seconds of an answer: longer the more are in flight, which itself depends on it."""
    low, high = 1, max(1, min(most, sessions))
    while low < high:  # the largest concurrency that so many sessions keep up
        middle = (low + high + 1) // 2
        answer = points(plan, (middle,))[0].e2e_latency_s.mid
        if sessions * answer / (answer + think) >= middle:
            low = middle
        else:
            high = middle - 1
    return points(plan, (low,))[0].e2e_latency_s.mid


def _of_rate(plan: Plan, most: int) -> Demand:
    audience = plan.scenario.spec.audience
    rate = (audience.requests_per_s or 0.0) * audience.peak
    answer_s = _answer_at_rate(plan, rate, most)
    in_flight = rate * answer_s
    return Demand(
        rule="requests",
        in_flight=in_flight,
        requests_per_s=rate,
        per_user=answer_s * audience.peak,
        people=None,
        steps=(
            f"Little's law: {_amount(rate)} requests/s × {answer_s:.3g} s an answer = {_amount(in_flight, 3)} requests in flight",
        ),
        warning="",
    )


def _answer_at_rate(plan: Plan, rate: float, most: int) -> float:
    """Seconds of an answer where the rack completes so many requests/s, or as many as it can."""
    low, high = 1, most
    while low < high:
        middle = (low + high) // 2
        if points(plan, (middle,))[0].requests_per_s.mid >= rate:
            high = middle
        else:
            low = middle + 1
    return points(plan, (low,))[0].e2e_latency_s.mid


def _peak(peak: float) -> str:
    return f" × {peak:g} at the peak" if peak != 1 else ""


def _amount(value: float, digits: int = 6) -> str:
    """A number with so many digits, large ones whole and with separators."""
    return f"{value:,.0f}" if value >= 10 ** (digits - 1) else f"{value:,.{digits}g}"
