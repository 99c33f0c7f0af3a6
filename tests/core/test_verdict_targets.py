"""The plan's own verdict says of every target whether it is kept, with the band in mind."""

from dataclasses import replace

import pytest

from roofrack.catalog import default_catalog
from roofrack.domain import RackSpec, ScenarioSpec, Targets, WorkloadSpec
from roofrack.plan import plan

SPEC = ScenarioSpec(
    model="llama-3.1-8b",
    rack=RackSpec(device="h100-sxm5-80gb"),
    workload=WorkloadSpec(context_tokens=8192, concurrency=32),
)


@pytest.mark.parametrize(
    ("field", "floor", "words"),
    [
        ("ttft_s", False, "TTFT target"),
        ("tpot_s", False, "TPOT target"),
        ("tokens_per_s_per_user", True, "tokens/s each"),
        ("requests_per_s", True, "requests/s"),
    ],
)
def test_each_target_is_judged_by_its_band(field: str, floor: bool, words: str) -> None:
    at = plan(SPEC, default_catalog()).at
    assert at is not None
    low, mid, high = getattr(at, field)
    lax, likely, unlikely, hopeless = high * 1.01, mid * 1.01, mid * 0.99, low * 0.99
    expected = dict(zip((lax, likely, unlikely, hopeless), _JUDGED[::-1] if floor else _JUDGED, strict=True))
    for target, said in expected.items():
        made = plan(replace(SPEC, targets=Targets(**{field: target})), default_catalog())
        assert any(words in line and f": {said} (" in line for line in made.verdict), (target, made.verdict)


_JUDGED = ("kept", "probably kept", "probably missed", "missed")
