"""Weights and KV formats: what a number takes in memory, and which arithmetic computes it."""

from typing import Annotated, Literal

from roofrack.domain.base import Frozen, Id, NotNegative, Range, Source, Text

Bits = Annotated[float, Range(0.5, 64)]
Vendor = Literal["nvidia", "amd", "intel", "apple", "google", "aws", "cpu"]


class Quality(Frozen):
    """What a format costs in quality, for models up to a size.

    Args:
        up_to_params: Upper end of the size class in parameters; None for all larger ones.
        verdict: One word for the slider.
        loss: The published figure, in the source's own words.
        source: Where it comes from.
    """

    up_to_params: Annotated[float, Range(0, 1e15, above=True)] | None = None
    verdict: Literal["none", "negligible", "acceptable", "risky", "unknown"]
    loss: Text = ""
    source: Text = ""


class WeightsFormat(Frozen):
    """How weights are stored and multiplied.

    Args:
        id: `bf16`, `fp8`, `awq-int4`, `q4_k_m` …
        bits: Bits per weight of the quantised matrices, scales and zeros included.
        embedding_bits: Bits per weight of the embedding table.
        head_bits: Bits per weight of the output head.
        attention_bits: Bits per weight of attention where they differ from `bits`; None where they do not.
        experts_only: Only routed experts take `bits`; other matrices take `attention_bits`, or 16 without it (mxfp4 as gpt-oss ships it).
        other_bits: Bits of norms, biases and routers.
        compute: Arithmetic the matrix units run: the device's dense rate of this type is the ceiling.
        kernel: Family of the kernel that reads it; engine profiles carry constants per family.
        min_compute_capability: Lowest NVIDIA compute capability that runs it; None for any.
        native_compute_capability: Lowest NVIDIA compute capability with native arithmetic for it; below it a weight-only kernel runs.
        max_compute_capability: Highest NVIDIA compute capability that runs it; None for any.
        vendors: Whose devices run it at all.
        needs_rate: Of these, vendors on whose devices it runs only where they have a dense rate for `compute`.
        engines: Engine ids that load it.
        holds: Another format, whose quantised values this one has unchanged, in the file of another engine; None for none.
        slider_rank: Place on the slider, high precision first; None keeps it off the default slider.
    """

    id: Id
    name: Text
    aliases: tuple[Id, ...] = ()
    family: Text
    bits: Bits
    embedding_bits: Bits = 16
    head_bits: Bits = 16
    attention_bits: Bits | None = None
    experts_only: bool = False
    other_bits: Bits = 16
    compute: Literal["fp32", "fp16", "bf16", "fp8", "int8", "fp4"]
    kernel: Literal[
        "dense16",
        "dense32",
        "fp8",
        "fp8-block",
        "int8",
        "awq",
        "gptq",
        "int8-weight",
        "fp4",
        "mxfp4",
        "w4a8",
        "gguf",
        "gguf-legacy",
        "bnb",
        "bnb-int8",
        "exl",
        "mlx",
    ]
    min_compute_capability: NotNegative | None = None
    native_compute_capability: NotNegative | None = None
    max_compute_capability: NotNegative | None = None
    vendors: tuple[Vendor, ...]
    needs_rate: tuple[Vendor, ...] = ()
    engines: tuple[Id, ...]
    holds: Id | None = None
    quality: tuple[Quality, ...] = ()
    slider_rank: int | None = None
    source: Source
    notes: Text = ""

    def keeps(self, other: str) -> bool:
        """Whether weights of another format lose nothing in this one.

        Args:
            other: Format id.
        """
        return other in (self.id, self.holds)


class KvFormat(Frozen):
    """How a cached key or value element is stored.

    Args:
        id: `16bit`, `fp8`, `int8`, `q8_0` …
        bits: Bits per cached element, scales included.
        latent_bytes_per_token: Bytes of one MLA latent per token and layer where an engine lays it out specially; None computes it from `bits`.
        attention: Whose cache it can hold: any attention's, or only sparse MLA's, which it is a layout of.
        min_compute_capability: Lowest NVIDIA compute capability; None for any.
        engines: Engine ids that offer it.
    """

    id: Id
    name: Text
    aliases: tuple[Id, ...] = ()
    bits: Bits
    latent_bytes_per_token: Annotated[int, Range(0, 1e15, above=True)] | None = None
    attention: Literal["any", "sparse-mla"] = "any"
    min_compute_capability: NotNegative | None = None
    vendors: tuple[Vendor, ...]
    engines: tuple[Id, ...]
    quality: tuple[Quality, ...] = ()
    source: Source
    notes: Text = ""
