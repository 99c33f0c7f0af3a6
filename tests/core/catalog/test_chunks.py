"""A shipped row parsed alone is the row parsed in its file, and nothing else is parsed."""

from pathlib import Path
from typing import Any

import pytest
import tomli

from roofrack.catalog import Catalog, load_catalog
from roofrack.catalog.chunks import chunks
from roofrack.catalog.library import PLACES, SHIPPED
from roofrack.domain.base import Source
from roofrack.domain.calibration import Calibration
from roofrack.domain.scenario import ScenarioSpec
from roofrack.validation import trusted, validated

FILES = [(table, path) for table, (_, pattern) in PLACES.items() for path in sorted(SHIPPED.glob(pattern))]


@pytest.mark.parametrize(("table", "path"), FILES, ids=lambda value: value.name if isinstance(value, Path) else value)
def test_a_chunk_is_the_row_of_its_file(table: str, path: Path) -> None:
    cls = PLACES[table][0]
    whole: Any = tomli.loads(path.read_text(encoding="utf-8"))[table]
    rows = whole if isinstance(whole, list) else [whole]
    cut = list(chunks(path, table))
    assert [chunk.id for chunk in cut] == [row["id"] for row in rows]
    for chunk, row in zip(cut, rows, strict=True):
        assert chunk.parse(table) == row
        assert list(chunk.aliases) == row.get("aliases", []) + row.get("hub_ids", [])
        assert list(chunk.driver_names) == row.get("driver_names", [])
        assert trusted(cls, row) == validated(cls, row, f"{path.name}: {chunk.id}")


@pytest.mark.parametrize("path", sorted(SHIPPED.glob("scenarios/*.toml")), ids=lambda path: path.stem)
def test_a_scenario_is_valid(path: Path) -> None:
    data = tomli.loads(path.read_text(encoding="utf-8"))
    assert trusted(ScenarioSpec, data) == validated(ScenarioSpec, data, path.name)


def test_the_calibration_is_valid() -> None:
    data = tomli.loads((SHIPPED / "calibration.toml").read_text(encoding="utf-8"))
    assert trusted(Calibration, data) == validated(Calibration, data, "calibration.toml")


def test_a_shipped_row_with_a_missing_or_an_unknown_key_is_refused() -> None:
    with pytest.raises(TypeError, match="Source: missing text"):
        trusted(Source, {"date": "2026"})
    with pytest.raises(TypeError, match="Source: unknown colour"):
        trusted(Source, {"text": "x", "colour": "red"})


def test_every_shipped_file_is_read_by_something() -> None:
    read = {path for _, path in FILES} | set(SHIPPED.glob("scenarios/*.toml")) | set(SHIPPED.glob("prices/*.toml"))
    read |= {SHIPPED / name for name in ("calibration.toml", "releases.toml", "value_table.toml")}
    assert set(SHIPPED.rglob("*.toml")) == read


def test_only_the_rows_asked_for_are_parsed(shipped: Catalog, monkeypatch: pytest.MonkeyPatch) -> None:
    parsed: list[int] = []
    loads = tomli.loads

    def counting(text: str, **options: Any) -> dict[str, Any]:
        parsed.append(len(text))
        return loads(text, **options)

    monkeypatch.setattr(tomli, "loads", counting)
    shipped.model("llama-3.1-70b")
    shipped.device("h100-sxm5-80gb")
    shipped.device("NVIDIA H100 80GB HBM3")
    assert len(parsed) == 2
    assert sum(parsed) < 6000


def test_a_lookup_opens_only_files_of_its_kind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[Path] = []
    read_text = Path.read_text

    def counting(self: Path, *arguments: Any, **options: Any) -> str:
        opened.append(self)
        return read_text(self, *arguments, **options)

    monkeypatch.setattr(Path, "read_text", counting)
    load_catalog(tmp_path).kv_format("fp8")
    assert set(opened) == {SHIPPED / "kv_formats.toml"}


def test_a_key_inside_an_inner_table_is_not_a_name(tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    path.write_text(
        '[[thing]]\nid = "one"\n\n[thing.inner]\nid = "not this"\naliases = ["nor this"]\n\n[[thing]]\nid = "two"\naliases = [\n  "a",\n  "b",\n]\n'
    )
    first, second = chunks(path, "thing")
    assert (first.id, first.aliases) == ("one", ())
    assert (second.id, second.aliases) == ("two", ("a", "b"))
