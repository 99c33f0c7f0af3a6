"""A measurement as one row of a CSV file, and how such files are read.

Lines that start with `#` may carry what the rows below share (`# engine = vllm`) and, before the header, a legend for a column whose
cells are then numbers (`# note 3 = Vulkan`).
"""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import NamedTuple

from roofrack.errors import InputError, file_error
from roofrack.evidence.launched import launched
from roofrack.evidence.stated import stated
from roofrack.text import clean

MOST_BYTES = 64 * 2**20
MOST_ROWS = 500_000
_LONGEST_CELL = 20_000
_LONGEST_NUMBER = 60
_MOST_OTHERS = 40
_SHARED = re.compile(r"#\s*([a-z_]+)(?: (\d{1,5}))? = (.*)")
_SHARED_BELOW = re.compile(r"^# ([a-z_]+) = ", re.MULTILINE)

NEEDED = ("engine", "model", "gpu", "metric", "value")
"""Columns without which nothing can be compared."""

TEXT_COLUMNS = (
    "source",
    "source_url",
    "date",
    "engine",
    "engine_version",
    "model",
    "weights",
    "kv",
    "gpu",
    "link",
    "load",
    "metric",
    "stat",
    "unit",
    "completed",
    "options",
    "note",
)
COUNT_COLUMNS = ("gpus", "nodes", "tp", "pp", "dp", "ep", "concurrency", "requests", "max_tokens")
LENGTH_COLUMNS = ("prompt_tokens", "output_tokens")
RATE_COLUMNS = ("request_rate", "value")
_KNOWN = frozenset((*TEXT_COLUMNS, *COUNT_COLUMNS, *LENGTH_COLUMNS, *RATE_COLUMNS))
COLUMNS = (*TEXT_COLUMNS, *COUNT_COLUMNS, *LENGTH_COLUMNS, *RATE_COLUMNS)


_TO_UNIT = {
    "s": {"s": 1.0, "seconds": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6},
    "tokens/s": {"tokens/s": 1.0, "tok/s": 1.0, "t/s": 1.0},
    "requests/s": {"requests/s": 1.0, "req/s": 1.0},
    "GiB": {"gib": 1.0, "mib": 2**-10, "gb": 1e9 / 2**30, "mb": 1e6 / 2**30, "bytes": 2**-30},
    "tokens": {"tokens": 1.0},
    "": {"": 1.0, "requests": 1.0},
}
UNITS = {
    "ttft": "s",
    "tpot": "s",
    "itl": "s",
    "e2e_latency": "s",
    "output_tokens_per_s": "tokens/s",
    "total_tokens_per_s": "tokens/s",
    "prefill_tokens_per_s": "tokens/s",
    "decode_tokens_per_s": "tokens/s",
    "requests_per_s": "requests/s",
    "memory_used_per_gpu": "GiB",
    "weights_memory_per_gpu": "GiB",
    "kv_memory_per_gpu": "GiB",
    "kv_capacity_tokens": "tokens",
    "max_concurrency": "",
}
"""The unit in which each metric is compared."""


_STATS = {"median": "p50", "avg": "mean", "average": "mean", "maximum": "max"}


