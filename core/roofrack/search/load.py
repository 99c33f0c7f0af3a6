"""From people or a rate to the requests at once that a search plans for."""

from __future__ import annotations

from math import ceil
from typing import NamedTuple

from roofrack.domain.money import AudienceSpec
from roofrack.domain.workload import Targets
from roofrack.errors import InputError
from roofrack.sweep import MOST_REQUESTS
from roofrack.users.demand import DEFAULT_THINK_S


class InFlight(NamedTuple):
    """Requests at once.

    Args:
        requests: At least 1.
        why: The arithmetic in a line.
    """

    requests: int
    why: str


def in_flight(audience: AudienceSpec, output_tokens: int, targets: Targets) -> InFlight | None:
    """Requests at once at the busiest moment; None where no audience is named.

    Which rack serves is not known yet, and so neither is how long an answer takes. A rack that keeps the targets takes no
    longer than the targets allow, so by Little's law no more are in flight than answers of exactly that length would make.

    Args:
        audience: Who uses the service.
        output_tokens: Length of an answer.
        targets: What the rack will have to keep.

    Raises:
        InputError: Sessions or a rate are given without targets for TTFT and TPOT, or there are more than any rack is planned for.
    """
    if audience.users is not None:
        shares = audience.online_share * audience.active_share * audience.peak
        said = f"{audience.users:,} users × {audience.online_share:g} logged in × {audience.active_share:g} active"
        return _at_least_one(audience.users * shares, said, audience.peak)
    if audience.sessions is not None:
        answer, said = _longest_answer(targets, output_tokens)
        think = DEFAULT_THINK_S if audience.think_s is None else audience.think_s
        busy = audience.sessions * audience.peak * answer / (answer + think)
        return _at_least_one(busy, f"{audience.sessions:,} sessions × {said} / ({said} + {think:g} s)", audience.peak)
    if audience.requests_per_s is not None:
        answer, said = _longest_answer(targets, output_tokens)
        busy = audience.requests_per_s * audience.peak * answer
        return _at_least_one(busy, f"{audience.requests_per_s:g} requests/s × {said}", audience.peak)
    return None


def _longest_answer(targets: Targets, output_tokens: int) -> tuple[float, str]:
    tpot = targets.tpot_s
    if tpot is None and targets.tokens_per_s_per_user is not None:
        tpot = 1 / targets.tokens_per_s_per_user
    if targets.ttft_s is None or tpot is None:
        raise InputError(
            "sessions, requests-per-s: how many are in flight depends on how long an answer may take",
            "set targets for TTFT and TPOT (--slo-ttft, --slo-tpot), or the requests at once (--concurrency)",
        )
    answer = targets.ttft_s + (output_tokens - 1) * tpot
    return answer, f"{answer:.3g} s"


def _at_least_one(requests: float, said: str, peak: float) -> InFlight:
    if requests > MOST_REQUESTS:
        raise InputError(f"{said} makes {requests:,.3g} requests at once", f"at most {MOST_REQUESTS:,} are planned for")
    peaked = f" × {peak:g} at the peak" if peak != 1 else ""
    return InFlight(max(1, ceil(requests - 1e-9)), f"{said}{peaked} = {requests:,.4g} requests at once")
