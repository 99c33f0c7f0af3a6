"""`roofrack accuracy` and `roofrack calibrate`: predictions beside measurements, and factors from one's own."""

from __future__ import annotations

import argparse
import json
import re
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

from roofrack.cli.progress import Progress, Watched
from roofrack.cli.subcommands import Command, Options
from roofrack.errors import InputError, UnknownIdError, file_error
from roofrack.files import what_is_at
from roofrack.places import expanded
from roofrack.text import clean

if TYPE_CHECKING:
    from collections.abc import Sequence

    from roofrack.catalog import Catalog
    from roofrack.domain.scenario import ScenarioSpec
    from roofrack.evidence.measurement import Measurement
    from roofrack.evidence.tools import Run


def add_commands(command: Command, options: Options) -> None:
    """Add `accuracy` and `calibrate`."""
    _add_accuracy(command("accuracy", accuracy_command, "compare predictions with measurements"))
    calibrate = command("calibrate", calibrate_command, "fit a profile to your own benchmark results")
    _add_calibrate(calibrate)
    options.plan(calibrate)


def _add_accuracy(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "file",
        nargs="?",
        help="a CSV file of measurements, or the name of a shipped source; all shipped ones without it",
    )
    parser.add_argument("--by", nargs="+", action="extend", metavar="COLUMN", help="columns to group by (metric)")
    parser.add_argument("--points", action="store_true", help="every scored row")
    parser.add_argument("--json", action="store_true", help="roofrack.accuracy/1")


def accuracy_command(options: argparse.Namespace) -> int:
    """`roofrack accuracy`."""
    from roofrack.evidence.accuracy import accuracy
    from roofrack.report.accuracy import accuracy_json, accuracy_text

    by = [name for given in options.by or () for name in given.split(",") if name]
    file = options.file
    if file is None and by and (by[-1].lower().endswith(".csv") or "/" in by[-1]):
        file = by.pop()  # `--by metric FILE` leaves the file to the option
    shown = Progress("predicting")
    with shown:
        found = accuracy(Watched(_measurements(file), shown), by or ["metric"])
    if options.json:
        print(json.dumps(accuracy_json(found, points=options.points), indent=1, ensure_ascii=False, allow_nan=False))
    else:
        print(accuracy_text(found, by or ["metric"], points=options.points))
    return 0


def _measurements(file: str | None) -> tuple[Measurement, ...]:
    from roofrack.evidence.measurement import read_measurements
    from roofrack.evidence.shipped import all_shipped, shipped, sources

    if file is None:
        return all_shipped()
    path = expanded(file)
    if file in sources() and not what_is_at(path):
        return shipped(file)
    if what_is_at(path) != "file":
        raise file_error(file, "no such file", f"shipped measurements are {', '.join(sources())}")
    return read_measurements(path)


def _add_calibrate(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "files", nargs="+", metavar="FILE", help="results of a benchmark tool: JSON, JSON lines, llama-bench CSV"
    )
    parser.add_argument("--model", help="what was served: an id, an alias or a path")
    parser.add_argument("--name", help="name of the profile; made of engine, model and GPU without it")
    parser.add_argument("--json", action="store_true", help="factors and errors as an object")


def calibrate_command(options: argparse.Namespace) -> int:
    """`roofrack calibrate`."""
    from roofrack.catalog import default_catalog
    from roofrack.catalog.calibration import shipped_calibration
    from roofrack.catalog.profiles import save_profile
    from roofrack.evidence.fit import fit
    from roofrack.evidence.own import cases_of, profile_of
    from roofrack.evidence.results import read_results
    from roofrack.report.calibrated import calibrated_json, calibrated_text
    from roofrack.report.command_line import command_line

    runs = [run for file in options.files for run in read_results(expanded(file))]
    catalog = default_catalog()
    spec = _what_ran(options, runs, catalog)
    cases = cases_of(runs, spec, catalog)
    found = fit(cases, shipped_calibration())
    profile = profile_of(cases, found)
    name = options.name or _slug(f"{profile.engine}-{profile.model.rpartition('/')[2]}-{profile.device}")
    path = save_profile(name, profile)
    if options.json:
        print(json.dumps(calibrated_json(name, profile, cases, found), indent=1, ensure_ascii=False, allow_nan=False))
    else:
        print(calibrated_text(profile, cases, found))
        print(f"\nsaved as {path}\nuse it: {command_line(replace(spec, profile=name))}")
    return 0


