"""The command line from outside: contract, errors, exit codes."""

import csv
import io
import json
import subprocess
import sys
from collections.abc import Callable

import pytest

from roofrack.cli import main
from roofrack.cli.parser import COMMANDS, build_parser
from roofrack.errors import InputError

NEEDED = {
    **dict.fromkeys(("show", "inspect", "calibrate", "export", "search"), ("something",)),
    "box": ("something", "else"),
    "compare": ("something", "else"),
    "completions": ("bash",),
}
"""What a command cannot do without."""

Run = Callable[..., subprocess.CompletedProcess[str]]
PLAN = ("plan", "llama-3.1-70b", "--rack", "4xh100-sxm5-80gb", "--weights", "fp8", "--kv", "fp8", "--context", "8192")


def lines_on_stderr(done: subprocess.CompletedProcess[str]) -> int:
    return len(done.stderr.strip().splitlines())


def test_plan_json_keeps_the_contract(roofrack: Run) -> None:
    done = roofrack(*PLAN, "--concurrency", "64", "--json")
    assert done.returncode == 0, done.stderr
    plan = json.loads(done.stdout)
    assert plan["schema"] == "roofrack.plan/1"
    assert plan["scenario"] == {
        "model": "meta-llama/Llama-3.1-70B-Instruct",
        "weights": "fp8",
        "kv": "fp8",
        "rack": {"device": "h100-sxm5-80gb", "gpus_per_node": 4, "nodes": 1, "link": "nvlink"},
        "parallel": {"tp": 4, "pp": 1, "dp": 1, "ep": 1},
        "engine": "vllm",
        "engine_version": plan["scenario"]["engine_version"],
        "workload": {"prompt_tokens": 1024, "output_tokens": 256, "context_tokens": 8192, "load": "closed"},
    }
    memory = plan["memory"]
    assert set(memory) == {
        "fits",
        "reason",
        "per_device",
        "weights_bytes",
        "kv_bytes_per_token",
        "kv_capacity_tokens",
        "max_concurrency",
    }
    assert memory["fits"] is True
    assert memory["reason"] is None
    assert memory["kv_bytes_per_token"] == 163_840
    assert memory["max_concurrency"] == memory["kv_capacity_tokens"] // 8192
    assert [device["index"] for device in memory["per_device"]] == [0, 1, 2, 3]
    for device in memory["per_device"]:
        assert set(device) == {
            "index",
            "device",
            "total_gib",
            "usable_gib",
            "weights_gib",
            "kv_cache_gib",
            "activations_gib",
            "overhead_gib",
            "free_gib",
        }
        parts = sum(
            device[key] for key in ("weights_gib", "kv_cache_gib", "activations_gib", "overhead_gib", "free_gib")
        )
        assert parts == pytest.approx(device["total_gib"], abs=0.001)
    point = next(point for point in plan["curve"] if point["concurrency"] == 64)
    assert set(point) == {
        "concurrency", "running", "waiting", "ttft_s", "tpot_s", "e2e_latency_s", "output_tokens_per_s",
        "tokens_per_s_per_user", "requests_per_s", "bound",
    }  # fmt: skip
    for key in ("ttft_s", "tpot_s", "e2e_latency_s", "output_tokens_per_s", "tokens_per_s_per_user", "requests_per_s"):
        assert 0 < point[key]["low"] < point[key]["mid"] < point[key]["high"]
    assert point["bound"] in ("weights", "kv", "compute", "communication", "host")
    assert set(plan["cost"]) == {"usd_per_hour", "usd_per_million_output_tokens"}
    assert plan["evidence"]
    assert {"source", "date", "differs", "metric", "measured", "predicted", "error"} <= plan["evidence"][0].keys()
    assert all(set(warning) == {"code", "message"} for warning in plan["warnings"])
    assert {default["field"] for default in plan["defaults"]} >= {"tp", "engine-version"}


def test_text_markdown_and_csv_say_the_same(roofrack: Run) -> None:
    asked = (*PLAN, "--concurrencies", "1,8,64", "--concurrency", "8")
    plan = json.loads(roofrack(*asked, "--json").stdout)
    rows = list(csv.DictReader(io.StringIO(roofrack(*asked, "--csv").stdout)))
    assert [int(row["concurrency"]) for row in rows] == [1, 8, 64]
    assert float(rows[1]["tpot_s_mid"]) == plan["curve"][1]["tpot_s"]["mid"]
    text = roofrack(*asked).stdout
    assert "Fits:" in text
    assert "GPU 0-3" in text
    markdown = roofrack(*asked, "--markdown").stdout
    assert markdown.startswith("# ")
    assert "roofrack plan" in markdown
    assert "\x1b" not in text + markdown


