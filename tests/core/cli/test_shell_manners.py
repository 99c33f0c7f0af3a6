"""At home in a shell: streams as they come, exit codes, terminals that cannot draw, the configuration from outside."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from scripts.ptyterminal import Terminal

from roofrack.cli import main
from roofrack.cli.exits import EXITS

Run = Callable[..., subprocess.CompletedProcess[str]]
ROOFRACK = f'"{sys.executable}" -m roofrack'


def sh(line: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", "-c", line.replace("roofrack", ROOFRACK, 1)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, **environment},
    )


def on_a_terminal(*arguments: str, **environment: str | None) -> tuple[int, str]:
    """Exit status and what was written, of a command that ends by itself on a terminal."""
    with Terminal([sys.executable, "-m", "roofrack", *arguments], (80, 24), environment) as terminal:
        text = terminal.read_until(b"roofrack: ").decode()
        terminal.read_until_quiet(0.2, 5)
        return terminal.close(), text + bytes(terminal.stream[len(text) :]).decode()


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("roofrack plan llama-3.1-8b", 0),
        ("roofrack plan llama-3.1-8b --check", 0),
        ("roofrack plan llama-3.1-405b --rack 1xrtx-4090 --check", 1),
        ("roofrack plan llama-3.1-405b --rack 1xrtx-4090", 0),
        ("roofrack plan no-such-model", 2),
        ("roofrack plan llama-3.1-8b --tp many", 2),
        ("roofrack nonsense", 2),
        ("roofrack models >/dev/full", 3),
        ("roofrack --version", 0),
        ("roofrack --help", 0),
        # Whoever reads leaves; whoever started it closed a stream.
        ("roofrack models | head -1; exit ${PIPESTATUS[0]}", 0),
        ("roofrack plan llama-3.1-8b --json | head -1; exit ${PIPESTATUS[0]}", 0),
        ("roofrack plan llama-3.1-8b | true; exit ${PIPESTATUS[0]}", 0),
        ("roofrack plan llama-3.1-8b >&-", 0),
        ("roofrack plan llama-3.1-8b 2>&-", 0),
        ("roofrack plan no-such-model 2>&-", 2),
        ("roofrack plan llama-3.1-8b <&- >&- 2>&-", 0),
        ("roofrack </dev/null", 0),
        ("roofrack <&-", 0),
        ("roofrack | cat; exit ${PIPESTATUS[0]}", 0),
    ],
)
def test_exit_codes_and_never_a_traceback(line: str, code: int) -> None:
    done = sh(line)
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr + done.stdout
    assert "Exception ignored" not in done.stderr
    assert code in {one.code for one in EXITS}


def test_an_error_does_not_go_where_the_answer_goes() -> None:
    assert sh("roofrack plan no-such-model 2>&-").stdout == ""


def test_help_and_readme_name_every_exit_code() -> None:
    told = " ".join(sh("roofrack --help").stdout.split())
    readme = (Path(__file__).parents[3] / "README.md").read_text(encoding="utf-8")
    for one in EXITS:
        assert f"{one.code} {one.meaning}" in told
        assert f"| {one.code} |" in readme


@pytest.mark.parametrize("line", ["roofrack | cat", "roofrack </dev/null", "roofrack <&-"])
def test_without_a_terminal_it_prints_the_plan(line: str) -> None:
    done = sh(line)
    assert "not a terminal" in done.stderr
    assert "KV cache" in done.stdout


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_an_encoding_without_our_characters_gets_others(encoding: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "roofrack", "explain", "llama-3.1-8b"],
        capture_output=True,
        timeout=60,
        check=False,
        env={**os.environ, "PYTHONIOENCODING": encoding},
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.decode(encoding)
    if encoding == "ascii":
        assert done.stdout.isascii()


@pytest.mark.parametrize("term", ["dumb", ""])
def test_a_dumb_terminal_is_told_what_to_use(term: str) -> None:
    code, text = on_a_terminal("tui", TERM=term)
    assert code == 3
    assert "roofrack plan MODEL" in text
    assert "\x1b" not in text


def test_an_unknown_theme_ends_before_the_screen_changes() -> None:
    code, text = on_a_terminal("--theme", "nrod")
    assert code == 2
    assert "did you mean nord?" in text
    assert "\x1b" not in text


def configure(text: str) -> Path:
    path = Path(os.environ["XDG_CONFIG_HOME"]) / "roofrack" / "config.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def plan_of(done: subprocess.CompletedProcess[str]) -> dict[str, object]:
    assert done.returncode == 0, done.stderr
    scenario = json.loads(done.stdout)["scenario"]
    return {"rack": f"{scenario['rack']['gpus_per_node']}x{scenario['rack']['device']}", "engine": scenario["engine"]}


def test_the_configuration_gives_what_flags_and_scenarios_leave_open(roofrack: Run) -> None:
    configure('[start]\nrack = "2xrtx-4090"\nengine = "sglang"\n[costs]\nusd_per_kwh = 0.77\n')
    plan = ("plan", "llama-3.1-8b", "--json")
    assert plan_of(roofrack(*plan)) == {"rack": "2xrtx-4090", "engine": "sglang"}
    assert plan_of(roofrack(*plan, "--engine", "vllm", "--rack", "1xh100-sxm5-80gb")) == {
        "rack": "1xh100-sxm5-80gb",
        "engine": "vllm",
    }
    assert plan_of(roofrack("plan", "--scenario", "8b-one-card", "--json"))["engine"] != "sglang"
    assert "0.77" in roofrack("cost", "llama-3.1-8b").stdout
    assert "0.77" not in roofrack("cost", "llama-3.1-8b", "--usd-per-kwh", "0.11").stdout


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[keys]\nundo = 'q'\n", "keys.undo: q is the key of quit"),
        ("[display]\ntheme = 'nrod'\n", "did you mean nord?"),
        ("[start]\nmodel = 'llama-9000'\n", "start.model: unknown model"),
        ("[start]\nrack = '4xh900'\n", "start.rack: unknown"),
        ("[start]\nengine = 'vlm'\n", "start.engine: unknown engine"),
        ("[start]\nscenario = 'labtop'\n", "start.scenario: unknown scenario"),
        ("[[[", "not TOML"),
    ],
)
def test_a_broken_configuration_is_said_once_and_changes_nothing(roofrack: Run, text: str, said: str) -> None:
    plain = roofrack("plan", "llama-3.1-8b", "--json")
    path = configure(text + ("" if text == "[[[" else "[costs]\nusd_per_kwh = 0.77\n"))
    done = roofrack("plan", "llama-3.1-8b", "--json")
    assert done.stdout == plain.stdout
    assert done.stderr.count(str(path)) == 1
    assert said in done.stderr
    assert "the whole file is ignored" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_config_says_what_holds_and_why(roofrack: Run) -> None:
    path = configure('[display]\ntheme = "nord"\n[costs]\npue = 1.1\n[keys]\nundo = "ctrl+u"\n')
    found = json.loads(roofrack("config", "--json", ROOFRACK_MOUSE="0", SSH_TTY="/dev/pts/1").stdout)
    assert found["path"] == str(path)
    assert found["exists"] is True
    assert found["problems"] == []
    held = {one["id"]: (one["value"], one["source"]) for one in found["settings"]}
    assert held["display.theme"] == ("nord", "file")
    assert held["display.mouse"] == (False, "ROOFRACK_MOUSE")
    assert held["display.animation"] == ("none", "SSH")
    assert held["costs.pue"] == (1.1, "file")
    assert held["costs.amortisation_years"][1] == "default"
    assert held["keys.undo"] == ("^U", "file")
    assert held["keys.redo"] == ("Z", "default")
    text = roofrack("config").stdout
    assert str(path) in text
    assert "nord" in text
    path.unlink()
    assert "no such file" in roofrack("config").stdout


@pytest.mark.parametrize(
    ("locale", "only"),
    [({"LANG": "C"}, True), ({"LC_ALL": "C"}, True), ({"LANG": ""}, False), ({"LANG": "C.UTF-8"}, False)],
)
def test_a_locale_without_utf_8_means_ascii_in_a_real_process(
    roofrack: Run, locale: dict[str, str], only: bool
) -> None:
    found = json.loads(roofrack("config", "--json", TERM="xterm-256color", **locale).stdout)
    (setting,) = [one for one in found["settings"] if one["id"] == "display.ascii"]
    assert setting["value"] is only


def test_headless_commands_stay_light_beside_a_configuration() -> None:
    configure('[display]\ntheme = "nord"\n[keys]\nundo = "ctrl+u"\n[costs]\npue = 1.1\n')
    probe = (
        "import sys\nfrom roofrack.cli import main\ncode = main(['plan', 'llama-3.1-8b', '--json'])\n"
        "print([name for name in sys.modules if name.partition('.')[0] in "
        "('textual', 'rich', 'pydantic', 'argcomplete', 'aiohttp', 'platformdirs')], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, timeout=60, check=True)
    assert done.stderr.strip() == "[]"


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (["--nodes=--"], "--nodes: expected a value, not --"),
        (["--concurrencies=--"], "--concurrencies: expected a value, not --"),
        (["--link="], "--link: is empty: give it a value, or leave --link out"),
        (["--engine", ""], "--engine: is empty"),
        (["--scenario", " "], "--scenario: is empty"),
        (["--kv=\x1b[31m"], "--kv: is empty"),
        (["--api", "\u200b"], "--api: is empty"),
    ],
)
def test_an_option_without_a_value_is_no_default(
    flags: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["plan", "llama-3.1-8b", *flags]) == 2
    assert capsys.readouterr().err.startswith(f"roofrack: {said}")
