"""A scenario twice: what the person chose (`ScenarioSpec`), and with every default settled (`Scenario`)."""

from typing import Annotated

from roofrack.domain.base import Fraction, Frozen, Positive, Range, Text, Version
from roofrack.domain.calibration import Adjustments
from roofrack.domain.device import Rack
from roofrack.domain.engine import Engine, EngineProfile
from roofrack.domain.formats import KvFormat, WeightsFormat
from roofrack.domain.model import Model, OwnWeights
from roofrack.domain.money import AudienceSpec, MoneySpec
from roofrack.domain.workload import Concurrency, Degree, Load, Parallel, RunLength, Targets, Tokens, Workload

GpusPerNode = Annotated[int, Range(1, 1024)]
Nodes = Annotated[int, Range(1, 4096)]
BatchedTokens = Annotated[int, Range(1, 10_000_000)]
Sequences = Annotated[int, Range(1, 1_000_000)]


class RackSpec(Frozen):
    """The rack as chosen: ids and counts. `link` and `network` None take what the device has."""

    device: Text
    gpus_per_node: GpusPerNode = 1
    nodes: Nodes = 1
    link: Text | None = None
    network: Text | None = None


class ParallelSpec(Frozen):
    """Degrees as chosen; None follows the rack and the model."""

    tp: Degree | None = None
    pp: Degree | None = None
    dp: Degree | None = None
    ep: Degree | None = None


class WorkloadSpec(Frozen):
    """The workload as chosen; None takes the default."""

    prompt_tokens: Tokens = 1024
    output_tokens: Tokens = 256
    context_tokens: Tokens | None = None
    load: Load = "closed"
    concurrency: Concurrency | None = None
    concurrencies: tuple[Concurrency, ...] | None = None
    rate_per_s: Positive | None = None
    requests: RunLength | None = None
    max_tokens: Tokens | None = None


class RackChange(Frozen):
    """What a step of a story changes about the rack; None leaves it. Another device takes its own link unless one is named."""

    device: Text | None = None
    gpus_per_node: GpusPerNode | None = None
    nodes: Nodes | None = None
    link: Text | None = None
    network: Text | None = None


class WorkloadChange(Frozen):
    """What a step of a story changes about the workload; None leaves it."""

    prompt_tokens: Tokens | None = None
    output_tokens: Tokens | None = None
    context_tokens: Tokens | None = None
    load: Load | None = None
    concurrency: Concurrency | None = None
    concurrencies: tuple[Concurrency, ...] | None = None
    rate_per_s: Positive | None = None
    requests: RunLength | None = None
    max_tokens: Tokens | None = None


class Step(Frozen):
    """A step of a story: a caption, and what it changes about the scenario that the story begins with; None leaves it.

    Args:
        caption: What is said.
        engine: Engine id; unless the step names a version too, the newest comes with it.
        audience: Who uses the service, in place of the scenario's whole audience.
    """

    caption: Text
    model: Text | None = None
    weights: Text | None = None
    kv: Text | None = None
    rack: RackChange = RackChange()
    parallel: ParallelSpec = ParallelSpec()
    engine: Text | None = None
    engine_version: Version | None = None
    gpu_memory_fraction: Fraction | None = None
    max_num_batched_tokens: BatchedTokens | None = None
    max_num_seqs: Sequences | None = None
    workload: WorkloadChange = WorkloadChange()
    targets: Targets = Targets()
    usd_per_gpu_hour: Positive | None = None
    audience: AudienceSpec = AudienceSpec()


class ScenarioSpec(Frozen):
    """What a person chose, by id; None follows engine, model and rack.

    A pin, a step of the undo history, a scenario file and a command line are each one of these.

    Args:
        title: A name for it.
        story: Captions to step through when presenting; the plan stays as it is.
        steps: Captions that change the plan, in place of `story`; the first is said of the scenario itself and changes nothing.
        model: Id, alias or path.
        weights: Weights format id; None takes what suits engine and device.
        kv: KV format id; None takes the engine's default.
        gpu_memory_fraction: The engine's memory fraction; None takes its default.
        max_num_batched_tokens: Tokens of one engine step; None takes the default.
        max_num_seqs: Sequences of one engine step; None takes the default.
        usd_per_gpu_hour: Price of one device and hour; None takes the preset's.
        profile: Name of a profile of the person's own measurements; None takes the shipped constants alone.
        money: What is assumed about other costs.
        audience: Who uses the service.
    """

    title: Text = ""
    story: tuple[Text, ...] = ()
    steps: tuple[Step, ...] = ()
    model: Text
    weights: Text | None = None
    kv: Text | None = None
    rack: RackSpec
    parallel: ParallelSpec = ParallelSpec()
    engine: Text = "vllm"
    engine_version: Version | None = None
    gpu_memory_fraction: Fraction | None = None
    max_num_batched_tokens: BatchedTokens | None = None
    max_num_seqs: Sequences | None = None
    workload: WorkloadSpec = WorkloadSpec()
    targets: Targets = Targets()
    usd_per_gpu_hour: Positive | None = None
    profile: Text | None = None
    money: MoneySpec = MoneySpec()
    audience: AudienceSpec = AudienceSpec()

    @property
    def captions(self) -> tuple[str, ...]:
        """What is said while presenting, caption by caption."""
        return tuple(step.caption for step in self.steps) or self.story

    def check(self) -> None:  # noqa: D102
        if self.steps and self.story:
            raise ValueError("story: cannot be combined with steps")
        if self.steps and self.steps[0] != Step(caption=self.steps[0].caption):
            raise ValueError("steps: the first says something of the scenario itself and cannot change it")


class Default(Frozen):
    """A choice that the person left open.

    Args:
        field: Which one, as the command line names it (`weights`, `tp`, `context` …).
        value: What was taken.
        why: Why.
    """

    field: Text
    value: Text
    why: Text


class Scenario(Frozen):
    """Every choice settled, every id resolved: all that memory and speed need.

    Args:
        spec: What it was settled from.
        profile: The engine's profile for `engine_version`.
        gpu_memory_fraction: The engine's fraction; None where it computes its own (SGLang) or has none (llama.cpp).
        adjustments: Factors of the person's own profile on the speed model's constants.
        band_share: How much of the bands' width (in the logarithm) is left where the person measured this very configuration.
        own_weights: Exact bytes of the checkpoint on disk, where the model was read from one.
        defaults: What was left open and what was taken.
        as_published: The model itself, where the engine's version runs its attention in another form (`model` is that form).
        read_from: The path that the model was read from; empty for a preset.
        read_notes: What to know about the files that the model was read from: what is missing, what they leave open.
    """

    spec: ScenarioSpec
    model: Model
    rack: Rack
    weights: WeightsFormat
    kv: KvFormat
    engine: Engine
    engine_version: Version
    profile: EngineProfile
    parallel: Parallel
    workload: Workload
    gpu_memory_fraction: Fraction | None
    max_num_batched_tokens: Annotated[int, Range(1, 10**15)]
    max_num_seqs: Annotated[int, Range(1, 10**15)]
    targets: Targets = Targets()
    usd_per_device_hour: Positive | None = None
    adjustments: Adjustments = Adjustments()
    band_share: Fraction = 1.0
    own_weights: OwnWeights | None = None
    defaults: tuple[Default, ...] = ()
    as_published: Model | None = None
    read_from: str = ""
    read_notes: tuple[Text, ...] = ()
