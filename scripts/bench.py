"""`make bench`: speed, bytes and memory, each beside its budget and as a ratio to a baseline of the same run.

Machines differ and drift, so times are compared with a baseline that runs in turn with what is measured; bytes are exact.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence

from roofrack.catalog import default_catalog, load_catalog
from roofrack.catalog.calibration import shipped_calibration
from roofrack.domain import RackSpec, ScenarioSpec, WorkloadSpec
from roofrack.domain.workload import Targets
from roofrack.memory.capacity import fit_memory
from roofrack.plan import plan
from roofrack.report.table import table
from roofrack.search import SearchSpec, search
from roofrack.settle import settle
from roofrack.speed.constants import constants
from roofrack.speed.curve import requests_of
from roofrack.speed.simulate import poisson_arrivals, simulate
from roofrack.speed.step import StepModel
from scripts.bench_app import app
from scripts.bench_result import Result

BASELINE = (sys.executable, "-c", "import pydantic, tomli, argparse")
PLAN = (sys.executable, "-m", "roofrack", "plan", "llama-3.1-70b", "--rack", "4xh100-sxm5-80gb", "--json")
CONCURRENCIES = (1, 2, 4, 8, 16, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024)
PLANS = (
    ("llama-3.1-70b", RackSpec(device="h100-sxm5-80gb", gpus_per_node=4)),
    ("deepseek-v3", RackSpec(device="h200-sxm-141gb", gpus_per_node=8)),
    ("gpt-oss-120b", RackSpec(device="h100-sxm5-80gb", gpus_per_node=2)),
)


def seconds(run: Callable[[], object]) -> float:
    """Wall time of one call."""
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def processor_seconds(run: Callable[[], object]) -> float:
    """Processor time of one call."""
    start = time.process_time()
    run()
    return time.process_time() - start


def in_turn(one: Callable[[], object], other: Callable[[], object], rounds: int) -> tuple[float, float, float]:
    """Median time of two calls that run in turn, and the median of their ratio pair by pair."""
    one(), other()
    pairs = [(seconds(one), seconds(other)) for _ in range(rounds)]
    ratio = statistics.median(a / b for a, b in pairs)
    return statistics.median(a for a, _ in pairs), statistics.median(b for _, b in pairs), ratio


def process(command: Sequence[str]) -> Callable[[], object]:
    """A call that runs a command to its end."""
    return lambda: subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def headless() -> list[Result]:
    """The whole process of a plan against importing its libraries."""
    mine, theirs, ratio = in_turn(process(PLAN), process(BASELINE), 15)
    value = f"{mine * 1000:.0f} ms, baseline {theirs * 1000:.0f} ms"
    return [
        Result(
            "plan --json, whole process", value, f"{ratio:.2f}x", "≤ 2x importing pydantic, tomli, argparse", ratio <= 2
        )
    ]


def warm_plans() -> list[Result]:
    """`plan()` with a curve of 16 points, processor time."""
    found = []
    for model, rack in PLANS:
        spec = ScenarioSpec(model=model, rack=rack, workload=WorkloadSpec(concurrencies=CONCURRENCIES, concurrency=64))
        plan(spec)
        median = statistics.median(processor_seconds(lambda spec=spec: plan(spec)) for _ in range(60))
        found.append(
            Result(f"plan() warm, 16 points, {model}", f"{median * 1000:.2f} ms", "", "≤ 2 ms", median <= 0.002)
        )
    return found


def catalogue() -> list[Result]:
    """The catalogue, fresh: one model and one device, and everything."""

    def one() -> None:
        fresh = load_catalog()
        fresh.model("llama-3.1-70b"), fresh.device("h100-sxm5-80gb")

    def everything() -> None:
        fresh = load_catalog()
        for rows in (fresh.models, fresh.devices, fresh.links, fresh.weights_formats, fresh.kv_formats, fresh.engines):
            rows()

    default_catalog()
    # Files are in memory after the first round, so that this is the processor's work alone, whoever else uses it.
    first = statistics.median(processor_seconds(one) for _ in range(15))
    whole = statistics.median(processor_seconds(everything) for _ in range(7))
    return [
        Result("catalogue, one model and one device", f"{first * 1000:.1f} ms", "", "≤ 25 ms", first <= 0.025),
        Result("catalogue, whole library", f"{whole * 1000:.0f} ms", "", "≤ 120 ms", whole <= 0.12),
    ]


def searching() -> list[Result]:
    """A search on one core: plans that are settled, placed and timed for each second of the processor."""
    spec = SearchSpec(
        models=("llama-3.1-70b",),
        workload=WorkloadSpec(concurrency=64),
        targets=Targets(ttft_s=2.0, tpot_s=0.05),
        devices=("h100-sxm5-80gb", "a100-sxm4-80gb", "mi300x", "l40s"),
    )
    search(spec)
    rates = []
    for _ in range(3):
        start = time.process_time()
        found = search(spec)
        rates.append(found.evaluated / (time.process_time() - start))
    rate = statistics.median(rates)
    return [Result("search, plans evaluated", f"{rate:,.0f} per second", "", "≥ 2,000 per second", rate >= 2000)]


def simulating() -> list[Result]:
    """Requests that arrive at random at a 70B model on four GPUs, served on one core for each second of the processor."""
    scenario, memory = fit_memory(settle(ScenarioSpec(model=PLANS[0][0], rack=PLANS[0][1]), default_catalog()))
    step = StepModel(scenario, constants(scenario, shipped_calibration()))
    found = []
    for rate, words in ((6.0, "kept up with"), (20.0, "beyond it, with preemption")):
        arrivals = poisson_arrivals(rate, 10_000)
        asked = requests_of(scenario, memory)
        rates = []
        for _ in range(3):
            start = time.process_time()
            simulate(step, asked, arrivals)
            rates.append(len(arrivals) / (time.process_time() - start))
        median = statistics.median(rates)
        value = f"{median:,.0f} requests per second"
        found.append(
            Result(f"simulation, {rate:g} requests/s, {words}", value, "", "≥ 25,000 per second", median >= 25_000)
        )
    return found


def main() -> int:
    """Run all benchmarks; 1 when a budget is exceeded."""
    results = [*headless(), *warm_plans(), *simulating(), *catalogue(), *searching(), *app((120, 40)), *app((80, 24))]
    rows = [[r.what, r.value, r.ratio, r.budget, "kept" if r.kept else "EXCEEDED"] for r in results]
    print(table(("measured", "value", "ratio", "budget", ""), rows, left=5))
    return 0 if all(result.kept for result in results) else 1


if __name__ == "__main__":
    sys.exit(main())
