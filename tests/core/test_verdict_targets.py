"""The plan's own verdict says of every target whether it is kept, with the band in mind."""

from dataclasses import replace

import pytest

from roofrack.catalog import default_catalog
from roofrack.domain import RackSpec, ScenarioSpec, Targets, WorkloadSpec
from roofrack.plan import plan
from roofrack.verdict import verdict

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


def test_a_plan_that_fits_says_how_many_how_fast_and_what_binds() -> None:
    made = plan(SPEC, default_catalog())
    at, memory = made.at, made.memory
    assert at is not None
    load = made.scenario.workload
    first, second, third = made.verdict
    assert first == (
        f"Fits: {memory.workload_concurrency:,} requests of {load.prompt_tokens + load.output_tokens:,} tokens at once "
        f"({memory.max_concurrency:,} of the full 8,192)."
    )
    assert second.startswith(f"32 requests at once: {at.tokens_per_s_per_user.mid:,.0f} tokens/s each, ")
    assert f"{at.output_tokens_per_s.mid:,.0f} in total" in second
    assert third.startswith("A step is mostly ")


def test_those_that_wait_are_counted() -> None:
    many = replace(SPEC, max_num_seqs=16, workload=replace(SPEC.workload, concurrency=40))
    assert "24 of them wait: only 16 run at once." in plan(many, default_catalog()).verdict
    one = plan(replace(SPEC, workload=replace(SPEC.workload, concurrency=1)), default_catalog())
    assert one.verdict[1].startswith("1 request at once: ")


def test_a_plan_that_does_not_fit_says_why_and_the_first_three_ways_out() -> None:
    made = plan(replace(SPEC, model="llama-3.1-70b", workload=WorkloadSpec()), default_catalog())
    why, out = made.verdict
    assert why == f"Does not fit: {made.memory.reason}."
    assert out == "To make it fit: " + ", or ".join(remedy.label for remedy in made.remedies[:3]) + "."
    assert verdict(made.scenario, made.memory, None, ()) == (why,)


def test_with_a_percentile_the_plan_itself_judges_the_mean() -> None:
    wanted = Targets(ttft_s=1.0, tpot_s=1.0, percentile=95)
    said = plan(replace(SPEC, targets=wanted), default_catalog()).verdict[-2:]
    assert [line.partition(" target")[0] for line in said] == ["mean TTFT", "TPOT"]
