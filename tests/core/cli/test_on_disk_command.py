"""Models on this disk, at the command line: by name, and listed."""

import json
from pathlib import Path

import pytest
from tests.core.cli.conftest import Run
from tests.core.readers.test_caches import hub_model
from tests.core.readers.test_names_on_disk import pulled, stores


@pytest.fixture
def on_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, value in stores(tmp_path).items():
        monkeypatch.setenv(name, value)
    return tmp_path


def test_commands_take_the_names(on_disk: Path, roofrack: Run) -> None:
    pulled(on_disk / "ollama")
    hub_model(on_disk / "hub", "acme/Rocket-1B")
    for name in ("llama3.1:8b", "acme/rocket-1b"):
        planned = roofrack("plan", name, "--rack", "rtx-4090", "--json")
        assert planned.returncode == 0, planned.stderr
        assert json.loads(planned.stdout)["memory"]["fits"]
        described = json.loads(roofrack("inspect", name, "--json").stdout)
        assert described["schema"] == "roofrack.model/1"
        assert described["weights_bytes"] > 0
    refused = roofrack("inspect", "llama3.1:70b")
    assert (refused.returncode, refused.stderr) == (2, "roofrack: llama3.1:70b: no such file or directory\n")


def test_the_list_says_what_is_there_how_large_and_whether_whole(on_disk: Path, roofrack: Run) -> None:
    blob = pulled(on_disk / "ollama", cut=5000)
    hub_model(on_disk / "hub", "acme/Rocket-1B")
    hub_model(on_disk / "hub", "acme/Strange").joinpath("blobs", "aaa").write_text('{"model_type": "telepathy"}')
    rows = {row["id"]: row for row in json.loads(roofrack("models", "disk", "--json").stdout)}
    assert set(rows) == {"acme/Rocket-1B", "acme/Strange", "llama3.1:8b"}
    assert (rows["acme/Rocket-1B"]["complete"], rows["acme/Rocket-1B"]["problem"]) == (True, None)
    assert rows["llama3.1:8b"]["disk_gib"] == round(blob.stat().st_size / 2**30, 3)
    assert (rows["llama3.1:8b"]["complete"], rows["llama3.1:8b"]["store"]) == (False, "ollama")
    assert "total_params" not in rows["acme/Strange"]
    assert rows["acme/Strange"]["problem"]
    assert [row["id"] for row in json.loads(roofrack("models", "partial", "--json").stdout)] == ["llama3.1:8b"]
    assert "missing or cut short" in roofrack("models", "disk", "llama3.1").stdout
