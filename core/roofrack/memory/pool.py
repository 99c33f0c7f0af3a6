"""How an engine hands out the cache memory of one device: blocks, pages of states, windows, and pools set apart."""

from __future__ import annotations

from math import ceil, floor
from typing import NamedTuple

from roofrack.domain.engine import MemoryPolicy
from roofrack.domain.scenario import Scenario
from roofrack.memory.activations import step_tokens
from roofrack.memory.kv import Kept, kept_of_layer

GROUP_TOLERANCE = 1.25
"""vLLM makes groups of as many layers as the rarest kind has, or as the commonest if that is less than this factor more
(`kv_cache_utils.py`)."""

KERNEL_TOKENS = 16
"""Attention blocks are multiples of this many tokens."""


class Cost(NamedTuple):
    """What a sequence takes from the layers of one kind.

    Args:
        weight: Blocks of the pool per step of `tokens`.
        tokens: Tokens that `weight` blocks hold; 0 for what does not grow.
        cap_tokens: The window; None keeps every token.
    """

    weight: float
    tokens: int
    cap_tokens: int | None = None

    def blocks(self, tokens: int) -> float:
        """Blocks of one sequence.

        Args:
            tokens: Its length.
        """
        if not self.tokens:
            return self.weight
        steps = ceil(tokens / self.tokens)
        if self.cap_tokens is not None:
            # A window rarely starts at a block's edge, so it touches one block more.
            steps = min(steps, ceil(self.cap_tokens / self.tokens) + 1)
        return self.weight * steps


