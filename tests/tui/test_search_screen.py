"""The filter of lists: words first, then letters in order, in no time whatever is typed."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roofrack_tui.search import best

NAMES = ["Llama 2 70B", "Llama 3 70B", "Llama 3.1 70B", "CodeLlama 70B", "Qwen3 32B", "Gemma 3 27B", "Mixtral 8x7B"]


def found(typed: str) -> list[str]:
    return best(typed, NAMES, str)


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("llama 3", "Llama 3 70B"),
        ("70b llama", "Llama 2 70B"),
        ("l370", "Llama 3 70B"),
        ("qn32", "Qwen3 32B"),
        ("8x7", "Mixtral 8x7B"),
    ],
)
def test_what_comes_first(typed: str, first: str) -> None:
    assert found(typed)[0] == first


def test_words_that_begin_come_before_words_inside() -> None:
    assert found("llama")[-1] == "CodeLlama 70B"
    assert len(found("llama")) == 4


def test_nothing_typed_keeps_the_order() -> None:
    assert found("  ") == NAMES


def test_nothing_matches() -> None:
    assert found("zzz") == []


def test_leaning_on_a_key_takes_no_time() -> None:
    text = "a" * 200 + " " + "ab" * 200
    started = time.process_time()
    assert best("a" * 400, [text] * 300, str)
    assert best("ab" * 100 + "c", [text] * 300, str) == []
    assert time.process_time() - started < 5  # it took for ever


@given(st.text(max_size=30), st.lists(st.text(max_size=20), max_size=8))
def test_finds_some_of_the_rows_once(typed: str, rows: list[str]) -> None:
    numbers = best(typed, range(len(rows)), lambda number: rows[number])
    assert len(set(numbers)) == len(numbers) <= len(rows)


@given(st.lists(st.text(alphabet="abc123 ", min_size=1, max_size=12), min_size=1, max_size=8), st.data())
def test_a_row_is_found_by_its_own_text(rows: list[str], data: st.DataObject) -> None:
    row = data.draw(st.sampled_from(rows))
    assert row in best(row, rows, str)
