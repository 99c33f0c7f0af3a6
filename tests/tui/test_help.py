"""Help explains every number that a pane shows, with its unit."""

import re

import pytest
from app_tools import LLAMA_70B, TOO_BIG, MakeApp, main_screen, screen_text, settled

from roofrack_tui.meanings import MEANINGS

UNITS = {
    r"\d\s?GiB|\bGiB\b": "GiB",
    r"KiB": "KiB",
    r"tok/s": "tok",
    r"\d\s?ms|\d\s?s\b": "s or ms",
    r"\d\s?%": "%",
    r"/M tok": "US dollars",
    r"/h\b": "an hour",
    r"GB/s": "GB/s",
    r"\d(\.\d+)?B\b": "10^9",
    r"requests at once": "requests at once",
    r"at full context": "at full context",
    r"\btotal\b": "total",
    r"\beach\b": "each",
    r"\busers?\b": "users",
    r"\bTTFT\b": "TTFT",
    r"\bTPOT\b": "TPOT",
    r"\bact\b": "act",
    r"\bovh\b": "ovh",
    r"\bTP\b": "TP",
    r"\bEP\b": "EP",
}
"""What may stand on a pane, and what its explanation then has to say."""


@pytest.mark.parametrize("spec", [LLAMA_70B, TOO_BIG], ids=["fits", "not"])
async def test_every_unit_on_a_pane_is_explained(make_app: MakeApp, spec: object) -> None:
    app = make_app(spec)
    async with app.run_test(size=(200, 60)) as pilot:
        await settled(pilot)
        lines = screen_text(app).splitlines()
        seen = set()
        for pane in main_screen(app).panes:
            x, y, width, height = pane.region
            text = "\n".join(line[x : x + width] for line in lines[y : y + height])
            said = pane.HELP + "\n" + "\n".join(" ".join(meaning) for meaning in MEANINGS[pane.NAME])
            for pattern, explained in UNITS.items():
                if re.search(pattern, text):
                    seen.add(pattern)
                    assert explained in said, (pane.NAME, pattern)
        assert len(seen) >= (15 if spec is LLAMA_70B else 8), seen


async def test_every_pane_has_meanings_and_no_other(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        assert {pane.NAME for pane in main_screen(app).panes} == set(MEANINGS)


async def test_long_explanations_stand_below_themselves_and_the_end_can_be_reached(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("9", "question_mark")
        await settled(pilot)
        shown = screen_text(app)
        for _ in range(20):
            await pilot.press("pagedown")
            await pilot.pause()
            shown += screen_text(app)
        assert "requests at once  how many requests" in shown
        assert re.search(r"│ +before others wait", shown)
        assert "Leave roofrack." in screen_text(app)
