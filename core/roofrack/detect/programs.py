"""The programs that drivers bring along, run with bounds, and what they print, parsed without trusting it."""

from __future__ import annotations

import contextlib
import csv
import json
import os
import platform
import signal
import subprocess
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from roofrack.text import clean

TIMEOUT_S = 15.0
"""nvidia-smi wakes eight sleeping boards in about ten seconds; a program that hangs on a lost board is given up."""

MAX_OUTPUT_BYTES = 1_000_000
MAX_DEVICES = 1024
MIB = 2**20

Run = Callable[[Sequence[str]], "str | None"]


class Reported(NamedTuple):
    """A device as its driver reports it.

    Args:
        vendor: `nvidia`, `amd`, `apple` or `cpu`.
        name: The driver's name for it.
        memory_mib: All of its memory; None where the driver does not say (it is the host's).
        used_mib: What programs hold of it; None likewise.
        note: What else is to be known, such as slices.
    """

    vendor: str
    name: str
    memory_mib: int | None = None
    used_mib: int | None = None
    note: str = ""


def run(command: Sequence[str]) -> str | None:
    """What a program prints; None where it is not there, fails, or takes too long.

    Args:
        command: The program and its arguments.
    """
    environment = {**os.environ, "LC_ALL": "C"}
    try:
        process = subprocess.Popen(  # noqa: S603 (the constants below)
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
            start_new_session=True,
        )
    except OSError:
        return None
    try:
        printed, _ = process.communicate(timeout=TIMEOUT_S)
    except subprocess.TimeoutExpired:
        with contextlib.suppress(OSError):  # it may end by itself just now
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        return None
    return printed[:MAX_OUTPUT_BYTES].decode("utf-8", "replace") if process.returncode == 0 else None


NVIDIA = (
    "nvidia-smi",
    "--query-gpu=name,memory.total,memory.used,mig.mode.current",
    "--format=csv,noheader,nounits",
)
ROCM = ("rocm-smi", "--showproductname", "--showmeminfo", "vram", "--json")
AMD = ("amd-smi", "static", "--asic", "--vram", "--json")
APPLE = ("sysctl", "-n", "machdep.cpu.brand_string", "hw.memsize")


def nvidia(printed: str) -> Iterator[Reported]:
    """GPUs as `nvidia-smi --query-gpu` lists them, a line each: name, MiB, MiB used, MIG mode.

    Args:
        printed: What the program printed.
    """
    for fields in csv.reader(printed.splitlines()[:MAX_DEVICES], skipinitialspace=True):
        if len(fields) < 3 or not fields[0].strip() or _mib(fields[1]) == 0:
            continue
        sliced = len(fields) > 3 and fields[3].strip().lower() == "enabled"
        note = "MIG is on: a server sees its slices, which are smaller" if sliced else ""
        yield Reported("nvidia", clean(fields[0]), _mib(fields[1]), _mib(fields[2]), note)


def rocm(printed: str) -> Iterator[Reported]:
    """GPUs as `rocm-smi --json` describes them, an object a card.

    Args:
        printed: What the program printed; warnings may stand before the JSON.
    """
    cards = _json(printed)
    for card in list(cards.values())[:MAX_DEVICES] if isinstance(cards, dict) else ():
        if not isinstance(card, dict):
            continue
        names = (card.get(key) for key in ("Card Series", "Card series", "Card Model", "Card model"))
        name = next((value for value in names if isinstance(value, str) and not value.startswith("0x")), None)
        if name:
            total, used = (card.get(f"VRAM Total {what}(B)") for what in ("Memory ", "Used Memory "))
            yield Reported("amd", clean(name), _bytes(total), _bytes(used))


def amd(printed: str) -> Iterator[Reported]:
    """GPUs as `amd-smi static --json` describes them.

    Args:
        printed: What the program printed.
    """
    found = _json(printed)
    cards = found.get("gpu_data") if isinstance(found, dict) else found
    for card in cards[:MAX_DEVICES] if isinstance(cards, list) else ():
        asic = card.get("asic") if isinstance(card, dict) else None
        name = asic.get("market_name") if isinstance(asic, dict) else None
        if not isinstance(name, str) or not name.strip():
            continue
        vram = card.get("vram")
        size = vram.get("size") if isinstance(vram, dict) else None
        yield Reported("amd", clean(name), _mib(size.get("value") if isinstance(size, dict) else size))


def apple(printed: str) -> Iterator[Reported]:
    """A Mac's chip, from `sysctl`: its name, then the bytes of its memory.

    Args:
        printed: What the program printed.
    """
    lines = printed.splitlines()
    if len(lines) >= 2 and lines[0].startswith("Apple "):
        yield Reported("apple", clean(lines[0]), _bytes(lines[1]))


def cpu(cpuinfo: str, meminfo: str) -> Iterator[Reported]:
    """The processor of a Linux machine, from /proc.

    Args:
        cpuinfo: /proc/cpuinfo.
        meminfo: /proc/meminfo.
    """
    names = (line.partition(":")[2] for line in cpuinfo.splitlines() if line.startswith("model name"))
    name = clean(next(names, ""))
    total = next((line.split()[1] for line in meminfo.splitlines() if line.startswith("MemTotal:")), "")
    if name:
        yield Reported("cpu", name, int(total) // 1024 if total.isdecimal() else None)


def reported(run: Run = run, proc: Path = Path("/proc")) -> tuple[Reported, ...]:
    """What the first program that knows of devices reports; the processor where none does.

    Args:
        run: Runs a program.
        proc: Where the kernel describes the processor.
    """
    programs: list[tuple[Sequence[str], Callable[[str], Iterator[Reported]]]] = [
        (NVIDIA, nvidia),
        (ROCM, rocm),
        (AMD, amd),
    ]
    if platform.system() == "Darwin":
        programs = [(APPLE, apple)]
    found: list[Reported] = []
    for command, parse in programs:
        if parse is amd and any(device.vendor == "amd" for device in found):
            continue
        printed = run(command)
        if printed:
            found += parse(printed)
    return tuple(found or cpu(*(_text(proc / name) for name in ("cpuinfo", "meminfo"))))


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.read(MAX_OUTPUT_BYTES).decode("utf-8", "replace")
    except OSError:
        return ""


def _json(printed: str) -> Any:
    starts = [at for at in (printed.find("{"), printed.find("[")) if at >= 0]
    try:
        return json.loads(printed[min(starts) :]) if starts else None
    except (ValueError, RecursionError):
        return None


def _mib(value: object) -> int | None:
    """Whole MiB of a number or its text; None for `[N/A]` and whatever else is no number."""
    try:
        number = float(str(value).split()[0])
    except (ValueError, IndexError):
        return None
    return round(number) if 0 <= number < 1e9 else None


def _bytes(value: object) -> int | None:
    try:
        number = int(str(value))
    except ValueError:
        return None
    return number // MIB if 0 <= number < 1e15 else None