def _what_ran(options: argparse.Namespace, runs: Sequence[Run], catalog: Catalog) -> ScenarioSpec:
    """The plan that was measured: flags first, then what the files say, then a question, then what is usual."""
    from roofrack.cli.options import scenario_spec

    for what in ("model", "engine"):
        named = sorted({getattr(run, what) for run in runs if getattr(run, what)})
        if len(named) > 1 and getattr(options, what) is None:
            raise InputError(
                f"results of several {what}s: {', '.join(named)}",
                f"calibrate one at a time, or say with --{what} what they all are",
            )
    options.model = options.model or (None if options.scenario else _known_model(runs, catalog) or _ask_model(runs))
    if not options.scenario:
        options.rack = (
            options.rack or _known_rack(runs, catalog) or _ask("rack", "GPUs, such as 1xh100-sxm5-80gb", runs)
        )
        options.weights = options.weights or _known_weights(runs, catalog)
        options.engine = options.engine or next((run.engine for run in runs if run.engine), None)
        options.tp = options.tp or next((run.tp for run in runs if run.tp), None)
    _need_workload(options, runs)
    if not options.scenario and _person_there():
        _offer_usual(options, runs, catalog)
    return replace(scenario_spec(options, catalog), profile=None)


def _offer_usual(options: argparse.Namespace, runs: Sequence[Run], catalog: Catalog) -> None:
    """Ask for the format and the TP degree that no file stores; an empty answer takes what the engine would have done."""
    from roofrack.cli.options import scenario_spec
    from roofrack.settle import settle

    for flag, question, known in (
        ("weights", "weights format", lambda scenario: scenario.weights.id),
        ("tp", "GPUs that share each layer (TP)", lambda scenario: str(scenario.parallel.tp)),
    ):
        if getattr(options, flag) is not None:
            continue
        scenario = settle(scenario_spec(options, catalog), catalog)
        if flag == "tp" and scenario.rack.device_count == 1:
            continue
        usual = known(scenario)
        answer = _asked(f"{question} [{usual}]", runs) or usual
        setattr(options, flag, _whole(flag, answer) if flag == "tp" else answer)


def _known_model(runs: Sequence[Run], catalog: Catalog) -> str | None:
    for name in dict.fromkeys(run.model for run in runs if run.model):
        for candidate in (name, name.rpartition("/")[2], re.sub(r"[-.](q\d|iq\d|bf16|f16|ud-).*$", "", name.lower())):
            try:
                return catalog.model(candidate).id
            except UnknownIdError:
                continue
    return None


def _known_rack(runs: Sequence[Run], catalog: Catalog) -> str | None:
    for gpu in dict.fromkeys(run.gpu for run in runs if run.gpu):
        names = [part.strip() for part in gpu.split(",")]
        try:
            return f"{len(names)}x{catalog.device(names[0]).id}"
        except UnknownIdError:
            continue
    return None


def _known_weights(runs: Sequence[Run], catalog: Catalog) -> str | None:
    for name in dict.fromkeys(run.weights for run in runs if run.weights):
        try:
            return catalog.weights_format(name).id
        except UnknownIdError:
            continue
    return None


def _ask_model(runs: Sequence[Run]) -> str:
    named = next((run.model for run in runs if run.model), "")
    return _ask("model", f"model{f' (the file says {named})' if named else ''}", runs)


def _need_workload(options: argparse.Namespace, runs: Sequence[Run]) -> None:
    """Ask for lengths and concurrency where a file leaves them out and flags do not give them."""
    for flag, question, missing in (
        ("prompt", "prompt tokens of a request", [run for run in runs if run.prompt_tokens is None]),
        ("output", "output tokens of a request", [run for run in runs if run.output_tokens is None]),
        ("concurrency", "requests at once", [r for r in runs if r.concurrency is None and r.load != "poisson"]),
    ):
        if missing and getattr(options, flag) is None and not options.scenario:
            setattr(options, flag, _whole(flag, _ask(flag, question, missing)))


def _whole(flag: str, answer: str) -> int:
    if not (answer.isascii() and answer.isdigit() and int(answer)):
        raise InputError(f"{flag}: '{clean(answer, limit=40)}' is not a whole number above 0")
    return int(answer)


def _person_there() -> bool:
    return sys.stdin.isatty() and sys.stderr.isatty()


def _asked(question: str, runs: Sequence[Run]) -> str:
    print(f"{clean(runs[0].where)} does not say: {question}: ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip()


def _ask(flag: str, question: str, runs: Sequence[Run]) -> str:
    """A person's answer, where there is one to ask."""
    if not _person_there():
        raise InputError(f"{runs[0].where} does not say: {question}", f"give --{flag}")
    answer = _asked(question, runs)
    if not answer:
        raise InputError(f"{flag}: nothing was answered", f"give --{flag}")
    return answer


def _slug(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9._-]+", "-", text).strip("-.").lower()[:64] or "own"
