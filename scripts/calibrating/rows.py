"""Which measurements are fitted, which only scored, and how much each counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from roofrack.domain.base import version_numbers
from roofrack.domain.calibration import Calibration
from roofrack.evidence.accuracy import NOT_COMPLETED
from roofrack.evidence.case import Case, Unpredictable
from roofrack.evidence.measurement import Measurement
from roofrack.evidence.predict import Predictor, metric_of, point_of, with_constants
from roofrack.results import CurvePoint

TIMES = ("ttft", "tpot", "itl", "e2e_latency")
RATES = (
    "output_tokens_per_s",
    "total_tokens_per_s",
    "requests_per_s",
    "decode_tokens_per_s",
    "prefill_tokens_per_s",
)
NOISE = {"ttft": 0.25, "prefill_tokens_per_s": 0.25}
USUAL_NOISE = 0.12
"""Expected scatter of one row around the model, as a standard deviation of the logarithm."""

QUEUE_NOISE = 2.0
"""How much more the rows of random arrivals scatter: near its capacity a queue multiplies what the capacity is off."""

MANY_ROWS_POWER = 0.25
"""A row counts for (rows of its series) to minus this: long sweeps say more than short ones, but not in proportion."""

NOT_FITTED = {
    "random arrivals": "runs of unknown length, which decides how long the queue grows",
    "percentiles of a load": "the fit is on means and medians; the scatter between requests comes from the simulation",
    "repeated prompts": "`accelmark` sends the same prompts again and again, and engines that keep prefixes by default find them: SGLang, vLLM "
    "from 0.8 on; prefix caching is not modelled",
    "slower than its batch": "`accelmark`, random arrivals on H200 with vLLM 0.7 and on a V100 with a fork: by Little's law of the rows "
    "themselves, more requests in flight decode fewer tokens a second (0.35 to 0.85 times, without GPTQ) than the same machine's batch of "
    "100 or 150; on every other machine they decode at least as many",
    "tokens in bursts": "vLLM with 15 steps at a time: tokens arrive in bursts",
    "no kernels": "vLLM of 2024 on MI300X with FP8 scales per row, which ROCm had no kernels for: three times the time of the same table's FP8 "
    "with one scale",
    "crowd measurements": "unchecked builds and lengths (`speeds`)",
    "few sequences": "vLLM at 512 requests, where the sweep's own lists end at 64: each row's TPOT is that of 4, 8, 16 or 64 requests of the same "
    "table, and its TTFT the mean wait of ten times as many that come at once to so few slots (`--max-num-seqs=$CONC`, "
    "`--num-prompts $((CONC * 10))`): 512 is what the client allowed, not what ran",
    "first requests": "SGLang of 2025-11-10: seconds to the first token at any load; kernels were compiled inside the measurement",
    "slow prompts": "SGLang 0.5.10 on B300: prompts take three to eight times what they take on B200 with 0.5.9, of which no figure is lower",
    "no matrix kernels": "llama.cpp's Vulkan with BF16 on RDNA 3.5: prompts take up to three times ROCm's time with the same file, and so do the answers "
    "of mixtures; of dense models they take the same",
    "anomalous build": "llama.cpp of 2024-05, 16-bit prompts on A100 SXM and L40S: the source itself names them an anomaly",
    "no date": "sweeps whose client settings are not documented (`inferencex_aic` without a date)",
}


class Row(NamedTuple):
    """A measurement that can be predicted.

    Args:
        case: Settled.
        config: Index of its configuration; rows that differ only in the metric share one.
        left_out: Why it is not fitted; empty where it is.
        weight: What it counts for, in units of its noise.
    """

    case: Case
    config: int
    left_out: str
    weight: float

    @property
    def measurement(self) -> Measurement:
        """The row of the file."""
        return self.case.measurement

    @property
    def value(self) -> float:
        """What was measured."""
        assert self.case.measurement.value is not None  # noqa: S101  checked when read
        return self.case.measurement.value

    def predicted(self, point: CurvePoint) -> float:
        """What roofrack says.

        Args:
            point: Of the row's configuration.
        """
        return metric_of(self.case, point).mid


class Measured(NamedTuple):
    """All rows, and their configurations.

    Args:
        rows: Rows.
        configs: One case for each configuration, under the engine whose constants serve.
        skipped: Rows that cannot be predicted, by reason.
    """

    rows: tuple[Row, ...]
    configs: tuple[Case, ...]
    skipped: dict[str, int]


def measured(calibration: Calibration, measurements: Sequence[Measurement]) -> Measured:
    """Settle measurements of speed; others are passed over.

    Args:
        calibration: For the names of its engines.
        measurements: As read.
    """
    predictor = Predictor(calibration=calibration)
    found: list[tuple[Case, int]] = []
    configs: dict[int, tuple[int, Case]] = {}
    points: dict[int, CurvePoint] = {}
    skipped: Counter[str] = Counter()
    for row in measurements:
        if row.metric not in TIMES + RATES:
            continue
        try:
            if not row.completed:
                raise Unpredictable(NOT_COMPLETED)
            case = predictor.case(row)
            if id(case.memory) not in configs:
                served = case._replace(scenario=with_constants(case, calibration))
                point = point_of(served, calibration)
                configs[id(case.memory)] = (len(configs), served)
                points[id(case.memory)] = point
            metric_of(case, points[id(case.memory)])
            found.append((case, configs[id(case.memory)][0]))
        except Unpredictable as why:
            skipped[str(why)] += 1
    series = Counter(map(_series, (case.measurement for case, _ in found)))
    rows = tuple(Row(case, config, _left_out(case), _weight(case.measurement, series)) for case, config in found)
    return Measured(rows, tuple(case for _, case in configs.values()), dict(skipped.most_common()))


def _series(row: Measurement) -> tuple[str, ...]:
    return row.source, row.model, row.gpu, row.weights, row.metric, row.engine_version


def _weight(row: Measurement, series: Counter[tuple[str, ...]]) -> float:
    noise = NOISE.get(row.metric, USUAL_NOISE) * (QUEUE_NOISE if row.load == "poisson" else 1.0)
    return float(series[_series(row)] ** -MANY_ROWS_POWER / noise)


def _left_out(case: Case) -> str:
    row, workload = case.measurement, case.scenario.workload
    if workload.load == "poisson" and workload.requests is None:
        return "random arrivals"
    if row.stat.startswith("p9") or (row.stat == "p50" and workload.load == "closed"):
        return "percentiles of a load"
    if row.source == "speeds":
        return "crowd measurements"
    if row.source == "inferencex_aic":
        return _left_out_of_sweeps(row)
    if row.source == "dstack" and workload.load != "single":
        if "multi-step" in row.note:
            return "tokens in bursts"
        if row.gpu == "mi300x" and "Meta FP8" in row.note:
            return "no kernels"
    if row.note.startswith("Vulkan") and row.weights == "bf16":
        return "no matrix kernels" if row.metric == "prefill_tokens_per_s" or case.scenario.model.is_moe else ""
    if row.source == "accelmark" and workload.load == "poisson":
        if _keeps_prefixes(case):
            return "repeated prompts"
        if row.gpu in ("h200-sxm-141gb", "v100-pcie-32gb"):
            return "slower than its batch"
    anomalous = row.gpu in ("a100-sxm4-80gb", "l40s") and row.weights == "fp16" and row.metric == "prefill_tokens_per_s"
    return "anomalous build" if row.source == "llamacpp_xiongjiedai" and anomalous else ""


def _keeps_prefixes(case: Case) -> bool:
    engine = case.scenario.engine.id
    return engine == "sglang" or (engine == "vllm" and version_numbers(case.scenario.engine_version) >= (0, 8))


def _left_out_of_sweeps(row: Measurement) -> str:
    if not row.date:
        return "no date"
    if row.engine == "vllm" and (row.concurrency or 0) >= 512:
        return "few sequences"
    if row.engine == "sglang" and row.metric == "ttft" and row.date == "2025-11-10":
        return "first requests"
    if row.engine == "sglang" and row.gpu.startswith("b300"):
        return "slow prompts"
    return ""
