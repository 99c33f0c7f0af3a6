"""What drivers' programs print, read and matched with presets; outputs in the forms that the programs document."""

import json
import os
import stat
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from subprocess import CompletedProcess

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.core.cli.conftest import Run

from roofrack.catalog import Catalog, default_catalog
from roofrack.detect import Reported, detect, programs, rack_of
from roofrack.detect.programs import AMD, NVIDIA, ROCM, amd, apple, cpu, nvidia, reported, rocm, run
from roofrack.domain import RackSpec

EIGHT_H100 = "NVIDIA H100 80GB HBM3, 81559, 4, Disabled\n" * 7 + "NVIDIA H100 80GB HBM3, 81559, 40213, Disabled\n"
SPARK = "NVIDIA GB10, [N/A], [N/A], [N/A]\n"
SLICED = "NVIDIA A100-SXM4-80GB, 81920, 27, Enabled\n"
OLD = "GeForce RTX 3090, 24268, 10, [N/A]\n"
LOST = "Unable to determine the device handle for GPU 0000:3D:00.0: Unknown Error\n"
MI300X = "WARNING: AMD GPU device(s) is/are in a low-power state.\n" + json.dumps(
    {
        f"card{n}": {
            "Card Series": "AMD Instinct MI300X OAM",
            "Card Model": "0x74a1",
            "VRAM Total Memory (B)": "206141652992",
            "VRAM Total Used Memory (B)": "283938816",
        }
        for n in range(8)
    }
)
AMD_SMI = json.dumps(
    [
        {
            "gpu": 0,
            "asic": {"market_name": "AMD Instinct MI325X"},
            "vram": {"type": "HBM3E", "size": {"value": 262128, "unit": "MB"}},
        }
    ]
)
M2_ULTRA = "Apple M2 Ultra\n206158430208\n"
CPUINFO = "processor\t: 0\nvendor_id\t: AuthenticAMD\nmodel name\t: AMD EPYC 9654 96-Core Processor\n"
MEMINFO = "MemTotal:       792413464 kB\nMemFree: 1 kB\n"


@pytest.fixture
def catalog() -> Catalog:
    return default_catalog()


@pytest.mark.parametrize(
    ("parse", "printed", "count", "preset", "used_mib"),
    [
        (nvidia, EIGHT_H100, 8, "h100-sxm5-80gb", 4),
        (nvidia, SPARK, 1, "dgx-spark-gb10", None),
        (nvidia, SLICED, 1, "a100-sxm4-80gb", 27),
        (nvidia, OLD, 1, "rtx-3090", 10),
        (rocm, MI300X, 8, "mi300x", 270),
        (amd, AMD_SMI, 1, "mi325x", None),
        (apple, M2_ULTRA, 1, "apple-m2-ultra", None),
    ],
)
def test_what_a_driver_says_is_a_preset(
    catalog: Catalog,
    parse: Callable[[str], Sequence[Reported]],
    printed: str,
    count: int,
    preset: str,
    used_mib: int | None,
) -> None:
    found = detect(catalog, tuple(parse(printed)))
    assert [device.preset.id if device.preset else None for device in found] == [preset] * count
    assert found[0].reported.used_mib == used_mib
    assert rack_of(found) == RackSpec(device=preset, gpus_per_node=count)


def test_every_driver_name_of_the_library_is_found_again(catalog: Catalog) -> None:
    for device in catalog.devices():
        for name in device.driver_names:
            vendor = device.vendor
            if vendor not in ("nvidia", "amd", "apple", "cpu"):
                continue
            (found,) = detect(catalog, (Reported(vendor, name, device.memory_mib),))
            assert found.preset is not None
            assert name in found.preset.driver_names
            assert device.unified_memory or found.preset.id == device.id, name


def test_the_processor_where_there_is_no_gpu(catalog: Catalog, tmp_path: Path) -> None:
    (tmp_path / "cpuinfo").write_text(CPUINFO)
    (tmp_path / "meminfo").write_text(MEMINFO)
    (found,) = detect(catalog, reported(lambda _: None, tmp_path))
    assert found.preset is not None
    assert (found.preset.id, found.reported.memory_mib) == ("epyc-9654-12ch-ddr5-4800", 773_841)
    assert reported(lambda _: None, tmp_path / "nowhere") == ()


def test_slices_are_said() -> None:
    assert "MIG is on" in next(iter(nvidia(SLICED))).note


