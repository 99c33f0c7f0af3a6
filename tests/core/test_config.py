"""The configuration file: what it may say, and that a broken one is ignored whole, in words."""

from pathlib import Path

import pytest
import tomli
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from roofrack.config import SETTINGS, Config, config_path, example, read_config
from roofrack.domain import RackSpec, ScenarioSpec
from roofrack.domain.money import MoneySpec
from roofrack.places import config_directory, state_directory
from roofrack_tui.config_check import config_problems


def read(tmp_path: Path, text: str | bytes) -> Config:
    path = tmp_path / "config.toml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return read_config(path)


def test_no_file_is_no_problem(tmp_path: Path) -> None:
    config = read_config(tmp_path / "none.toml")
    assert config.tables == {}
    assert config.complaint == ""


def test_what_it_says_is_what_holds(tmp_path: Path) -> None:
    config = read(tmp_path, '[display]\nascii = true\n[start]\nrack = "2xrtx-4090"\n[costs]\npue = 1.2\n')
    assert not config.problems
    assert config.get("display", "ascii") is True
    assert config.get("start", "rack") == "2xrtx-4090"
    assert config.get("display", "theme") is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[display]\nthem = 'nord'", "display.them: no such key, did you mean display.theme?"),
        ("[display]\nascii = 1", "display.ascii: must be true or false"),
        ("[display]\nanimation = 'fast'", "display.animation: must be one of none, basic, full"),
        ("[display]\ntheme = true", "display.theme: must be a text in quotes"),
        ("[costs]\nusd_per_kwh = true", "costs.usd_per_kwh: must be a number"),
        ("[costs]\nusd_per_kwh = '0.3'", "costs.usd_per_kwh: must be a number"),
        ("[costs]\npue = 0.5", "costs.pue: must be at least 1"),
        ("[costs]\npue = nan", "costs.pue: must be at least 1"),
        ("[cost]\npue = 1.5", "cost: no such table, there are display, start, costs, keys"),
        ("display = 'dark'", "display: must be a table"),
        ("[display\n", "not TOML"),
        (b"\xff\xfe", "not UTF-8"),
    ],
)
def test_what_is_wrong_is_named_and_all_of_it_ignored(tmp_path: Path, text: str | bytes, said: str) -> None:
    also = "\n[start]\nmodel = 'llama-3.1-8b'\n"
    config = read(tmp_path, text + also if isinstance(text, str) and "[display\n" not in text else text)
    assert config.tables == {}
    assert config.get("start", "model") is None
    assert said in config.complaint
    assert str(config.path) in config.complaint
    assert "the whole file is ignored" in config.complaint
    if isinstance(text, str) and "[display\n" not in text:
        assert "start.model" in config.complaint


def test_every_problem_is_named(tmp_path: Path) -> None:
    config = read(tmp_path, "[display]\nascii = 1\nmouse = 2\n[start]\nmodel = 3\n")
    assert len(config.problems) == 3


def test_a_mistake_in_one_table_hides_none_in_another(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text('[display]\ntheme = 3\n[costs]\npue = 0.1\n[keys]\nundoo = "x"\nundo = "q"\n', encoding="utf-8")
    problems = read_config(path, config_problems).problems
    assert [problem.partition(":")[0] for problem in problems] == [
        "display.theme",
        "costs.pue",
        "keys.undoo",
        "keys.undo",
    ]
    path.write_text('displai = 3\n[display]\ntheme = "nrod"\n[keys]\nundo = "q"\n', encoding="utf-8")
    problems = read_config(path, config_problems).problems
    assert [problem.partition(":")[0] for problem in problems] == ["displai", "display.theme", "keys.undo"]


def test_a_mistake_hides_none_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(
        '[display]\nascii = "yes"\ntheme = "nrod"\n[costs]\npue = 0.2\nusd_per_kwh = "x"\namortisation_years = -1\n'
    )
    problems = read_config(path, config_problems).problems
    assert sorted(problem.partition(":")[0] for problem in problems) == [
        "costs.amortisation_years",
        "costs.pue",
        "costs.usd_per_kwh",
        "display.ascii",
        "display.theme",
    ]


def test_hostile_keys_are_cleaned(tmp_path: Path) -> None:
    config = read(tmp_path, '[display]\n"\\u001b]52;c;aGk=\\u0007x" = 1\n["\\u202eevil"]\n')
    assert config.complaint.isprintable()


def test_a_folder_in_its_place_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "config.toml").mkdir()
    assert "not a regular file" in read_config(tmp_path / "config.toml").complaint


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_no_file_raises(tmp_path: Path, content: bytes) -> None:
    config = read(tmp_path, content)
    assert config.complaint.isprintable()
    assert not (config.problems and config.tables)


def test_the_example_is_valid_and_complete(tmp_path: Path) -> None:
    lines = [line.removeprefix("# ") for line in example().splitlines()[1:]]
    config = read(tmp_path, "\n".join(lines))
    assert not config.problems
    told = {f"{table}.{name}" for table, values in tomli.loads("\n".join(lines)).items() for name in values}
    assert {setting.key for setting in SETTINGS} <= told


def test_costs_fill_only_what_a_scenario_leaves_open() -> None:
    config = Config(Path(), {"costs": {"usd_per_kwh": 0.31, "pue": 1.1}})
    rack = RackSpec(device="h100-sxm5-80gb")
    made = config.with_costs(ScenarioSpec(model="x", rack=rack, money=MoneySpec(pue=1.9)))
    assert made.money.usd_per_kwh == 0.31
    assert made.money.pue == 1.9
    plain = ScenarioSpec(model="x", rack=rack)
    assert Config(Path()).with_costs(plain) is plain


def test_the_file_can_be_elsewhere(tmp_path: Path) -> None:
    assert config_path({}) == config_directory() / "config.toml"
    assert config_path({"ROOFRACK_CONFIG": str(tmp_path / "x.toml")}) == tmp_path / "x.toml"


@pytest.mark.parametrize(
    ("variable", "place", "function"),
    [
        ("XDG_CONFIG_HOME", config_directory, "user_config_path"),
        ("XDG_STATE_HOME", state_directory, "user_state_path"),
    ],
)
def test_places_are_those_of_platformdirs(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, variable: str, place: object, function: str
) -> None:
    unix = pytest.importorskip("platformdirs.unix")
    monkeypatch.setattr("sys.platform", "linux")
    for value in (str(tmp_path), "", None):
        if value is None:
            monkeypatch.delenv(variable)
        else:
            monkeypatch.setenv(variable, value)
        assert place() == getattr(unix.Unix("roofrack", appauthor=False), function)  # type: ignore[operator]


def test_the_readme_has_every_key_and_its_example_is_valid(tmp_path: Path) -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    section = readme[readme.index("## Configuration") :]
    text = section[section.index("```toml") + 7 : section.index("```", section.index("```toml") + 7)]
    assert not read(tmp_path, text).problems
    for setting in SETTINGS:
        assert setting.name in text, setting.key
        assert not setting.variable or setting.variable in readme
