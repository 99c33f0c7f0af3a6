"""The constants of the speed model, each with a meaning and a unit, and how they combine for one plan.

An effective constant is a product: the engine's value for its version, times a factor of the device's class, times a factor of
the kernel that runs the weights format. A factor that nothing was measured for is 1, and the band is wider.
"""

from typing import Annotated, Literal

from roofrack.domain.base import Count, Fraction, Frozen, Id, NotNegative, Range, Source, Text, Version, version_numbers
from roofrack.domain.device import Device
from roofrack.domain.workload import Load

Factor = Annotated[float, Range(0.001, 100)]
Share = Annotated[float, Range(0.01, 3)]
Rows = Annotated[int, Range(0, 10**9)]
Tokens = Annotated[int, Range(0, 10**9)]
BandFactor = Annotated[float, Range(1, 20)]


class Physics(Frozen):
    """What holds for every engine and device; eras, classes and kernels multiply it.

    Args:
        stream: Share of memory bandwidth while weights are streamed.
        expert_stream: Factor on it for routed experts.
        compute: Share of the dense rate of a matrix product of `full_rows` rows.
        expert_compute: Factor on it for routed experts.
        full_rows: Rows from which a matrix product no longer gains.
        row_exponent: How the compute share falls with fewer rows: (rows / full_rows) to this power.
        power_knee: TFLOPS of the 16-bit dense rate for each watt of the board from which power limits what a matrix product reaches.
        power_exponent: How the compute share falls beyond that: (knee / TFLOPS per watt) to this power.
        kv_read: Share of memory bandwidth while the KV cache is read.
        attention: Share of the 16-bit dense rate that prompt attention reaches.
        latent_attention: Factor on it for MLA, whose heads are of two widths.
        overlap_exponent: n of the smooth maximum (mⁿ + cⁿ)^(1/n) of memory time and compute time of a matrix product; 1 is a plain sum.
        activation_passes: Reads and writes of the hidden state per layer and token, at 16 bits.
        activation_stream: Share of memory bandwidth that those reach.
        best_share: Share of a data-sheet rate that no kernel exceeds.
        latent_layer: How much an MLA layer adds to the time between kernels, in layers.
        moe_layer: How much routing adds, in layers; for each local expert where they run one after another (`all_experts`).
        stage_loss: Share of a step lost per further pipeline stage while several requests run.
        queue_share: Share of the queueing of random arrivals that remains in a closed load, whose requests stagger themselves.
        burst_rounds: A closed load begins with all its requests at once; the wait of that burst is spread over so many rounds.
        source: Where they come from.
    """

    stream: Share
    expert_stream: Factor
    compute: Share
    expert_compute: Factor
    full_rows: Count
    row_exponent: Annotated[float, Range(0, 1)]
    power_knee: Annotated[float, Range(0.01, 100)]
    power_exponent: Annotated[float, Range(0, 1)]
    kv_read: Share
    attention: Share
    latent_attention: Factor
    overlap_exponent: Annotated[float, Range(1, 20)]
    activation_passes: NotNegative
    activation_stream: Fraction
    best_share: Fraction
    latent_layer: NotNegative
    moe_layer: NotNegative
    stage_loss: Annotated[float, Range(0, 1)]
    queue_share: Annotated[float, Range(0, 1.5)]
    burst_rounds: Annotated[float, Range(1, 1000)]
    source: Source


class Era(Frozen):
    """An engine from one version on.

    Args:
        engine: Engine id.
        since: First version.
        stream, compute, kv_read, attention, moe_layer, link_latency: Factors on the physics.
        layer_s: Gaps and small kernels per layer and step, seconds.
        launch_s: Host time to launch one layer's kernels where no graph replays them, seconds: steps with prompts, and decode
            steps beyond `graph_tokens`. Such a step takes at least that for all layers.
        layer_launches: Kernels that a layer of a prompt takes, as the engine's source has them; 0 where nobody counted.
        graph_tokens: Longest context whose decode steps are replayed from graphs; 0 for none, None for any.
        step_s: Host time per step, seconds.
        sequence_s: Host time per running sequence and step, seconds.
        request_s: Time of a request outside steps, before its first token, seconds.
        token_s: The same for each token of its prompt, seconds: the tokeniser and the way of the text to the engine.
        poll_steps: Steps that pass before a scheduler that others keep busy looks at a new request.
        kv_again: Share of a read that each further query head of a KV head costs, where every query head reads the cache for itself;
            0 where a group of them shares one read.
        score_bytes: Bytes that attention of prompts moves for each query head, token and key where scores are written out between its
            products; 0 where they stay inside one kernel.
        balance_steps: Further steps that it waits for prompts of the other replicas, where experts are spread over them.
        fp16_accumulate: Its kernels are written for consumer cards and accumulate in fp16, which GeForce does at twice the rate.
        rows: Measurements behind it; 0 where it was carried over from a neighbour.
    """

    engine: Id
    since: Version
    stream: Factor = 1
    compute: Factor = 1
    kv_read: Factor = 1
    attention: Factor = 1
    moe_layer: Factor = 1
    link_latency: Factor = 1
    layer_s: NotNegative
    launch_s: NotNegative
    step_s: NotNegative
    sequence_s: NotNegative
    request_s: NotNegative
    token_s: NotNegative = 0
    poll_steps: NotNegative = 1
    balance_steps: NotNegative = 0
    kv_again: NotNegative = 0
    score_bytes: NotNegative = 0
    layer_launches: NotNegative = 0
    graph_tokens: Tokens | None = None
    fp16_accumulate: bool = False
    rows: Rows = 0


class EngineFactor(Frozen):
    """A factor that one engine has on a class of devices."""

    engine: Id
    factor: Factor


