"""What ships of ACCURACY.md is what it says."""

from scripts.compact_accuracy import REPORT, TABLE, compact

from roofrack.evidence.not_modelled import NOT_MODELLED
from roofrack.evidence.published import COLUMNS, published


def test_the_shipped_tables_are_those_of_the_report() -> None:
    assert TABLE.read_text(encoding="utf-8") == compact(REPORT.read_text(encoding="utf-8"))


def test_a_table_line_becomes_fractions() -> None:
    head = "| |" + "".join(f" {title}: n | median | mean | bias |" for title in COLUMNS)
    cells = "1,878 | 8.7% | 24.1% | +0.6% | 12 | 17.0% | 39.0% | -5.7% | 0 | | | |"
    text = f"## By engine and metric\n\n{head}\n|---|---:|\n| vllm, tpot | {cells}\n\nprose | with a bar\n"
    assert compact(text).splitlines()[1:] == [
        "By engine and metric\tvllm, tpot\t1878\t0.087\t0.241\t0.006\t12\t0.17\t0.39\t-0.057\t0\t\t\t"
    ]


def test_every_score_is_there() -> None:
    found = published()
    sections = {one.section for one in found}
    assert {
        "Summary",
        "Summary of what is fitted",
        "By engine and metric",
        "By class of devices and metric",
    } <= sections
    assert all(len(one.scores) == len(COLUMNS) for one in found)
    assert found[0].scores[0].n > 1000
    assert all(score.median is not None for score in found[0].scores)


def test_what_is_fitted_is_part_of_everything() -> None:
    everything, fitted = (
        [one for one in published() if one.section == section] for section in ("Summary", "Summary of what is fitted")
    )
    assert [one.name for one in everything] == [one.name for one in fitted]
    for one, part in zip(everything, fitted, strict=True):
        assert all(score.n >= of_part.n for score, of_part in zip(one.scores, part.scores, strict=True))
    assert sum(one.scores[0].n for one in fitted) < sum(one.scores[0].n for one in everything)


def test_the_report_carries_the_list_of_what_is_not_modelled() -> None:
    text = REPORT.read_text(encoding="utf-8").partition("## Not modelled")[2].partition("\n## ")[0]
    assert [line[2:] for line in text.splitlines() if line.startswith("- ")] == [
        f"{one.what}: {one.errs}" for one in NOT_MODELLED
    ]