def test_a_plan_that_does_not_fit_still_answers_memory(roofrack: Run) -> None:
    asked = ("plan", "llama-3.1-70b", "--rack", "1xh100-sxm5-80gb", "--weights", "bf16")
    done = roofrack(*asked, "--json")
    assert done.returncode == 0, done.stderr
    plan = json.loads(done.stdout)
    assert plan["memory"]["fits"] is False
    assert "GiB over" in plan["memory"]["reason"]
    assert plan["curve"] == []
    assert {"does-not-fit", "suggestion"} <= {warning["code"] for warning in plan["warnings"]}
    assert roofrack(*asked, "--check").returncode == 1
    assert roofrack(*PLAN, "--check").returncode == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("plan", "llama-3.1-70b", "--rack", "4xh100"), "did you mean h100-sxm5-80gb"),
        (("plan", "lama-3.1-70b"), "unknown model 'lama-3.1-70b'"),
        (("plan",), "no model"),
        (("plan", "llama-3.1-70b", "--frobnicate"), "--frobnicate"),
        (("plan", "llama-3.1-70b", "--tp", "3"), "tp"),
        (("plan", "llama-3.1-70b", "--tp", "0"), "--tp: must be at least 1"),
        (("plan", "llama-3.1-70b", "--tp", "64"), "tp"),
        (("plan", "llama-3.1-70b", "--concurrency", "0"), "--concurrency: must be at least 1"),
        (("plan", "llama-3.1-70b", "--concurrency", "1000000000"), "--concurrency: must be at least 1"),
        (("plan", "llama-3.1-70b", "--concurrencies", "1,x"), "'x' is not a whole number"),
        (("plan", "llama-3.1-70b", "--weights", "fp9"), "unknown weights format 'fp9'"),
        (("plan", "llama-3.1-70b", "--weights", "q4_k_m"), "does not load"),
        (("plan", "llama-3.1-70b", "--engine", "vllm@newest"), "--engine: 'newest' is not a plain version"),
        (("plan", "llama-3.1-70b", "--engine", "wllm"), "unknown engine"),
        (("plan", "llama-3.1-70b", "--gpu-memory-fraction", "1.5"), "--gpu-memory-fraction"),
        (("plan", "llama-3.1-70b", "--gpu-memory-fraction", "nan"), "--gpu-memory-fraction"),
        (("plan", "llama-3.1-70b", "--context", "100"), "exceed the context of 100"),
        (("plan", "llama-3.1-70b", "--rack", "0xh100-sxm5-80gb"), "rack"),
        (("plan", "llama-3.1-70b", "--rack", ""), "rack"),
        (("plan", "llama-3.1-70b", "--rack", "99999999xh100-sxm5-80gb"), "rack"),
        (("plan", "llama-3.1-70b", "--link", "string"), "unknown link"),
        (("plan", "./no/such/model"), "cannot read"),
        (("plan", "--scenario", "no-such"), "no-such"),
        (("plan", "--scenario", "/no/such.toml"), "/no/such.toml"),
        (("pln", "llama-3.1-70b"), "did you mean plan"),
        (("show", "nothing-like-this"), "unknown preset"),
        (("inspect", "/no/such"), "/no/such"),
        (("explain", "llama-3.1-8b", "--number", "beauty"), "cannot be explained"),
        (("accuracy", "x" * 5000), "no such file"),
        (("calibrate", "x" * 5000), "File name too long"),
        (("plan", "nothing"), "unknown model 'nothing': roofrack models lists them"),
        (("plan", "llama-3.1-8b", "--rack", "nothing"), "unknown GPU 'nothing': roofrack gpus lists them"),
        (("plan", "llama-3.1-8b", "--kv", "nothing"), "unknown KV format 'nothing': roofrack formats lists them"),
        (
            ("plan", "llama-3.1-8b", "--scenario", "nothing"),
            "unknown scenario 'nothing': roofrack scenarios lists them",
        ),
        (("plan", "\x1b]52;c;aGk=\x07[red]x[/red]"), "unknown model '[red]x[/red]'"),
    ],
)
def test_bad_input_is_named_in_a_line_or_two(roofrack: Run, arguments: tuple[str, ...], said: str) -> None:
    done = roofrack(*arguments)
    assert said in done.stderr
    assert done.returncode == 2
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    assert "\x1b" not in done.stderr
    assert lines_on_stderr(done) <= 2


