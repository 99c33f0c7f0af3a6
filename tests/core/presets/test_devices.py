"""The device library against what can be recomputed or is published in more than one place."""

import re
from collections import Counter

import pytest

from roofrack.catalog import Catalog, default_catalog
from roofrack.domain.device import Device, Price

DEVICES = default_catalog().devices()
BY_ID = {device.id: device for device in DEVICES}
SHARED_DRIVER_NAMES = {"Orin (nvgpu)", "Apple M3 Max", "Apple M4 Max"}

# Bus width in bits × transfer rate in Gbit/s a pin ÷ 8, from the makers' specification pages.
BUS = {
    "rtx-2080-ti": (352, 14),
    "rtx-3060-12gb": (192, 15),
    "rtx-3070": (256, 14),
    "rtx-3080-10gb": (320, 19),
    "rtx-3090": (384, 19.5),
    "rtx-3090-ti": (384, 21),
    "rtx-4060": (128, 17),
    "rtx-4070": (192, 21),
    "rtx-4080": (256, 22.4),
    "rtx-4090": (384, 21),
    "rtx-5070": (192, 28),
    "rtx-5080": (256, 30),
    "rtx-5090": (512, 28),
    "rtx-a6000": (384, 16),
    "rtx-6000-ada": (384, 20),
    "rtx-pro-6000-bw-ws": (512, 28),
    "l4": (192, 12.5),
    "l40s": (384, 18),
    "a10": (384, 12.5),
    "t4": (256, 10),
    "v100-sxm2-16gb": (4096, 1.76),
    "a100-sxm4-80gb": (5120, 3.19),
    "h100-sxm5-80gb": (5120, 5.23),
    "h200-sxm-141gb": (6144, 6.25),
    "mi300x": (8192, 5.2),
    "mi250x": (4096, 3.2),
    "rx-7900-xtx": (384, 20),
    "apple-m1-max": (512, 6.4),
    "apple-m4-max-40c": (512, 8.533),
    "dgx-spark-gb10": (256, 8.533),
    "strix-halo-128gb": (256, 8),
}

# Dense figures that are often quoted twice as high.
DENSE = {
    "h100-sxm5-80gb": {"fp16": 989.4, "fp8": 1978.9},
    "l4": {"fp16": 121, "fp8": 242.5},
    "l40s": {"fp16": 362.05, "fp8": 733},
    "mi300x": {"fp16": 1307.4, "fp8": 2614.9},
    "mi355x": {"fp16": 2516.6, "fp8": 5033.2, "fp4": 10066.3},
    "rtx-4090": {"fp16": 165.2, "fp8": 330.3},
    "rtx-5090": {"fp16": 209.5, "fp4": 1676},
    "dgx-spark-gb10": {"fp4": 500},
    "trainium2": {"bf16": 667, "fp8": 1299},
    "b200-sxm-180gb": {"fp4": 9000},
    "b300-sxm-288gb": {"fp4": 14000, "int8": 153.5},
}
REDUCED_INT8 = {"b300-sxm-288gb", "gb300-288gb"}
FP8_NO_FASTER = {"gaudi3", "inferentia2", "trainium1", "tpu-v6e"}
GEFORCE_FP4 = 4
"""GeForce halves its rates with 32-bit accumulation down to FP8, but not FP4."""


@pytest.fixture(params=DEVICES, ids=lambda device: device.id)
def device(request: pytest.FixtureRequest) -> Device:
    found: Device = request.param
    return found


def test_the_library_is_whole() -> None:
    count = Counter(device.vendor for device in DEVICES)
    least = {"nvidia": 78, "apple": 20, "amd": 14, "cpu": 11, "intel": 7, "google": 4, "aws": 3}
    assert all(count[vendor] >= number for vendor, number in least.items()), count


def test_names_are_unique() -> None:
    names = Counter(name.lower() for device in DEVICES for name in (device.id, *device.aliases))
    assert [name for name, count in names.items() if count > 1] == []
    drivers = Counter(name.lower() for device in DEVICES for name in device.driver_names)
    shared = {name for name, count in drivers.items() if count > 1}
    assert shared == {name.lower() for name in SHARED_DRIVER_NAMES}


def test_every_driver_name_finds_its_device(device: Device) -> None:
    for name in set(device.driver_names) - SHARED_DRIVER_NAMES:
        assert default_catalog().device(name) is device


def test_every_fact_has_a_source_and_a_date(device: Device) -> None:
    sources = [device.source, *(price.source for price in _prices(device))]
    for source in sources:
        assert source.text
        assert re.fullmatch(r"20\d\d(-\d\d){0,2}", source.date), source
        assert ("from memory" not in source.text) or source.confidence == "C", source
    assert device.released


def test_prices_lie_inside_their_range(device: Device) -> None:
    for price in _prices(device):
        assert (price.low_usd or price.usd) <= price.usd <= (price.high_usd or price.usd)


def test_memory_is_what_a_driver_shows(device: Device) -> None:
    nominal = re.search(r"(\d+)gb\b", device.id)
    if nominal and device.id != "mi250x":
        share = device.memory_mib / (int(nominal[1]) * 1024)
        assert 0.92 <= share <= 1.025, share
    assert 0.5 < device.usable_share <= 1
    assert device.usable_share == 1 or device.unified_memory


