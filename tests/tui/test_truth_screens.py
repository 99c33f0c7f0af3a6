"""Why, evidence and accuracy as pictures."""

from __future__ import annotations

import pytest
from app_tools import MakeApp
from test_screens import Compare, look


@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize(
    ("name", "keys"),
    [("why", ["w"]), ("why_tpot", ["w", "right"]), ("evidence", ["e"]), ("accuracy", ["A"])],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_can_be_believed(
    snap_compare: Compare, make_app: MakeApp, size: tuple[int, int], name: str, keys: list[str]
) -> None:
    look(snap_compare, make_app(), size, *keys)
