"""Which measurements are fitted, which only scored, and how much each counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Sequence
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
USUAL_NOISE = 0.12
"""Expected scatter of one row around the model, as a standard deviation of the logarithm."""

WAITING_NOISE = 0.25
"""The same of TTFT under load, which holds the wait for other prompts."""

PROMPT_RATE_NOISE = 0.25
"""The same of prompt tokens/s: nearly all are llama.cpp's, whose kernels for prompts differ from format to format."""

QUEUE_FACTOR = 2.0
"""How much more the rows of random arrivals scatter: near its capacity a queue multiplies what the capacity is off."""

QUEUE_ITSELF_FACTOR = 4.0
"""The same of TTFT, which is mostly that queue."""

MANY_ROWS_POWER = 0.25
"""A row counts for (rows of its series) to minus this: long sweeps say more than short ones, but not in proportion."""

NOT_FITTED = {
    "random arrivals": "runs of unknown length, which decides how long the queue grows",
    "percentiles of a load": "the fit is on means and medians; the scatter between requests comes from the simulation",
    "repeated prompts": "`accelmark` sends the same prompts again and again, and engines that keep prefixes by default find them: SGLang, vLLM "
    "from 0.8 on; prefix caching is not modelled",
    "slower than its batch": "`accelmark`, random arrivals on H200 with vLLM 0.7: by Little's law of the rows themselves, more requests in flight "
    "decode fewer tokens a second (0.35 to 0.85 times, without GPTQ) than the same machine's batch of 100 or 150; on every other machine that "
    "runs a release they decode at least as many",
    "no constants": "engines without constants of their own, which take those of the engine that they wrap or that comes nearest: ctransformers, "
    "Optimum-NVIDIA, CTranslate2, AutoGPTQ, LitGPT, ONNX Runtime, DeepSpeed-MII and two forks of vLLM",
    "another loop": "`prem` drives llama.cpp and AutoAWQ from Python, through llama-cpp-python and the `generate` of transformers, which other sources do "
    "not: 97 tokens/s of a 7B Q4_K_M on an A100 where llama-bench has 135 of an 8B, and 64 and 63 of two AWQ models alike",
    "few experts": "Mixtral in TensorRT-LLM 0.9 at 16 bits on two A100: batches of 32 took 20.0 ms a token, prompts included, where the experts that chance "
    "would touch take 22 ms to read at the data sheet's rate: tokens went to fewer",
    "no grouped kernels": "Mixtral in TensorRT-LLM 0.9 in FP8 on Hopper: a prompt of 2048 tokens takes 2.9 times that of a dense model with the same "
    "arithmetic for each GPU in the same table; at 16 bits on A100 1.2 times",
    "tokens in bursts": "vLLM with 15 steps at a time: tokens arrive in bursts",
    "no kernels": "vLLM of 2024 on MI300X with FP8 scales per row, which ROCm had no kernels for: three times the time of the same table's FP8 "
    "with one scale",
    "crowd measurements": "unchecked builds and lengths (`speeds`)",
    "few sequences": "vLLM at 512 requests, where the sweep's own lists end at 64: each row's TPOT is that of 4, 8, 16 or 64 requests of the same "
    "table, and its TTFT the mean wait of ten times as many that come at once to so few slots (`--max-num-seqs=$CONC`, "
    "`--num-prompts $((CONC * 10))`): 512 is what the client allowed, not what ran",
    "first requests": "SGLang of 2025-11-10: seconds to the first token at any load; kernels were compiled inside the measurement",
    "warm-up": "vLLM 0.16 on B200 (`nim`): one request alone waits 0.36 s for its first token, each of eight that come at once 0.15",
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
    own = {era.engine for era in calibration.eras}
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
    rows = tuple(Row(case, config, _left_out(case, own), _weight(case.measurement, series)) for case, config in found)
    return Measured(rows, tuple(case for _, case in configs.values()), dict(skipped.most_common()))


def _series(row: Measurement) -> tuple[str, ...]:
    return row.source, row.model, row.gpu, row.weights, row.metric, row.engine_version


def _weight(row: Measurement, series: Counter[tuple[str, ...]]) -> float:
    waits = row.metric == "ttft" and row.load != "single"
    noise = WAITING_NOISE if waits else PROMPT_RATE_NOISE if row.metric == "prefill_tokens_per_s" else USUAL_NOISE
    if row.load == "poisson":
        noise *= QUEUE_ITSELF_FACTOR if waits else QUEUE_FACTOR
    return float(series[_series(row)] ** -MANY_ROWS_POWER / noise)


def _left_out(case: Case, own: Collection[str]) -> str:
    row, workload = case.measurement, case.scenario.workload
    if workload.load == "poisson" and workload.requests is None:
        return "random arrivals"
    if row.stat.startswith("p9") or (row.stat == "p50" and workload.load == "closed"):
        return "percentiles of a load"
    if row.engine.removeprefix("other:") not in own:
        return "no constants"
    of_source = _OF_SOURCES.get(row.source)
    return of_source(case) if of_source else ""


def _of_accelmark(case: Case) -> str:
    if case.scenario.workload.load != "poisson":
        return ""
    engine, version = case.scenario.engine.id, version_numbers(case.scenario.engine_version)
    if engine == "sglang" or (engine == "vllm" and version >= (0, 8)):
        return "repeated prompts"
    return "slower than its batch" if case.measurement.gpu == "h200-sxm-141gb" else ""


def _of_dstack(case: Case) -> str:
    row = case.measurement
    if case.scenario.workload.load == "single":
        return ""
    if "multi-step" in row.note:
        return "tokens in bursts"
    return "no kernels" if row.gpu == "mi300x" and "Meta FP8" in row.note else ""


def _of_nim(case: Case) -> str:
    row = case.measurement
    return "warm-up" if (row.engine, row.metric, row.load) == ("vllm", "ttft", "single") else ""


def _of_sweeps(case: Case) -> str:
    row = case.measurement
    if not row.date:
        return "no date"
    if row.engine == "vllm" and (row.concurrency or 0) >= 512:
        return "few sequences"
    if row.engine == "sglang" and row.metric == "ttft" and row.date == "2025-11-10":
        return "first requests"
    return "slow prompts" if row.engine == "sglang" and row.gpu.startswith("b300") else ""


def _of_strix_halo(case: Case) -> str:
    row = case.measurement
    vulkan = row.note.startswith("Vulkan") and row.weights == "bf16"
    slow = row.metric == "prefill_tokens_per_s" or case.scenario.model.is_moe
    return "no matrix kernels" if vulkan and slow else ""


def _of_xiongjiedai(case: Case) -> str:
    row = case.measurement
    prompts = row.weights == "fp16" and row.metric == "prefill_tokens_per_s"
    return "anomalous build" if prompts and row.gpu in ("a100-sxm4-80gb", "l40s") else ""


def _of_trtllm_docs(case: Case) -> str:
    row = case.measurement
    if row.engine_version != "0.9.0" or not case.scenario.model.is_moe:
        return ""
    if row.gpu.startswith("a100"):
        return "few experts"
    return "no grouped kernels" if row.gpu.startswith(("h100", "h200")) else ""


def _of_prem(case: Case) -> str:
    return "another loop" if case.measurement.engine in ("llama.cpp", "other:autoawq") else ""


_OF_SOURCES: dict[str, Callable[[Case], str]] = {
    "accelmark": _of_accelmark,
    "dstack": _of_dstack,
    "inferencex_aic": _of_sweeps,
    "llamacpp_xiongjiedai": _of_xiongjiedai,
    "nim": _of_nim,
    "prem": _of_prem,
    "speeds": lambda _: "crowd measurements",
    "strixhalo_kyuz0": _of_strix_halo,
    "trtllm_docs": _of_trtllm_docs,
}
