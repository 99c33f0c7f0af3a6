"""`roofrack plan --percentiles`."""

import json

import pytest

from roofrack.cli.main import main

PLAN = ["plan", "llama-3.1-8b", "--rack", "1xh100-sxm5-80gb", "--concurrencies", "1,32"]


def test_json_has_them_only_when_asked(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*PLAN, "--json"]) == 0
    assert all("percentiles" not in point for point in json.loads(capsys.readouterr().out)["curve"])
    assert main([*PLAN, "--percentiles", "--json"]) == 0
    for point in json.loads(capsys.readouterr().out)["curve"]:
        found = point["percentiles"]
        assert set(found) == {"ttft_s", "tpot_s", "itl_s", "e2e_latency_s", "tokens_per_s_per_user"}
        for values in found.values():
            assert list(values) == ["mean", "p50", "p90", "p95", "p99"]
        assert found["ttft_s"]["mean"] == pytest.approx(point["ttft_s"]["mid"], rel=1e-5)
        assert found["tokens_per_s_per_user"]["p99"] == pytest.approx(1 / found["tpot_s"]["p99"], rel=1e-5)


def test_text_has_a_table_of_them(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*PLAN, "--percentiles", "--concurrency", "32"]) == 0
    shown = capsys.readouterr().out
    assert "Spread over requests at 32:" in shown
    assert [line.split()[0] for line in shown.partition("Spread over")[2].splitlines()[2:6]] == [
        "TTFT",
        "TPOT",
        "between",
        "to",
    ]
