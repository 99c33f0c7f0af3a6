"""Results of benchmark tools: which tool wrote a file, and whether its numbers can be true."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Iterator
from pathlib import Path

from roofrack.errors import file_error
from roofrack.evidence.tools import READERS, Json, Run, UnusableError

MOST_BYTES = 256 * 2**20
MOST_RUNS = 2000


def read_results(path: Path) -> tuple[Run, ...]:
    """Read the results of a benchmark tool.

    Args:
        path: A JSON, JSON-lines or llama-bench CSV file.

    Raises:
        InputError: It cannot be read, no known tool wrote it, or it holds no number that can serve; it says why.
    """
    try:
        if path.stat().st_size > MOST_BYTES:
            raise file_error(path, f"larger than {MOST_BYTES // 2**20} MiB", "leave out per-request details")
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise file_error(path, error.strerror or "cannot be read") from None
    except ValueError:
        raise file_error(path, "not UTF-8 text") from None
    documents = _documents(text, path)
    if len(documents) > MOST_RUNS:
        raise file_error(path, f"more than {MOST_RUNS:,} results", "split it")
    runs: list[Run] = []
    problems: list[str] = []
    for number, document in enumerate(documents, 1):
        where = path.name if len(documents) == 1 else f"{path.name}, result {number}"
        try:
            runs.extend(_runs(document, where))
        except UnusableError as why:
            problems.append(f"result {number}: {why}" if len(documents) > 1 else str(why))
    if not runs:
        raise file_error(path, problems[0] if problems else "holds no result")
    return tuple(runs)


def _documents(text: str, path: Path) -> list[Json]:
    """The objects of a JSON file, a JSON array, JSON lines, or the rows of a CSV."""
    if not text.strip():
        raise file_error(path, "is empty")
    try:
        found = json.loads(text)
    except RecursionError:
        raise file_error(path, "is nested too deeply") from None
    except ValueError:
        found = _lines(text, path)
    documents = found if isinstance(found, list) else [found]
    if not all(isinstance(document, dict) for document in documents):
        raise file_error(path, "is no result of a benchmark tool: its entries are not objects")
    return documents


def _lines(text: str, path: Path) -> list[Json]:
    if "avg_ts" in text.lstrip().partition("\n")[0].split(","):
        return [dict(row) for row in csv.DictReader(io.StringIO(text, newline=""))]
    try:
        return [json.loads(line) for line in text.splitlines() if line.strip()]
    except (ValueError, RecursionError):
        raise file_error(path, "is neither JSON, JSON lines nor CSV of llama-bench") from None


def _runs(document: Json, where: str) -> Iterator[Run]:
    for recognises, read in READERS:
        if recognises(document):
            runs = list(read(document, where))
            for run in runs:
                _check(run)
            yield from runs
            return
    raise UnusableError(
        "is no result that roofrack knows: it reads vllm bench serve, throughput and latency, SGLang bench_serving, "
        "llama-bench, AIPerf, GenAI-Perf and GuideLLM"
    )


def _check(run: Run) -> None:
    """Refuse what cannot have happened."""
    if not run.values:
        raise UnusableError("holds no time and no rate")
    for metric, value in run.values:
        if not math.isfinite(value) or value <= 0:
            raise UnusableError(f"{metric} is {value:g}: nothing was measured")
    given = dict(run.values)
    if given.get("tpot", 0) > given.get("e2e_latency", math.inf) or given.get("ttft", 0) > 86_400:
        raise UnusableError("its times contradict each other")
    # Little's law: no more tokens than all requests in flight can produce at their TPOT.
    rate, tpot = given.get("output_tokens_per_s"), given.get("tpot")
    if (
        rate
        and tpot
        and run.concurrency
        and run.load in ("closed", "batch", "single")
        and rate > 1.5 * run.concurrency / tpot
    ):
        raise UnusableError(
            f"{rate:,.0f} tokens/s are more than {run.concurrency} requests at {tpot * 1000:.3g} ms per token can produce"
        )
