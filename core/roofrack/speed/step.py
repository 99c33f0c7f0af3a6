"""The time of one engine step on one tensor-parallel rank, as a sum of named terms.

A step decodes one token for each of `d` running sequences and processes `p` prompt tokens. All stages of a pipeline are one
chain: the time is that of a token through the whole model.

Sources: roofline of memory and compute (Williams et al. 2009); distinct experts touched as in expected occupancy,
E·(1 − (1 − k/E)^tokens); all-reduce as latency plus the cheaper of a one-shot exchange and a ring (Thakur et al. 2005).
"""

from __future__ import annotations

import math
from typing import NamedTuple

from roofrack.domain.model import LatentAttention, Model, MoeMlp, RecurrentState, SoftmaxAttention
from roofrack.domain.scenario import Scenario
from roofrack.memory.kv import kv_parts
from roofrack.memory.weights import weights_parts
from roofrack.results import StepTime
from roofrack.speed.constants import Constants
from roofrack.speed.pipeline import QUEUE_LAUNCHES

_STREAMED_NEVER = {"embedding", "tower", "lookup"}
_BYTES_16_BIT = 2
_SMOOTH_MINIMUM = 4
_LAUNCH_SHARPNESS = 6
"""Exponent of the smooth maximum of the device's time and the host's launches, which run side by side."""

_WRITTEN_OUT_BYTES = 4
"""Bytes per parameter that 16-bit copies of packed weights cost: written once, read once."""


class _Experts(NamedTuple):
    layers: int
    experts: int
    per_token: int
    bytes_each: float
    params_each: float


