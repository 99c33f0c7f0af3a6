import ast
import re
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import roofrack
import roofrack_tui
from roofrack.text import clean, in_ascii


@pytest.mark.parametrize(
    ("outside", "shown"),
    [
        ("Llama 3.1 8B", "Llama 3.1 8B"),
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]52;c;ZWNobyBoaQ==\x07name", "name"),
        ("\x1b]52;c;ZWNobyBoaQ==\x1b\\name", "name"),
        ("\x1b]0;unfinished", ""),
        ("\x9b31mred", "red"),
        ("\x1bPq#0;2\x1b\\after", "after"),
        ("a\r\n\tb", "a b"),
        ("\u202egnp.exe", "gnp.exe"),
        ("zero\u200bwidth\ufeff", "zerowidth"),
        ("[bold]markup[/bold] stays text", "[bold]markup[/bold] stays text"),
        ("通义千问 7B", "通义千问 7B"),
        ("bell\x07 back\x08space", "bell backspace"),
        ("between \x00 spaces", "between spaces"),
        ("", ""),
    ],
)
def test_clean(outside: str, shown: str) -> None:
    assert clean(outside) == shown


def test_long_text_is_cut_with_an_ellipsis() -> None:
    assert clean("x" * 10_000, limit=20) == "x" * 19 + "…"


@given(st.text(max_size=300))
def test_nothing_unprintable_is_left(text: str) -> None:
    shown = clean(text)
    assert len(shown) <= 200
    assert "\x1b" not in shown
    assert not any(unicodedata.category(c) in {"Cc", "Cf", "Cs", "Zl", "Zp"} for c in shown)
    assert not re.search(r"\s\s", shown)
    assert clean(shown) == shown


@pytest.mark.parametrize("raised", "²⁶⁹ⁿ")
def test_a_power_does_not_become_a_digit_in_ascii(raised: str) -> None:
    assert in_ascii(f"10{raised}") == "10?"


def test_nothing_shown_needs_raised_digits() -> None:
    raised = re.compile(r"\w[⁰¹²³⁴⁵⁶⁷⁸⁹ⁿ]")
    sources = [path for package in (roofrack, roofrack_tui) for path in Path(package.__file__).parent.rglob("*.py")]
    suspects = [path for path in sources if raised.search(path.read_text("utf-8"))]
    for path in suspects:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, (ast.Call, ast.Assign)):  # docstrings stand alone
                said = [one.value for one in ast.walk(node) if isinstance(one, ast.Constant)]
                assert not any(isinstance(one, str) and raised.search(one) for one in said), (path, said)
