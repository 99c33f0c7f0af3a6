"""Serving engines: how they reserve memory, batch requests, and how fast their kernels run."""

from typing import Annotated, Literal

from roofrack.domain.base import Fraction, Frozen, Id, NotNegative, Positive, Range, Source, Text, Version
from roofrack.domain.formats import Vendor


class MemoryPolicy(Frozen):
    """How an engine divides a device's memory.

    Args:
        budget: What `fraction` is a fraction of: `total` (vLLM: all the engine may take), `after-weights` (TensorRT-LLM: KV of what is
            left), `static` (SGLang: weights and KV), `context` (llama.cpp: no pool, KV for the context asked).
        fraction: The default; None computes it as the engine does (SGLang).
        block_tokens: KV cache block or page, tokens.
        graphs_in_budget: CUDA-graph memory counts inside the fraction.
        caps_windows: Windowed layers keep only their window; older engines keep the full length.
        non_torch_bytes: Context, libraries and communicators outside the framework's allocator, one device alone.
        non_torch_bytes_per_peer: More of it for each further device in the TP group, up to 7 peers.
        graph_bytes: CUDA graphs of one device, where the engine captures them.
        activation_tokens_factor: Peak activation elements per token of a step, in multiples of the widest layer; see `memory.activations`.
    """

    budget: Literal["total", "after-weights", "static", "context"]
    fraction: Fraction | None = None
    block_tokens: Annotated[int, Range(1, 4096)] = 16
    graphs_in_budget: bool = False
    caps_windows: bool = True
    non_torch_bytes: NotNegative
    non_torch_bytes_per_peer: NotNegative = 0
    graph_bytes: NotNegative = 0
    activation_tokens_factor: Positive = 4


class StepDefaults(Frozen):
    """Tokens and sequences of one step for devices of a size.

    Args:
        min_memory_gib: These hold from this much device memory on.
        max_num_batched_tokens: Tokens of one step.
        max_num_seqs: Sequences of one step.
        not_device_ids: Devices that take the next row instead.
    """

    min_memory_gib: NotNegative = 0
    max_num_batched_tokens: Annotated[int, Range(1, 10_000_000)]
    max_num_seqs: Annotated[int, Range(1, 1_000_000)]
    not_device_ids: tuple[Text, ...] = ()


class Batching(Frozen):
    """How requests share steps.

    Args:
        policy: `chunked` mixes prefill chunks into decode steps under a token budget; `prefill-first` runs whole waiting prompts
            before going on decoding (vLLM up to 0.5); `slots` gives each request a fixed slot (llama.cpp).
        defaults: Step sizes by device memory, largest first.
    """

    policy: Literal["chunked", "prefill-first", "slots"]
    defaults: tuple[StepDefaults, ...]


class KernelRates(Frozen):
    """Shares of a device's data-sheet rates that one family of kernels reaches.

    The first row whose conditions hold is taken; rows go from special to general.

    Args:
        kernels: Kernel families of weights formats; empty for any.
        architectures: Device architectures; empty for any.
        vendors: Device vendors; empty for any.
        stream: Share of memory bandwidth while weights are streamed.
        kv_read: Share of memory bandwidth while the KV cache is read.
        prefill: Share of the dense rate at large row counts.
        decode: Share of the dense rate at decode batch sizes.
        half_rows: Rows of a matrix product at which half of the compute share is reached.
        dequantise_above_rows: Rows above which weights are expanded to 16 bits first; None for never.
        all_experts: Every local expert runs on every token (old quantised MoE paths).
        fitted: Whether measurements stand behind these values; False widens the band.
        source: Where they come from.
    """

    kernels: tuple[Text, ...] = ()
    architectures: tuple[Text, ...] = ()
    vendors: tuple[Vendor, ...] = ()
    stream: Annotated[float, Range(0, 1, above=True)]
    kv_read: Annotated[float, Range(0, 1, above=True)]
    prefill: Annotated[float, Range(0, 1, above=True)]
    decode: Annotated[float, Range(0, 1, above=True)]
    half_rows: NotNegative = 0
    dequantise_above_rows: Annotated[int, Range(1, 10**15)] | None = None
    all_experts: bool = False
    fitted: bool = False
    source: Source


class HostCosts(Frozen):
    """Time the host adds to a step.

    Args:
        step_s: Fixed, per step: scheduling, sampling set-up, launches.
        per_layer_s: Per layer, where graphs do not hide launches.
        per_sequence_s: Per running sequence: sampling, detokenising, bookkeeping.
        per_prompt_s: Once per request before its first token: HTTP, tokenising, scheduling.
        source: Where they come from.
    """

    step_s: NotNegative
    per_layer_s: NotNegative = 0
    per_sequence_s: NotNegative = 0
    per_prompt_s: NotNegative = 0
    source: Source


class Bands(Frozen):
    """Half-widths of the 80 % band, as factors: low = mid / factor, high = mid × factor.

    Args:
        tpot: For time per output token.
        ttft: For time to first token.
        throughput: For tokens/s.
        unfitted: Multiplies the width (in log space) where the kernel path was never measured.
    """

    tpot: Annotated[float, Range(1, 10)]
    ttft: Annotated[float, Range(1, 10)]
    throughput: Annotated[float, Range(1, 10)]
    unfitted: Annotated[float, Range(1, 10)] = 1.5
    source: Source


class EngineProfile(Frozen):
    """An engine over a range of versions.

    Args:
        since: First version.
        date: When that version came out: stands for a version that is not known.
        memory: How memory is divided.
        batching: How steps are filled.
        kernels: Kernel rates, special rows first; the last one matches everything.
        host: Time of the host.
        collective_latency_us: One small all-reduce inside a node, microseconds, on top of the link's own latency.
        bands: Width of the answer.
    """

    since: Version
    date: Text = ""
    memory: MemoryPolicy
    batching: Batching
    kernels: tuple[KernelRates, ...]
    host: HostCosts
    collective_latency_us: NotNegative = 0
    bands: Bands


class Engine(Frozen):
    """A serving engine.

    Args:
        id: `vllm`, `sglang`, `trtllm`, `llama.cpp`.
        default_version: Taken where the user names none.
        vendors: Whose devices it runs on.
        profiles: By version, oldest first.
    """

    id: Id
    name: Text
    aliases: tuple[Id, ...] = ()
    default_version: Version
    vendors: tuple[Vendor, ...]
    default_weights: tuple[Id, ...] = ()
    default_kv: Id = "16bit"
    profiles: tuple[EngineProfile, ...]
    source: Source
    notes: Text = ""

    def check(self) -> None:  # noqa: D102
        since = [version_key(profile.since) for profile in self.profiles]
        if since != sorted(set(since)):
            raise ValueError("profiles must go from the oldest version to the newest, each once")

    def profile(self, version: str) -> EngineProfile:
        """The profile whose range holds a version; the oldest for anything before it."""
        wanted = version_key(version)
        fitting = [p for p in self.profiles if version_key(p.since) <= wanted]
        return fitting[-1] if fitting else self.profiles[0]


def version_key(version: str) -> tuple[int, ...]:
    """A plain version as numbers that compare: `0.11.0` → (0, 11, 0)."""
    return tuple(int(part) for part in version.split("."))