@pytest.mark.parametrize("kind", ["models", "gpus", "formats", "engines", "scenarios"])
def test_a_filter_that_finds_nothing_is_said_without_its_escapes(kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([kind, "\x1b[31mzzz", "y" * 500]) == 0
    said = capsys.readouterr()
    assert said.err.startswith(f"roofrack: no {kind} match zzz yyy")
    assert "\x1b" not in said.err
    assert len(said.err) < 150
    assert said.out == ""


@pytest.mark.parametrize("command", ["models", "gpus", "formats", "engines", "scenarios"])
def test_lists_are_flat_objects_with_an_id(roofrack: Run, command: str) -> None:
    rows = json.loads(roofrack(command, "--json").stdout)
    assert rows
    for row in rows:
        assert row["id"]
        assert not any(isinstance(value, dict) for value in row.values())
    assert rows[0]["id"] in roofrack(command).stdout


def test_lists_are_filtered_by_every_word(roofrack: Run) -> None:
    rows = json.loads(roofrack("models", "llama", "GQA", "--json").stdout)
    assert rows
    assert all("llama" in json.dumps(row).lower() and "gqa" in json.dumps(row).lower() for row in rows)
    none = roofrack("models", "nothing-has-this-name")
    assert none.returncode == 0
    assert none.stdout == ""


@pytest.mark.parametrize("preset", ["llama-3.1-8b", "h100-sxm5-80gb", "fp8", "vllm"])
def test_show_names_the_source(roofrack: Run, preset: str) -> None:
    assert "source" in roofrack("show", preset).stdout
    assert json.loads(roofrack("show", preset, "--json").stdout)["source"]


def test_explain_derives_the_kv_cache(roofrack: Run) -> None:
    text = roofrack("explain", "llama-3.1-8b", "--rack", "1xh100-sxm5-80gb", "--number", "kv_bytes_per_token").stdout
    assert "131,072 B/token" in text
    found = json.loads(roofrack("explain", "llama-3.1-8b", "--rack", "1xh100-sxm5-80gb", "--json").stdout)
    assert {derivation["id"] for derivation in found} >= {
        "weights_bytes",
        "kv_bytes_per_token",
        "ttft_s",
        "tpot_s",
        "output_tokens_per_s",
    }
    assert all(derivation["steps"] for derivation in found)


def test_without_a_terminal_the_plan_comes_as_text(roofrack: Run) -> None:
    done = roofrack("--scenario", "laptop") if "laptop" in roofrack("scenarios").stdout else roofrack()
    assert done.returncode == 0
    assert "not a terminal" in done.stderr
    assert "GPU 0" in done.stdout


def test_version_and_help(roofrack: Run) -> None:
    assert roofrack("help").stdout == roofrack("--help").stdout
    assert roofrack("help", "plan").stdout == roofrack("plan", "--help").stdout
    assert roofrack("--version").stdout.startswith("roofrack ")
    assert "exit codes" in roofrack("--help").stdout.lower()


@pytest.mark.parametrize("command", COMMANDS)
def test_what_a_command_does_not_know_leads_to_its_own_help(command: str) -> None:
    with pytest.raises(InputError, match=rf"^unrecognized arguments: --colour=red: see roofrack {command} --help$"):
        build_parser(command).parse_args([command, *NEEDED.get(command, ()), "--colour=red"])


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("export llama-3.1-8b --rack 2xl4 plan.md", {"model": "llama-3.1-8b", "file": "plan.md"}),
        ("export --rack 2xl4 plan.md", {"model": None, "file": "plan.md"}),
        ("export llama-3.1-8b plan.md --tp 2", {"model": "llama-3.1-8b", "file": "plan.md", "tp": 2}),
        ("search one --max-gpus 8 two three --json", {"models": ["one", "two", "three"], "json": True}),
        ("box 1xl4 --concurrency 8 one", {"rack": "1xl4", "models": ["one"]}),
        ("compare one --json two", {"plans": ["one", "two"], "json": True}),
        ("plan --tp 2 -- llama-3.1-8b", {"model": "llama-3.1-8b", "tp": 2}),
    ],
)
def test_words_may_stand_on_both_sides_of_options(line: str, words: dict[str, object]) -> None:
    parsed = vars(build_parser(line.split()[0]).parse_args(line.split()))
    assert {name: parsed[name] for name in words} == words
    assert callable(parsed["run"])


def test_a_flag_that_is_nearly_one_is_named(roofrack: Run) -> None:
    done = roofrack("plan", "llama-3.1-8b", "--weigths", "fp8")
    assert done.returncode == 2
    assert done.stderr == (
        "roofrack: unrecognized arguments: --weigths fp8: did you mean --weights? see roofrack plan --help\n"
    )


def test_an_argument_too_many_leads_to_the_help_of_the_command(roofrack: Run) -> None:
    done = roofrack("plan", "llama-3.1-8b", "too", "many")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "roofrack: unrecognized arguments: too many: see roofrack plan --help\n"


def test_headless_commands_import_neither_textual_nor_pydantic() -> None:
    probe = (
        "import sys; from roofrack.cli import main; main(sys.argv[1:]); "
        "print([m for m in sys.modules if m.split('.')[0] in ('textual', 'rich', 'pydantic', 'roofrack_tui')], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", probe, *PLAN, "--json"], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"


def test_a_reader_that_leaves_is_no_error() -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "roofrack", "models"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as models:
        assert models.stdout is not None
        assert models.stderr is not None
        models.stdout.readline()
        models.stdout.close()
        assert models.stderr.read() == b""
