"""Charts and bars show the plan's own numbers."""

import itertools
from dataclasses import replace

import pytest
from app_tools import LLAMA_70B, MODELS, TOO_BIG

from roofrack.catalog import Catalog
from roofrack.domain import ParallelSpec, RackSpec, ScenarioSpec, Targets
from roofrack.plan import plan
from roofrack_tui.figures import GIB, latency_chart, memory_bars, memory_chart, throughput_chart
from roofrack_tui.raster.chart import draw_chart
from roofrack_tui.raster.ink import plain_text
from roofrack_tui.stops import USERS, cursor_stops, kv_stops, weights_stops

CHARTS = (memory_chart, throughput_chart, latency_chart)


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("device", ["h100-sxm5-80gb", "rtx-4090", "mi300x"])
@pytest.mark.parametrize("engine", ["vllm", "llama.cpp"])
def test_bars_add_up_to_the_plan(catalog: Catalog, model: str, device: str, engine: str) -> None:
    made = plan(ScenarioSpec(model=model, rack=RackSpec(device=device, gpus_per_node=4), engine=engine), catalog)
    bars = memory_bars(made)
    assert bars
    first, device_0 = bars[0], made.memory.devices[0]
    sizes = {part.name: part.gib for part in first.parts}
    assert sizes["weights"] * GIB == pytest.approx(device_0.weights_bytes)
    assert first.capacity_gib * GIB == pytest.approx(device_0.total_bytes)
    # The cache of the one sequence is in whole blocks, the plan says by how many bytes it is over.
    assert first.over_gib * GIB == pytest.approx(device_0.over_bytes, abs=64 * 2**20)
    if made.memory.fits:
        assert first.used_gib * GIB == pytest.approx(device_0.total_bytes - device_0.free_bytes)


def test_equal_gpus_are_one_bar_and_idle_ones_another(catalog: Catalog) -> None:
    assert [bar.name for bar in memory_bars(plan(LLAMA_70B, catalog))] == ["GPU 0–3"]
    idle = replace(
        LLAMA_70B, rack=RackSpec(device="h100-sxm5-80gb", gpus_per_node=4), parallel=ParallelSpec(tp=2, dp=1, pp=1)
    )
    assert [bar.name for bar in memory_bars(plan(idle, catalog))] == ["GPU 0–1", "GPU 2–3"]


def test_memory_over_concurrency_rises_to_the_limit_and_stays_there(catalog: Catalog) -> None:
    made = plan(LLAMA_70B, catalog)
    chart = memory_chart(made)
    limit = chart.targets[0].y
    sums = [sum(layer.points[n][1] for layer in chart.stack) for n in range(len(chart.stack[0].points))]
    assert sums == sorted(sums)
    assert all(total <= limit + 1e-9 for total in sums)
    full = made.memory.workload_concurrency
    by_users = dict(zip([x for x, _ in chart.stack[0].points], sums, strict=True))
    below = max(x for x in by_users if x <= full)
    above = min(x for x in by_users if x > full)
    assert by_users[above] == pytest.approx(limit, rel=0.01)
    assert by_users[below] <= limit
    kv = dict(chart.stack[-1].points)
    assert kv[2] == pytest.approx(2 * kv[1])


def test_beyond_the_most_sequences_the_cache_fills_no_further(catalog: Catalog) -> None:
    made = plan(replace(LLAMA_70B, max_num_seqs=32), catalog)
    kv = dict(memory_chart(made).stack[-1].points)
    assert kv[32] == pytest.approx(32 * kv[1])
    assert {kv[n] for n in kv if n > 32} == {kv[32]}


def test_kv_of_one_user_is_what_the_plan_says_a_token_takes(catalog: Catalog) -> None:
    made = plan(LLAMA_70B, catalog)
    tokens = LLAMA_70B.workload.prompt_tokens + LLAMA_70B.workload.output_tokens
    one = dict(memory_chart(made).stack[-1].points)[1]
    assert one * GIB == pytest.approx(made.memory.kv_bytes_per_token * tokens / made.scenario.parallel.tp)


