import dataclasses
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roofrack.domain import (
    DenseMlp,
    LayerGroup,
    Model,
    MoeMlp,
    Parallel,
    RackSpec,
    ScenarioSpec,
    SoftmaxAttention,
    Workload,
)
from roofrack.domain.base import Frozen, Source, _apply, version_numbers
from roofrack.errors import InputError
from roofrack.validation import trusted, validated

SMALL = {
    "id": "org/small",
    "name": "Small",
    "hidden": 64,
    "vocab": 100,
    "max_context_tokens": 512,
    "source": {"text": "made for this test"},
    "layers": [
        {
            "count": 2,
            "attention": {"kind": "softmax", "heads": 8, "kv_heads": 2, "head_dim": 8},
            "mlp": {"kind": "moe", "experts": 4, "experts_per_token": 2, "expert_width": 32},
        }
    ],
}


def changed(path: tuple[str | int, ...], value: object) -> dict[str, object]:
    import copy

    data: dict[str, object] = copy.deepcopy(SMALL)
    place: object = data
    for key in path[:-1]:
        place = place[key]  # type: ignore[index]
    place[path[-1]] = value  # type: ignore[index]
    return data


def test_pydantic_and_the_plain_constructor_agree() -> None:
    assert validated(Model, SMALL, "x") == trusted(Model, SMALL)


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        (("hidden",), "64", "x.toml: hidden:"),
        (("hidden",), True, "x.toml: hidden:"),
        (("hidden",), -1, "hidden: must be at least 1"),
        (("hidden",), 10**12, "hidden: must be at least 1"),
        (("hidden",), float("nan"), "x.toml: hidden"),
        (("colour",), "red", "x.toml: colour: unknown key"),
        (("id",), "two words", "is not an id"),
        (("id",), "", "is not an id"),
        (("layers",), {}, "x.toml: layers:"),
        (("layers",), [], "layers"),
        (("layers", 0, "attention", "kv_heads"), 3, "kv_heads 3 does not divide heads 8"),
        (("layers", 0, "attention", "kind"), "magic", "kind: must be one of latent, recurrent, softmax"),
        (("layers", 0, "mlp", "experts_per_token"), 9, "experts_per_token 9 exceeds experts 4"),
        (("layer_pattern",), "AB", "layer_pattern"),
    ],
)
def test_bad_values_are_named(path: tuple[str | int, ...], value: object, said: str) -> None:
    with pytest.raises(InputError) as caught:
        validated(Model, changed(path, value), "x.toml")
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_key_is_named() -> None:
    data = {key: value for key, value in SMALL.items() if key != "vocab"}
    with pytest.raises(InputError, match=r"x\.toml: vocab: missing"):
        validated(Model, data, "x.toml")


def test_deep_nesting_is_refused() -> None:
    deep: list[object] = []
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(InputError):
        validated(Model, {**SMALL, "layers": deep}, "x.toml")


def test_frozen() -> None:
    model = trusted(Model, SMALL)
    with pytest.raises(dataclasses.FrozenInstanceError):
        model.hidden = 1  # type: ignore[misc]
    with pytest.raises(dataclasses.FrozenInstanceError):
        del model.hidden
    assert hash(model) == hash(trusted(Model, SMALL))
    assert dataclasses.replace(model, hidden=128).hidden == 128


def test_constructor_names_unknown_and_missing_fields() -> None:
    with pytest.raises(TypeError, match="missing width"):
        DenseMlp()  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="unknown depth"):
        DenseMlp(width=1, depth=2)  # type: ignore[call-arg]


def test_outside_text_is_cleaned() -> None:
    source = Source(text="\x1b]52;c;aGk=\x07see [b]here[/b]")
    assert source.text == "see [b]here[/b]"


def test_workload_must_fit_its_context() -> None:
    with pytest.raises(ValueError, match="prompt 100 \\+ output 29 tokens exceed the context of 128"):
        Workload(prompt_tokens=100, output_tokens=29, context_tokens=128, concurrencies=(1,))


@given(st.integers())
def test_concurrency_is_bounded(value: int) -> None:
    if 1 <= value <= 1_000_000:
        assert Workload(context_tokens=4096, concurrencies=(value,)).concurrencies == (value,)
    else:
        with pytest.raises(ValueError, match="concurrencies"):
            Workload(context_tokens=4096, concurrencies=(value,))


def test_layer_order_follows_the_pattern() -> None:
    window = SoftmaxAttention(heads=8, kv_heads=8, head_dim=8, window_tokens=16)
    full = SoftmaxAttention(heads=8, kv_heads=8, head_dim=8)
    groups = (
        LayerGroup(count=5, letter="S", attention=window, mlp=DenseMlp(width=8)),
        LayerGroup(count=1, letter="F", attention=full, mlp=DenseMlp(width=8)),
    )
    model = Model(
        id="a",
        name="a",
        hidden=8,
        vocab=8,
        layers=groups,
        layer_pattern="SSSSSF",
        max_context_tokens=8,
        source=Source(text="t"),
    )
    assert model.order == "SSSSSF"
    assert model.attention_kind == "MHA+window"


def test_experts_need_company() -> None:
    with pytest.raises(ValueError, match="experts"):
        MoeMlp(experts=1, experts_per_token=1, expert_width=8)


def test_parallel_degrees_multiply() -> None:
    assert Parallel(tp=4, pp=2, dp=3).devices == 24


def test_versions_compare_as_numbers() -> None:
    assert version_numbers("0.11.0") > version_numbers("0.9.2")
    with pytest.raises(ValueError, match="engine_version"):
        ScenarioSpec(model="m", rack=RackSpec(device="d"), engine_version="latest")


def every_kind(kind: type[Frozen]) -> Iterator[type[Frozen]]:
    for sub in kind.__subclasses__():
        yield sub
        yield from every_kind(sub)


def test_every_default_is_as_it_must_be() -> None:
    """A value that is the default is not checked again when an object is made."""
    checked = 0
    for kind in every_kind(Frozen):
        for name, many, check in kind._checks:
            default = kind._defaults[name]
            if default is dataclasses.MISSING or default is None:
                continue
            values = default if many else (default,)
            assert tuple(_apply(check, name, value) for value in values) == tuple(values), (kind, name)
            checked += 1
    assert checked > 50


def test_missing_and_unknown_fields_are_named() -> None:
    with pytest.raises(TypeError, match=r"^Source: missing text$"):
        Source()
    with pytest.raises(TypeError, match=r"^Source: unknown confidant, origin$"):
        Source(text="a", origin="b", confidant="c")


def test_a_form_is_asked_for_every_time() -> None:
    rack = RackSpec(device="h100-sxm5-80gb")
    for _ in range(2):
        assert ScenarioSpec(model="llama-3.1-8b", rack=rack, engine_version="0.11.0").engine_version == "0.11.0"
        with pytest.raises(ValueError, match="engine_version: 'eleven' is not a plain version"):
            ScenarioSpec(model="llama-3.1-8b", rack=rack, engine_version="eleven")
