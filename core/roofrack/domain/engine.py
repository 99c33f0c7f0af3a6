"""Serving engines: how they reserve memory and batch requests."""

from typing import Annotated, Literal

from roofrack.domain.base import (
    Fraction,
    Frozen,
    Id,
    NotNegative,
    Range,
    Source,
    Text,
    Version,
    version_numbers,
)
from roofrack.domain.formats import Vendor


class MemoryPolicy(Frozen):
    """How an engine divides a device's memory.

    Args:
        budget: What `fraction` is a fraction of: `total` (vLLM: all the engine may take), `after-weights` (TensorRT-LLM: KV of what is
            left), `static` (SGLang: weights and KV), `context` (llama.cpp: no pool, KV for the context asked).
        fraction: The default; None computes it as the engine does (SGLang).
        block_tokens: KV cache block or page, tokens.
        graphs_in_budget: CUDA-graph memory counts inside the fraction.
        context_in_budget: The driver's context counts inside the fraction.
        caps_windows: Windowed layers keep only their window; older engines keep the full length.
        caps_unlike_windows: They do so even where windowed and full layers cache different bytes per token.
        expanded_latent_dim: Width at which keys and values of every head are cached of MLA models, by versions that do not keep their
            latent; None keeps the latent.
        state_pages: Pages of the KV pool that each group of recurrent layers holds for a sequence, padded to an attention page; 0
            keeps states apart, at their own size.
        window_pool_ratio: Tokens in the pool of windowed layers per token in the pool of full ones, where these pools are apart; None
            where windows come from the common pool.
        state_pool_ratio: Memory for states per byte of KV cache, where the two are set apart in advance; None where they share.
        state_slots: States kept for each running sequence.
        non_torch_bytes: Workspaces of libraries outside the framework's allocator, any device.
        communicator_bytes: Buffers of collectives in a TP group over a fast link, per device.
        communicator_pcie_bytes: The same over PCIe or a network.
        graph_bytes_per_layer: CUDA graphs, per layer that the device runs, where the engine captures them.
        sampler_bytes_per_logit: Peak memory of sampling, per sequence of a step and vocabulary row.
    """

    budget: Literal["total", "after-weights", "static", "context"]
    fraction: Fraction | None = None
    block_tokens: Annotated[int, Range(1, 4096)] = 16
    graphs_in_budget: bool = False
    context_in_budget: bool = False
    caps_windows: bool = True
    caps_unlike_windows: bool = True
    expanded_latent_dim: Annotated[int, Range(1, 4096)] | None = None
    state_pages: Annotated[int, Range(0, 16)] = 0
    window_pool_ratio: Fraction | None = None
    state_pool_ratio: Fraction | None = None
    state_slots: Annotated[int, Range(1, 64)] = 1
    non_torch_bytes: NotNegative
    communicator_bytes: NotNegative = 0
    communicator_pcie_bytes: NotNegative = 0
    graph_bytes_per_layer: NotNegative = 0
    sampler_bytes_per_logit: NotNegative = 0


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
        step_covers_context: A step is at least the context long where nobody sets its size (vLLM before chunked prefill).
        reserves_answer: Share of an answer for which memory is set aside when a request is admitted: 1 holds all of it, less may have to
            preempt requests when the cache runs out.
        watermark: Share of the cache that admitting a request leaves free.
        receive_interval: Decode steps from one look for new requests to the next (SGLang `--scheduler-recv-interval`).
        held_steps: Steps for which a prompt may be held back so that others join it (TensorRT-LLM `batch_wait_timeout_iters`).
        prompt_piece_tokens: A step works prompts off in pieces of at most so many tokens, one behind the other (llama.cpp's `-ub`); None
            where all of a step's tokens run at once.
    """

    policy: Literal["chunked", "prefill-first", "slots"]
    defaults: tuple[StepDefaults, ...]
    step_covers_context: bool = False
    reserves_answer: Annotated[float, Range(0, 1)] = 1
    watermark: Annotated[float, Range(0, 0.5)] = 0
    receive_interval: Annotated[int, Range(1, 10_000)] = 1
    held_steps: Annotated[int, Range(0, 10_000)] = 0
    prompt_piece_tokens: Annotated[int, Range(1, 1_000_000)] | None = None


class EngineProfile(Frozen):
    """An engine over a range of versions.

    Args:
        since: First version.
        date: When that version came out: stands for a version that is not known.
        memory: How memory is divided.
        batching: How steps are filled.
        source: Where its defaults come from.

    How fast it runs stands in the calibration (`domain/calibration.py`), which knows versions of its own.
    """

    since: Version
    date: Text = ""
    memory: MemoryPolicy
    batching: Batching
    source: Source


class Engine(Frozen):
    """A serving engine.

    Args:
        id: `vllm`, `sglang`, `trtllm`, `llama.cpp`.
        default_version: Taken where the user names none.
        vendors: Whose devices it runs on.
        min_compute_capability: Lowest NVIDIA compute capability that it runs on; None for any.
        default_weights: Weights formats to try before the model's own where the user names none.
        default_kv: KV format where the user names none.
        profiles: By version, oldest first.
    """

    id: Id
    name: Text
    aliases: tuple[Id, ...] = ()
    default_version: Version
    vendors: tuple[Vendor, ...]
    min_compute_capability: NotNegative | None = None
    default_weights: tuple[Id, ...] = ()
    default_kv: Id = "16bit"
    profiles: tuple[EngineProfile, ...]
    source: Source
    notes: Text = ""

    def check(self) -> None:  # noqa: D102
        since = [version_numbers(profile.since) for profile in self.profiles]
        if since != sorted(set(since)):
            raise ValueError("profiles must go from the oldest version to the newest, each once")

    def profile(self, version: str) -> EngineProfile:
        """The profile whose range holds a version; the oldest for anything before it."""
        wanted = version_numbers(version)
        fitting = [p for p in self.profiles if version_numbers(p.since) <= wanted]
        return fitting[-1] if fitting else self.profiles[0]
