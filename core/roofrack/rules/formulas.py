"""The published formulas as published, mistakes included; each yields its published example to the digit.

Sizes are in billions of parameters where the texts have them so, everything else in plain units.
"""

from __future__ import annotations

import math
from typing import NamedTuple


def twenty_percent_gb(billions: float, bits: float) -> float:
    """R1: memory in GB, M = P × 4 / (32 / Q) × 1.2."""
    return billions * 4 / (32 / bits) * 1.2


def textbook_weights_gb(billions: float, bytes_each: float) -> float:
    """R5: weights in GB."""
    return billions * bytes_each


def textbook_kv_gb_per_token(billions: float, bytes_each: float) -> float:
    """R5, the text's own code: KV cache of one token in GB, P / 1000 × 2 × bytes."""
    return billions / 1000 * 2 * bytes_each


def textbook_kv_claim_gb(billions: float, bytes_each: float, tokens: int, batch: int) -> float:
    """R5, the text's words: about 10 GB for 2,048 tokens at 70B and 16 bits, in proportion."""
    return 10 * (billions / 70) * (bytes_each / 2) * (tokens / 2048) * batch


def textbook_activations_gb(weights_gb: float, batch: int) -> float:
    """R5: 15 % of the weights for each sequence of the batch."""
    return 0.15 * weights_gb * batch


def textbook_total_gb(billions: float, bytes_each: float, tokens: int, batch: int) -> float:
    """R5: weights, KV cache (the text's words) and activations, × 1.2."""
    weights = textbook_weights_gb(billions, bytes_each)
    cached = textbook_kv_claim_gb(billions, bytes_each, tokens, batch)
    return (weights + cached + textbook_activations_gb(weights, batch)) * 1.2


def bandwidth_tokens_per_s(bandwidth_bytes_s: float, weights_bytes: float) -> float:
    """R6: tokens/s of one sequence."""
    return bandwidth_bytes_s / weights_bytes


def pipeline_overhead(gpus: int) -> float:
    """R7: 5 + 0.5n %, as a fraction."""
    return (5 + 0.5 * gpus) / 100


def tensor_overhead(gpus: int) -> float:
    """R7: 15 + 2n %, as a fraction."""
    return (15 + 2 * gpus) / 100


def pipeline_speed_up(gpus: int) -> float:
    """R7: of one sequence: 1 × (1 − overhead)."""
    return 1 - pipeline_overhead(gpus)


def tensor_speed_up(gpus: int) -> float:
    """R7: n × (1 − overhead)."""
    return gpus * (1 - tensor_overhead(gpus))


def newsletter_weights_bytes(params: float) -> float:
    """R8: 2 bytes a parameter."""
    return 2 * params


def newsletter_gpus(params: float, gpu_bytes: float = 80e9) -> tuple[int, int]:
    """R8: GPUs that hold the weights, and the power of two that is then taken."""
    least = math.ceil(newsletter_weights_bytes(params) / gpu_bytes)
    return least, 2 ** math.ceil(math.log2(least))


def newsletter_kv_bytes_per_token(layers: int, hidden: int) -> int:
    """R8: 2 × 2 × layers × hidden, as if every head had its own keys and values."""
    return 2 * 2 * layers * hidden


def newsletter_tokens_beside(left_bytes: float, kv_bytes_per_token: float) -> float:
    """R8: tokens in the memory beside the weights; the text counts 64 GB as 64 GiB (128K tokens of 0.5 MiB)."""
    return max(0.0, left_bytes) / 1e9 * 2**30 / kv_bytes_per_token


def newsletter_ttft_s(params: float, prompt: int, flops: float, bandwidth: float, gpus: int) -> float:
    """R8: (2·P·T / FLOPS + 2·P / bandwidth) / n."""
    return (2 * params * prompt / flops + 2 * params / bandwidth) / gpus


def newsletter_inter_token_s(params: float, bandwidth: float, gpus: int) -> float:
    """R8: 2·P / bandwidth / n."""
    return 2 * params / bandwidth / gpus


def newsletter_tokens_in_a_second(ttft_s: float, inter_token_s: float) -> float:
    """R8: output tokens in what the prompt leaves of one second; none where it leaves nothing."""
    return max(0.0, 1 - ttft_s) / inter_token_s


class SecondSplit(NamedTuple):
    """R8: a second's money by time: US dollars per million prompt and output tokens."""

    prompt: float
    output: float


def newsletter_split(usd_per_hour: float, prompt: int, ttft_s: float, inter_token_s: float) -> SecondSplit | None:
    """R8: the time-split of one second between a prompt and the output tokens; None where the prompt takes it all."""
    if ttft_s >= 1:
        return None
    second = usd_per_hour / 3600
    return SecondSplit(second * ttft_s / prompt * 1e6, second * inter_token_s * 1e6)


def one_percent_rule(users: float, online_share: float = 0.01, active_share: float = 0.01) -> tuple[float, float]:
    """R9: users logged in, and of those active at once."""
    return users * online_share, users * online_share * active_share
