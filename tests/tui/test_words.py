"""The verdict in words: the plan's numbers, at any width."""

from dataclasses import replace

import pytest
from app_tools import LLAMA_70B, TOO_BIG

from roofrack.advice import raises
from roofrack.catalog import Catalog
from roofrack.domain import Targets
from roofrack.plan import plan
from roofrack.report.units import duration
from roofrack.results import Band, Plan, Remedy
from roofrack.users import ttft_at
from roofrack_tui.words import _row, headline, rates, short_device, times, title, verdict

WIDTHS = (24, 27, 30, 44, 80)


def said_of(made: Plan, helps: tuple[Remedy, ...], width: int, height: int = 0) -> str:
    """The verdict's rows as plain text."""
    return "\n".join(row.plain for row in verdict(made, helps, width, height))


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("height", [0, 20, 38, 60])
def test_every_row_stays_inside_the_width(catalog: Catalog, width: int, height: int) -> None:
    made = plan(LLAMA_70B, catalog)
    text = said_of(made, raises(made.scenario, made.memory, catalog), width, height)
    assert all(len(line) <= width for line in text.splitlines())


def test_it_says_what_the_plan_says(catalog: Catalog) -> None:
    made = plan(LLAMA_70B, catalog)
    assert made.at is not None
    said = said_of(made, (), 40)
    assert "FITS" in said
    assert f"{made.memory.workload_concurrency:,} requests at once" in said
    assert "At 64 users" in said
    assert duration(made.at.tpot_s.mid) in said
    assert f"{made.memory.max_concurrency:,} at full context (131,072)" in said


def test_a_step_is_said_to_be_part_of_tpot_where_prompts_take_the_rest(catalog: Catalog) -> None:
    busy = plan(LLAMA_70B, catalog)
    one = replace(LLAMA_70B, workload=replace(LLAMA_70B.workload, concurrency=1))
    for made, width, rest in ((busy, 29, " of TPOT"), (busy, 24, ""), (plan(one, catalog), 29, "")):
        assert made.at is not None
        heading = next(line for line in said_of(made, (), width).splitlines() if line.startswith("A decode step"))
        assert heading == f"A decode step, {duration(made.at.decode.total_s)}{rest}"


def test_the_shares_of_a_step_add_up(catalog: Catalog) -> None:
    said = said_of(plan(LLAMA_70B, catalog), (), 40)
    shares = [int(line.split()[-2]) for line in said.splitlines() if line.endswith("%")]
    assert len(shares) >= 4
    assert sum(shares) == pytest.approx(100, abs=3)


def test_what_does_not_fit_says_why_and_what_would(catalog: Catalog) -> None:
    made = plan(TOO_BIG, catalog)
    said = said_of(made, made.remedies, 40)
    assert "DOES NOT FIT" in said
    assert (made.memory.reason or "?") in " ".join(said.split())
    for remedy in made.remedies:
        assert remedy.label in said


def test_an_engine_with_few_slots_is_not_said_to_run_more(catalog: Catalog) -> None:
    made = plan(replace(LLAMA_70B, weights="q4_k_m", engine="llama.cpp"), catalog)
    slots = made.scenario.max_num_seqs * made.scenario.parallel.dp
    assert made.memory.workload_concurrency > slots
    said = said_of(made, (), 40)
    assert f"{slots:,} requests at once" in said
    assert f"{slots:,} requests at once" in " ".join(row.plain for row in headline(made, 60))


def test_waiting_requests_are_named(catalog: Catalog) -> None:
    made = plan(replace(LLAMA_70B, workload=replace(LLAMA_70B.workload, concurrency=4096)), catalog)
    assert made.at is not None
    assert f"{made.at.waiting:,} wait" in said_of(made, (), 40)


@pytest.mark.parametrize(("tpot_s", "said"), [(1.0, "✓ TPOT target"), (0.001, "✗ TPOT target")])
def test_targets_are_kept_or_missed(catalog: Catalog, tpot_s: float, said: str) -> None:
    made = plan(replace(LLAMA_70B, targets=Targets(tpot_s=tpot_s)), catalog)
    assert said in said_of(made, (), 40)


def test_a_target_for_most_requests_is_judged_by_what_so_many_keep(catalog: Catalog) -> None:
    at, one = plan(LLAMA_70B, catalog).at, plan(LLAMA_70B, catalog).curve[0]
    assert at is not None
    between = (at.ttft_s.mid + ttft_at(at, one, 95)) / 2
    for percentile, said in ((None, "✓ TTFT target"), (95, "✗ p95 TTFT target")):
        targets = Targets(ttft_s=between, percentile=percentile)
        assert said in said_of(plan(replace(LLAMA_70B, targets=targets), catalog), (), 60)


