"""Files of measurements: tolerant where a person is careless, exact about what is wrong, never a traceback."""

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roofrack.errors import InputError
from roofrack.evidence.measurement import Measurement, parse_measurements, read_measurements

HEADER = "engine,model,gpu,metric,value"


def rows(text: str) -> list[Measurement]:
    return list(parse_measurements(text, "own.csv"))


def test_columns_in_any_order_case_and_spacing() -> None:
    found = rows(" Value ,METRIC,gpu,model,engine,unknown\n 0.02 , tpot ,h100,m,vllm,extra\n")
    assert (found[0].value, found[0].metric, found[0].gpu, found[0].problem) == (0.02, "tpot", "h100", "")
    assert found[0].others == (("unknown", "extra"),)


def test_empty_lines_and_a_byte_order_mark_are_ignored(tmp_path: Path) -> None:
    path = tmp_path / "own.csv"
    path.write_bytes(b"\xef\xbb\xbf" + f"{HEADER}\r\n\r\nvllm,m,g,tpot,1\r\n,,,,\r\n".encode())
    assert [row.row for row in read_measurements(path)] == [0]


@pytest.mark.parametrize(
    ("cell", "problem"),
    [
        ("fast", "column value is not a number"),
        ("nan", "column value is not a finite number"),
        ("1e999", "column value is not a finite number"),
        ("-3", "column value is not above 0"),
        ("0", "column value is not above 0"),
        ("", "column value is empty"),
        ("9" * 400, "column value is not a number"),
    ],
)
def test_a_bad_value_marks_its_row_and_names_the_column(cell: str, problem: str) -> None:
    found = rows(f"{HEADER}\nvllm,m,g,tpot,{cell}\nvllm,m,g,tpot,0.5\n")
    assert found[0].problem == problem
    assert (found[1].problem, found[1].value) == ("", 0.5)


@pytest.mark.parametrize(
    ("column", "cell", "problem"),
    [
        ("gpus", "2.5", "column gpus is not a count from 1 to 1,000,000"),
        ("tp", "0", "column tp is not a count from 1 to 1,000,000"),
        ("concurrency", "1e12", "column concurrency is not a count from 1 to 1,000,000"),
        ("prompt_tokens", "-1", "column prompt_tokens is not a number of tokens"),
        ("unit", "furlongs", "column unit 'furlongs' does not measure tpot"),
    ],
)
def test_other_bad_cells_are_named(column: str, cell: str, problem: str) -> None:
    assert rows(f"{HEADER},{column}\nvllm,m,g,tpot,1,{cell}\n")[0].problem == problem


@pytest.mark.parametrize(
    ("metric", "unit", "value", "expected"),
    [
        ("tpot", "ms", 20, 0.02),
        ("ttft", "s", 2, 2),
        ("weights_memory_per_gpu", "GB", 2**30 / 1e9, 1),
        ("kv_memory_per_gpu", "MiB", 512, 0.5),
        ("output_tokens_per_s", "tok/s", 7, 7),
    ],
)
def test_units_are_converted(metric: str, unit: str, value: float, expected: float) -> None:
    found = rows(f"{HEADER},unit\nvllm,m,g,{metric},{value},{unit}\n")
    assert found[0].value == pytest.approx(expected)


def test_a_run_that_did_not_finish_needs_no_value() -> None:
    found = rows(f"{HEADER},completed\nvllm,m,g,tpot,,0\n")
    assert (found[0].completed, found[0].value, found[0].problem) == (False, None, "")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "no column engine, model, gpu, metric, value"),
        ("a,b\n1,2\n", "no column engine, model, gpu, metric, value"),
        ("engine,model,gpu,metric\nv,m,g,tpot\n", "no column value"),
        (f"{HEADER},tp,tp\n", "column tp occurs twice"),
        (f'{HEADER}\nvllm,m,g,"tpot,1\n', "is not CSV"),
    ],
)
def test_what_is_no_table_of_measurements_is_refused(text: str, says: str) -> None:
    with pytest.raises(InputError, match=r"own\.csv") as error:
        rows(text)
    assert says in str(error.value)


def test_cells_beyond_the_header_mark_the_row() -> None:
    assert rows(f"{HEADER}\nvllm,m,g,tpot,1,2,3\n")[0].problem == "2 cells more than columns"


def test_escape_sequences_do_not_survive() -> None:
    assert rows(f"{HEADER}\nvllm,\x1b[31mevil\x1b[0m,g,tpot,1\n")[0].model == "evil"


def test_shared_cells_legends_and_blocks() -> None:
    text = (
        "# engine = vllm\n# note 1 = first, with a comma\n# note 2 = second\n# only a remark\n"
        "metric,value,note\n"
        "# gpu = a\n# model = m1\ntpot,1,1\n# model = m2\ntpot,2,2\n# gpu = \ntpot,3,\n"
    )
    found = [(row.gpu, row.model, row.note, row.value, row.engine) for row in rows(text)]
    assert found == [
        ("a", "m1", "first, with a comma", 1, "vllm"),
        ("a", "m2", "second", 2, "vllm"),
        ("", "m2", "", 3, "vllm"),
    ]


def test_unreadable_files_are_named(tmp_path: Path) -> None:
    binary = tmp_path / "x.csv"
    binary.write_bytes(b"\xff\xfe\x00\x80")
    with pytest.raises(InputError, match="not UTF-8"):
        read_measurements(binary)
    with pytest.raises(InputError, match=r"missing\.csv"):
        read_measurements(tmp_path / "missing.csv")


@given(st.text(max_size=400))
def test_any_text_is_read_or_refused(text: str) -> None:
    for candidate in (text, f"{HEADER}\n{text}"):
        with suppress(InputError):
            for row in rows(candidate):
                assert row.problem or row.value or not row.completed
