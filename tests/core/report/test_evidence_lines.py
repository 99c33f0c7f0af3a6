"""Measurements near a plan in words: the headless report, the derivation of a number and the screen say one error alike."""

import pytest
from tests.core.evidence.conftest import ROW

from roofrack.evidence.nearest import Evidence
from roofrack.report.evidence import evidence_line, evidence_rows
from roofrack.results import Band


@pytest.mark.parametrize(("factor", "said"), [(0.998, "0 %"), (1.002, "0 %"), (1.16, "+16 %"), (0.9, "-10 %")])
def test_an_error_of_nothing_has_no_sign(factor: float, said: str) -> None:
    assert ROW.value is not None
    mid = ROW.value * factor
    near = Evidence(ROW, 0.0, (), Band(mid, mid, mid))
    assert f" ({said}); " in evidence_line(near)
    assert evidence_rows((near,))[0][4] == said
