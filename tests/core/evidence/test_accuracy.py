"""`roofrack accuracy`: the arithmetic of errors, and the contract of its JSON."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from roofrack.cli import main
from roofrack.errors import InputError
from roofrack.evidence.accuracy import NOT_COMPLETED, Point, accuracy, group, groups, quantile
from roofrack.evidence.measurement import Measurement
from roofrack.evidence.predict import Predictor
from roofrack.report.accuracy import accuracy_json, accuracy_text
from roofrack.results import Band

Row = Callable[..., Measurement]


def points(row: Row, *pairs: tuple[float, float]) -> list[Point]:
    """Points by (predicted, measured); the band is ±10 %."""
    return [Point(row(), Band(p * 0.9, p, p * 1.1), m) for p, m in pairs]


def test_errors_by_hand(row: Row) -> None:
    found = group({"metric": "tpot"}, points(row, (110, 100), (80, 100), (130, 100), (100, 100)))
    assert found.n == 4
    assert found.median_ape == pytest.approx(0.15)
    assert found.mape == pytest.approx(0.15)
    assert found.p90_ape == pytest.approx(0.27)
    assert found.bias == pytest.approx(0.05)
    assert found.within_20 == 0.75
    assert found.band_coverage == 0.5


def test_quantiles_lie_between_neighbours() -> None:
    assert quantile([1.0], 0.9) == 1
    assert quantile([0.0, 10.0], 0.25) == 2.5


def test_groups_by_any_columns_in_order(row: Row) -> None:
    made = [
        Point(row(concurrency=c, engine=e, others=(("host", h),)), Band(1, 1, 1), 1)
        for c, e, h in ((8, "vllm", "b"), (None, "vllm", "a"), (1, "sglang", "b"))
    ]
    assert [g.by for g in groups(made, ("concurrency",))] == [
        {"concurrency": 1},
        {"concurrency": 8},
        {"concurrency": None},
    ]
    assert [g.by for g in groups(made, ("engine", "host"))] == [
        {"engine": "sglang", "host": "b"},
        {"engine": "vllm", "host": "a"},
        {"engine": "vllm", "host": "b"},
    ]


def test_every_row_is_scored_or_counted_with_its_reason(row: Row, predictor: Predictor) -> None:
    rows = [row(), row(model="nobody/nothing"), row(completed=False, value=None), row(problem="column value is empty")]
    found = accuracy(rows, predictor=predictor)
    assert found.rows == 4
    assert len(found.points) == 1
    assert found.skipped == {"unknown model nobody/nothing": 1, NOT_COMPLETED: 1, "column value is empty": 1}


def test_an_unknown_column_is_refused(row: Row) -> None:
    with pytest.raises(InputError, match="no column 'colour'"):
        accuracy([row()], ["colour"])


def test_nothing_to_score_is_no_error(predictor: Predictor) -> None:
    found = accuracy([], predictor=predictor)
    assert accuracy_json(found, points=True) == {
        "schema": "roofrack.accuracy/1", "rows": 0, "scored": 0, "skipped": {}, "groups": [], "points": [],
    }  # fmt: skip
    assert accuracy_text(found, ["metric"], points=True) == "0 of 0 rows scored"


FILE = """engine,engine_version,model,weights,gpu,gpus,load,prompt_tokens,output_tokens,concurrency,metric,stat,value,completed
vllm,0.11.0,llama-3.1-8b,bf16,h100-sxm5-80gb,1,closed,1000,200,16,tpot,mean,0.0095,1
vllm,0.11.0,llama-3.1-8b,bf16,h100-sxm5-80gb,1,closed,1000,200,16,ttft,mean,0.12,1
vllm,0.11.0,llama-3.1-8b,bf16,h100-sxm5-80gb,1,closed,1000,200,16,tpot,mean,,0
vllm,0.11.0,llama-3.1-8b,bf16,voodoo2,1,closed,1000,200,16,tpot,mean,0.1,1
"""


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(["accuracy", *arguments]) == 0
    return capsys.readouterr().out


def test_the_contract_of_the_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "own.csv"
    path.write_text(FILE, encoding="utf-8")
    found = json.loads(run(capsys, str(path), "--points", "--json"))
    assert {key: found[key] for key in ("schema", "rows", "scored")} == {
        "schema": "roofrack.accuracy/1",
        "rows": 4,
        "scored": 2,
    }
    assert found["skipped"] == {NOT_COMPLETED: 1, "unknown GPU voodoo2": 1}
    assert [one["by"] for one in found["groups"]] == [{"metric": "tpot"}, {"metric": "ttft"}]
    for one in found["groups"]:
        assert set(one) == {"by", "n", "median_ape", "mape", "p90_ape", "bias", "within_20", "band_coverage"}
        assert one["median_ape"] == abs(one["bias"])
    assert [one["row"] for one in found["points"]] == [0, 1]
    for one in found["points"]:
        assert set(one) == {"row", "predicted", "low", "high", "measured", "ape"}
        assert one["low"] < one["predicted"] < one["high"]
        assert one["ape"] == pytest.approx(abs(one["predicted"] / one["measured"] - 1), abs=1e-4)
    assert "points" not in json.loads(run(capsys, str(path), "--json"))


@pytest.mark.parametrize(
    "order", [["--by", "gpu", "load", "FILE"], ["FILE", "--by", "gpu,load"], ["--by", "gpu", "--by", "load", "FILE"]]
)
def test_columns_may_be_named_in_any_way(order: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "own.csv"
    path.write_text(FILE, encoding="utf-8")
    found = json.loads(run(capsys, *[str(path) if word == "FILE" else word for word in order], "--json"))
    assert [one["by"] for one in found["groups"]] == [{"gpu": "h100-sxm5-80gb", "load": "closed"}]


def test_a_shipped_source_is_named_without_a_path(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "vllm_blog").startswith("18 of 18 rows scored")


@pytest.mark.parametrize("arguments", [["nowhere.csv"], ["vllm_blog", "--by", "colour"]])
def test_bad_input_is_two_lines_at_most(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["accuracy", *arguments]) == 2
    assert 1 <= len(capsys.readouterr().err.strip().splitlines()) <= 2
