"""Searches and boxes as command lines: parsed again, they are the same."""

import shlex

from hypothesis import given
from hypothesis import strategies as st

from roofrack.cli.parser import build_parser
from roofrack.cli.searching import box_spec, search_spec
from roofrack.domain.scenario import RackSpec, WorkloadSpec
from roofrack.domain.workload import Targets
from roofrack.report.search_command import box_command, search_command
from roofrack.search import BoxSpec, Limits, SearchSpec

some = st.floats(0.001, 1000, allow_nan=False)
ids = st.lists(st.sampled_from(["h100-sxm5-80gb", "a100-sxm4-80gb", "l40s"]), unique=True).map(tuple)
formats = st.lists(st.sampled_from(["bf16", "fp8", "awq-int4"]), unique=True).map(tuple)
loads = st.builds(
    WorkloadSpec,
    prompt_tokens=st.integers(1, 100_000),
    output_tokens=st.integers(1, 10_000),
    context_tokens=st.none() | st.integers(1, 200_000),
    concurrency=st.integers(1, 1_000_000),
)
targets = st.builds(
    Targets,
    ttft_s=st.none() | some,
    tpot_s=st.none() | some,
    percentile=st.none() | st.floats(50, 99.99),
    tokens_per_s_per_user=st.none() | some,
    requests_per_s=st.none() | some,
    availability=st.none() | st.floats(0.01, 0.9999),
)
qualities = st.sampled_from(["none", "negligible", "acceptable", "risky"])
searches = st.builds(
    SearchSpec,
    models=st.sampled_from([("llama-3.1-8b",), ("./a model", "gpt-oss-20b")]),
    workload=loads,
    targets=targets,
    limits=st.builds(Limits, gpus=st.integers(1, 16_384), usd_per_hour=st.none() | some),
    sort=st.sampled_from(["cost", "gpus", "power", "headroom"]),
    devices=ids,
    gpus_per_node=st.sampled_from([(), (1, 8)]),
    weights=formats,
    kv=st.sampled_from([(), ("fp8",)]),
    engines=st.sampled_from([("vllm",), ("sglang", "vllm@0.11")]),
    quality=qualities,
    sure=st.booleans(),
    prices=st.sampled_from([(), (("l40s", 0.1), ("h100-sxm5-80gb", 2.5))]),
    node_availability=st.none() | st.floats(0.5, 1),
    kept=st.integers(1, 1000),
    front=st.booleans(),
)
boxes = st.builds(
    BoxSpec,
    rack=st.builds(RackSpec, device=st.just("l40s"), gpus_per_node=st.integers(1, 8), nodes=st.integers(1, 9)),
    models=st.sampled_from([(), ("llama-3.1-8b",)]),
    workload=loads,
    targets=targets,
    engines=st.sampled_from([(), ("vllm",)]),
    weights=formats,
    quality=qualities,
)


@given(searches)
def test_a_search_survives_its_command_line(spec: SearchSpec) -> None:
    words = shlex.split(search_command(spec))
    assert words[:2] == ["roofrack", "search"]
    assert search_spec(build_parser("search").parse_args(words[1:])) == (spec, "")


@given(boxes)
def test_a_box_survives_its_command_line(spec: BoxSpec) -> None:
    words = shlex.split(box_command(spec))
    assert words[:2] == ["roofrack", "box"]
    assert box_spec(build_parser("box").parse_args(words[1:])) == (spec, "")