class Measurement(NamedTuple):
    """One measured number and what it was measured on; None or empty where the source does not say.

    Args:
        row: Data row of its file, from 0.
        source: Short name of where it was published.
        source_url: The page.
        date: Of publication, as fine as known: `2024`, `2024-05`, `2024-05-16`.
        engine: vllm, sglang, trtllm, llama.cpp, transformers …, or `other:NAME`.
        engine_version: As stated.
        model: Id of a model preset.
        weights: Weights format.
        kv: KV format; empty is the engine's default.
        gpu: Id of a device preset.
        gpus: Devices that the row used, all nodes.
        nodes: Machines.
        link: `nvlink`, `pcie` or `unknown`.
        tp, pp, dp, ep: Parallel degrees.
        load: single, batch, closed, poisson, saturated; empty for memory read from a log.
        prompt_tokens, output_tokens: Mean lengths.
        concurrency: Requests in flight or in the batch.
        request_rate: Requests per second offered.
        requests: Requests of the whole run.
        max_tokens: Longest answer, where they end on their own before.
        metric: ttft, tpot, output_tokens_per_s …
        stat: mean, p50, p99, max …; empty where not said.
        value: In the metric's unit (s, tokens/s, GiB, tokens); None where the run did not finish.
        completed: The run finished.
        options: What it was started with, as the column or the note states it.
        note: Doubts and conversions.
        problem: Why the row cannot be used, naming the column; empty when it can.
        others: Cells of columns that are not known here.
    """

    row: int
    source: str = ""
    source_url: str = ""
    date: str = ""
    engine: str = ""
    engine_version: str = ""
    model: str = ""
    weights: str = ""
    kv: str = ""
    gpu: str = ""
    gpus: int | None = None
    nodes: int | None = None
    link: str = ""
    tp: int | None = None
    pp: int | None = None
    dp: int | None = None
    ep: int | None = None
    load: str = ""
    prompt_tokens: float | None = None
    output_tokens: float | None = None
    concurrency: int | None = None
    request_rate: float | None = None
    requests: int | None = None
    max_tokens: int | None = None
    metric: str = ""
    stat: str = ""
    value: float | None = None
    unit: str = ""
    completed: bool = True
    options: tuple[tuple[str, str], ...] = ()
    note: str = ""
    problem: str = ""
    others: tuple[tuple[str, str], ...] = ()


class Preamble(NamedTuple):
    """What rows do not repeat.

    Args:
        shared: Cells that the rows below have, by column.
        legends: By column, what the numbers in its cells stand for.
    """

    shared: dict[str, str]
    legends: dict[str, dict[str, str]]

    def cells(self, header: list[str], given: list[str]) -> dict[str, str]:
        """A row's cells by column, written out.

        Args:
            header: Columns.
            given: Cells.
        """
        cells = {**self.shared, **dict(zip(header, given, strict=False))}
        for column, legend in self.legends.items():
            cells[column] = legend.get(cells.get(column, ""), "")
        return cells


def read_measurements(path: Path) -> tuple[Measurement, ...]:
    """Read a file of measurements.

    Columns may stand in any order and unknown ones are ignored; a cell that cannot be read marks its row.

    Args:
        path: A CSV file with a header.

    Raises:
        InputError: It cannot be read, is too large, is no CSV, or lacks a column.
    """
    try:
        if path.stat().st_size > MOST_BYTES:
            raise file_error(path, f"larger than {MOST_BYTES // 2**20} MiB", "split it")
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise file_error(path, error.strerror or "cannot be read") from None
    except ValueError:
        raise file_error(path, "not UTF-8 text", "save it as CSV in UTF-8") from None
    return tuple(parse_measurements(text, str(path)))


def parse_measurements(text: str, where: str) -> Iterator[Measurement]:
    """The rows of a CSV text.

    Args:
        text: Header and rows.
        where: What is read, for errors.

    Raises:
        InputError: It is no CSV, or lacks a column.
    """
    preamble, header_line, body = split_preamble(text)
    lines = csv.reader(_without_shared(body, preamble), strict=True)
    try:
        header = [name.strip().lower() for name in next(csv.reader([header_line], strict=True), [])]
        _check_header({*header, *preamble.shared, *_SHARED_BELOW.findall(body)}, where)
        _check_twice(header, where)
        number = 0
        for given in lines:
            if not any(cell.strip() for cell in given):
                continue
            if number >= MOST_ROWS:
                raise InputError(f"{where}: more than {MOST_ROWS:,} rows", "split it")
            yield measurement(number, preamble.cells(header, given), len(given) - len(header))
            number += 1
    except csv.Error as error:
        raise InputError(f"{where}: row {lines.line_num} is not CSV", str(error)) from None


def split_preamble(text: str) -> tuple[Preamble, str, str]:
    """What stands before the header, the header's line, and the rows.

    Args:
        text: A whole file.
    """
    preamble = Preamble({}, {})
    rest = text
    while rest.startswith("#"):
        line, _, rest = rest.partition("\n")
        if found := _SHARED.match(line.rstrip("\r\n")):
            column, number, value = found.groups()
            if number is None:
                preamble.shared[column] = value
            else:
                preamble.legends.setdefault(column, {})[number] = value
    header, _, body = rest.partition("\n")
    return preamble, header.rstrip("\r"), body


