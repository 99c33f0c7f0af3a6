"""`roofrack export`: the ending says what is written, and nothing is overwritten unasked."""

import json
import stat
from pathlib import Path

import pytest

from roofrack.cli.main import main
from roofrack.report.scenario_toml import load_scenario_file

MODEL = ["llama-3.1-8b", "--rack", "1xh100-sxm5-80gb"]


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_texts(capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("a.md", "a.csv", "a.json", "a.toml"):
        assert main(["export", MODEL[0], name, *MODEL[1:]]) == 0
        assert capsys.readouterr().out == f"written: ./{name} ({_size(Path(name))})\n"
    assert "## Measured nearby" in Path("a.md").read_text(encoding="utf-8")
    assert Path("a.csv").read_text().startswith("concurrency,running")
    assert json.loads(Path("a.json").read_text(encoding="utf-8"))["schema"] == "roofrack.plan/1"
    assert load_scenario_file("a.toml").model == "llama-3.1-8b"


def _size(path: Path) -> str:
    found = path.stat().st_size
    return f"{found:,} bytes" if found < 1000 else f"{found / 1000:,.1f} kB"


def test_the_screen_as_a_picture(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = tmp_path / "browser"
    browser.write_text(
        '#!/bin/sh\nfor a in "$@"; do case "$a" in --screenshot=*) printf PNG > "${a#--screenshot=}";; esac; done'
    )
    browser.chmod(browser.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("ROOFRACK_CHROMIUM", str(browser))
    assert main(["export", "a.svg", "--scenario", "70b-precisions", "--present", "--size", "80x24"]) == 0
    text = Path("a.svg").read_text(encoding="utf-8")
    assert "70B&#160;at" in text
    assert "1/5" in text
    assert main(["export", *MODEL[:1], "a.png", *MODEL[1:]]) == 0
    assert Path("a.png").read_bytes() == b"PNG"
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["a.doc"], "nothing to write of that ending: use .md"),
        (["a"], "nothing to write of that ending"),
        (["there.md"], "is there already: choose another name"),
        (["a.svg", "--size", "3x3"], "--size: '3x3' is not a size"),
        (["no-such-model", "a.md"], "unknown model 'no-such-model'"),
    ],
)
def test_what_cannot_be_done(capsys: pytest.CaptureFixture[str], arguments: list[str], complaint: str) -> None:
    Path("there.md").write_text("mine")
    assert main(["export", *arguments]) == 2
    assert complaint in capsys.readouterr().err
    assert Path("there.md").read_text() == "mine"
    assert [path.name for path in Path().iterdir()] == ["there.md"]


def test_with_force_a_file_is_replaced() -> None:
    Path("there.csv").write_text("mine")
    assert main(["export", MODEL[0], "there.csv", *MODEL[1:], "--force"]) == 0
    assert Path("there.csv").read_text().startswith("concurrency")
