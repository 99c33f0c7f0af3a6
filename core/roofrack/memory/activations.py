"""What a step needs for a moment: activations of its widest layer, or the sampler's copies of the logits."""

from __future__ import annotations

from roofrack.domain.model import Attention, DenseMlp, LatentAttention, LayerGroup, Mlp, MoeMlp, SoftmaxAttention
from roofrack.domain.scenario import Scenario

ELEMENT_BYTES = 2
"""Activations are 16-bit."""

HIDDEN_STATES = 3
"""Hidden states alive while the widest layer runs: its input, its output and the residual. With the feed-forward block below, Llama 3.1
8B takes 55,296 elements a token; logs of 20,000 and 29,000 tokens a step say 55,500 and 55,350 (vllm#10517)."""

WHOLE_PROMPT_TOKENS = 32_768
"""Engines that run whole prompts profile a step of one full context, up to this length; longer ones are chunked (vLLM 0.5–0.7)."""

LLAMA_UBATCH_TOKENS = 512
"""llama.cpp computes logits for a physical batch of this many tokens at once (`-ub`)."""


def step_tokens(scenario: Scenario) -> int:
    """Tokens of the largest step that an engine prepares for.

    Args:
        scenario: What is planned.
    """
    tokens, context = scenario.max_num_batched_tokens, scenario.workload.context_tokens
    if scenario.profile.memory.budget == "context":
        return min(tokens, LLAMA_UBATCH_TOKENS)
    if scenario.profile.batching.step_covers_context and context <= WHOLE_PROMPT_TOKENS:
        return max(tokens, context)
    return tokens


def activation_bytes(scenario: Scenario, counts: tuple[int, ...], *, last: bool) -> int:
    """Peak activations of one device, bytes.

    Args:
        scenario: What is planned.
        counts: Layers of each of the model's groups on the device's stage.
        last: Whether the stage computes logits and samples.
    """
    model = scenario.model
    widest = max(
        (_layer(group, model.hidden, scenario) for group, count in zip(model.layers, counts, strict=True) if count),
        default=0.0,
    )
    tokens = step_tokens(scenario)
    layers = tokens * ELEMENT_BYTES * (HIDDEN_STATES * model.hidden + widest)
    logits = _sampled(scenario, tokens) * model.vocab * scenario.profile.memory.sampler_bytes_per_logit if last else 0
    return round(max(layers, logits))


def _sampled(scenario: Scenario, tokens: int) -> int:
    """Rows of logits that exist at once. Every rank gathers the whole vocabulary."""
    whole_step = scenario.profile.memory.budget == "context"
    return tokens if whole_step else min(tokens, scenario.max_num_seqs)


def _layer(group: LayerGroup, hidden: int, scenario: Scenario) -> float:
    tp = scenario.parallel.tp
    return max(_attention(group.attention, tp), _mlp(group.mlp, hidden, scenario))


def _attention(attention: Attention | None, tp: int) -> float:
    """Elements per token: queries, keys, values and the output."""
    if isinstance(attention, SoftmaxAttention):
        dims = attention.head_dim + attention.value_dim
        return dims * (attention.heads / tp + attention.kv_heads / min(tp, attention.kv_heads))
    if isinstance(attention, LatentAttention):
        query = attention.qk_nope_head_dim + attention.qk_rope_head_dim
        return 2 * (query + attention.v_head_dim) * attention.heads / tp
    return 0.0


def _mlp(mlp: Mlp | None, hidden: int, scenario: Scenario) -> float:
    """Elements per token: what goes up (twice with a gate) and its activation; of every expert visited, also the output."""
    tp, ep = scenario.parallel.tp, scenario.parallel.ep
    if isinstance(mlp, DenseMlp):
        return mlp.matrices * mlp.width / tp
    if isinstance(mlp, MoeMlp):
        width = mlp.expert_width / (tp if ep == 1 else 1)
        routed = mlp.experts_per_token * (mlp.matrices * width + (mlp.latent_width or hidden))
        return max(routed, mlp.shared_matrices * mlp.shared_width / tp)
    return 0.0