def _without_shared(body: str, preamble: Preamble) -> Iterator[str]:
    """The lines of the rows; a line of shared cells changes the preamble for the rows below it."""
    for line in io.StringIO(body, newline=""):
        found = _SHARED.match(line.rstrip("\r\n")) if line.startswith("#") else None
        if found and found[2] is None:
            preamble.shared[found[1]] = found[3]
        else:
            yield line


def _check_header(columns: Collection[str], where: str) -> None:
    if missing := [name for name in NEEDED if name not in columns]:
        hint = "the first line names the columns: engine, model, weights, gpu, gpus, load, metric, value …"
        raise InputError(f"{where}: no column {', '.join(missing)}", hint)


def _check_twice(header: list[str], where: str) -> None:
    if twice := {name for name in header if name in COLUMNS and header.count(name) > 1}:
        raise InputError(f"{where}: column {', '.join(sorted(twice))} occurs twice")


def measurement(number: int, cells: dict[str, str], surplus: int = 0) -> Measurement:
    """A row from its cells.

    Args:
        number: Data row, from 0.
        cells: Text by column.
        surplus: Cells more, or fewer when negative, than the header has.
    """
    values: dict[str, object] = {}
    problem = f"{surplus} cells more than columns" if surplus > 0 else ""
    for name in COLUMNS:
        given = cells.get(name, "").strip()
        try:
            values[name] = _cell(name, given)
        except ValueError as error:
            values[name] = None
            problem = problem or f"column {name} {error}"
    values["stat"] = _STATS.get(str(values["stat"]).lower(), str(values["stat"]).lower())
    values["completed"] = values["completed"] not in ("0", "false", "no")
    try:
        values["value"] = _in_unit(values["value"], str(values["metric"]), str(values["unit"]))  # type: ignore[arg-type]
    except ValueError as error:
        problem = problem or f"column unit {error}"
    said = stated(str(values["note"])) if values["load"] else {}
    if "requests" in said and values["requests"] is None:
        values["requests"] = int(said["requests"])
    if values["load"] and not problem:
        said = launched(values) | said
    values["options"] = _options(str(values["options"] or ""), said)
    if values["completed"] and values["value"] is None:
        problem = problem or "column value is empty"
    others = tuple((name, clean(text)) for name, text in cells.items() if name not in _KNOWN)[:_MOST_OTHERS]
    return Measurement(row=number, problem=problem, others=others, **values)  # type: ignore[arg-type]


def _cell(name: str, given: str) -> object:
    if name in TEXT_COLUMNS:
        if len(given) > _LONGEST_CELL:
            raise ValueError("is too long")
        return clean(given, limit=400)
    if not given:
        return None
    number = _number(given)
    if name in COUNT_COLUMNS:
        if number != int(number) or not 1 <= number <= 1_000_000:
            raise ValueError("is not a count from 1 to 1,000,000")
        return int(number)
    if name in LENGTH_COLUMNS and not 0 <= number <= 100_000_000:
        raise ValueError("is not a number of tokens")
    if name in RATE_COLUMNS and number <= 0:
        raise ValueError("is not above 0")
    return number


def _in_unit(value: float | None, metric: str, unit: str) -> float | None:
    """The value in its metric's unit; the same where no unit is written."""
    wanted = UNITS.get(metric)
    if value is None or not unit or wanted is None:
        return value
    factor = _TO_UNIT[wanted].get(unit.lower())
    if factor is None:
        raise ValueError(f"'{unit[:20]}' does not measure {metric}")
    return value * factor


def _number(given: str) -> float:
    if len(given) > _LONGEST_NUMBER:
        raise ValueError("is not a number")
    try:
        number = float(given)
    except ValueError:
        raise ValueError("is not a number") from None
    if not math.isfinite(number):
        raise ValueError("is not a finite number")
    return number


def _options(text: str, said: dict[str, str]) -> tuple[tuple[str, str], ...]:
    """What the column says, and what else the note states."""
    pairs = (pair.partition("=") for pair in text.split(";") if "=" in pair)
    given = {key.strip(): value.strip() for key, _, value in pairs}
    return tuple({**{name: said[name] for name in said if name != "requests"}, **given}.items())
