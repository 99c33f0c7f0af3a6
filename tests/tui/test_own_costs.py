"""Costs of the configuration in the app: a scenario that is opened gets them where it leaves them open, and no further."""

from pathlib import Path

from app_tools import MakeApp, main_screen, settled

from roofrack.config import Config
from roofrack.report.scenario_toml import dump

OWN = Config(Path(), {"costs": {"usd_per_kwh": 0.31}})


async def test_a_scenario_that_is_opened_gets_them(make_app: MakeApp) -> None:
    app = make_app(config=OWN)
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        store = main_screen(app).store
        before = store.spec
        await pilot.press("o", *"8b-one", "enter")
        await settled(pilot)
        assert store.spec.model != before.model
        assert store.spec.money.usd_per_kwh == 0.31
        assert "usd_per_kwh = 0.31" in dump(store.spec)  # and says so to whoever reads it elsewhere
        await pilot.press("z")
        assert store.spec == before


async def test_one_that_has_its_own_keeps_it(make_app: MakeApp, tmp_path: Path) -> None:
    app = make_app(config=OWN)
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        screen = main_screen(app)
        file = tmp_path / "mine.toml"
        file.write_text(dump(screen.store.spec) + "\n[money]\nusd_per_kwh = 0.05\n", encoding="utf-8")
        await pilot.press("o", *str(file), "enter")
        await settled(pilot)
        assert screen.store.spec.money.usd_per_kwh == 0.05