def test_the_table_has_the_cursor_in_it_however_low_it_is(catalog: Catalog) -> None:
    for users in (1, 64, 2048):
        made = plan(replace(LLAMA_70B, workload=replace(LLAMA_70B.workload, concurrency=users)), catalog)
        said = said_of(made, (), 40, 36)
        assert f"{users:>6,}" in said[said.index("users   each") :]


def test_the_headline_is_two_lines(catalog: Catalog) -> None:
    for spec in (LLAMA_70B, TOO_BIG):
        assert len(headline(plan(spec, catalog), 60)) == 2


def test_the_title_names_model_rack_formats_engine_and_lengths(catalog: Catalog) -> None:
    said, called = title(plan(replace(LLAMA_70B, title="A story"), catalog))
    assert said.startswith("Llama 3.1 70B · 4x H100 SXM5 80GB · fp8 · KV 16bit · vLLM ")
    assert said.endswith("1,024 → 256 tokens")
    assert called == "A story"


@pytest.mark.parametrize("width", range(1, 110))
def test_the_title_is_cut_between_its_parts(catalog: Catalog, width: int) -> None:
    made = plan(replace(LLAMA_70B, title="A story"), catalog)
    whole, _ = title(made)
    said, called = title(made, width)
    parts = said.split(" · ")
    assert parts[0] == "Llama 3.1 70B"
    assert [part for part in whole.split(" · ") if part in parts] == parts
    assert called in ("", "A story")
    assert len(parts) == 1 or len(said) + (len(called) + 2 if called else 0) <= width


def test_of_the_title_the_lengths_stay_longer_than_the_engine(catalog: Catalog) -> None:
    said, _ = title(plan(LLAMA_70B, catalog), 69)
    assert said == "Llama 3.1 70B · 4x H100 SXM5 80GB · fp8 · 1,024 → 256 tokens"


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("NVIDIA H100 SXM5 80GB", "H100 SXM5 80GB"),
        ("GeForce RTX 4090", "GeForce RTX 4090"),
        ("NVIDIA", "NVIDIA"),
        ("", ""),
    ],
)
def test_devices_lose_their_maker(name: str, short: str) -> None:
    assert short_device(name) == short


@pytest.mark.parametrize(
    ("band", "said"),
    [
        (Band(0.391, 0.626, 1.02), "391–1,020 ms"),
        (Band(0.391, 1.0, 2.96), "0.39–3.0 s"),
        (Band(0.025, 0.030, 0.037), "25–37 ms"),
        (Band(0.0005, 0.001, 0.002), "0.5–2.0 ms"),
        (Band(110, 150, 210), "1.8–3.5 min"),
    ],
)
def test_bands_of_times_have_the_unit_of_the_value(band: Band, said: str) -> None:
    assert times(band) == said
    assert duration(band.mid).split()[-1] == said.split()[-1]


def test_bands_of_rates_are_short() -> None:
    assert rates(Band(1635, 1962, 2355)) == "1.6–2.4k"
    assert rates(Band(27.1, 33, 40.3)) == "27–40"
    assert rates(Band(67, 82, 99.8)) == "67–100"
    assert rates(Band(2100, 2500, 2999)) == "2.1–3.0k"
    assert rates(Band(810, 985, 1190)) == "810–1,190"


def test_reasons_of_defaults_are_whole_where_there_are_rows_for_them(catalog: Catalog) -> None:
    made = plan(LLAMA_70B, catalog)
    narrow, tall = 30, 90
    whole = " ".join(said_of(made, (), narrow, tall).split())
    assert all(f": {default.why}" in whole for default in made.scenario.defaults)
    assert "TP 4: all devices of the rack" in whole
    assert "context 131,072: the model's own" in whole
    assert "per GPU-hour: " in whole
    tight = next(height for height in range(20, tall) if "Taken as default" in said_of(made, (), narrow, height))
    assert "…" in said_of(made, (), narrow, tight)
    assert len(said_of(made, (), narrow, tight).splitlines()) <= tight


@pytest.mark.parametrize(
    ("width", "said"),
    [
        (36, ["TTFT       535 ms       257–1,114 ms"]),
        (28, ["TTFT      535 ms  257–1,114"]),
        (25, ["TTFT     535 ms", "257–1,114 ms"]),
    ],
)
def test_a_band_loses_its_unit_before_it_goes_below(width: int, said: list[str]) -> None:
    rows = [row.plain for row in _row("TTFT", "535 ms", "257–1,114 ms", width)]
    assert [row.split() for row in rows] == [row.split() for row in said]
    assert max(map(len, rows)) <= width
