"""What a file of somebody else gets wrong is said at the place where it is, and never as a traceback."""

import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roofrack.domain.base import Frozen
from roofrack.domain.device import Device
from roofrack.domain.model import Model
from roofrack.domain.scenario import ScenarioSpec
from roofrack.errors import InputError
from roofrack.validation import trusted, validated

ATTENTION = {"kind": "softmax", "heads": 8, "kv_heads": 2, "head_dim": 8}
MODEL: dict[str, Any] = {
    "id": "lab/tiny",
    "name": "Tiny",
    "hidden": 64,
    "vocab": 1000,
    "max_context_tokens": 2048,
    "layers": [{"count": 2, "attention": ATTENTION, "mlp": {"kind": "dense", "width": 128}}],
    "source": {"text": "config.json"},
}
DEVICE: dict[str, Any] = {
    "id": "x",
    "name": "X",
    "vendor": "nvidia",
    "architecture": "Hopper",
    "memory_mib": 1000,
    "bandwidth_gb_s": 100,
    "rates": {},
    "source": {"text": "here"},
}
SCENARIO: dict[str, Any] = {"model": "m", "rack": {"device": "d"}}


def _attention(**changes: Any) -> dict[str, Any]:
    return {"layers": [{"count": 2}, {"count": 2, "attention": ATTENTION | changes}]}


@pytest.mark.parametrize(
    ("cls", "data", "complaint"),
    [
        (Model, MODEL | {"hidden": -1}, "hidden: must be at least 1 and at most 10,000,000, not -1"),
        (Model, MODEL | {"hidden": 10**400}, "hidden: must be at least 1 and at most 10,000,000, not that"),
        (Model, MODEL | {"hidden": "64"}, "hidden: must be a whole number"),
        (Model, MODEL | {"hidden": 1.5}, "hidden: must be a whole number"),
        (Model, MODEL | {"hidden": True}, "hidden: must be a whole number"),
        (Model, MODEL | {"Hidden": 1}, "Hidden: unknown key"),
        (Model, MODEL | {"layers": 3}, "layers: must be a list"),
        (Model, MODEL | {"source": "me"}, "source: must be a table"),
        (Model, MODEL | {"source": {}}, "source.text: missing"),
        (Model, MODEL | {"source": {"text": "a", "confidence": "D"}}, "source.confidence: must be one of A, B, C"),
        (
            Model,
            MODEL | {"aliases": ["ok", "not ok"]},
            "aliases: 'not ok' is not an id (letters, digits and . _ + @ : / -)",
        ),
        (
            Model,
            MODEL | _attention(heads=-8),
            "layers.2.attention.heads: must be at least 1 and at most 10,000,000, not -8",
        ),
        (Model, MODEL | _attention(kv_heads=3), "layers.2.attention: kv_heads 3 does not divide heads 8"),
        (Model, MODEL | _attention(kind="x"), "layers.2.attention.kind: must be one of latent, recurrent, softmax"),
        (Model, MODEL | _attention(Foo=1), "layers.2.attention.Foo: unknown key"),
        (Device, DEVICE | {"vendor": "nvidea"}, "vendor: must be one of nvidia, amd, intel, apple, google, aws, cpu"),
        (Device, DEVICE | {"rates": {"fp8": 0}}, "rates.fp8: must be above 0 and at most 1e+15, not 0"),
        (Device, DEVICE | {"rates": {"fp8": float("nan")}}, "rates.fp8: must be a finite number"),
        (Device, DEVICE | {"unified_memory": 1}, "unified_memory: must be true or false"),
        (
            ScenarioSpec,
            SCENARIO | {"rack": {"device": "d", "nodes": 0}},
            "rack.nodes: must be at least 1 and at most 4,096, not 0",
        ),
        (
            ScenarioSpec,
            SCENARIO | {"workload": {"load": "heavy"}},
            "workload.load: must be one of single, batch, closed, poisson, saturated",
        ),
    ],
)
def test_complaints(cls: type[Frozen], data: dict[str, Any], complaint: str) -> None:
    with pytest.raises(InputError) as error:
        validated(cls, data, "my.toml")
    assert str(error.value) == f"my.toml: {complaint}"


def test_numbers_beyond_printing_are_refused() -> None:
    with pytest.raises(InputError, match=r"my\.toml: "):
        validated(Model, MODEL | {"hidden": 10**10_000}, "my.toml")


def test_a_toml_date_is_taken_as_text() -> None:
    assert validated(Model, MODEL | {"released": datetime.date(2026, 7, 1)}, "my.toml").released == "2026-07-01"


@pytest.mark.parametrize(("cls", "data"), [(Model, MODEL), (Device, DEVICE), (ScenarioSpec, SCENARIO)])
def test_both_ways_make_the_same_object(cls: type[Frozen], data: dict[str, Any]) -> None:
    assert trusted(cls, data) == validated(cls, data, "my.toml")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)


@given(st.sampled_from(sorted(MODEL)), JSON)
def test_any_value_anywhere_is_taken_or_refused_in_words(key: str, value: Any) -> None:
    complaint = _complaint(MODEL | {key: value})
    assert complaint is None or complaint.startswith("my.toml: ")
    assert complaint is None or complaint.isprintable()


def _complaint(data: dict[str, Any]) -> str | None:
    try:
        validated(Model, data, "my.toml")
    except InputError as error:
        return str(error)
    return None