def test_rates_are_dense_and_fit_each_other(device: Device) -> None:
    rates = device.rates
    sixteen = rates.fp16 or rates.bf16 or rates.fp32
    assert sixteen is not None, "nothing can be computed"
    if rates.fp8 and (rates.fp16 or rates.bf16):
        assert rates.fp8 / sixteen == pytest.approx(1 if device.id in FP8_NO_FASTER else 2, rel=0.03)
    if rates.fp4 and rates.fp8:
        times = GEFORCE_FP4 if device.name.startswith("GeForce") else 3 if device.id in REDUCED_INT8 else 2
        assert rates.fp4 / rates.fp8 == pytest.approx(times, rel=0.05)
    if rates.int8 and rates.fp16 and device.id not in REDUCED_INT8:
        assert min(abs(rates.int8 / rates.fp16 / times - 1) for times in (1, 2, 4)) < 0.03
    if rates.tf32 and rates.fp16:
        assert rates.tf32 / rates.fp16 in (pytest.approx(0.5, rel=0.03), 1.0)


@pytest.mark.parametrize("name", DENSE)
def test_headline_figures_are_not_the_sparse_ones(name: str) -> None:
    for rate, value in DENSE[name].items():
        assert getattr(BY_ID[name].rates, rate) == value


@pytest.mark.parametrize("name", BUS)
def test_bandwidth_is_bus_times_rate(name: str) -> None:
    bits, gbit_s = BUS[name]
    assert BY_ID[name].bandwidth_gb_s == pytest.approx(bits * gbit_s / 8, rel=0.02)


def test_cpu_bandwidth_is_channels_times_transfers() -> None:
    checked = 0
    for device in DEVICES:
        found = re.search(r"(\d+)ch-[a-z0-9]+-(\d+)$|-(\d+)-(\d+)ch$", device.id)
        if device.vendor == "cpu" and found:
            channels, transfers = (found[1], found[2]) if found[1] else (found[4], found[3])
            assert device.bandwidth_gb_s == pytest.approx(int(channels) * int(transfers) * 8 / 1000, rel=0.001)
            checked += 1
    assert checked >= 10


@pytest.mark.parametrize("generation", ["m1", "m2"])
def test_apple_tiers_double(generation: str) -> None:
    pro, top, ultra = (BY_ID[f"apple-{generation}-{tier}"] for tier in ("pro", "max", "ultra"))
    assert top.bandwidth_gb_s == pytest.approx(2 * pro.bandwidth_gb_s)
    assert ultra.bandwidth_gb_s == pytest.approx(2 * top.bandwidth_gb_s)


def test_links_are_known(device: Device) -> None:
    catalog = default_catalog()
    if device.link:
        assert catalog.link(device.link.link).kind == "device"
    if device.pcie_generation:
        assert catalog.link(f"pcie-{device.pcie_generation}-x{device.pcie_lanes}").kind == "pcie"
    else:
        assert device.pcie_lanes is None


def test_nvlink_rates_are_whole_numbers_of_lanes() -> None:
    lane_gb_s = {"nvlink2": 25, "nvlink3": 25, "nvlink4": 25, "nvlink5": 50, "nvlink4-bridge": 25, "nvlink2-bridge": 25}
    for device in DEVICES:
        if device.link and device.link.link in lane_gb_s:
            assert device.link.gb_s_per_direction % lane_gb_s[device.link.link] == 0, device.id


@pytest.mark.parametrize(
    ("name", "joined", "gb_s"),
    [
        ("h100-sxm5-80gb", 8, 450),
        ("h100-pcie-80gb", 2, 300),
        ("a100-pcie-40gb", 2, 300),
        ("a800-sxm4-80gb", 8, 200),
        ("rtx-3090", 2, 56.25),
        ("gb200-186gb", 72, 900),
        ("mi300x", 8, 448),
    ],
)
def test_how_many_devices_a_link_joins(name: str, joined: int, gb_s: float) -> None:
    link = BY_ID[name].link
    assert link is not None
    assert (link.max_devices, link.gb_s_per_direction) == (joined, gb_s)


def test_gaming_cards_of_today_have_no_link() -> None:
    assert all(BY_ID[name].link is None for name in ("rtx-4090", "rtx-5090", "l40s", "rtx-pro-6000-bw-server"))


def test_compute_capabilities() -> None:
    wanted = {"v100-sxm2-16gb": 7.0, "t4": 7.5, "a100-sxm4-80gb": 8.0, "rtx-4090": 8.9, "h100-nvl-94gb": 9.0}
    wanted |= {"b200-sxm-180gb": 10.0, "b300-sxm-288gb": 10.3, "rtx-5090": 12.0, "dgx-spark-gb10": 12.1}
    assert {name: BY_ID[name].cuda_capability for name in wanted} == wanted
    assert BY_ID["mi300x"].cuda_capability is None
    assert all(device.cuda_capability for device in DEVICES if device.vendor == "nvidia")


def _prices(device: Device) -> list[Price]:
    return [price for price in (device.price, device.rent) if price is not None]


def test_estimates_are_marked(shipped_notes: dict[str, str]) -> None:
    assert "estimated" in shipped_notes["mi325x"]
    assert "estimated" not in shipped_notes["h100-sxm5-80gb"]


@pytest.fixture
def shipped_notes() -> dict[str, str]:
    catalog: Catalog = default_catalog()
    return {device.id: device.notes for device in catalog.devices()}
