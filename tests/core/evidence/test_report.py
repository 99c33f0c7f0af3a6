"""The accuracy report in Markdown."""

from scripts.accuracy_report import LEAST, report
from tests.core.evidence.conftest import ROW

from roofrack.evidence.accuracy import Accuracy, Point
from roofrack.results import Band


def test_small_groups_are_left_out_and_the_rest_is_a_table() -> None:
    points = [Point(ROW, Band(0.009, 0.011, 0.012), 0.01)] * LEAST
    points += [Point(ROW._replace(metric="ttft"), Band(1, 1, 1), 1)] * (LEAST - 1)
    text = report(Accuracy(30, tuple(points), {"unknown model x": 11}, ()))
    assert f"| tpot | closed | {LEAST} | 10.0 % | 10.0 % | 10.0 % | +10.0 % | 100 % | 100 % |" in text
    assert "ttft" not in text
    assert "| unknown model x | 11 |" in text