class DeviceClass(Frozen):
    """Devices whose kernels behave alike.

    Args:
        id: `hopper`, `ampere-dc` …
        architectures: Values of `Device.architecture` that belong to it.
        capabilities: Compute capabilities, where the architecture alone does not tell.
        engines: Engine ids, where it holds for some only; empty for any.
        until: Only engine versions before this one; None for all.
        stream, compute, kv_read, attention, layer, host: Factors on the physics and the era.
        consumer_stream: Further factor on `stream` for engines with `fp16_accumulate`: few threads ask for less than HBM delivers.
        kv_read_by_engine: Where an engine's attention kernels do better or worse on it; the others take `kv_read`.
        rows: Measurements behind it.
    """

    id: Id
    architectures: tuple[Text, ...]
    capabilities: tuple[Text, ...] = ()
    engines: tuple[Id, ...] = ()
    until: Version | None = None
    stream: Factor = 1
    compute: Factor = 1
    kv_read: Factor = 1
    attention: Factor = 1
    layer: Factor = 1
    host: Factor = 1
    consumer_stream: Factor = 1
    kv_read_by_engine: tuple[EngineFactor, ...] = ()
    rows: Rows = 0


class KernelFactor(Frozen):
    """What the kernel of a weights format changes; the first row that matches is taken.

    Args:
        kernels: Kernel families of weights formats.
        engines: Engine ids; empty for any.
        until: Only versions before this one; None for all.
        device_classes: Only these; empty for any.
        stream, compute, moe_layer: Factors on the physics.
        layer: Factor on the era's `layer_s`: products of packed weights take more than one kernel, which quantise activations, clear and
            sum partial results, or permute.
        launch: Factor on the era's `launch_s`, for formats that take more kernels per layer.
        rate: Dense rate that computes it, where it is not the format's own: weight-only kernels multiply at 16 bits.
        all_experts: Every local expert runs on every token, one after another.
        writes_out_rows: Beyond so many rows weights are first written out at 16 bits and multiplied as such; None for never.
        rows: Measurements behind it.
    """

    kernels: tuple[Text, ...]
    engines: tuple[Id, ...] = ()
    until: Version | None = None
    device_classes: tuple[Id, ...] = ()
    stream: Factor = 1
    compute: Factor = 1
    moe_layer: Factor = 1
    layer: Factor = 1
    launch: Factor = 1
    rate: Literal["own", "16bit", "fp8"] = "own"
    all_experts: bool = False
    writes_out_rows: Count | None = None
    rows: Rows = 0


class LinkFactor(Frozen):
    """What collectives get from a kind of link.

    Args:
        links: Ids of links, or their kinds (`device`, `pcie`, `network`).
        latency_s: One collective's fixed time, seconds.
        share: Share of the data-sheet rate.
    """

    links: tuple[Text, ...]
    latency_s: NotNegative
    share: Annotated[float, Range(0.001, 5)]
    rows: Rows = 0


class BandRow(Frozen):
    """Half-width of the 80 % band of a metric, as a factor: low = mid / factor, high = mid × factor.

    Args:
        metric: `tpot`, `ttft` or `throughput`.
        loads: Under which loads; empty for any.
        known: Every part of the path (engine era, device class, kernel) was measured.
        partly: Some part was not.
        unknown: The era, or both device class and kernel, were not.
    """

    metric: Literal["tpot", "ttft", "throughput"]
    loads: tuple[Load, ...]
    known: BandFactor
    partly: BandFactor
    unknown: BandFactor


OwnFactor = Annotated[float, Range(0.1, 10)]


class Adjustments(Frozen):
    """What a person's own measurements say about their machine: factors on the effective constants, 1 where nothing is known.

    Args:
        stream: On the rates at which weights and KV cache are read.
        compute: On the rates of matrix products and of prompt attention.
        host: On the time between kernels, per step and per sequence.
        request: On the time of a request outside steps.
    """

    stream: OwnFactor = 1.0
    compute: OwnFactor = 1.0
    host: OwnFactor = 1.0
    request: OwnFactor = 1.0


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

    def device_class(self, device: Device, engine: str, version: str) -> DeviceClass:
        """The class of a device; an unmeasured class of its own where none matches."""
        for found in self.device_classes:
            if (
                device.architecture in found.architectures
                and (not found.capabilities or device.compute_capability in found.capabilities)
                and _applies(found.engines, found.until, engine, version)
            ):
                return found
        return DeviceClass(id="unmeasured", architectures=(device.architecture,))

    def kernel(self, family: str, engine: str, version: str, device_class: str) -> KernelFactor:
        """The factors of a kernel family; unmeasured ones of 1 where none matches."""
        for row in self.kernels:
            if (
                family in row.kernels
                and _applies(row.engines, row.until, engine, version)
                and (not row.device_classes or device_class in row.device_classes)
            ):
                return row
        return KernelFactor(kernels=(family,))

    def link(self, link_id: str, kind: str) -> LinkFactor:
        """The factors of a link, by id before kind."""
        for wanted in (link_id, kind):
            for row in self.links:
                if wanted in row.links:
                    return row
        raise ValueError(f"no speed constants for link {link_id} ({kind})")

    def band(self, metric: str, load: str, surprise: int) -> float:
        """The band factor of a metric.

        Args:
            metric: `tpot`, `ttft` or `throughput`.
            load: Under which load.
            surprise: Parts of the path that were never measured.
        """
        row = next(row for row in self.bands if row.metric == metric and (not row.loads or load in row.loads))
        return (row.known, row.partly, row.unknown)[min(surprise, 2)]


def _applies(engines: tuple[str, ...], until: str | None, engine: str, version: str) -> bool:
    return (not engines or engine in engines) and (until is None or version_numbers(version) < version_numbers(until))