class StepModel:
    """Everything about a plan's step that does not depend on the batch, worked out once.

    Args:
        scenario: What is planned.
        constants: Its effective constants.
    """

    def __init__(self, scenario: Scenario, constants: Constants) -> None:
        model, parallel = scenario.model, scenario.parallel
        self.constants = constants
        self.tp = parallel.tp
        self.stages = parallel.pp
        self.hidden = model.hidden
        self.layers = model.layer_count
        # One all-reduce behind each mixer and one behind each feed-forward block.
        self.collectives = sum(g.count * ((g.attention is not None) + (g.mlp is not None)) for g in model.layers)
        self.spread_experts = parallel.ep > parallel.tp
        self.expert_shards = parallel.ep if self.spread_experts else parallel.tp
        self.expert_replicas = parallel.ep // parallel.tp if self.spread_experts else 1
        self.one_at_a_time = scenario.workload.load == "single"
        parts = {part.name: part for part in weights_parts(scenario.model, scenario.weights, scenario.own_weights)}
        streamed = [part for part in parts.values() if part.name not in (*_STREAMED_NEVER, "experts", "head")]
        head = parts["embedding" if model.tied_embeddings else "head"]
        self.dense_s = (sum(part.bytes for part in streamed) + head.bytes) / self.tp / constants.dense_bytes_s
        self.token_flops_s = 2 * sum(part.params for part in streamed) / self.tp / constants.dense_flops
        self.head_flops_s = 2 * head.params / self.tp / constants.dense_flops
        self.packs_dense = constants.writes_out_rows < math.inf and not scenario.weights.experts_only
        written = _WRITTEN_OUT_BYTES * sum(part.params for part in streamed) / self.tp
        self.written_s = (self.dense_s * constants.dense_bytes_s + written) / constants.plain_bytes_s
        self.experts = _experts(scenario, parts["experts"].bytes if "experts" in parts else 0)
        self.moe_layers = sum(group.layers for group in self.experts)
        latent = sum(g.count for g in model.layers if isinstance(g.attention, LatentAttention))
        routed = sum(
            g.layers * (-(-g.experts // self.expert_shards) if constants.all_experts else 1) for g in self.experts
        )
        layers = self.layers + constants.latent_layer * latent + constants.moe_layer * routed
        self.between_kernels_s = constants.layer_s * layers
        self.launches_s = constants.launch_s * layers
        launches = constants.layer_launches * self.layers / self.stages
        self.queued_chunks = QUEUE_LAUNCHES / launches if launches else math.inf
        moved_bytes = constants.activation_passes * self.layers * self.hidden * _BYTES_16_BIT
        self.token_moved_s = moved_bytes / constants.activation_bytes_s
        # A curve asks for many batches of the same few lengths.
        self._read_s: dict[float, float] = {}
        self._attended_s: dict[float, float] = {}
        self._attention(scenario)

    def _attention(self, scenario: Scenario) -> None:
        """KV bytes read and attention arithmetic, by context."""
        model, c, tp = scenario.model, self.constants, self.tp
        growing = fixed = 0.0
        self.windows: list[tuple[float, float]] = []
        for part in kv_parts(model, scenario.kv):
            if part.kind == "window":
                continue
            growing += part.bytes_per_token / min(part.tp_divisor, tp)
            fixed += part.fixed_bytes / min(part.tp_divisor, tp)
        again = _read_again(model) * c.kv_again
        self.prompt_full = 0.0
        self.prompt_windows: list[tuple[float, float]] = []
        for group in model.layers:
            mixer = group.attention
            rate = c.attention_flops * (c.latent_attention if isinstance(mixer, LatentAttention) else 1.0)
            spent = _attention_flops(mixer) * group.count / tp / rate
            if isinstance(mixer, SoftmaxAttention):
                scores = mixer.heads * group.count / tp / mixer.compress_ratio
                spent += scores * c.score_bytes / c.plain_bytes_s
            if isinstance(mixer, SoftmaxAttention) and mixer.window_tokens:
                each = mixer.cached_elements * scenario.kv.bits / 8
                read = 0.0 if mixer.reuses_kv else each * group.count / min(tp, mixer.kv_heads) / c.kv_bytes_s
                read *= 1 + c.kv_again * (mixer.heads / mixer.kv_heads - 1)
                self.windows.append((read, mixer.window_tokens))
                self.prompt_windows.append((spent, mixer.window_tokens))
            else:
                self.prompt_full += spent
        self.kv_token_s = growing * (1 + again) / c.kv_bytes_s
        self.kv_fixed_s = fixed / c.kv_bytes_s

    def time(self, decode: float, context: float, prompt: float = 0, prompt_context: float = 0) -> StepTime:
        """The time of one step.

        Args:
            decode: Sequences that decode one token, per replica.
            context: Their mean length, tokens.
            prompt: Prompt tokens in the step, per replica.
            prompt_context: Mean number of keys that a prompt token sees.
        """
        c = self.constants
        if self.stages > 1 and not self.one_at_a_time:
            batches = min(self.stages, max(decode + prompt, 1.0))
            decode, prompt = decode / batches, prompt / batches
        tokens = decode + prompt
        heads = decode + min(prompt, 1.0)
        compute_s = (self.token_flops_s * tokens + self.head_flops_s * heads) / _fullness(tokens, c)
        weights_s = self.dense_s
        if self.packs_dense and tokens > c.writes_out_rows:
            matrices, weights_s, compute_s = self._written_out(heads, compute_s)
        else:
            matrices = _smooth_maximum(weights_s, compute_s, c.overlap)
        for group in self.experts:
            both, memory, compute = self._expert_time(group, tokens * self.expert_replicas)
            matrices += both
            weights_s += memory
            compute_s += compute
        kv_s = decode * self._read(context)
        attention_s = prompt * self._attended(prompt_context) if prompt else 0.0
        moved = self.token_moved_s * tokens
        communication_s = self._communication(tokens)
        device_s = matrices + kv_s + attention_s + moved + communication_s + self.between_kernels_s
        idle_s = 0.0
        if prompt or context > c.graph_tokens:
            idle_s = _smooth_maximum(device_s, self.launches_s, _LAUNCH_SHARPNESS) - device_s
            device_s += idle_s
        lost = 0.0 if self.one_at_a_time else c.stage_loss * (self.stages - 1) * device_s
        host_s = self.between_kernels_s + idle_s + c.step_s + c.sequence_s * decode + lost
        return StepTime(
            weights_s,
            kv_s,
            compute_s + attention_s + moved,
            communication_s,
            host_s,
            device_s - self.between_kernels_s - idle_s + host_s,
        )

    def _written_out(self, heads: float, compute_s: float) -> tuple[float, float, float]:
        """Matrices of weights that are first written out at 16 bits, and their shares of memory and arithmetic.

        It takes no less than the last batch that was multiplied without.
        """
        c, rows = self.constants, self.constants.writes_out_rows
        plain_s = compute_s * c.dense_flops / c.plain_flops
        written = _smooth_maximum(self.written_s, plain_s, c.overlap)
        last_s = (self.token_flops_s * rows + self.head_flops_s * min(heads, rows)) / _fullness(rows, c)
        last = _smooth_maximum(self.dense_s, last_s, c.overlap)
        return (written, self.written_s, plain_s) if written > last else (last, self.dense_s, last_s)

    def _read(self, context: float) -> float:
        """Time to read the KV cache of one sequence."""
        found = self._read_s.get(context)
        if found is None:
            windows = sum(s * min(context, w) for s, w in self.windows)
            found = self._read_s[context] = self.kv_token_s * context + self.kv_fixed_s + windows
        return found

    def _attended(self, keys: float) -> float:
        """Time of the attention of one prompt token over so many keys."""
        found = self._attended_s.get(keys)
        if found is None:
            windows = sum(s * min(keys, w) for s, w in self.prompt_windows)
            found = self._attended_s[keys] = self.prompt_full * keys + windows
        return found

    def _expert_time(self, group: _Experts, tokens: float) -> tuple[float, float, float]:
        """Time of a group of layers' routed experts, and its shares of memory and arithmetic."""
        c = self.constants
        touched: float = group.experts
        visits: float = group.experts
        if not c.all_experts:
            touched = group.experts * (1 - (1 - group.per_token / group.experts) ** max(tokens, 1.0))
            visits = group.per_token
        memory = group.layers * touched * group.bytes_each / self.expert_shards / c.expert_bytes_s
        rows = tokens * visits / group.experts
        row_s = 2 * group.layers * group.experts * group.params_each / self.expert_shards / c.expert_flops
        compute = row_s * rows / _fullness(rows, c)
        both = _smooth_maximum(memory, compute, c.overlap)
        if rows <= c.writes_out_rows:
            return both, memory, compute
        written = memory * c.expert_bytes_s / c.plain_bytes_s
        written *= 1 + _WRITTEN_OUT_BYTES * group.params_each / group.bytes_each
        plain_s = compute * c.expert_flops / c.plain_flops
        other = _smooth_maximum(written, plain_s, c.overlap)
        last_s = row_s * c.writes_out_rows / _fullness(c.writes_out_rows, c)
        last = _smooth_maximum(memory, last_s, c.overlap)
        return (other, written, plain_s) if other > last else (last, memory, last_s)

    def _communication(self, tokens: float) -> float:
        c = self.constants
        message = tokens * self.hidden * _BYTES_16_BIT
        spent = 0.0
        if self.tp > 1:
            spent += self.collectives * _all_reduce(self.tp, message, c.link_s, c.link_bytes_s, one_shot=c.one_shot)
        if self.spread_experts:
            visits = self.experts[0].per_token if self.experts else 0
            spent += 2 * self.moe_layers * (2 * c.link_s + visits * message / c.link_bytes_s)
        if self.stages > 1:
            spent += (self.stages - 1) * (2 * c.stage_link_s + message / c.stage_link_bytes_s)
        return spent


def _all_reduce(ranks: int, message: float, latency_s: float, bytes_s: float, *, one_shot: bool) -> float:
    """Time of one all-reduce: a ring, or latency plus the smooth minimum of that and a one-shot exchange.

    Args:
        ranks: Devices that take part.
        message: Bytes on each.
        latency_s: Fixed time of one exchange.
        bytes_s: Rate per device and direction.
        one_shot: Each device reads from all others at once where that is quicker.
    """
    ring = 2 * (ranks - 1) * latency_s + 2 * (ranks - 1) / ranks * message / bytes_s
    if not one_shot:
        return ring
    direct = (ranks - 1) * message / bytes_s
    if direct <= 0:
        return latency_s
    n = _SMOOTH_MINIMUM
    return float(latency_s + (direct**-n + ring**-n) ** (-1 / n))


def _fullness(rows: float, c: Constants) -> float:
    """Share of the full rate that a matrix product of some rows reaches."""
    if rows >= c.full_rows:
        return 1.0
    return float((max(rows, 1.0) / c.full_rows) ** c.row_exponent)


def _smooth_maximum(a: float, b: float, n: float) -> float:
    return float((a**n + b**n) ** (1 / n))


def _experts(scenario: Scenario, total_bytes: int) -> tuple[_Experts, ...]:
    groups = [(g, g.mlp) for g in scenario.model.layers if isinstance(g.mlp, MoeMlp)]
    hidden = scenario.model.hidden
    params = {id(g): m.matrices * (m.latent_width or hidden) * m.expert_width for g, m in groups}
    all_params = sum(g.count * m.experts * params[id(g)] for g, m in groups)
    bytes_per_param = total_bytes / all_params if all_params else 0.0
    return tuple(
        _Experts(g.count, m.experts, m.experts_per_token, params[id(g)] * bytes_per_param, params[id(g)])
        for g, m in groups
    )


def _read_again(model: Model) -> float:
    """Further query heads per KV head, over the layers whose cache grows with the whole sequence."""
    whole = [
        (g.count, g.attention)
        for g in model.layers
        if isinstance(g.attention, SoftmaxAttention) and not g.attention.window_tokens
    ]
    kept = sum(count * mixer.kv_heads for count, mixer in whole)
    return sum(count * mixer.heads for count, mixer in whole) / kept - 1 if kept else 0.0


def _attention_flops(mixer: SoftmaxAttention | LatentAttention | RecurrentState | None) -> float:
    """Operations per query token and key: QKᵀ and PV, two each per head and element."""
    if isinstance(mixer, SoftmaxAttention):
        return 2 * mixer.heads * (mixer.head_dim + mixer.value_dim) / mixer.compress_ratio
    if isinstance(mixer, LatentAttention):
        return 2 * mixer.heads * (mixer.qk_nope_head_dim + mixer.qk_rope_head_dim + mixer.v_head_dim)
    return 0.0
