"""Links and engines: known ids, sane orders, and the defaults that engines document."""

import itertools

import pytest

from roofrack.catalog import default_catalog
from roofrack.domain.base import version_numbers
from roofrack.domain.device import Link
from roofrack.domain.engine import Engine, StepDefaults

CATALOG = default_catalog()
LINKS = CATALOG.links()
ENGINES = {engine.id: engine for engine in CATALOG.engines()}
RELATIVE = {"nvlink", "pcie", "own"}
"""Words that mean what the device has; no preset may take them."""


@pytest.fixture(params=LINKS, ids=lambda link: link.id)
def link(request: pytest.FixtureRequest) -> Link:
    found: Link = request.param
    return found


@pytest.fixture(params=ENGINES.values(), ids=lambda engine: engine.id)
def engine(request: pytest.FixtureRequest) -> Engine:
    found: Engine = request.param
    return found


def test_link_names_are_unique_and_none_is_relative() -> None:
    names = [name.lower() for link in LINKS for name in (link.id, *link.aliases)]
    assert len(names) == len(set(names))
    assert not RELATIVE & set(names)


def test_links_are_sourced(link: Link) -> None:
    assert link.source.text
    assert link.source.date


def test_only_networks_are_shared_by_a_node(link: Link) -> None:
    assert not link.shared_by_node or link.kind == "network"


@pytest.mark.parametrize("lanes", [4, 8, 16])
def test_pcie_doubles_with_each_generation_and_lane(lanes: int) -> None:
    per_lane = [CATALOG.link(f"pcie-{generation}-x{lanes}").gb_s_per_direction / lanes for generation in (3, 4, 5, 6)]
    assert per_lane[0] == pytest.approx(8 * 128 / 130 / 8, rel=0.005)
    assert all(new / old == pytest.approx(2, rel=0.05) for old, new in itertools.pairwise(per_lane))


@pytest.mark.parametrize(
    ("name", "gbit_s"),
    [
        ("ethernet-10g", 10),
        ("ethernet-25g", 25),
        ("ethernet-100g", 100),
        ("roce-200g", 200),
        ("ib-hdr-200", 200),
        ("ib-ndr-400", 400),
    ],
)
def test_networks_are_their_names_in_bytes(name: str, gbit_s: float) -> None:
    assert CATALOG.link(name).gb_s_per_direction == gbit_s / 8


def test_nvlink_grows() -> None:
    rates = [CATALOG.link(f"nvlink{generation}").gb_s_per_direction for generation in (2, 3, 4, 5)]
    assert rates == [150, 300, 450, 900]


def test_the_four_engines_are_there() -> None:
    assert set(ENGINES) == {"vllm", "sglang", "trtllm", "llama.cpp"}


def test_an_engine_is_whole(engine: Engine) -> None:
    assert version_numbers(engine.default_version) >= version_numbers(engine.profiles[-1].since)
    for name in engine.default_weights:
        assert engine.id in CATALOG.weights_format(name).engines
    assert engine.id in CATALOG.kv_format(engine.default_kv).engines
    assert engine.source.text
    for profile in engine.profiles:
        assert profile.source.text
        assert profile.source.date
        assert profile.date
        rows = profile.batching.defaults
        assert rows[-1].min_memory_gib == 0
        assert not rows[-1].not_device_ids
        sizes = [row.min_memory_gib for row in rows]
        assert sizes == sorted(sizes, reverse=True)
        for row in rows:
            for device in row.not_device_ids:
                assert CATALOG.device(device).id == device
    dates = [profile.date for profile in engine.profiles]
    assert dates == sorted(dates)


@pytest.mark.parametrize(
    ("version", "device", "tokens", "sequences"),
    [
        ("0.33.0", "h100-sxm5-80gb", 8192, 1024),
        ("0.33.0", "b200-sxm-180gb", 16384, 1024),
        ("0.33.0", "mi300x", 16384, 1024),
        ("0.27.1", "b200-sxm-180gb", 8192, 1024),
        ("0.33.0", "a100-sxm4-80gb", 2048, 256),
        ("0.33.0", "dgx-spark-gb10", 2048, 256),
        ("0.33.0", "rtx-4090", 2048, 256),
        ("0.6.3", "h100-sxm5-80gb", 2048, 256),
    ],
)
def test_vllm_step_sizes_by_version_and_device(version: str, device: str, tokens: int, sequences: int) -> None:
    row = _row(ENGINES["vllm"], version, device)
    assert (row.max_num_batched_tokens, row.max_num_seqs) == (tokens, sequences)


@pytest.mark.parametrize(
    ("version", "fraction", "policy", "graphs_inside", "caps", "caps_unlike"),
    [
        ("0.2.7", 0.9, "prefill-first", False, False, False),
        ("0.5.4", 0.9, "prefill-first", False, False, False),
        ("0.6.3", 0.9, "prefill-first", False, False, False),
        ("0.8.5", 0.9, "chunked", False, False, False),
        ("0.11.0", 0.9, "chunked", False, True, False),
        ("0.20.1", 0.92, "chunked", False, True, False),
        ("0.21.0", 0.92, "chunked", True, True, True),
        ("0.33.0", 0.92, "chunked", True, True, True),
    ],
)
def test_vllm_memory_by_version(
    version: str, fraction: float, policy: str, graphs_inside: bool, caps: bool, caps_unlike: bool
) -> None:
    profile = ENGINES["vllm"].profile(version)
    memory = profile.memory
    assert (memory.budget, memory.fraction, profile.batching.policy) == ("total", fraction, policy)
    assert (memory.graphs_in_budget, memory.caps_windows, memory.caps_unlike_windows) == (
        graphs_inside,
        caps,
        caps_unlike,
    )


def test_what_the_other_engines_reserve() -> None:
    sglang = ENGINES["sglang"].profile("0.5.6").memory
    assert (sglang.budget, sglang.fraction) == ("static", None)
    trtllm = ENGINES["trtllm"].profile("1.2").memory
    assert (trtllm.budget, trtllm.fraction, trtllm.block_tokens) == ("after-weights", 0.9, 32)
    llama = ENGINES["llama.cpp"]
    assert llama.profile("9100").memory.budget == "context"
    assert [_row(llama, version, "rtx-4090").max_num_seqs for version in ("3000", "9100")] == [1, 4]


def _row(engine: Engine, version: str, device: str) -> StepDefaults:
    found = CATALOG.device(device)
    return next(
        row
        for row in engine.profile(version).batching.defaults
        if found.memory_mib / 1024 >= row.min_memory_gib and found.id not in row.not_device_ids
    )
