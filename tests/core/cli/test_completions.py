"""Completions in the shells themselves."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from roofrack.cli.parser import COMMANDS

Answers = dict[str, set[str]]

ASKED = {
    "roofrack ": {"plan", "serve", "completions", *COMMANDS},
    "roofrack pl": {"plan"},
    "roofrack plan llama-3.1-8": {"llama-3.1-8b", "llama-3.1-8b-instruct"},
    "roofrack plan meta-llama/Llama-3.1-70B-I": {"meta-llama/Llama-3.1-70B-Instruct"},
    "roofrack plan x --wei": {"--weights"},
    "roofrack plan x --rack 4xh200-n": {"4xh200-nvl", "4xh200-nvl-141gb"},
    "roofrack plan x --rack dete": {"detected"},
    "roofrack export x --rack 2xl4 plan.md --load s": {"single", "saturated"},
    "roofrack plan x --load s": {"single", "saturated"},
    "roofrack --scen": {"--scenario"},
    "roofrack --scenario lap": {"laptop"},
    "roofrack --theme nor": {"nord"},
    "roofrack --vers": {"--version"},
    "roofrack show mi300": {"mi300x", "mi300x-192gb"},
    "roofrack search x --gpus h100-sxm5-80gb,mi300x-": {"h100-sxm5-80gb,mi300x-192gb"},
    "roofrack explain x --number kv_b": {"kv_bytes_per_token"},
    "roofrack plan my": {"my-own-model"},
    "roofrack plan x --scenario ./mi": {"./mine.toml"},
    "roofrack plan x --prompt ": set(),
}

BASH = """
eval "$(roofrack completions bash)"
while IFS= read -r line; do
    COMP_LINE=$line COMP_POINT=${#line} COMP_TYPE=9 COMPREPLY=()
    _python_argcomplete roofrack
    printf '> %s\\n' "$line"; printf '%s\\n' "${COMPREPLY[@]}"
done
"""
# Zsh and fish can only complete at a prompt; what they would show is printed instead.
ZSH = """
autoload -Uz compinit; compinit -u -D
eval "$(roofrack completions zsh)"
_describe() { local one; for one in "${(@P)2}"; do print -r -- "${${one//\\\\:/;}%%:*}"; done }
while IFS= read -r line; do
    BUFFER=$line CURSOR=${#line}; words=(roofrack)
    print -r -- "> $line"; _python_argcomplete </dev/null
done
"""
FISH = """
roofrack completions fish | source
while read line
    echo "> $line"
    complete -C "$line" </dev/null | string replace -r '\\t.*' ''
end
true
"""


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with a scenario, a command `roofrack`, and a model of one's own."""
    (tmp_path / "mine.toml").write_text('model = "my-own-model"\n', encoding="utf-8")
    command = tmp_path / "bin" / "roofrack"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m roofrack "$@"\n', encoding="utf-8")
    command.chmod(0o755)
    own = Path(os.environ["XDG_CONFIG_HOME"]) / "roofrack" / "presets"
    own.mkdir(parents=True)
    shipped = Path(__file__).parents[3] / "presets" / "roofrack_presets" / "models"
    text = next(path for path in sorted(shipped.glob("*.toml"))).read_text(encoding="utf-8")
    row = text[text.index("[[model]]") : text.find("[[model]]", text.index("[[model]]") + 9)]
    lines = [line for line in row.splitlines() if not line.startswith(("id ", "aliases", "hub_ids"))]
    (own / "own.toml").write_text("\n".join([lines[0], 'id = "my-own-model"', *lines[1:]]), encoding="utf-8")
    return tmp_path


def answers(shell: list[str], place: Path, asked: list[str]) -> Answers:
    done = subprocess.run(
        shell,
        input="\n".join(asked) + "\n",
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
        cwd=place,
        env={**os.environ, "PATH": f"{place / 'bin'}:{os.environ['PATH']}"},
    )
    found: Answers = {}
    for line in done.stdout.splitlines():
        if line.startswith("> "):
            found[line[2:]] = now = set()
        elif line.strip():
            now.add(line.strip())
    assert done.stderr == ""
    return found


def test_bash(place: Path) -> None:
    found = answers(["bash", "--norc", "-c", BASH], place, list(ASKED))
    assert found.keys() == ASKED.keys()
    for line, expected in ASKED.items():
        if line == "roofrack ":
            assert expected <= found[line]
        else:
            assert found[line] == expected, line


def test_bash_completes_behind_a_colon(place: Path) -> None:
    """Bash takes a colon for the end of a word."""
    found = answers(["bash", "--norc", "-c", BASH], place, ["roofrack plan x --api openai:gpt-oss-1"])
    assert [*found.values()] == [{"gpt-oss-120b"}]


SOME = ["roofrack pl", "roofrack plan x --rack 4xh200-n", "roofrack --scenario lap", "roofrack plan my"]


@pytest.mark.skipif(shutil.which("zsh") is None, reason="no zsh on this machine")
def test_zsh(place: Path) -> None:
    assert answers(["zsh", "-f", "-c", ZSH], place, SOME) == {line: ASKED[line] for line in SOME}


@pytest.mark.skipif(shutil.which("fish") is None, reason="no fish on this machine")
def test_fish(place: Path) -> None:
    assert answers(["fish", "--no-config", "-c", FISH], place, SOME) == {line: ASKED[line] for line in SOME}
