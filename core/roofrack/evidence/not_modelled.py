"""What the model leaves out, and which way that errs: said on the accuracy screen and in ACCURACY.md."""

from __future__ import annotations

from typing import NamedTuple


class LeftOut(NamedTuple):
    """Something that real servers do or have and that no number here knows of.

    Args:
        what: In a few words.
        errs: What of it a plan gets wrong, and in which direction.
    """

    what: str
    errs: str


NOT_MODELLED = (
    LeftOut("prefix caching", "prompts that share a beginning: real TTFT is shorter and more requests fit"),
    LeftOut(
        "speculative decoding and draft layers", "real TPOT at low load is often lower; under full load about as shown"
    ),
    LeftOut(
        "prompts that vary",
        "all are equally long, and answers too unless max_tokens is given: real TTFT and TPOT scatter more than the percentiles say",
    ),
    LeftOut("images, audio and video", "encoder time and the tokens of an image: real TTFT is longer"),
    LeftOut(
        "experts used unevenly",
        "tokens are spread over experts by chance alone: real steps of expert parallelism are slower",
    ),
    LeftOut(
        "offloading to host memory or disk",
        "weights or KV cache beside the devices: what is said not to fit may run, slowly",
    ),
    LeftOut("LoRA adapters", "their memory and kernels: real steps are slower"),
    LeftOut("constrained output", "grammars and JSON schemas cost the host time: real TPOT is longer"),
    LeftOut("client, tokeniser and network", "times are the engine's: what a browser sees is longer"),
    LeftOut(
        "temperature, and power below the board's own limit",
        "matrix products reach what the board's full power sustains: capped or hot devices are slower",
    ),
    LeftOut(
        "other work on the devices",
        "the plan has them for itself: shared or partitioned ones (MIG) are slower and hold less",
    ),
    LeftOut(
        "sequence and context parallelism",
        "a long prompt is computed on the devices of one TP group: real TTFT can be shorter",
    ),
    LeftOut("start-up", "loading, compiling and warming up come before all times shown"),
)
"""The list, what matters most first."""
