"""ACCURACY.md: errors in the fit and outside it, constants with units, and what was left out."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from roofrack.domain.calibration import Calibration
from roofrack.evidence.engines import STAND_INS
from roofrack.evidence.not_modelled import NOT_MODELLED
from roofrack.memory.weights import active_params
from scripts.calibrating.bands import belongs
from scripts.calibrating.cross import HeldOut
from scripts.calibrating.fit import Fitter, Mask
from scripts.calibrating.parameters import Vector
from scripts.calibrating.rows import NOT_FITTED, Row
from scripts.calibrating.write import number

INTRODUCTION = """\
# How far roofrack is from published measurements

Written by `python -m scripts.fit_calibration`, which fits the constants of the speed model
(`presets/roofrack_presets/calibration.toml`) to the measurements that ship (`presets/roofrack_presets/measurements/`). Run it again
after a change to the model; it takes about fifteen minutes on two cores.

Errors are (predicted − measured) / measured: median and mean of the absolute error, and bias, the median with its sign. *In sample*:
the constants have seen the row, if it is one of those that are fitted. *Device left out*: all rows of that device were left out of the
fit, one device after the other. *Family left out*: the same for families of models. Never random rows: sweeps repeat themselves.
Scored but not fitted are percentiles, rows that belie themselves, whose settings nobody states or that show what is not modelled, and
engines without constants of their own; *what is fitted* is without them, and "Left out" names each kind.
"""


class Errors(NamedTuple):
    """Relative errors of all rows, NaN where there is no prediction.

    Args:
        title: Of the column.
        values: One for each row.
    """

    title: str
    values: Vector


def errors(title: str, log_predicted: Vector, fitter: Fitter) -> Errors:
    """Relative errors from logarithms of predictions.

    Args:
        title: Of the column.
        log_predicted: One for each row.
        fitter: With the measured values.
    """
    return Errors(title, np.expm1(log_predicted - fitter.log_value))


def report(
    fitter: Fitter,
    calibration: Calibration,
    columns: Sequence[Errors],
    tables: Errors,
    held_out: Sequence[HeldOut],
) -> str:
    """The whole file.

    Args:
        fitter: Measurements and model.
        calibration: The fitted constants, with their bands.
        columns: In sample, and the cross-validations.
        tables: Errors with one published table left out after the other.
        held_out: The cross-validations again, for the bands.
    """
    rows = fitter.data.rows
    fitted = np.array([not row.left_out for row in rows])
    parts = [INTRODUCTION, *_summaries(rows, fitted, columns), _by_table(rows, tables)]
    groupings: tuple[tuple[str, Callable[[Row], str]], ...] = (
        ("By metric and load", lambda row: f"{row.measurement.metric}, {row.case.scenario.workload.load}"),
        ("By engine and metric", lambda row: f"{row.case.scenario.engine.id}, {row.measurement.metric}"),
        ("By class of devices and metric", lambda row: f"{_class(row, calibration)}, {row.measurement.metric}"),
        ("By source and metric", lambda row: f"{row.measurement.source}, {row.measurement.metric}"),
        ("By reason why rows are scored but not fitted", lambda row: row.left_out),
    )
    for title, key in groupings:
        parts.append(f"## {title}\n\n" + "\n".join(_table([key(row) for row in rows], columns)))
    parts.append("## Bands\n\n" + "\n".join(_coverage(fitter, calibration, held_out)))
    parts.append("## Left out\n\n" + "\n".join(_left_out(fitter)))
    parts.append("## Not modelled\n\n" + "\n".join(not_modelled()))
    parts.append("## Constants\n\n" + "\n".join(_constants(calibration)))
    return "\n\n".join(part.strip("\n") for part in parts) + "\n"


def _class(row: Row, calibration: Calibration) -> str:
    scenario = row.case.scenario
    return calibration.device_class(scenario.rack.device, scenario.engine.id, scenario.engine_version).id


def _summaries(rows: Sequence[Row], fitted: Mask, columns: Sequence[Errors]) -> Iterator[str]:
    """Of everything, and of what is fitted."""

    def load(row: Row) -> str:
        return row.case.scenario.workload.load

    def per_token(row: Row) -> bool:
        return row.measurement.metric in ("tpot", "itl")

    def first(row: Row) -> bool:
        return row.measurement.metric == "ttft"

    def decodes(row: Row) -> bool:
        large = active_params(row.case.scenario.model) >= 2.9e9
        return (row.measurement.metric == "decode_tokens_per_s" or per_token(row)) and load(row) == "single" and large

    slices: tuple[tuple[str, Callable[[Row], bool]], ...] = (
        ("TPOT under load", lambda r: per_token(r) and load(r) != "single"),
        ("– closed loads", lambda r: per_token(r) and load(r) == "closed"),
        ("– random arrivals", lambda r: per_token(r) and load(r) == "poisson"),
        ("Saturated tokens/s", lambda r: load(r) == "saturated" and r.measurement.metric == "output_tokens_per_s"),
        ("Decode of one stream, 3B and more", decodes),
        ("– by engines that are planned", lambda r: decodes(r) and r.case.scenario.engine.id not in STAND_INS),
        ("TTFT under load", lambda r: first(r) and load(r) != "single"),
        ("– closed loads", lambda r: first(r) and load(r) == "closed"),
        ("– random arrivals", lambda r: first(r) and load(r) == "poisson"),
        ("TTFT unloaded", lambda r: first(r) and load(r) == "single"),
        ("Prompt tokens/s unloaded", lambda r: r.measurement.metric == "prefill_tokens_per_s"),
    )
    belongs = [(name, np.array([test(row) for row in rows])) for name, test in slices]
    for title, among in (("Summary", np.ones_like(fitted)), ("Summary of what is fitted", fitted)):
        yield f"## {title}\n\n" + "\n".join(
            [*_header(columns), *(_line(name, mask & among, columns) for name, mask in belongs)]
        )


def _by_table(rows: Sequence[Row], tables: Errors) -> str:
    lines = ["## By table of arXiv 2409.14887", "", "Each predicted by a fit that had not seen it (`inria`):", ""]
    names = np.array(
        [f"table {row.measurement.note[6:7]}" if row.measurement.source == "inria" else "" for row in rows]
    )
    lines += _header([tables])
    lines += [_line(name, names == name, [tables]) for name in sorted(set(names.tolist()) - {""})]
    lines.append(_line("all", names != "", [tables]))
    return "\n".join(lines)


def _header(columns: Sequence[Errors]) -> list[str]:
    titles = "".join(f" {c.title}: n | median | mean | bias |" for c in columns)
    return [f"| |{titles}", "|---|" + "---:|---:|---:|---:|" * len(columns)]


def _line(name: str, mask: Mask, columns: Sequence[Errors]) -> str:
    return f"| {name} |" + "".join(_cells(column.values[mask]) for column in columns)


def _cells(values: Vector) -> str:
    known = values[np.isfinite(values)]
    if not len(known):
        return " 0 | | | |"
    sizes = np.abs(known)
    return f" {len(known):,} | {np.median(sizes):.1%} | {np.mean(sizes):.1%} | {np.median(known):+.1%} |"


def _table(keys: Sequence[str], columns: Sequence[Errors]) -> Iterator[str]:
    yield from _header(columns)
    labels = np.array(keys)
    for name in sorted(set(keys) - {""}):
        yield _line(name, labels == name, columns)


def _coverage(fitter: Fitter, calibration: Calibration, held_out: Sequence[HeldOut]) -> Iterator[str]:
    yield "Low is mid / factor, high is mid × factor. *Held*: share of held-out rows inside the band of 80 %, both"
    yield "cross-validations together. *Partly* known: one of engine era, device class and kernel was not measured; *unknown*: more."
    yield ""
    yield "| metric | loads | known | held | n | partly | held | n | unknown | held | n |"
    yield "|---|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|"
    for row in calibration.bands:
        mask = np.array([belongs(r, row.metric, row.loads) for r in fitter.data.rows])
        sizes = np.concatenate([np.abs(held.log_predicted - fitter.log_value)[mask] for held in held_out])
        surprise = np.concatenate([np.minimum(held.surprise, 2)[mask] for held in held_out])
        cells = ""
        for level, factor in enumerate((row.known, row.partly, row.unknown)):
            own = sizes[(surprise == level) & np.isfinite(sizes)]
            inside = f"{np.mean(own <= np.log(factor)):.0%}" if len(own) else ""
            cells += f" ×/÷ {factor:.2f} | {inside} | {len(own):,} |"
        yield f"| {row.metric} | {', '.join(row.loads)} |{cells}"


def _left_out(fitter: Fitter) -> Iterator[str]:
    counts = Counter(row.left_out for row in fitter.data.rows)
    yield f"Of {len(fitter.data.rows):,} measurements of speed that can be predicted, {counts['']:,} are fitted. Scored, not fitted:"
    yield ""
    for reason, why in NOT_FITTED.items():
        yield f"- {counts[reason]:,} × {reason}: {why}"
    yield ""
    yield "Not predicted:"
    yield ""
    for reason, n in fitter.data.skipped.items():
        yield f"- {n:,} × {reason}"


def not_modelled() -> Iterator[str]:
    """What real servers do that no number here knows of, as the app's accuracy screen says it too."""
    yield "What real servers do or have that no number here knows of, and which way that errs:"
    yield ""
    yield from (f"- {one.what}: {one.errs}" for one in NOT_MODELLED)


def _constants(calibration: Calibration) -> Iterator[str]:
    yield "Effective values are products of physics, engine era, device class and kernel. `_s`: seconds; all others are factors"
    yield "or shares. `rows`: measurements behind a row."
    for table in ("physics", "eras", "device_classes", "kernels", "links"):
        found = getattr(calibration, table)
        items = (found,) if table == "physics" else found
        fields = [field.name for field in dataclasses.fields(items[0]) if field.name != "source"]
        yield from ("", f"### {table}", "", "| " + " | ".join(fields) + " |", "|" + "---|" * len(fields))
        for item in items:
            yield "| " + " | ".join(_cell(getattr(item, name)) for name in fields) + " |"


def _cell(value: object) -> str:
    if isinstance(value, bool) or value is None:
        return "yes" if value else ""
    if isinstance(value, float):
        return number(value)
    if isinstance(value, tuple):
        return ", ".join(f"{e.engine} {number(e.factor)}" if hasattr(e, "factor") else str(e) for e in value)
    return str(value)
