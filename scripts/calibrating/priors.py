"""What is believed of the constants before any measurement: a centre, and a width as the standard deviation of the logarithm."""

from __future__ import annotations

PHYSICS = {
    "stream": (0.92, 0.042),
    "expert_stream": (1.0, 0.14),
    "compute": (0.7, 0.14),
    "expert_compute": (0.8, 0.1),
    "row_exponent": (0.1, 0.7),
    "power_knee": (0.6, 0.35),
    "power_exponent": (0.4, 0.28),
    "kv_read": (0.7, 0.14),
    "attention": (0.2, 0.42),
    "latent_attention": (0.6, 0.42),
    "overlap_exponent": (1.3, 0.7),
    "activation_passes": (15.0, 2.8),
    "latent_layer": (1.0, 0.7),
    "moe_layer": (1.0, 0.7),
    "stage_loss": (0.06, 0.7),
    "queue_share": (1.0, 0.14),
    "burst_rounds": (10.0, 0.07),
}
"""Prior centre, and prior width as the standard deviation of the logarithm. Kernels reach 90 % of bandwidth and 70 % of the dense
rate at best; boards of graphics cards sustain their rates, those of servers with twice as much of it to the watt do not, and their clock goes with
the third root of the power to the square root; a decoder layer reads and writes its hidden state about fifteen times; harnesses send about ten rounds."""

ERA = {
    "stream": (1.0, 0.084),
    "compute": (1.0, 0.21),
    "kv_read": (1.0, 0.35),
    "attention": (1.0, 0.56),
    "moe_layer": (1.0, 0.42),
    "link_latency": (1.0, 0.42),
    "layer_s": (25e-6, 1.4),
    "launch_s": (0.4e-3, 0.98),
    "step_s": (0.5e-3, 0.7),
    "sequence_s": (10e-6, 2.1),
    "request_s": (10e-3, 0.5),
    "token_s": (2e-6, 0.98),
    "poll_steps": (2.0, 0.42),
    "balance_steps": (10.0, 0.98),
    "kv_again": (0.5, 0.5),
    "score_bytes": (22.0, 0.35),
}
"""The same for the first era of an engine: factors of 1, a host loop in Python, a server in Python that takes
some 10 ms for a request, and a tokeniser of half a million tokens a second. A query
head that reads what another has just read mostly finds it in a cache of the device; a score that is written out is moved as 32 bits by
its product, the softmax and the conversion to 16 bits, read and written: some 22 bytes."""

MEASURED_FROM = {
    "token_s": {"vllm": "0.2", "sglang": "0.4", "trtllm": "0.10"},
    "balance_steps": {"trtllm": "1.1"},
    "kv_again": {"llama.cpp": "1000"},
    "score_bytes": {"llama.cpp": "1000"},
}
"""Constants that only some engines have, from one version on: published TTFT of the others are those of a library that is given tokens,
and of attention in data parallel only TensorRT-LLM was measured, which holds prompts back until all replicas have some (its
`attention_dp_config`, by default for up to 50 steps). llama.cpp of 2023 and 2024 ran attention as plain products over every query head, with
its scores written out between them (`ggml-cuda`), unless flash attention was asked for."""

MEASURED_UNTIL = {"kv_again": "5500", "score_bytes": "5500"}
"""Versions of llama.cpp from which published runs use its fused attention, whose query heads share what they read (2025-05)."""

EAGER = {"layer_s": (40e-6, 0.56), "launch_s": (0.8e-3, 0.98)}
FUSED = {"launch_s": (0.1e-3, 0.98)}
COMPILED = {"launch_s": (20e-6, 0.98)}
ENGINES: dict[str, dict[str, tuple[float, float]]] = {
    "transformers": EAGER,
    "autoawq": FUSED,
    "vllm": {"sequence_s": (120e-6, 1.1)},
    **dict.fromkeys(("mlc", "exllama", "exllamav2"), COMPILED),
    "llama.cpp": {**COMPILED, "link_latency": (3.5, 0.42), "attention": (2.0, 0.56)},
    "trtllm": {**COMPILED, "request_s": (2e-3, 0.98)},
    "lmdeploy": {**COMPILED, "request_s": (2e-3, 0.98)},
}
"""Where an engine is known to differ: modules of PyTorch launch some twenty kernels a layer from Python, AutoAWQ's fused modules eight in
some 10 microseconds each; compiled programs launch them in a microsecond each; the first vLLM prepared and sampled sequence by sequence in
Python. The first TensorRT-LLM and LMDeploy were measured inside their own process, without a server. llama.cpp that splits rows exchanges each
of a layer's seven products by copies, where others reduce twice; its attention without fusion is plain products, which reach more of the rate
than fused ones, and pays for its scores (`score_bytes`)."""

NEXT_ERA = {
    "stream": 0.042,
    "compute": 0.034,
    "kv_read": 0.35,
    "attention": 0.56,
    "moe_layer": 0.42,
    "link_latency": 0.28,
    "layer_s": 0.28,
    "launch_s": 0.84,
    "step_s": 0.49,
    "sequence_s": 0.39,
    "request_s": 0.17,
    "token_s": 0.17,
    "poll_steps": 0.21,
    "balance_steps": 0.42,
    "kv_again": 0.14,
    "score_bytes": 0.14,
}
"""How far an era is believed to be from the era before it."""