def test_replicas_share_the_users(catalog: Catalog) -> None:
    two = plan(
        replace(LLAMA_70B, rack=RackSpec(device="h100-sxm5-80gb", gpus_per_node=8), parallel=ParallelSpec(tp=4, dp=2)),
        catalog,
    )
    kv = dict(memory_chart(two).stack[-1].points)
    assert kv[2] == pytest.approx(kv[1])
    assert kv[4] == pytest.approx(2 * kv[2])


@pytest.mark.parametrize("width", [50, 78])
def test_the_head_of_latency_says_each_quantity_once(catalog: Catalog, width: int) -> None:
    head = plain_text(draw_chart(latency_chart(plan(LLAMA_70B, catalog)), width, 12).rows)[0]
    assert (head.count("TTFT"), head.count("TPOT")) == (1, 1)
    assert "GiB" in plain_text(draw_chart(memory_chart(plan(LLAMA_70B, catalog)), width, 12).rows)[0].split()[0]


def test_curves_are_the_plans(catalog: Catalog) -> None:
    made = plan(replace(LLAMA_70B, targets=Targets(ttft_s=1.0, tpot_s=0.05)), catalog)
    total, each = throughput_chart(made).series
    assert list(total.points) == [(p.concurrency, p.output_tokens_per_s.mid) for p in made.curve]
    assert list(total.band) == [
        (p.concurrency, p.output_tokens_per_s.low, p.output_tokens_per_s.high) for p in made.curve
    ]
    assert list(each.points) == [(p.concurrency, p.tokens_per_s_per_user.mid) for p in made.curve]
    ttft, tpot = latency_chart(made).series
    assert list(ttft.points) == [(p.concurrency, p.ttft_s.mid) for p in made.curve]
    assert list(tpot.band) == [(p.concurrency, p.tpot_s.low, p.tpot_s.high) for p in made.curve]
    assert [target.y for target in latency_chart(made).targets] == [1.0, 0.05]
    assert throughput_chart(made).targets[0].y == pytest.approx(20)


@pytest.mark.parametrize("chart", CHARTS)
def test_all_charts_have_the_same_cursor_stops_and_zoom(catalog: Catalog, chart: type[object]) -> None:
    made = plan(replace(LLAMA_70B, workload=replace(LLAMA_70B.workload, concurrency=100)), catalog)
    spec = chart(made, (2.0, 50.0))
    assert spec.cursor == 100
    assert 100 in spec.cursor_stops
    assert spec.x_range == (2.0, 50.0)
    assert spec.zone is not None
    assert spec.zone.x == made.memory.workload_concurrency


@pytest.mark.parametrize("chart", CHARTS)
def test_a_plan_that_does_not_fit_says_so_in_every_chart(catalog: Catalog, chart: type[object]) -> None:
    spec = chart(plan(TOO_BIG, catalog), None)
    assert spec.zone is not None
    assert (spec.zone.kind, spec.zone.label) == ("over", "does not fit")
    assert not spec.series


def test_the_cursor_stands_on_curve_powers_and_where_it_is(catalog: Catalog) -> None:
    made = plan(replace(LLAMA_70B, workload=replace(LLAMA_70B.workload, concurrency=100)), catalog)
    stops = cursor_stops(made)
    assert stops[0] == 1
    assert set(stops) - {100} <= set(USERS)
    assert stops[-1] <= made.curve[-1].concurrency


def test_sliders_enable_what_engine_and_device_run_and_say_why_not(catalog: Catalog) -> None:
    scenario = plan(LLAMA_70B, catalog).scenario
    stops = {stop.id: stop for stop in weights_stops(scenario, catalog.weights_formats())}
    assert not stops["fp8"].off
    assert stops["q4_k_m"].off == "vLLM does not load GGUF Q4_K_M; llama.cpp does"
    assert [name for name, stop in stops.items() if "llama.cpp does" in stop.off] == ["q8_0", "q4_k_m"]
    v100 = plan(
        replace(LLAMA_70B, weights="fp16", rack=RackSpec(device="v100-sxm2-32gb", gpus_per_node=8)), catalog
    ).scenario
    on_v100 = {stop.id: stop for stop in weights_stops(v100, catalog.weights_formats())}
    assert "7" in on_v100["fp8"].off
    assert not on_v100["fp16"].off
    llama_cpp = plan(replace(LLAMA_70B, weights="q4_k_m", engine="llama.cpp"), catalog).scenario
    of_llama_cpp = {stop.id: stop for stop in weights_stops(llama_cpp, catalog.weights_formats())}
    assert not of_llama_cpp["q4_k_m"].off
    assert [name for name, stop in of_llama_cpp.items() if "does not load" in stop.off] == ["fp8", "awq-int4"]
    assert next(stop.id for stop in kv_stops(scenario, catalog.kv_formats())) == "16bit"


