"""GPUs and other devices, and the links between them."""

from typing import Annotated, Literal

from roofrack.domain.base import Fraction, Frozen, Id, Positive, Range, Source, Text
from roofrack.domain.formats import Vendor


class Rates(Frozen):
    """Dense peak rates by type, in 10^12 operations per second; None where the device has no units for it.

    Sparse figures are never written here; `fp16_accumulate` is the fp16 rate with accumulation in fp16, where a card is
    faster at that than at the accumulation in fp32 which most engines use.
    """

    fp32: Positive | None = None
    tf32: Positive | None = None
    fp16: Positive | None = None
    bf16: Positive | None = None
    fp8: Positive | None = None
    int8: Positive | None = None
    fp4: Positive | None = None
    fp16_accumulate: Positive | None = None


class Price(Frozen):
    """A price with its date.

    Args:
        usd: Price in US dollars: of the device, or per device and hour.
        low_usd: Cheapest found; None where only one was.
        high_usd: Dearest found.
        source: Where, when and what exactly.
    """

    usd: Positive
    low_usd: Positive | None = None
    high_usd: Positive | None = None
    source: Source


class DeviceLink(Frozen):
    """The device's own fast link to its neighbours.

    Args:
        link: Id of the link preset.
        gb_s_per_direction: Bandwidth per device and direction, 10^9 bytes/s.
        max_devices: Devices that one such domain joins (2 for a bridge, 8 for an HGX board, 72 for NVL72).
    """

    link: Id
    gb_s_per_direction: Positive
    max_devices: Annotated[int, Range(2, 10_000)]


class Device(Frozen):
    """One device as an engine sees it.

    Args:
        id: `h100-sxm5-80gb`
        driver_names: Exact names that drivers report for it.
        memory_mib: Memory as the driver reports it, MiB.
        bandwidth_gb_s: Memory bandwidth, 10^9 bytes/s.
        rates: Dense peak rates.
        power_w: Board power, watts.
        link: Its fast link; None where it only has PCIe.
        pcie_generation: PCIe generation; None where it has none (SoC).
        pcie_lanes: PCIe lanes.
        unified_memory: Memory is shared with the host (SoC, CPU).
        usable_share: Share of the memory that the operating system lets the device take by default (Metal's working set).
        price: List or launch price of one device.
        rent: Price of one device and hour.
    """

    id: Id
    name: Text
    aliases: tuple[Id, ...] = ()
    driver_names: tuple[Text, ...] = ()
    vendor: Vendor
    architecture: Text
    compute_capability: Text = ""
    memory_mib: Annotated[int, Range(256, 100_000_000)]
    memory_type: Text = ""
    bandwidth_gb_s: Positive
    rates: Rates
    power_w: Annotated[float, Range(0.1, 1e6)] | None = None
    form_factor: Text = ""
    link: DeviceLink | None = None
    pcie_generation: Annotated[int, Range(1, 9)] | None = None
    pcie_lanes: Annotated[int, Range(1, 32)] | None = None
    unified_memory: bool = False
    usable_share: Fraction = 1
    released: Text = ""
    price: Price | None = None
    rent: Price | None = None
    source: Source
    notes: Text = ""

    @property
    def cuda_capability(self) -> float | None:
        """NVIDIA compute capability as a number; None for other vendors."""
        if self.vendor != "nvidia":
            return None
        try:
            return float(self.compute_capability)
        except ValueError:
            return None

    @property
    def memory_bytes(self) -> int:
        """Memory as reported, in bytes."""
        return self.memory_mib * 2**20


class Link(Frozen):
    """A link between devices or nodes.

    Args:
        id: `nvlink4`, `pcie-5-x16`, `ib-ndr-400` …
        kind: `device` joins devices of a node, `pcie` goes through the host, `network` joins nodes.
        gb_s_per_direction: Data-sheet bandwidth per device and direction, 10^9 bytes/s.
        shared_by_node: All devices of a node share it (the host's one network card); False where each device has its own.

    What collectives reach of it stands in the calibration.
    """

    id: Id
    name: Text
    aliases: tuple[Id, ...] = ()
    kind: Literal["device", "pcie", "network"]
    gb_s_per_direction: Positive
    shared_by_node: bool = False
    source: Source
    notes: Text = ""


class NodeGroup(Frozen):
    """Equal nodes.

    Args:
        device: What is in them.
        devices_per_node: How many of it.
        nodes: How many such nodes.
        link: Joins the devices of a node.
    """

    device: Device
    devices_per_node: Annotated[int, Range(1, 1024)]
    nodes: Annotated[int, Range(1, 4096)] = 1
    link: Link


class Rack(Frozen):
    """Groups of nodes and the network between them.

    One group for now; everything that walks over devices already walks over groups.

    Args:
        groups: The nodes.
        network: Joins the nodes; ignored while there is one.
    """

    groups: tuple[NodeGroup, ...]
    network: Link

    def check(self) -> None:  # noqa: D102
        if len(self.groups) != 1:
            raise ValueError("groups: exactly one kind of node for now")

    @property
    def device(self) -> Device:
        """The first group's device: the only kind, while racks are uniform."""
        return self.groups[0].device

    @property
    def devices_per_node(self) -> int:
        """Devices in a node of the first group."""
        return self.groups[0].devices_per_node

    @property
    def nodes(self) -> int:
        """Nodes of all groups."""
        return sum(group.nodes for group in self.groups)

    @property
    def link(self) -> Link:
        """The link inside a node of the first group."""
        return self.groups[0].link

    @property
    def device_count(self) -> int:
        """Devices of all nodes."""
        return sum(group.devices_per_node * group.nodes for group in self.groups)
