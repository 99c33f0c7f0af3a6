"""The memo keys by object, not by value or number."""

import gc
import weakref

from roofrack.memory.identity import memo_by_identity


class Box:
    def __init__(self, value: int) -> None:
        self.value = value

    def __eq__(self, other: object) -> bool:
        return True

    def __hash__(self) -> int:
        return 0


def test_equal_objects_have_their_own_results_and_each_is_computed_once() -> None:
    calls = []

    @memo_by_identity(limit=8)
    def read(box: Box) -> int:
        calls.append(box.value)
        return box.value

    one, two = Box(1), Box(2)
    assert [read(one), read(two), read(one), read(two)] == [1, 2, 1, 2]
    assert calls == [1, 2]


def test_a_freed_object_never_lends_its_result_to_the_next() -> None:
    @memo_by_identity(limit=3)
    def read(box: Box) -> int:
        return box.value

    for number in range(200):
        assert read(Box(number)) == number
        gc.collect(0)


def test_no_more_objects_are_held_than_the_limit() -> None:
    @memo_by_identity(limit=3)
    def read(box: Box) -> int:
        return box.value

    held = []
    for number in range(20):
        box = Box(number)
        held.append(weakref.ref(box))
        read(box)
        del box
        gc.collect(0)
        assert 1 <= sum(one() is not None for one in held) <= 3
