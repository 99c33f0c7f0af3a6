import pytest

from roofrack_tui.raster.frame import Curves, make_frame
from roofrack_tui.raster.ink import PLAIN, Canvas, plain_text
from roofrack_tui.raster.labels import label_level
from roofrack_tui.raster.look import Look
from roofrack_tui.raster.plot import Plot
from roofrack_tui.raster.spec import ChartSpec


@pytest.mark.parametrize(("others", "where"), [((), 2), ((3,), 2), ((2, 3), 4), ((2, 3, 4), None)])
def test_the_label_of_a_level_never_stands_on_another_level(others: tuple[int, ...], where: int | None) -> None:
    canvas = Canvas(40, 8)
    plot = Plot(canvas, make_frame(ChartSpec(), Curves.of(ChartSpec()), 40, 8, Look()))
    for column in range(plot.width):
        plot.put(column, 3, "x", PLAIN, take=True)  # its own row has no room
    label_level(plot, 3, ["its name"], PLAIN, "…", others)
    rows = [n for n, row in enumerate(plain_text(canvas.rows())) if "its name" in row]
    assert rows == ([] if where is None else [plot.frame.top + where])
