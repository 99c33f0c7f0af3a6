"""What every number of a pane means, with its unit; read in when somebody asks for help."""

from __future__ import annotations

Meaning = tuple[str, str]

MEANINGS: dict[str, tuple[Meaning, ...]] = {
    "Model": (
        ("70.6B", "parameters, in 10^9 (M: 10^6, T: 10^12), all experts included"),
        ("A5.1B", "parameters that one token passes, where the model is a mixture of experts"),
        ("12 of 247", "models that the filter leaves, and all of them"),
        ("▾", "the model is on this disk"),
    ),
    "Rack": (
        ("GPUs", "devices in one node"),
        ("nodes", "how many such nodes"),
        ("TP PP DP", "degrees of parallelism; their product is the GPUs that the plan uses"),
        ("EP", "GPUs over which the experts are spread; they are among those of TP and DP"),
        ("450 GB/s", "bandwidth of one GPU to the others, in each direction, 10^9 bytes per second"),
    ),
    "Quant": (
        ("weights GiB", "all weights of one copy of the model, 2^30 bytes"),
        ("KV KiB", "what one token of one request keeps in all layers together, 2^10 bytes"),
        ("◉ ○ ×", "chosen, can be chosen, cannot run here"),
        ("loss", "published loss of quality for models of this size: negligible, acceptable or risky"),
    ),
    "Workload": (
        ("prompt", "tokens of a request that the model reads (ISL), mean"),
        ("output", "tokens that it writes (OSL), mean"),
        ("context", "most tokens of prompt and output together (max_model_len)"),
        ("users", "requests in the engine at once: concurrency"),
    ),
    "Engine": (
        ("version", "the newest that is modelled, unless another was chosen"),
        ("memory %", "share of each GPU's memory that the engine may fill, in percent"),
    ),
    "Memory": (
        ("w weights", "GiB (2^30 bytes) of weights on one GPU"),
        ("KV", "GiB of KV cache: in the bar the whole pool, beside the chart what the users under the cursor fill"),
        ("act", "GiB of activations, the peak of one step"),
        ("ovh", "GiB of overhead: CUDA context, libraries, communicators, graphs"),
        ("73.9 of 79.6", "GiB that the engine takes, of the memory that the driver reports"),
        ("GiB", "the axis, and above the chart what the users under the cursor fill on the fullest GPU"),
        ("KV full at", "requests at once at which the pool is full; more must wait"),
        ("room for", "GiB that weights, cache, activations and overhead may fill: the red line"),
        ("users", "requests in the engine at once, on a logarithmic axis"),
    ),
    "Throughput": (
        ("total", "output tokens per second of the whole rack (left axis, k: 1,000)"),
        ("each", "output tokens per second that one user sees, 1 / TPOT (right axis)"),
        ("users", "requests in the engine at once, on a logarithmic axis"),
        ("shading", "the 80 % band: four of five measurements should lie in it"),
        ("target", "the speed that was promised to each user"),
        ("more wait", "right of the line, further requests wait for memory or for a place"),
        ("hollow marks", "published measurements of this model, device and format; above the chart: how else they ran"),
    ),
    "Latency": (
        ("TTFT", "time to first token, in s or ms, mean (left axis)"),
        ("TPOT", "time per output token after the first, in s or ms, mean of a request (right axis)"),
        ("users", "requests in the engine at once, on a logarithmic axis"),
        ("shading", "the 80 % band: four of five measurements should lie in it"),
        ("target", "the time that was promised"),
        ("hollow marks", "published measurements of this model, device and format; above the chart: how else they ran"),
    ),
    "Verdict": (
        ("requests at once", "how many requests of this prompt and output run before others wait"),
        ("at full context", "the same if each used the whole context, in tokens"),
        ("each", "output tokens per second for one user, tok/s, and its band"),
        ("total", "output tokens per second of the whole rack, tok/s (k: 1,000)"),
        ("TTFT", "time to first token, s or ms, mean"),
        ("TPOT", "time per output token after the first, s or ms, mean"),
        ("$/M output", "US dollars for 10^6 output tokens at this load, all cost charged to them"),
        ("cost /h", "US dollars an hour for the rack, as rented"),
        ("%", "share of one decode step: reading weights, reading KV cache, arithmetic, links, host"),
        ("wait, run", "requests that wait for memory or a place, and those that run"),
        ("target", "kept or missed; probably, where the band reaches over it"),
        ("GiB", "where it does not fit: how far over, and what takes it, 2^30 bytes a GPU"),
        ("users", "the table's first column: requests at once"),
    ),
}
"""By the name of the pane: what is shown, and what it is."""
