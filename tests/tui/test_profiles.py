"""A profile of one's own measurements, chosen in the app."""

from __future__ import annotations

from pathlib import Path

import pytest
from app_tools import LLAMA_70B, MakeApp, main_screen, saved_profile, screen_text, settled

from roofrack.catalog import Catalog
from roofrack.plan import plan
from roofrack_tui.profiles import SHIPPED, profile_picks


@pytest.fixture(autouse=True)
def own_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))


def test_profiles_of_this_machine_come_first_and_broken_ones_say_why(whole_catalog: Catalog) -> None:
    saved_profile("a-far-away", device="l40s")
    saved_profile("z-here", stream=0.8)
    broken = saved_profile("m-broken")
    broken.write_text("adjustments = 3\n", encoding="utf-8")
    found = profile_picks(plan(LLAMA_70B), whole_catalog)
    assert [pick.id for pick in found] == [SHIPPED, "z-here", "a-far-away", "m-broken"]
    assert "memory ×0.80" in found[1].detail
    assert found[1].facts == ("vLLM on H100 SXM5 80GB", "error 30 % → 4 %")
    assert found[2].detail.endswith("here it is a guess.")
    assert found[2].facts[0] == "vLLM on L40S"
    assert found[2].detail.startswith("6 measurements of Llama 3.1 70B, ")
    assert {"l40s", "vllm"} <= set(found[2].sought.split()), "ids are found too"
    assert "adjustments" in found[3].off


async def test_without_any_it_says_how_to_make_one(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await pilot.press("C")
        await settled(pilot)
        assert "no profile of your own yet" in screen_text(app)


async def test_choosing_one_slows_the_plan_and_undo_takes_it_back(make_app: MakeApp) -> None:
    saved_profile("slow", stream=0.5)
    app = make_app()
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        store = main_screen(app).store
        before = store.plan
        await pilot.press("C")
        await settled(pilot)
        assert "error 30 % → 4 %" in screen_text(app)
        await pilot.press("down", "enter")
        await settled(pilot)
        assert store.spec.profile == "slow"
        assert store.plan.at is not None
        assert before.at is not None
        assert store.plan.at.tpot_s.mid > 1.1 * before.at.tpot_s.mid
        await pilot.press("C")
        await settled(pilot)
        await pilot.press("up", "enter")
        await settled(pilot)
        assert store.spec.profile is None
        await pilot.press("z")
        await settled(pilot)
        assert store.spec.profile == "slow"
