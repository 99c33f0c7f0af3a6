"""Files are written whole or not at all, and nothing that is there is lost unasked."""

import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from roofrack.cli import main
from roofrack.errors import InputError
from roofrack.files import shown_path, shown_size, what_is_at, write_whole
from roofrack.places import expanded


def test_text_bytes_and_folders(tmp_path: Path) -> None:
    write_whole(tmp_path / "a" / "b.txt", "größer", makes_folders=True)
    write_whole(tmp_path / "a" / "c.bin", b"\x00\xff")
    assert (tmp_path / "a" / "b.txt").read_text(encoding="utf-8") == "größer"
    assert (tmp_path / "a" / "c.bin").read_bytes() == b"\x00\xff"
    assert _names(tmp_path / "a") == ["b.txt", "c.bin"]


def test_only_folders_of_roofrack_itself_are_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.chdir(tmp_path)
    for place in (
        "reprots/x.md",
        "config/other/x.md",
        "config/roofrack/../../mine/x.md",
        str(tmp_path / "a" / "b" / "c"),
    ):
        with pytest.raises(InputError, match=r"there is no folder \./.+: make it first, or choose another place"):
            write_whole(Path(place), "said")
    assert _names(tmp_path) == []
    for place in ("config/roofrack/presets/scenarios/x.toml", "state/roofrack/session.json", "here.md"):
        write_whole(Path(place), "said")
        assert Path(place).read_text() == "said"


def test_a_new_file_does_not_replace_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.txt"
    write_whole(path, "old", new=True)
    for _ in range(2):  # the second time on a file system without hard links
        with pytest.raises(InputError, match=r"a\.txt: is there already"):
            write_whole(path, "new", new=True)
        monkeypatch.setattr(os, "link", _cannot)
    write_whole(tmp_path / "b.txt", "other", new=True)
    assert (path.read_text(), (tmp_path / "b.txt").read_text()) == ("old", "other")
    assert _names(tmp_path) == ["a.txt", "b.txt"]


def _names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def _cannot(*_: object) -> None:
    raise PermissionError("no hard links here")


def test_permissions_are_those_of_any_new_file_or_stay(tmp_path: Path) -> None:
    mask = os.umask(0o027)
    try:
        write_whole(tmp_path / "new", "x")
    finally:
        os.umask(mask)
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o640
    (tmp_path / "new").chmod(0o600)
    write_whole(tmp_path / "new", "y")
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o600


def test_what_cannot_be_written_is_said_and_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(InputError, match="choose another place"):
        write_whole(tmp_path / "file" / "below", "x")
    with pytest.raises(InputError, match="choose another place"):
        write_whole(tmp_path, "x")
    assert _names(tmp_path) == ["file"]


def test_what_a_killed_save_left_is_swept_up_by_the_next_and_nothing_else_is(tmp_path: Path) -> None:
    path = tmp_path / "session[1].json"
    killed = (
        "import os, signal, sys, pathlib, roofrack.files as files\n"
        "files.os.fsync = lambda handle: os.kill(os.getpid(), signal.SIGKILL)\n"
        "files.write_whole(pathlib.Path(sys.argv[1]), 'half')\n"
    )
    died = subprocess.run([sys.executable, "-c", killed, str(path)], check=False, timeout=60)
    assert died.returncode == -signal.SIGKILL
    (left,) = _names(tmp_path)
    kept = [".session[1].json.notes.tmp", ".session1.json.abcdefgh.tmp", "abcdefgh.tmp"]
    for name in kept:
        (tmp_path / name).write_text("somebody's")
    (tmp_path / ".session[1].json.linklink.tmp").symlink_to(tmp_path / "abcdefgh.tmp")
    (tmp_path / ".session[1].json.folderfo.tmp").mkdir()
    kept += [".session[1].json.linklink.tmp", ".session[1].json.folderfo.tmp"]

    write_whole(path, "another save may still be at it")
    assert left in _names(tmp_path)
    long_ago = time.time() - 7200
    for name in _names(tmp_path):
        os.utime(tmp_path / name, (long_ago, long_ago), follow_symlinks=False)
    write_whole(path, "later")
    assert _names(tmp_path) == sorted([*kept, path.name])
    assert path.read_text() == "later"


@pytest.mark.parametrize(
    ("size", "shown"),
    [(0, "0 bytes"), (999, "999 bytes"), (1000, "1.0 kB"), (4_249, "4.2 kB"), (2_000_000, "2,000.0 kB")],
)
def test_sizes(size: int, shown: str) -> None:
    assert shown_size(size) == shown


def test_paths_are_shown_from_here_or_from_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home, here = tmp_path / "home", tmp_path / "home" / "here"
    here.mkdir(parents=True)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.chdir(here)
    assert shown_path(Path("a.toml")) == "./a.toml"
    assert shown_path(Path("~/here/a.toml")) == "./a.toml"
    assert shown_path(home / "b.toml") == "~/b.toml"
    assert shown_path(tmp_path / "c\x1b[31m.toml") == f"{tmp_path}/c.toml"


def test_a_home_that_nobody_has_stays_as_it_is_written(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert expanded("~/a") == tmp_path / "a"
    assert expanded("~nobody-has-this-name/a") == Path("~nobody-has-this-name/a")
    assert shown_path(Path("~/a")) == "~/a"


@pytest.mark.parametrize(
    "arguments",
    [
        ["plan", "~nobody-has-this-name/x.gguf"],
        ["plan", "--scenario", "~nobody-has-this-name/x.toml"],
        ["inspect", "~nobody-has-this-name/config.json"],
        ["accuracy", "~nobody-has-this-name/x.csv"],
        ["compare", "~nobody-has-this-name/x.toml"],
        ["calibrate", "~nobody-has-this-name/x.json", "--rack", "1xl40s"],
    ],
)
def test_a_path_below_it_is_no_traceback(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    assert "~nobody-has-this-name" in capsys.readouterr().err


def test_paths_are_shown_even_where_the_current_directory_is_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    monkeypatch.setenv("HOME", str(tmp_path))
    assert shown_path(Path("a.md")) == "a.md"
    assert shown_path(tmp_path / "a.md") == "~/a.md"
    with pytest.raises(InputError, match=r"a\.md: No such file"):
        write_whole(Path("a.md"), "x")


def test_looking_at_a_path_never_raises(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    assert what_is_at(tmp_path) == "folder"
    assert what_is_at(tmp_path / "file") == "file"
    for odd in ("none", "file/below", "x" * 300, "a\0b", "/".join(["x" * 200] * 40)):
        assert what_is_at(tmp_path / odd) == ""
