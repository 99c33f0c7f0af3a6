"""The built wheel, installed into an empty environment far from the checkout."""

import json
import os
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(out), str(ROOT)]
    subprocess.run(build, check=True, capture_output=True)
    (found,) = out.glob("roofrack-*.whl")
    return found


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bin folder of an environment that holds the wheel and nothing else."""
    home = tmp_path_factory.mktemp("installed")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(home)], check=True)
    python = home / "bin" / "python"
    install = [
        sys.executable,
        "-m",
        "pip",
        "--python",
        str(python),
        "install",
        "--quiet",
        "--no-deps",
        "--no-index",
        str(wheel),
    ]
    subprocess.run(install, check=True, capture_output=True)
    return home / "bin"


def run(installed: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    # The libraries come from the test's own environment; on this path its editable roofrack is not visible.
    environment = {**os.environ, "PYTHONPATH": sysconfig.get_path("purelib")}
    return subprocess.run(
        [str(installed / "roofrack"), *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=installed,
        env=environment,
    )


def test_the_command_comes_from_the_wheel_with_all_presets(installed: Path) -> None:
    probe = "import roofrack, roofrack_presets, roofrack_tui; print(roofrack.__file__, roofrack_presets.__file__, roofrack_tui.__file__)"
    environment = {**os.environ, "PYTHONPATH": sysconfig.get_path("purelib")}
    where = subprocess.run(
        [str(installed / "python"), "-c", probe],
        capture_output=True,
        text=True,
        check=True,
        cwd=installed,
        env=environment,
    )
    assert all(str(installed.parent) in path for path in where.stdout.split())
    for kind, least in (("models", 60), ("gpus", 40), ("formats", 20), ("engines", 4), ("scenarios", 6)):
        done = run(installed, kind, "--json")
        assert done.returncode == 0, done.stderr
        assert len(json.loads(done.stdout)) >= least


def test_it_plans(installed: Path) -> None:
    done = run(installed, "plan", "llama-3.1-8b", "--rack", "1xh100-sxm5-80gb", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["memory"]["fits"] is True


def test_every_preset_and_type_marker_is_inside(wheel: Path) -> None:
    inside = set(zipfile.ZipFile(wheel).namelist())
    for root in ("core/roofrack", "tui/roofrack_tui", "presets/roofrack_presets"):
        for path in (ROOT / root).rglob("*"):
            if path.suffix in {".py", ".toml", ".tcss", ".typed", ".html", ".js", ".css"} or path.name == "py.typed":
                assert str(path.relative_to((ROOT / root).parent)) in inside
    assert not [name for name in inside if name.startswith(("tests/", "scripts/"))]


def test_the_man_page_is_inside_and_of_this_version(wheel: Path, installed: Path) -> None:
    (name,) = [
        name for name in zipfile.ZipFile(wheel).namelist() if name.endswith(".data/data/share/man/man1/roofrack.1")
    ]
    page = zipfile.ZipFile(wheel).read(name).decode("ascii")
    assert f'"roofrack {run(installed, "--version").stdout.split()[1]}"' in page
    assert (installed.parent / "share" / "man" / "man1" / "roofrack.1").read_text(encoding="ascii") == page
