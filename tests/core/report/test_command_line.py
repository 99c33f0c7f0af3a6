"""The command line of a scenario gives that scenario back."""

import shlex
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roofrack.catalog import load_catalog
from roofrack.cli.options import scenario_spec
from roofrack.cli.parser import build_parser
from roofrack.domain import ParallelSpec, RackSpec, ScenarioSpec, Targets, WorkloadSpec
from roofrack.report.command_line import command_line

CATALOG = load_catalog(Path("/nowhere"))


def read_back(line: str) -> ScenarioSpec:
    program, *arguments = shlex.split(line)
    assert program == "roofrack"
    return scenario_spec(build_parser().parse_args(arguments), CATALOG)


counts = st.integers(1, 1000)
names = st.from_regex(r"[a-z][a-z0-9 $'\"&-]{0,20}[a-z0-9]", fullmatch=True)


@given(
    st.builds(
        ScenarioSpec,
        model=names,
        weights=st.none() | names,
        kv=st.none() | names,
        rack=st.builds(
            RackSpec,
            device=st.just("h100-sxm5-80gb"),
            gpus_per_node=counts,
            nodes=counts,
            link=st.none() | names,
            network=st.none() | names,
        ),
        parallel=st.builds(ParallelSpec, tp=st.none() | counts, pp=st.none() | counts, dp=st.none() | counts),
        engine=st.sampled_from(["vllm", "sglang", "llama.cpp"]),
        engine_version=st.none() | st.just("0.11.0"),
        gpu_memory_fraction=st.none() | st.floats(0.01, 1),
        max_num_batched_tokens=st.none() | counts,
        max_num_seqs=st.none() | counts,
        workload=st.builds(
            WorkloadSpec,
            prompt_tokens=counts,
            output_tokens=counts,
            context_tokens=st.none() | counts,
            load=st.sampled_from(["closed", "batch", "single", "poisson"]),
            concurrency=st.none() | counts,
            concurrencies=st.none() | st.lists(counts, min_size=1, max_size=4).map(tuple),
            rate_per_s=st.none() | st.floats(1e-6, 1e6),
            requests=st.none() | counts,
            max_tokens=st.none() | counts,
        ),
        targets=st.builds(Targets, ttft_s=st.none() | st.floats(1e-6, 1e6), tpot_s=st.none() | st.floats(1e-6, 1e6)),
        usd_per_gpu_hour=st.none() | st.floats(1e-6, 1e6),
    )
)
def test_a_scenario_comes_back_from_its_command_line(spec: ScenarioSpec) -> None:
    assert read_back(command_line(spec)) == spec


@pytest.mark.parametrize("name", CATALOG.scenario_ids())
def test_every_ready_scenario_has_a_command_line(name: str) -> None:
    spec = CATALOG.scenario(name)
    assert read_back(command_line(spec)) == replace(spec, title="", story=(), steps=())


def test_it_reads_like_something_a_person_would_type() -> None:
    spec = ScenarioSpec(
        model="llama-3.1-70b",
        weights="fp8",
        rack=RackSpec(device="h100-sxm5-80gb", gpus_per_node=4),
        engine_version="0.11.0",
    )
    assert command_line(spec) == (
        "roofrack plan llama-3.1-70b --rack 4xh100-sxm5-80gb --weights fp8 --engine vllm@0.11.0 --prompt 1024 --output 256"
    )


def test_a_shell_sees_one_word_for_a_name_with_blanks_and_quotes() -> None:
    line = command_line(ScenarioSpec(model="it's; rm -rf $HOME", rack=RackSpec(device="d")))
    assert shlex.split(line)[2] == "it's; rm -rf $HOME"
