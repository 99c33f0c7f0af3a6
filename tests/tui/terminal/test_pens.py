"""Ways between pens lead where they should, and are short."""

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roofrack_tui.terminal.pens import UNKNOWN_PEN, Pens

codes = st.one_of(
    st.sampled_from(
        ["", "0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "53", "22", "23", "24", "25", "27", "28", "29", "55"]
    ),
    st.sampled_from(["31", "39", "49", "97", "100", "38;5;7", "48;5;255", "38;2;1;2;3", "48;2;9;8;7"]),
    st.sampled_from(["21", "4:3", "58;5;1", "10", "38", "38;2;1", "73"]),  # not modelled, or broken
)
parameters = st.lists(codes, max_size=5).map(";".join)


@given(st.lists(parameters, max_size=4), st.lists(parameters, max_size=4), st.sampled_from(["", "id=1;http://a.b/m"]))
def test_a_way_leads_to_its_target(first: list[str], second: list[str], link: str) -> None:
    pens = Pens()
    source = target = pens.after(UNKNOWN_PEN, "0")
    for step in first:
        source = pens.after(source, step)
    for step in second:
        target = pens.after(target, step)
    target = pens.linked(target, link or ";")
    reached = source
    for sgr, osc in re.findall(r"\x1b\[([\d;:]*)m|\x1b\]8;(.*?)\x1b\\", pens.way(source, target)):
        reached = pens.linked(reached, osc) if osc else pens.after(reached, sgr)
    assert reached == target
    assert (pens.way(source, target) == "") == (source == target)


@pytest.mark.parametrize(
    ("source", "target", "way"),
    [
        ("1;38;2;10;20;30;48;2;1;2;3", "38;2;10;20;30;48;2;1;2;3", "\x1b[22m"),
        ("38;2;10;20;30;48;2;1;2;3", "38;2;11;20;30;48;2;1;2;3", "\x1b[38;2;11;20;30m"),
        ("1;2;3;4", "2;3;4", "\x1b[22;2m"),
        ("1;31;44", "", "\x1b[m"),
        ("31", "31;49", ""),
        ("38;2;10;20;30;7", "38;2;10;20;30", "\x1b[27m"),
        ("1;3;4;9", "32", "\x1b[0;32m"),
        ("21;1", "1", "\x1b[0;1m"),
        ("21", "21;1", "\x1b[0;21;1m"),  # 21 ends bold on some terminals, so it is never mixed with what is on
    ],
)
def test_ways_are_short(source: str, target: str, way: str) -> None:
    pens = Pens()
    default = pens.after(UNKNOWN_PEN, "")
    assert pens.way(pens.after(default, source), pens.after(default, target)) == way


def test_attributes_are_unknown_until_a_reset() -> None:
    pens = Pens()
    assert not pens.is_known(pens.after(UNKNOWN_PEN, "1;31"))
    assert pens.is_known(pens.after(UNKNOWN_PEN, "1;0;31"))
    assert not pens.is_known(pens.blurred(pens.after(UNKNOWN_PEN, "0")))


def sent(pens: Pens, order: list[int]) -> int:
    """Bytes that it takes to go through the pens."""
    start = pens.after(UNKNOWN_PEN, "0")
    return sum(len(pens.way(a, b)) for a, b in pairwise([start, *order]))


def test_pens_of_one_background_follow_each_other() -> None:
    pens = Pens()
    start = pens.after(UNKNOWN_PEN, "0")
    red, blue, green = (pens.after(start, code) for code in ("31;48;5;200", "34;48;5;100", "32;48;5;200"))
    order = pens.in_order(start, [red, blue, green])
    assert order == [red, green, blue]
    assert sent(pens, [red, blue, green]) - sent(pens, order) == len(";48;5;200")


def test_the_first_of_the_pens_is_the_nearest() -> None:
    pens = Pens()
    start = pens.after(UNKNOWN_PEN, "0")
    far, near = pens.after(start, "38;2;1;2;3;48;2;1;2;3"), pens.after(start, "1")
    assert pens.in_order(start, [far, near]) == [near, far]


def test_many_pens_are_put_in_order_by_background_too() -> None:
    pens = Pens()
    start = pens.after(UNKNOWN_PEN, "0")
    given = [pens.after(start, f"38;5;{n};48;5;{200 + n % 2}") for n in range(100)]
    order = pens.in_order(start, given)
    assert sorted(order) == sorted(given)
    changes = sum(len(pens.way(a, b)) > len("\x1b[38;5;100m") for a, b in pairwise(order))
    assert changes == 1


def test_the_same_pens_are_put_in_order_once_and_only_so_many_orders_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    pens = Pens()
    start = pens.after(UNKNOWN_PEN, "0")
    given = [pens.after(start, str(code)) for code in range(30, 38)]
    order = pens.in_order(start, given)
    assert pens.in_order(start, reversed(given)) is order
    assert sorted(pens.in_order(given[0], given[1:])) == given[1:]  # another start is another question
    monkeypatch.setattr("roofrack_tui.terminal.pens._MAX_ORDERS", 2)
    assert pens.in_order(start, given[:2]) is not order
    assert pens.in_order(start, given) == order
    assert pens.in_order(start, given) is not order  # it was forgotten, and found again
