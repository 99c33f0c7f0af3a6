"""`roofrack disaggregate` from outside."""

import json
import re
import subprocess
from collections.abc import Callable

import pytest

Run = Callable[..., subprocess.CompletedProcess[str]]
POOLS = ("disaggregate", "llama-3.1-8b", "--rack", "8xh100-sxm5-80gb", "--prompt", "4000", "--concurrency", "64")


def test_json_and_text(roofrack: Run) -> None:
    done = roofrack(*POOLS, "--prefill-gpus", "3", "--slo-tpot", "0.01", "--json")
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert answer["schema"] == "roofrack.disaggregation/1"
    assert (answer["prefill"]["gpus"], answer["decode"]["gpus"]) == (3, 5)
    assert answer["transfer"]["bytes_per_request"] == 524_288_000
    assert answer["load"]["ttft_s"]["low"] < answer["load"]["ttft_s"]["high"]
    text = roofrack(*POOLS).stdout
    assert "prefill" in text
    # One link for each device that sends; how many there are is for the pools to choose.
    assert re.search(
        r"KV cache of a prompt: 0\.5 GiB over (\d x )?NVLink 4 at 60 % of 450 GB/s( each)? in \d\.\d ms", text
    )


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        (("--prefill-gpus", "0"), "--prefill-gpus"),
        (("--prefill-gpus", "1000000000000", "--decode-gpus", "1"), "prefill-gpus"),
        (("--decode-gpus", "8"), "decode-gpus"),
        (("--slo-ttft", "-1"), "--slo-ttft"),
        (("--load", "poisson", "--rate", "2"), "load"),
    ],
)
def test_absurd_input_is_refused_by_name(roofrack: Run, arguments: tuple[str, ...], names: str) -> None:
    done = roofrack(*POOLS, *arguments)
    assert done.returncode == 2
    assert names in done.stderr
    assert len(done.stderr.strip().splitlines()) <= 2
