"""What roofrack says about a measurement, from nothing but what a user would know beforehand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from roofrack.catalog import Catalog, default_catalog
from roofrack.catalog.calibration import shipped_calibration
from roofrack.domain.base import version_numbers
from roofrack.domain.calibration import Calibration
from roofrack.domain.scenario import Scenario
from roofrack.errors import InputError
from roofrack.evidence.case import Case, Settled, Unpredictable, prompts_tell, settle_measurement
from roofrack.evidence.engines import STAND_INS, version_at
from roofrack.evidence.measurement import Measurement
from roofrack.evidence.ran import Ran
from roofrack.memory.activations import activation_bytes
from roofrack.memory.budget import GIB
from roofrack.results import Band, CurvePoint, DeviceMemory, Percentiles, Spread
from roofrack.speed import curve

WEIGHTS_BAND, POOL_BAND, USED_BAND = 1.03, 1.1, 1.2
"""80 % bands of memory, as factors: start-up logs against the memory model (`scripts/check_memory.py`)."""

FULL_LOGITS_UNTIL = (4, 45)
FULL_LOGITS_BYTES = 6
"""Bytes per prompt token and vocabulary row that transformers kept before 4.45: 16-bit logits and their 32-bit copy."""


class Predictor:
    """Predicts measurements; rows that differ only in metric share the work.

    Args:
        catalog: Where ids are looked up; the shipped and the user's own by default.
        calibration: Speed constants; the shipped ones by default.
    """

    def __init__(self, catalog: Catalog | None = None, calibration: Calibration | None = None) -> None:
        self.catalog = Ran(catalog or default_catalog())
        self.calibration = calibration or shipped_calibration()
        self._settled: dict[Measurement, Settled | Unpredictable] = {}
        self._points: dict[tuple[int, bool], CurvePoint] = {}

    def case(self, measurement: Measurement) -> Case:
        """Settle a measurement's scenario and memory.

        Args:
            measurement: The row.

        Raises:
            Unpredictable: It cannot be; the message says why.
        """
        if measurement.problem:
            raise Unpredictable(measurement.problem)
        if measurement.metric not in METRICS:
            raise Unpredictable(f"metric {measurement.metric or '(empty)'} is not predicted")
        key = _of_the_scenario(measurement)
        if key not in self._settled:
            try:
                self._settled[key] = settle_measurement(key, self.catalog)
            except Unpredictable as why:
                self._settled[key] = why
        found = self._settled[key]
        if isinstance(found, Unpredictable):
            raise found.with_traceback(None)
        return Case(measurement, *found)

    def predict(self, measurement: Measurement) -> Band:
        """Predict a measurement, in its metric's unit; its value is not looked at.

        Args:
            measurement: The row.

        Raises:
            Unpredictable: It cannot be; the message says why.
        """
        case = self.case(measurement)
        if measurement.metric in _FROM_MEMORY:
            return _FROM_MEMORY[measurement.metric](case)
        spread = measurement.stat in _PERCENTILES and f"{measurement.metric}_s" in Spread._fields
        key = (id(case.memory), spread)  # kept alive by `_settled`, one for each scenario
        if key not in self._points:
            self._points[key] = point_of(case, self.calibration, percentiles=spread)
        return metric_of(case, self._points[key])


def _of_the_scenario(measurement: Measurement) -> Measurement:
    """A measurement without what says nothing about its scenario."""
    by_prompt = prompts_tell(measurement)
    metric = measurement.metric if by_prompt or measurement.metric == "max_concurrency" else ""
    stat = measurement.stat if by_prompt else ""
    return measurement._replace(
        row=0, source="", source_url="", metric=metric, stat=stat, value=None, unit="", note="", others=()
    )


def point_of(case: Case, calibration: Calibration, *, percentiles: bool = False) -> CurvePoint:
    """The point of the curve that a measurement is on.

    Args:
        case: The settled measurement.
        calibration: Speed constants.
        percentiles: With the spread of its times.

    Raises:
        Unpredictable: The speed model refuses it.
    """
    try:
        scenario = with_constants(case, calibration)
        return curve(scenario, case.memory, calibration, percentiles=percentiles)[0]
    except InputError as error:
        raise Unpredictable(str(error)) from None


def with_constants(case: Case, calibration: Calibration) -> Scenario:
    """The scenario under the engine whose speed constants serve: its own, or of the engine that comes nearest.

    Args:
        case: The settled measurement.
        calibration: Speed constants.

    Raises:
        Unpredictable: There are constants for none of them.
    """
    known = {era.engine for era in calibration.eras}
    like = next((engine for engine in case.likes if engine in known), None)
    if like is None:
        raise Unpredictable(f"no speed constants for engine {case.scenario.engine.id}")
    if like == case.scenario.engine.id:
        return case.scenario
    engine = replace(case.scenario.engine, id=like)
    return replace(case.scenario, engine=engine, engine_version=version_at(like, case.measurement.date) or "0")


def metric_of(case: Case, point: CurvePoint) -> Band:
    """A measurement's metric at a point of the curve.

    Args:
        case: The settled measurement.
        point: The point that it is on.

    Raises:
        Unpredictable: The model says nothing about its statistic.
    """
    measurement, load = case.measurement, case.scenario.workload.load
    mean = _FROM_POINT[measurement.metric](case, point)
    if measurement.stat in _MEAN:
        return mean
    spread = getattr(point.spread, f"{measurement.metric}_s", None)
    of_stat = getattr(spread, measurement.stat, None)
    if of_stat is not None:
        return _scaled(mean, of_stat / mean.mid)
    if measurement.stat == "p50" or load in _ALIKE:
        return mean
    raise Unpredictable(f"{measurement.stat} of {measurement.metric} under {load} load is not predicted")


_MEAN = ("", "mean", "total")
_PERCENTILES = Percentiles._fields[1:]
_ALIKE = ("single", "batch")
"""Loads in which requests of one length fare much alike."""


def _ttft(case: Case, point: CurvePoint) -> Band:
    if case.scenario.workload.load == "batch" and case.measurement.stat == "max":
        # The mean lies half-way between the first prompt and the last.
        last = max(2 * point.ttft_s.mid - point.prefill.total_s, point.ttft_s.mid)
        return _scaled(point.ttft_s, last / point.ttft_s.mid)
    return point.ttft_s


def _prefill_rate(case: Case, point: CurvePoint) -> Band:
    rate = case.scenario.workload.prompt_tokens / point.prefill.total_s
    below, above = point.ttft_s.mid / point.ttft_s.high, point.ttft_s.mid / point.ttft_s.low
    return Band(rate * below, rate, rate * above)


def _total_rate(case: Case, point: CurvePoint) -> Band:
    workload = case.scenario.workload
    return _scaled(point.output_tokens_per_s, 1 + workload.prompt_tokens / workload.output_tokens)


def _scaled(band: Band, factor: float) -> Band:
    return Band(band.low * factor, band.mid * factor, band.high * factor)


_FROM_POINT: dict[str, Callable[[Case, CurvePoint], Band]] = {
    "ttft": _ttft,
    "tpot": lambda _, point: point.tpot_s,
    "itl": lambda _, point: point.tpot_s,
    "e2e_latency": lambda _, point: point.e2e_latency_s,
    "output_tokens_per_s": lambda _, point: point.output_tokens_per_s,
    "total_tokens_per_s": _total_rate,
    "requests_per_s": lambda _, point: point.requests_per_s,
    "decode_tokens_per_s": lambda _, point: point.tokens_per_s_per_user,
    "prefill_tokens_per_s": _prefill_rate,
}


def _weights(case: Case) -> Band:
    return _around(max(device.weights_bytes for device in case.memory.devices) / GIB, WEIGHTS_BAND)


def _kv_pool(case: Case) -> Band:
    return _around(_fullest(case).kv_cache_bytes / GIB, POOL_BAND)


def _kv_tokens(case: Case) -> Band:
    return _around(case.memory.kv_capacity_tokens / case.scenario.parallel.dp, POOL_BAND)


def _max_concurrency(case: Case) -> Band:
    return _around(_kv_tokens(case).mid / case.scenario.workload.context_tokens, POOL_BAND)


def _used(case: Case) -> Band:
    """Peak memory of an engine without a pool: weights, the cache of what was asked, and what a prompt needs for a moment."""
    scenario, device = case.scenario, _fullest(case)
    used = device.weights_bytes + device.kv_cache_bytes
    if case.likes[0] in STAND_INS:
        used += _whole_prompt_bytes(scenario)
    else:
        used += device.activations_bytes
    if "nvidia-smi" in case.measurement.note:
        used += device.overhead_bytes
    return _around(used / GIB, USED_BAND)


def _whole_prompt_bytes(scenario: Scenario) -> int:
    """Activations of libraries that run a prompt in one piece."""
    pooled = replace(scenario.profile, memory=replace(scenario.profile.memory, budget="total"))
    counts = tuple(group.count for group in scenario.model.layers)
    peak = activation_bytes(replace(scenario, profile=pooled), counts, last=True)
    if scenario.engine.id == "transformers" and version_numbers(scenario.engine_version) < FULL_LOGITS_UNTIL:
        peak += FULL_LOGITS_BYTES * scenario.workload.prompt_tokens * scenario.model.vocab
    return peak


def _fullest(case: Case) -> DeviceMemory:
    return max(case.memory.devices, key=lambda device: device.weights_bytes)


def _around(value: float, factor: float) -> Band:
    if value <= 0:
        raise Unpredictable("nothing of it fits")
    return Band(value / factor, value, value * factor)


_FROM_MEMORY: dict[str, Callable[[Case], Band]] = {
    "weights_memory_per_gpu": _weights,
    "kv_memory_per_gpu": _kv_pool,
    "kv_capacity_tokens": _kv_tokens,
    "max_concurrency": _max_concurrency,
    "memory_used_per_gpu": _used,
}
METRICS = (*_FROM_POINT, *_FROM_MEMORY)
"""Every metric that can be predicted."""
