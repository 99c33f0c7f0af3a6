"""A model, a device and an engine small enough to compute by hand."""

from typing import Any

from roofrack.domain import (
    DenseMlp,
    Device,
    Engine,
    EngineProfile,
    KvFormat,
    LayerGroup,
    Link,
    Model,
    NodeGroup,
    Parallel,
    Rack,
    RackSpec,
    Rates,
    Scenario,
    ScenarioSpec,
    SoftmaxAttention,
    WeightsFormat,
    Workload,
)
from roofrack.domain.base import Source
from roofrack.domain.engine import Batching, MemoryPolicy, StepDefaults
from roofrack.results import DeviceMemory

GIB = 2**30
MIB = 2**20
NOWHERE = Source(text="made up for a test")

NVLINK = Link(id="fast", name="fast", kind="device", gb_s_per_direction=400, source=NOWHERE)
PCIE = Link(id="pcie", name="PCIe", kind="pcie", gb_s_per_direction=25, source=NOWHERE)
NETWORK = Link(id="net", name="network", kind="network", gb_s_per_direction=50, source=NOWHERE)

ATTENTION = SoftmaxAttention(heads=8, kv_heads=2, head_dim=64)
"""Queries 512 wide, keys and values 128 each: 256 elements cached, 512 bytes at 16 bits."""

LAYER = LayerGroup(count=8, attention=ATTENTION, mlp=DenseMlp(width=2048))

ATTENTION_PARAMS = 512 * 512 * 2 + 512 * 128 * 2
MLP_PARAMS = 3 * 512 * 2048
TABLE_PARAMS = 32_000 * 512
NORM_PARAMS = 8 * 2 * 512
KV_TOKEN_BYTES = 8 * 512

ELEMENTS_PER_TOKEN = 3 * 512 + 3 * 2048
"""Hidden states and the feed-forward block: what a token of a step takes at its peak."""

WEIGHTS = 2 * (8 * (ATTENTION_PARAMS + MLP_PARAMS) + 2 * TABLE_PARAMS + NORM_PARAMS)
"""All of `LAYER`'s model at 16 bits."""

ACTIVATIONS = 512 * 2 * ELEMENTS_PER_TOKEN
"""Of a step of 512 tokens."""

SMALL_CONTEXT = 350 * MIB
"""Of a process on a small board."""


def used(device: DeviceMemory) -> int:
    """Everything but what is free."""
    return device.weights_bytes + device.kv_cache_bytes + device.activations_bytes + device.overhead_bytes


def a_model(*layers: LayerGroup, **fields: Any) -> Model:
    """One replica of `LAYER`, or of other layers."""
    chosen: dict[str, Any] = {
        "id": "test/small",
        "name": "small",
        "hidden": 512,
        "vocab": 32_000,
        "other_params": NORM_PARAMS,
        "max_context_tokens": 1_000_000,
        "source": NOWHERE,
    }
    return Model(layers=layers or (LAYER,), **(chosen | fields))


def a_device(memory_mib: int = 10 * 1024, **fields: Any) -> Device:
    """An AMD card of 10 GiB: its driver keeps nothing back."""
    chosen: dict[str, Any] = {
        "id": "card",
        "name": "card",
        "vendor": "amd",
        "architecture": "none",
        "bandwidth_gb_s": 1000,
        "rates": Rates(bf16=100),
        "source": NOWHERE,
    }
    return Device(memory_mib=memory_mib, **(chosen | fields))


def a_rack(device: Device | None = None, *, gpus: int = 1, nodes: int = 1, link: Link = NVLINK) -> Rack:
    """Equal nodes."""
    group = NodeGroup(device=device or a_device(), devices_per_node=gpus, nodes=nodes, link=link)
    return Rack(groups=(group,), network=NETWORK)


def a_policy(**fields: Any) -> MemoryPolicy:
    """An engine that takes a fraction of everything, without any overhead unless asked."""
    chosen: dict[str, Any] = {"budget": "total", "block_tokens": 16, "non_torch_bytes": 0}
    return MemoryPolicy(**(chosen | fields))


def a_format(bits: float = 16, **fields: Any) -> WeightsFormat:
    """A weights format that leaves embedding, head and norms at 16 bits."""
    chosen: dict[str, Any] = {
        "id": f"bits{bits:g}",
        "name": "bits",
        "family": "test",
        "compute": "bf16",
        "kernel": "dense16",
        "vendors": ("amd",),
        "engines": ("test",),
        "source": NOWHERE,
    }
    return WeightsFormat(bits=bits, **(chosen | fields))


def a_kv(bits: float = 16) -> KvFormat:
    """A KV format."""
    return KvFormat(id=f"kv{bits:g}", name="kv", bits=bits, vendors=("amd",), engines=("test",), source=NOWHERE)


def a_scenario(
    *,
    model: Model | None = None,
    rack: Rack | None = None,
    policy: MemoryPolicy | None = None,
    batching: str = "chunked",
    step_covers_context: bool = False,
    weights: WeightsFormat | None = None,
    kv: KvFormat | None = None,
    parallel: Parallel | None = None,
    context: int = 4096,
    prompt: int = 100,
    output: int = 28,
    concurrency: int = 1,
    fraction: float | None = 1.0,
    tokens: int = 512,
    sequences: int = 64,
    **fields: Any,
) -> Scenario:
    """Everything settled by hand."""
    profile = EngineProfile(
        since="1",
        memory=policy or a_policy(),
        batching=Batching(
            policy=batching,  # type: ignore[arg-type]
            defaults=(StepDefaults(max_num_batched_tokens=tokens, max_num_seqs=sequences),),
            step_covers_context=step_covers_context,
        ),
        source=NOWHERE,
    )
    engine = Engine(
        id="test", name="Testing", default_version="1", vendors=("amd",), profiles=(profile,), source=NOWHERE
    )
    return Scenario(
        spec=ScenarioSpec(model="test/small", rack=RackSpec(device="card")),
        model=model or a_model(),
        rack=rack or a_rack(),
        weights=weights or a_format(),
        kv=kv or a_kv(),
        engine=engine,
        engine_version="1",
        profile=profile,
        parallel=parallel or Parallel(),
        workload=Workload(
            prompt_tokens=prompt,
            output_tokens=output,
            context_tokens=context,
            concurrency=concurrency,
            concurrencies=(concurrency,),
        ),
        gpu_memory_fraction=fraction,
        max_num_batched_tokens=tokens,
        max_num_seqs=sequences,
        **fields,
    )
