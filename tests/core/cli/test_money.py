"""`roofrack rules`, `users`, `cost`, `machine` and `table` from outside."""

import json
import math
import subprocess
from collections.abc import Callable

import pytest

Run = Callable[..., subprocess.CompletedProcess[str]]
MODEL = ("llama-3.1-8b", "--rack", "h100-sxm5-80gb", "--context", "8192")


def answered(done: subprocess.CompletedProcess[str]) -> object:
    assert done.returncode == 0, done.stderr
    assert "NaN" not in done.stdout
    return json.loads(done.stdout)


def test_rules_json_has_the_shape(roofrack: Run) -> None:
    rows = answered(roofrack("rules", "llama-3.1-70b", "--weights", "bf16", "--json"))
    assert isinstance(rows, list)
    keys = {"id", "title", "source", "formula", "inputs", "value", "unit", "exact", "exact_unit", "ratio", "caveat"}
    assert all(set(row) == keys for row in rows)
    first = rows[0]
    assert (first["id"], first["value"], first["unit"]) == ("R1", 168.0, "GB")


def test_rules_without_a_model_are_the_published_examples(roofrack: Run) -> None:
    rows = {row["id"]: row for row in answered(roofrack("rules", "--json"))}  # type: ignore[union-attr]
    assert rows["R8.kv"]["value"] == 8_257_536
    text = roofrack("rules")
    assert text.returncode == 0
    assert "168" in text.stdout


def test_users_says_racks_and_arithmetic(roofrack: Run) -> None:
    found = answered(
        roofrack("users", *MODEL, "--users", "1000", "--slo-ttft", "1", "--availability", "0.999", "--json")
    )
    assert isinstance(found, dict)
    assert found["schema"] == "roofrack.users/1"
    assert found["demand"]["in_flight"] == 0.1
    assert found["racks"] == 2
    assert found["capacity"]["requests"]["mid"] > 10
    assert len(found["published_targets"]) == 4
    text = roofrack("users", *MODEL, "--sessions", "300", "--think-s", "20")
    assert "Little's law" in text.stdout


def test_cost_adds_up_and_takes_prices_from_flags(roofrack: Run) -> None:
    flags = ("--usd-per-gpu-hour", "2", "--utilisation", "0.5", "--split", "market", "--api", "openai:gpt-4o")
    found = answered(roofrack("cost", *MODEL, *flags, "--against", "rtx-4090", "--json"))
    assert isinstance(found, dict)
    mean = found["mean"]
    paid = (
        mean["usd_per_million_prompt"] * mean["prompt_tokens_per_hour"]
        + mean["usd_per_million_output"] * mean["output_tokens_per_hour"]
    ) / 1e6
    assert math.isclose(paid, 2.0, rel_tol=1e-4)
    assert found["comparison"]["api"]["usd_per_million_output"] == 10
    assert found["against"]["dearer"] > 1
    assert {note["name"] for note in found["assumed"]} >= {"pue", "utilisation", "market-output-ratio"}


@pytest.mark.parametrize("command", ["cost", "machine", "users", "rules"])
def test_each_has_a_text(roofrack: Run, command: str) -> None:
    done = roofrack(command, *MODEL)
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) > 5


def test_table_in_three_shapes(roofrack: Run) -> None:
    assert roofrack("table").stdout.startswith("| class |")
    assert roofrack("table", "--csv").stdout.startswith("model_class,")
    assert len(answered(roofrack("table", "--json"))) == 16  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (("users", *MODEL, "--users", "0"), "--users"),
        (("users", *MODEL, "--users", "-5"), "--users"),
        (("users", *MODEL, "--users", "99999999999999999999"), "--users"),
        (("users", *MODEL, "--users", "5", "--sessions", "5"), "--sessions"),
        (("users", *MODEL, "--slo-ttft", "0"), "--slo-ttft"),
        (("users", *MODEL, "--slo-tokens-per-s", "0"), "--slo-tokens-per-s"),
        (("users", *MODEL, "--availability", "1"), "--availability"),
        (("users", *MODEL, "--sessions", "5", "--think-s", "nan"), "--think-s"),
        (("users", "llama-3.1-405b", "--rack", "rtx-4090"), "does not fit"),
        (("cost", *MODEL, "--utilisation", "0"), "--utilisation"),
        (("cost", *MODEL, "--utilisation", "3"), "--utilisation"),
        (("cost", *MODEL, "--usd-per-kwh", "-1"), "--usd-per-kwh"),
        (("cost", *MODEL, "--usd-per-gpu", "-1"), "--usd-per-gpu"),
        (("cost", *MODEL, "--usd-per-gpu-hour", "-1"), "--usd-per-gpu-hour"),
        (("cost", *MODEL, "--api", "openai:gpt-4"), "did you mean"),
        (("cost", *MODEL, "--against", "2x"), "rack"),
        (("machine", *MODEL, "--pue", "inf"), "--pue"),
    ],
)
def test_absurd_input_is_refused_by_name(roofrack: Run, arguments: tuple[str, ...], named: str) -> None:
    done = roofrack(*arguments)
    assert done.returncode == 2, done.stdout
    assert named in done.stderr
    assert len(done.stderr.strip().splitlines()) <= 2


def test_a_trillion_users_are_answered(roofrack: Run) -> None:
    found = answered(roofrack("users", *MODEL, "--users", "1000000000000", "--availability", "0.99", "--json"))
    assert isinstance(found, dict)
    assert found["racks"] > 100_000
