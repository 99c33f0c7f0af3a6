"""Forms, cost chart and pages about people and money as pictures."""

from dataclasses import replace

import pytest
from app_tools import LLAMA_70B, MakeApp
from test_screens import SIZES, Compare, look

from roofrack.domain import AudienceSpec, MoneySpec, ScenarioSpec, Targets, WorkloadSpec

SERVICE = ScenarioSpec(
    model="meta-llama/Llama-3.1-8B-Instruct",
    weights="bf16",
    rack=replace(LLAMA_70B.rack, gpus_per_node=1),
    workload=WorkloadSpec(prompt_tokens=512, output_tokens=256, context_tokens=8192, concurrency=64),
    audience=AudienceSpec(sessions=2000, think_s=20.0),
    targets=Targets(ttft_s=2.0, percentile=95.0, tokens_per_s_per_user=20.0, availability=0.999),
    usd_per_gpu_hour=2.0,
    money=MoneySpec(usd_per_gpu=30000.0, usd_per_kwh=0.163),
)


@pytest.mark.parametrize("size", SIZES[:2], ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize(
    ("name", "keys"),
    [
        ("people", ["U", "down", "9"]),
        ("prices", ["M", "down"]),
        ("cost chart", ["dollar_sign", "right", "right"]),
        ("money", ["m"]),
        ("users", ["u"]),
        ("machine", ["a"]),
        ("rules", ["r", "down"]),
        ("verdict", ["7"]),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_people_and_money(
    snap_compare: Compare, make_app: MakeApp, size: tuple[int, int], name: str, keys: list[str]
) -> None:
    look(snap_compare, make_app(SERVICE), size, *keys)


def test_a_refused_answer(snap_compare: Compare, make_app: MakeApp) -> None:
    look(snap_compare, make_app(SERVICE), (80, 24), "U", "0", "down")


def test_the_verdict_of_a_service_on_a_narrow_screen(snap_compare: Compare, make_app: MakeApp) -> None:
    look(snap_compare, make_app(SERVICE), (64, 20), "8")
