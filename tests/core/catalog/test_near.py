"""Did you mean."""

from hypothesis import given
from hypothesis import strategies as st

from roofrack.catalog.near import near

NAMES = {name: name for name in ("qwen3.5-9b", "qwen3-8b", "qwen3-14b", "llama-3.1-8b", "llama-3.1-70b", "mistral-7b")}


def test_whole_words_come_before_longer_ones() -> None:
    assert near("qwen3", NAMES)[:2] == ("qwen3-8b", "qwen3-14b")


def test_a_name_that_ends_there_comes_before_one_that_goes_on() -> None:
    names = {name: name for name in ("h1000-pcie", "h100-pcie")}
    assert near("h100", names) == ("h100-pcie", "h1000-pcie")


def test_a_word_in_another_order_is_found() -> None:
    assert near("70b llama", NAMES) == ("llama-3.1-70b",)


def test_a_slip_of_the_finger_is_found() -> None:
    assert near("mistal-7b", NAMES)[0] == "mistral-7b"


def test_an_alias_offers_its_id_once() -> None:
    assert near("llama", {"llama-3": "meta/llama", "llama-three": "meta/llama"}) == ("meta/llama",)


def test_nothing_alike_offers_nothing() -> None:
    assert near("zzz", NAMES) == ()
    assert near("", NAMES) == ()


@given(st.text(max_size=200), st.integers(0, 6))
def test_offers_are_known_ids_each_once_and_not_too_many(wanted: str, most: int) -> None:
    found = near(wanted, NAMES, most=most)
    assert len(found) == len(set(found)) <= most
    assert set(found) <= set(NAMES.values())