TURNS: dict[tuple[str, str], dict[str, tuple[float, float]]] = {
    ("vllm", "0.8"): {
        "layer_s": (0.4, 2.1),
        "launch_s": (1.0, 1.0),
        "step_s": (1.0, 0.7),
        "sequence_s": (0.1, 2.1),
        "request_s": (0.5, 0.7),
    },
    ("trtllm", "0.10"): {"request_s": (4.0, 0.98)},
    ("llama.cpp", "5500"): {"compute": (1.0, 0.56)},
    ("trtllm", "1.1"): {"launch_s": (20.0, 0.98), "poll_steps": (1.0, 0.42)},
}
"""Eras that broke with the one before: factor on it, and width. vLLM 0.8 made V1 the default, an engine written anew around the
host's time, which takes requests in a process of its own. TensorRT-LLM up to 0.9 was measured without a server; 1.x runs modules of
PyTorch, whose prompts are launched from Python. llama.cpp replaced the vendor's matrix products by kernels of its own in the middle of 2024."""

DEVICE_CLASS = {"stream": 0.014, "compute": 0.21, "kv_read": 0.084, "attention": 0.22, "layer": 0.28, "host": 0.42}
KV_READ_BY_ENGINE = 0.21
"""Widths of the factors of a class of devices. Of all sets tried, these predicted rows best that were left out, by device and by family."""

PREDECESSORS = {"blackwell-dc": "hopper", "blackwell-graphics": "ada"}
OF_THE_CHIP = ("stream", "compute", "kv_read", "attention", "layer")
"""A generation that engines have only begun to write kernels for is believed to be like the one before it, whose kernels it runs; not in
what its hosts take. Leaning older ones on each other made what is held out no better."""

CDNA = {"compute": (0.5, 0.7), "attention": (0.5, 0.7)}
INTEGRATED = {"stream": (0.9, 0.084), "layer": (1.5, 0.28)}
CDNA_BEFORE_AITER = {"compute": (0.35, 0.7), "attention": (0.13, 0.7)}
CLASSES = {
    "cdna3-early": CDNA_BEFORE_AITER,
    "cdna": CDNA,
    "apple": {**INTEGRATED, "compute": (1.4, 0.35)},
    "rdna3.5": INTEGRATED,
}
"""Classes that are known to differ. AMD Instinct beside NVIDIA: published benchmarks of matrix products (2024 to 2025) find about 45 % of
the peak on MI300X and up to 93 % on H100. Before AMD's own kernels (AITER, announced 2025-03), for which it claims up to 2 times the matrix
products and 14 times the prompt attention, they reached less: by the geometric mean of none and all of that. GPUs inside processors share their
memory (`rocm_bandwidth_test` finds 212 of Strix Halo's 256 GB/s) and are slow from kernel to kernel. Apple's (to M4) multiply in ordinary units,
which are easier to keep busy than matrix units (about 80 %)."""

HBM = ("volta", "ampere-dc", "hopper", "blackwell-dc", "cdna3-early")
CONSUMER_STREAM = (0.7, 0.42)
"""Classes with HBM, and what kernels written for consumer cards are believed to draw from it."""

KERNELS: dict[str, dict[str, tuple[float, float]]] = {
    "bnb": {"stream": (0.8, 0.28), "launch": (1.5, 0.56)},
    "bnb-int8": {"stream": (0.8, 0.28), "launch": (4.0, 0.56)},
    "mxfp4": {"moe_layer": (0.4, 1.1)},
    "gguf": {"moe_layer": (0.3, 1.1)},
}
"""Kernels whose first row is known to differ: bitsandbytes converts on the way, partly by kernels of its own, and with INT8 splits a product into
several, each launched. Where a device has units for MXFP4, routing, both products and the sum of the experts are some four kernels; elsewhere, in Triton, some ten.
llama.cpp routes in one kernel of its own and adds few others to a layer's two dozen (ggml-org/llama.cpp pull 16130). `launch` is fitted only
where it stands here."""

KERNEL_FAMILIES: dict[str, dict[str, tuple[float, float]]] = {
    "fp8-block": {"compute": (0.5, 0.7), "moe_layer": (1.5, 0.7)},
}
"""The same of all rows of a family: where scales belong to blocks of 128, activations are quantised by a kernel of their own before each
product, and partial sums leave the tensor cores every 128 steps to be scaled (DeepSeek-V3, arXiv 2412.19437, section 3.3.2)."""

KERNEL = {"stream": 0.14, "compute": 1.1, "moe_layer": 1.1, "layer": 0.28}
SAME_KERNEL = {"stream": 0.7, "compute": 0.7, "moe_layer": 1.4, "layer": 0.14}
"""How far kernels of packed weights are believed to be from 16-bit ones, and one family from itself on other versions or devices. `layer`: what
clears, quantises, permutes and sums around a product takes time on its own, or is fused into what was there anyway."""

LINKS = {"device": (8e-6, 0.9), "pcie": (12e-6, 0.7), "ethernet-10g": (50e-6, 0.7)}
LINK_WIDTH = 0.56
REFERENCE_KERNEL = "dense16"
"""16-bit matrices: what they reach is the physics, so their factors are 1."""