def test_a_slider_goes_from_high_precision_to_low_on_every_engine(catalog: Catalog) -> None:
    bits = {f.id: f.bits for f in catalog.weights_formats()}
    for engine, weights in (("vllm", "fp8"), ("sglang", "fp8"), ("trtllm", "fp8"), ("llama.cpp", "q4_k_m")):
        scenario = plan(replace(LLAMA_70B, weights=weights, engine=engine), catalog).scenario
        along = [bits[stop.id] for stop in weights_stops(scenario, catalog.weights_formats())]
        assert all(later <= earlier + 1 for earlier, later in itertools.pairwise(along))


def test_the_models_own_format_is_on_the_slider_of_an_engine_that_does_not_load_it(catalog: Catalog) -> None:
    spec = replace(LLAMA_70B, model="deepseek-ai/DeepSeek-V3", weights="q4_k_m", engine="llama.cpp")
    stops = {stop.id: stop for stop in weights_stops(plan(spec, catalog).scenario, catalog.weights_formats())}
    assert "llama.cpp does not load" in stops["fp8-block"].off


def test_a_format_off_the_slider_is_shown_while_it_is_chosen(catalog: Catalog) -> None:
    scenario = plan(replace(LLAMA_70B, weights="fp8-fbgemm"), catalog).scenario
    assert "fp8-fbgemm" in {stop.id for stop in weights_stops(scenario, catalog.weights_formats())}


@pytest.mark.parametrize("size", [(47, 13), (52, 12), (58, 7), (102, 18)])
def test_speeds_have_a_unit_and_lines_a_name_at_every_size(catalog: Catalog, size: tuple[int, int]) -> None:
    made = plan(replace(LLAMA_70B, workload=replace(LLAMA_70B.workload, concurrency=64)), catalog)
    for chart, names in ((throughput_chart, ("total", "each")), (latency_chart, ("TTFT", "TPOT"))):
        head, *rows = plain_text(draw_chart(chart(made), *size).rows)
        assert chart is latency_chart or "tok/s" in head
        assert all(any(name in row for row in rows) for name in names)


def test_a_target_is_named_also_where_lines_leave_little_room(catalog: Catalog) -> None:
    made = plan(
        replace(
            LLAMA_70B,
            model="meta-llama/Llama-3.1-8B-Instruct",
            weights="bf16",
            rack=RackSpec(device="h100-sxm5-80gb", gpus_per_node=1),
            workload=replace(LLAMA_70B.workload, prompt_tokens=512, concurrency=64),
            targets=Targets(tokens_per_s_per_user=20.0),
        ),
        catalog,
    )
    rows = plain_text(draw_chart(throughput_chart(made), 47, 13).rows)
    assert any("20/s each" in row for row in rows)


@pytest.mark.parametrize("width", [46, 52, 90])
def test_a_single_point_says_why_it_is_no_line(catalog: Catalog, width: int) -> None:
    spec = replace(LLAMA_70B, workload=replace(LLAMA_70B.workload, concurrency=None, load="single"))
    made = plan(spec, catalog)
    for chart in CHARTS:
        drawn = "\n".join(plain_text(draw_chart(chart(made), width, 11).rows))
        assert "single: 1 point" in drawn
        assert "1 user" in drawn or width < 90
        assert "1 users" not in drawn
    closed = replace(LLAMA_70B, workload=replace(LLAMA_70B.workload, concurrency=1))
    assert "1 point" not in "\n".join(plain_text(draw_chart(throughput_chart(plan(closed, catalog)), 90, 11).rows))
