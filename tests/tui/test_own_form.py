"""The form of a preset of one's own: what it says while it is filled in."""

from app_tools import MakeApp, screen_text, settled

from roofrack_tui.widgets.form import FormField

SIZE = (120, 40)


async def test_what_is_refused_is_said_at_its_question_and_what_is_missing_when_it_is_saved(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await pilot.press("2", "n")
        await settled(pilot)
        fields = {field.blank.key: field for field in app.screen.query(FormField)}
        fields["id"].value = "lab-gpu"
        await settled(pilot)
        assert "! " not in screen_text(app), "nothing is wrong yet"
        assert "still to be answered: vendor, for example nvidia, amd" in screen_text(app)
        await pilot.press("ctrl+s")
        await settled(pilot)
        assert app.focused is fields["vendor"]
        assert screen_text(app).count("! ") == 2, "at the question and at the foot"
        fields["vendor"].value = "nvidia"
        fields["memory_gib"].value = "much"
        await settled(pilot)
        assert "! memory, GiB: 'much' is not a number" in screen_text(app)
        fields["memory_gib"].value = "96"
        await settled(pilot)
        assert "! " not in screen_text(app)
