"""Class defaults of transformers 5.23.0, counted by its own modelling code built without weights.

`tests/data/modelling_counts.json` holds the configuration and the parameters of the text decoder for each; entries with a
star are variations (dense layers between, shared caches, other steps) that the defaults do not show.
"""

import json
from pathlib import Path

import pytest
from tests.core.readers.making import DATA

from roofrack.memory.weights import total_params
from roofrack.readers import families, kinds, recurrent, special
from roofrack.readers.config import read_config

CASES = json.loads((DATA / "modelling_counts.json").read_text())
EXPLAINED = {
    "longcat_flash": "this release builds weights for experts that do nothing; the checkpoint has 560 B, as read here",
    "mimo_v2_flash": "this release takes the widths of windowed layers from code; checkpoints state them (`swa_*`)",
}


def _counted(name: str) -> int:
    return total_params(read_config(CASES[name]["config"], Path(name), name)[0])


@pytest.mark.parametrize("name", sorted(CASES))
def test_counts_are_those_of_the_modelling_code(name: str) -> None:
    if name in EXPLAINED:
        assert _counted(name) != CASES[name]["params"], "the reason no longer holds"
        return
    assert _counted(name) == pytest.approx(CASES[name]["params"], rel=1e-4)


def test_most_counts_are_exact() -> None:
    exact = sum(_counted(name) == CASES[name]["params"] for name in CASES)
    assert exact >= 0.75 * len(CASES) > 130


def test_every_row_of_the_table_of_families_names_rules_that_exist() -> None:
    for model_type in families.model_types():
        found = families.family(model_type)
        assert found is not None
        assert found.kinds in kinds.RULES
        assert found.builder in {*special.BUILDERS, "searched"}
        assert found.linear in {"", *recurrent.VARIANTS}
        assert not found.text or families.family(found.text) is not None
        assert found.matrices in (2, 3)


def test_a_class_name_belongs_to_one_family() -> None:
    names = [name for t in families.model_types() for name in (families.family(t) or families.Family(t)).architectures]
    assert len(names) == len(set(names))
