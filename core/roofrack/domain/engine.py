"""Serving engines: how they reserve memory and batch requests."""

from typing import Annotated, Literal

from roofrack.domain.base import Fraction, Frozen, Id, NotNegative, Positive, Range, Source, Text, Version, version_numbers
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


class EngineProfile(Frozen):
    """An engine over a range of versions.

    Args:
        since: First version.
        date: When that version came out: stands for a version that is not known.
        memory: How memory is divided.
        batching: How steps are filled.

    How fast it runs stands in the calibration (`domain/calibration.py`), which knows versions of its own.
    """

    since: Version
    date: Text = ""
    memory: MemoryPolicy
    batching: Batching


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
        since = [version_numbers(profile.since) for profile in self.profiles]
        if since != sorted(set(since)):
            raise ValueError("profiles must go from the oldest version to the newest, each once")

    def profile(self, version: str) -> EngineProfile:
        """The profile whose range holds a version; the oldest for anything before it."""
        wanted = version_numbers(version)
        fitting = [p for p in self.profiles if version_numbers(p.since) <= wanted]
        return fitting[-1] if fitting else self.profiles[0]