def test_a_name_with_another_memory_is_another_device(catalog: Catalog) -> None:
    (found,) = detect(catalog, (Reported("nvidia", "NVIDIA GeForce RTX 3080", 12_288),))
    assert found.preset is None
    (found,) = detect(catalog, (Reported("amd", "NVIDIA H100 80GB HBM3", 81_559),))
    assert found.preset is None, "the name of another vendor"


def test_unlike_or_unknown_devices_are_no_rack(catalog: Catalog) -> None:
    assert rack_of(detect(catalog, tuple(nvidia(EIGHT_H100 + OLD)))) is None
    assert rack_of(detect(catalog, tuple(nvidia("Mystery 9000, 1024, 0, [N/A]\n")))) is None
    assert rack_of(()) is None


@pytest.mark.parametrize("parse", [nvidia, rocm, amd, apple, lambda printed: cpu(printed, printed)])
@pytest.mark.parametrize(
    "printed",
    [
        "",
        "\0",
        LOST,
        "{",
        "[" * 100_000,
        "{}",
        "[]",
        "null",
        '{"card0": 7}',
        '[{"asic": []}]',
        "a,b,c\n",
        ",,,\n",
        '"',
        "model name",
    ],
)
def test_nonsense_is_no_device(parse: Callable[[str], Sequence[Reported]], printed: str) -> None:
    assert [row for row in parse(printed) if row.memory_mib is not None] == []


@given(st.text(max_size=300))
def test_any_text_is_read_without_an_error(printed: str) -> None:
    for parse in (nvidia, rocm, amd, apple):
        for row in parse(printed):
            assert row.name.isprintable()
    list(cpu(printed, printed))


def test_names_are_cleaned() -> None:
    (row,) = nvidia("\x1b]52;c;aGk=\x07NVIDIA \x1b[31mH100, 81559, 0, Disabled\n")
    assert row.name == "NVIDIA H100"


def program(folder: Path, name: str, script: str) -> None:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


def test_programs_are_run_with_bounds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setattr(programs, "TIMEOUT_S", 0.3)
    monkeypatch.setattr(programs, "MAX_OUTPUT_BYTES", 10)
    program(tmp_path, "hangs", "sleep 60 & wait")
    program(tmp_path, "fails", "echo hello; exit 9")
    program(tmp_path, "long", "printf '%0100d' 1")
    start = time.monotonic()
    assert run(("hangs",)) is None
    assert time.monotonic() - start < 5
    assert run(("fails",)) is None
    assert run(("not-there-at-all",)) is None
    assert run(("long",)) == "0" * 10


def test_both_programs_of_amd_are_one_answer() -> None:
    answers = {tuple(ROCM): MI300X, tuple(AMD): AMD_SMI, tuple(NVIDIA): LOST}
    assert len(reported(lambda command: answers.get(tuple(command)))) == 8


@pytest.fixture
def h100s(tmp_path: Path) -> dict[str, str]:
    """A PATH on which nvidia-smi knows eight H100."""
    (tmp_path / "printed").write_text(EIGHT_H100)
    program(tmp_path, "nvidia-smi", f"cat {tmp_path}/printed")
    return {"PATH": f"{tmp_path}:{os.environ['PATH']}"}


def test_the_command_and_the_rack_of_this_machine(roofrack: Run, h100s: dict[str, str]) -> None:
    text: CompletedProcess[str] = roofrack("detect", **h100s)
    assert text.returncode == 0, text.stderr
    assert "--rack 8xh100-sxm5-80gb" in text.stdout
    rows = json.loads(roofrack("detect", "--json", **h100s).stdout)
    assert [row["id"] for row in rows] == ["h100-sxm5-80gb"] * 8
    assert (rows[7]["memory_gib"], rows[7]["used_gib"], rows[7]["note"]) == (79.65, 39.27, None)
    planned = json.loads(roofrack("plan", "llama-3.1-70b", "--rack", "detected", "--json", **h100s).stdout)
    assert (planned["scenario"]["rack"]["device"], planned["scenario"]["rack"]["gpus_per_node"]) == (
        "h100-sxm5-80gb",
        8,
    )


def test_a_machine_that_is_no_rack_says_what_it_is(roofrack: Run, tmp_path: Path) -> None:
    program(tmp_path, "nvidia-smi", "echo 'Mystery 9000, 1024, 0, [N/A]'")
    refused = roofrack("plan", "llama-3.1-8b", "--rack", "detected", PATH=f"{tmp_path}:{os.environ['PATH']}")
    assert refused.returncode == 2
    assert refused.stderr.startswith("roofrack: rack: detected 'Mystery 9000'")
