"""Three own points of a configuration are worth having: on all configurations that ship."""

from statistics import median

from scripts.check_own_profile import LEAST_POINTS, OWN_POINTS, outcomes


def test_three_points_predict_the_rest_and_seldom_do_harm() -> None:
    found, refused = outcomes()
    assert len(found) > 60
    assert len(refused) <= 1
    assert all(len(one.after) >= LEAST_POINTS - OWN_POINTS for one in found)
    before, after = ([error for one in found for error in getattr(one, when)] for when in ("before", "after"))
    assert median(after) <= 0.05
    assert median(after) < 0.8 * median(before)
    assert sum(one.worse for one in found) <= 0.08 * len(found)