class Pool(NamedTuple):
    """The cache memory of one device as its engine divides it.

    Args:
        block_bytes: The least that is handed out.
        block_tokens: Tokens that a block holds where every layer grows alike; 0 where they do not.
        costs: What one sequence takes.
        prefill_blocks: Held back for the windowed layers of the prompt chunk that is being processed.
        state_share: Share of the memory that is set apart for states.
        state_bytes: What a sequence takes of it.
    """

    block_bytes: int
    block_tokens: int
    costs: tuple[Cost, ...]
    prefill_blocks: float = 0
    state_share: float = 0
    state_bytes: int = 0

    def sequences(self, pool_bytes: int, tokens: int) -> float:
        """How many sequences fit, with the fraction of the one that does not.

        Args:
            pool_bytes: Memory for caches and states.
            tokens: Length of each.
        """
        if pool_bytes <= 0:
            return 0.0
        if not self.costs and not self.state_bytes:
            return float("inf")
        blocks = floor(pool_bytes * (1 - self.state_share)) // self.block_bytes - self.prefill_blocks
        each = self.blocks(tokens)
        fit = max(0.0, blocks / each) if each else float("inf")
        if self.state_bytes:
            fit = min(fit, pool_bytes * self.state_share // self.state_bytes)
        return fit

    def blocks(self, tokens: int) -> float:
        """Blocks that one sequence takes.

        Args:
            tokens: Its length.
        """
        return sum(cost.blocks(tokens) for cost in self.costs)

    def sequence_bytes(self, tokens: int) -> int:
        """The least memory in which one sequence runs.

        Args:
            tokens: Its length.
        """
        cache = ceil(self.blocks(tokens) + self.prefill_blocks) * self.block_bytes
        states = ceil(self.state_bytes / self.state_share) if self.state_bytes else 0
        return max(ceil(cache / (1 - self.state_share)), states)


class _Layers(NamedTuple):
    """Layers of a stage that keep the same, sizes as one device holds them.

    Args:
        layers: How many.
        kept: What each keeps; `entry_bytes` and `fixed_bytes` already divided.
        token_bytes: What each further token adds to one layer.
    """

    layers: int
    kept: Kept
    token_bytes: float


def pool_of(scenario: Scenario, counts: tuple[int, ...]) -> Pool:
    """The pool of a device that runs these layers.

    Args:
        scenario: What is planned.
        counts: Layers of each of the model's groups on the device's stage.
    """
    policy = scenario.profile.memory
    layers = _kept_on_device(scenario, counts)
    growing = [one for one in layers if one.token_bytes and one.kept.cap_tokens is None]
    windows = [one for one in layers if one.kept.cap_tokens is not None]
    states = [one for one in layers if one.kept.fixed_bytes]
    if policy.window_pool_ratio is not None:
        scaled = [one._replace(token_bytes=one.token_bytes * policy.window_pool_ratio) for one in windows]
        growing, windows = [*growing, *scaled], []
    chunks = [_chunk_beyond(one.kept.cap_tokens, scenario) for one in windows]
    if policy.budget == "total" and len(growing) == 1 and (windows or (states and policy.state_pages)):
        return _grouped(growing[0], windows, states, policy, chunks)
    return _plain(growing, windows, states, policy, chunks)


def _kept_on_device(scenario: Scenario, counts: tuple[int, ...]) -> list[_Layers]:
    """What the stage's layers keep, equal ones together."""
    found: dict[Kept, int] = {}
    for group, count in zip(scenario.model.layers, counts, strict=True):
        for kept in kept_of_layer(group, scenario.kv) if count else ():
            divisor = min(scenario.parallel.tp, kept.divisor)
            held = kept._replace(entry_bytes=kept.entry_bytes / divisor, fixed_bytes=ceil(kept.fixed_bytes / divisor))
            found[held] = found.get(held, 0) + count
    if not caps_windows(scenario):
        whole: dict[Kept, int] = {}
        for kept, count in found.items():
            uncapped = kept._replace(cap_tokens=None, kind="full" if kept.cap_tokens else kept.kind)
            whole[uncapped] = whole.get(uncapped, 0) + count
        found = whole
    return [_Layers(count, kept, kept.entry_bytes / kept.tokens_per_entry) for kept, count in found.items()]


def caps_windows(scenario: Scenario) -> bool:
    """Whether the engine frees what has left a window, for this model.

    Args:
        scenario: What is planned.
    """
    policy = scenario.profile.memory
    if not policy.caps_windows or policy.caps_unlike_windows:
        return policy.caps_windows
    kept = (one for group in scenario.model.layers for one in kept_of_layer(group, scenario.kv))
    return len({one.entry_bytes for one in kept if one.entry_bytes}) == 1


def _chunk_beyond(window: int | None, scenario: Scenario) -> int:
    """Tokens of the largest prompt chunk: windowed layers hold them beside their window while they are processed."""
    return max(0, min(step_tokens(scenario), scenario.workload.context_tokens - (window or 0)))


def _plain(
    growing: list[_Layers], windows: list[_Layers], states: list[_Layers], policy: MemoryPolicy, chunks: list[int]
) -> Pool:
    """One block holds some tokens of all growing layers; windows and states take what they need."""
    tokens = policy.block_tokens
    per_token = sum(one.layers * one.token_bytes for one in growing)
    per_window_token = sum(one.layers * one.token_bytes for one in windows)
    state = sum(one.layers * one.kept.fixed_bytes for one in states) * policy.state_slots
    block = ceil(tokens * (per_token or per_window_token)) or max(1, state)
    costs = [Cost(1, tokens)] if growing else []
    costs += [Cost(one.layers * one.token_bytes * tokens / block, tokens, one.kept.cap_tokens) for one in windows]
    apart = policy.state_pool_ratio if state and costs else None
    if state and apart is None:
        costs.append(Cost(state / block, 0))
    return Pool(
        block_bytes=block,
        block_tokens=tokens if growing and len(costs) == 1 else 0,
        costs=tuple(costs),
        prefill_blocks=sum(
            ceil(chunk / tokens) * one.layers * one.token_bytes * tokens / block
            for one, chunk in zip(windows, chunks, strict=True)
        ),
        state_share=apart / (1 + apart) if apart else 0,
        state_bytes=state if apart else 0,
    )


def _grouped(
    full: _Layers, windows: list[_Layers], states: list[_Layers], policy: MemoryPolicy, chunks: list[int]
) -> Pool:
    """The hybrid allocator of vLLM: layers in equally large groups, one block a page of each layer of a group.

    Pages are equally large for all kinds: an attention page is stretched until it holds a state, a kind that caches less per token puts
    more tokens on a page. Checked against logs: Qwen3.6 35B, FP8 cache, 5.98 GiB at 131,072 tokens: 4.33 sequences; Qwen3.8 27B, TP 2,
    4.99 GiB: 2.31.
    """
    states = states if policy.state_pages else []
    state = max((one.kept.fixed_bytes for one in states), default=0)
    widest = max(one.token_bytes for one in (full, *windows))
    tokens = max(policy.block_tokens, ceil(state / full.token_bytes / KERNEL_TOKENS) * KERNEL_TOKENS)
    page = max(tokens * full.token_bytes, policy.block_tokens * widest)
    size = _group_size([one.layers for one in (full, *windows, *states)])
    costs = [Cost(ceil(full.layers / size), int(page / full.token_bytes))]
    prefill = 0
    for one, chunk in zip(windows, chunks, strict=True):
        groups, on_page = ceil(one.layers / size), int(page / one.token_bytes)
        costs.append(Cost(groups, on_page, one.kept.cap_tokens))
        prefill += groups * ceil(chunk / on_page)
    costs += [Cost(ceil(one.layers / size) * policy.state_pages, 0) for one in states]
    return Pool(block_bytes=ceil(page) * size, block_tokens=0, costs=tuple(costs), prefill_blocks=prefill)


def _group_size(counts: list[int]) -> int:
    return max(counts) if max(counts) < min(counts) * GROUP_TOLERANCE else min(counts)
