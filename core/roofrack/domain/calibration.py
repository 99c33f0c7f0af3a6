"""The constants of the speed model, each with a meaning and a unit, and how they combine for one plan.

An effective constant is a product: the engine's value for its version, times a factor of the device's class, times a factor of
the kernel that runs the weights format. A factor that nothing was measured for is 1, and the band is wider.
"""

from typing import Annotated, Literal

from roofrack.domain.base import Frozen, Id, NotNegative, Range, Source, Text, Version, version_numbers
from roofrack.domain.device import Device
from roofrack.domain.formats import WeightsFormat

Factor = Annotated[float, Range(0.01, 100)]
BandFactor = Annotated[float, Range(1, 20)]


class Physics(Frozen):
    """What holds for every engine and device.

    Args:
        overlap_exponent: n of the smooth maximum (mⁿ + cⁿ)^(1/n) of memory time and compute time of a matrix product; 1 is a plain sum.
        activation_passes: Reads and writes of the hidden state per layer and token, in multiples of the hidden size at 16 bits.
        activation_stream: Share of memory bandwidth that those reach.
        best_stream: Share of memory bandwidth that no kernel exceeds.
        attention_compute: Share of the 16-bit dense rate that prompt attention reaches.
        source: Where they come from.
    """

    overlap_exponent: Annotated[float, Range(1, 20)]
    activation_passes: NotNegative
    activation_stream: Annotated[float, Range(0, 1, above=True)]
    best_stream: Annotated[float, Range(0, 1, above=True)]
    attention_compute: Annotated[float, Range(0, 1, above=True)]
    source: Source


class Era(Frozen):
    """An engine from one version on.

    Args:
        engine: Engine id.
        since: First version.
        stream: Share of memory bandwidth while 16-bit weights are streamed.
        compute: Share of the dense rate of large matrix products.
        kv_read: Share of memory bandwidth while the KV cache is read.
        layer_s: Gaps and small kernels per layer and step, seconds.
        moe_layer_s: The same for routing, per MoE layer, seconds.
        step_s: Host time per step, seconds.
        sequence_s: Host time per running sequence and step, seconds.
        request_s: Time of a request outside steps, before its first token, seconds.
        queue: Share of the other requests' prefill work that a new request finds before it.
        rows: Measurements behind it; 0 where it was carried over from a neighbour.
        source: Where the values come from.
    """

    engine: Id
    since: Version
    stream: Annotated[float, Range(0.01, 2)]
    compute: Annotated[float, Range(0.01, 2)]
    kv_read: Annotated[float, Range(0.01, 2)]
    layer_s: NotNegative
    moe_layer_s: NotNegative
    step_s: NotNegative
    sequence_s: NotNegative
    request_s: NotNegative
    queue: NotNegative
    rows: Annotated[int, Range(0, 10**9)] = 0
    source: Source


class DeviceClass(Frozen):
    """Devices whose kernels behave alike.

    Args:
        id: `hopper`, `ampere-dc` …
        architectures: Values of `Device.architecture` that belong to it.
        capabilities: Compute capabilities, where the architecture alone does not tell.
        stream, compute, kv_read, layer: Factors on the era's values.
        rows: Measurements behind it.
    """

    id: Id
    architectures: tuple[Text, ...]
    capabilities: tuple[Text, ...] = ()
    stream: Factor = 1
    compute: Factor = 1
    kv_read: Factor = 1
    layer: Factor = 1
    rows: Annotated[int, Range(0, 10**9)] = 0


class KernelFactor(Frozen):
    """What the kernel of a weights format changes; the first row that matches is taken.

    Args:
        kernels: Kernel families of weights formats.
        engines: Engine ids; empty for any.
        until: Only versions before this one; None for all.
        device_classes: Only these; empty for any.
        stream, compute, moe_layer: Factors on the era's values.
        rate: Dense rate that computes it, where it is not the format's own: weight-only kernels multiply at 16 bits.
        all_experts: Every local expert runs on every token.
        rows: Measurements behind it.
    """

    kernels: tuple[Text, ...]
    engines: tuple[Id, ...] = ()
    until: Version | None = None
    device_classes: tuple[Id, ...] = ()
    stream: Factor = 1
    compute: Factor = 1
    moe_layer: Factor = 1
    rate: Literal["own", "16bit"] = "own"
    all_experts: bool = False
    rows: Annotated[int, Range(0, 10**9)] = 0


class LinkFactor(Frozen):
    """What collectives get from a kind of link.

    Args:
        links: Ids of links, or their kinds (`device`, `pcie`, `network`).
        latency_s: One collective's fixed time, seconds.
        share: Share of the data-sheet rate.
    """

    links: tuple[Text, ...]
    latency_s: NotNegative
    share: Annotated[float, Range(0.001, 2)]
    rows: Annotated[int, Range(0, 10**9)] = 0


class BandRow(Frozen):
    """Half-width of the 80 % band of a metric, as a factor: low = mid / factor, high = mid × factor.

    Args:
        metric: `tpot`, `ttft` or `throughput`.
        known: Every part of the path (engine era, device class, kernel) was measured.
        partly: Some part was not.
        unknown: The era, or both device class and kernel, were not.
    """

    metric: Literal["tpot", "ttft", "throughput"]
    known: BandFactor
    partly: BandFactor
    unknown: BandFactor


class Calibration(Frozen):
    """All constants of the speed model."""

    physics: Physics
    eras: tuple[Era, ...]
    device_classes: tuple[DeviceClass, ...]
    kernels: tuple[KernelFactor, ...]
    links: tuple[LinkFactor, ...]
    bands: tuple[BandRow, ...]
    source: Source

    def era(self, engine: str, version: str) -> Era:
        """The newest era of an engine that a version has reached; its first one before that."""
        own = [era for era in self.eras if era.engine == engine]
        if not own:
            raise ValueError(f"no speed constants for engine {engine}")
        reached = [era for era in own if version_numbers(era.since) <= version_numbers(version)]
        return reached[-1] if reached else own[0]

    def device_class(self, device: Device) -> DeviceClass:
        """The class of a device; an unmeasured class of its own where none matches."""
        for found in self.device_classes:
            if device.architecture in found.architectures and (
                not found.capabilities or device.compute_capability in found.capabilities
            ):
                return found
        return DeviceClass(id="unmeasured", architectures=(device.architecture,))

    def kernel(self, weights: WeightsFormat, engine: str, version: str, device_class: str) -> KernelFactor:
        """The factors of a weights format's kernel; an unmeasured one of 1 where none matches."""
        for row in self.kernels:
            if (
                weights.kernel in row.kernels
                and (not row.engines or engine in row.engines)
                and (row.until is None or version_numbers(version) < version_numbers(row.until))
                and (not row.device_classes or device_class in row.device_classes)
            ):
                return row
        return KernelFactor(kernels=(weights.kernel,))

    def link(self, link_id: str, kind: str) -> LinkFactor:
        """The factors of a link, by id before kind."""
        for wanted in (link_id, kind):
            for row in self.links:
                if wanted in row.links:
                    return row
        raise ValueError(f"no speed constants for link {link_id} ({kind})")

    def band(self, metric: str, surprise: int) -> float:
        """The band factor of a metric.

        Args:
            metric: `tpot`, `ttft` or `throughput`.
            surprise: Parts of the path that were never measured.
        """
        row = next(row for row in self.bands if row.metric == metric)
        return (row.known, row.partly, row.unknown)[min(surprise, 2)]
