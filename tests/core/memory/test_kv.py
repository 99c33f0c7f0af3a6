"""KV cache and states against published figures."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roofrack.catalog import default_catalog
from roofrack.domain import (
    KvFormat,
    LatentAttention,
    LayerGroup,
    Model,
    RecurrentState,
    SoftmaxAttention,
    SparseIndex,
)
from roofrack.domain.base import Source
from roofrack.memory.kv import kv_bytes, kv_bytes_per_token, kv_parts, tp_divisor

NOWHERE = Source(text="a test")


def a_kv(bits: float, **fields: object) -> KvFormat:
    return KvFormat(
        id="made-up", name="made up", bits=bits, vendors=("nvidia",), engines=("vllm",), source=NOWHERE, **fields
    )


def a_model(*mixers: SoftmaxAttention | LatentAttention | RecurrentState | None, count: int = 1) -> Model:
    layers = tuple(LayerGroup(count=count, attention=mixer) for mixer in mixers)
    return Model(
        id="test/model", name="test", hidden=64, vocab=10, layers=layers, max_context_tokens=4096, source=NOWHERE
    )


BITS16 = a_kv(16)
FULL = SoftmaxAttention(heads=8, kv_heads=4, head_dim=16)
WINDOW = replace(FULL, window_tokens=100)
LATENT = LatentAttention(heads=8, kv_lora_rank=32, qk_nope_head_dim=16, qk_rope_head_dim=8, v_head_dim=16)
STATE = RecurrentState(variant="test", state_elements=300, state_bits=32, conv_elements=50, params=1)


@pytest.mark.parametrize(
    ("model", "growing", "fixed"),
    [
        ("llama-3.1-8b", 131_072, 0),
        ("llama-3.1-70b", 327_680, 0),
        ("llama-3.3-70b", 327_680, 0),
        ("llama-3.1-405b", 516_096, 0),
        ("deepseek-v3", 70_272, 0),
        ("gpt-oss-120b", 36_864, 4.5 * 2**20),
        ("llama-2-7b", 524_288, 0),
        ("falcon-7b", 8_192, 0),
        ("mixtral-8x7b", 131_072, 0),
        ("mistral-7b-v0.1", 0, 4096 * 131_072),
        ("kimi-k2", 70_272, 0),
        ("deepseek-v3.2", 61 * (576 * 2 + 128 + 4), 0),
        ("gemma-3-27b", 10 * 16 * 2 * 128 * 2, 52 * 1024 * 16 * 2 * 128 * 2),
        ("qwen3-next-80b-a3b", 24_576, 36 * (32 * 128 * 128 * 2 + 8192 * 3 * 2)),
        ("nemotron-3-nano", 6_144, 23 * (64 * 64 * 128 * 4 + 6144 * 3 * 2)),
        ("gemma-4-e2b", 3 * 2 * 512 * 2, 12 * 512 * 2 * 256 * 2),
        ("kimi-linear", 7 * 576 * 2, 20 * (32 * 128 * 128 * 4 + 3 * 4096 * 3 * 2)),
        ("deepseek-v4-flash", 21 * 512 * 2 // 4 + 20 * 512 * 2 // 128 + 21 * 132 // 4, 43 * 128 * 512 * 2),
    ],
)  # fmt: skip
def test_a_token_costs_what_is_published(model: str, growing: int, fixed: float) -> None:
    catalog = default_catalog()
    parts = kv_parts(catalog.model(model), catalog.kv_format("16bit"))
    assert sum(part.bytes_per_token for part in parts) == growing
    assert sum(part.fixed_bytes for part in parts) == fixed


def test_eight_bits_halve_the_cache_of_llama() -> None:
    catalog = default_catalog()
    llama = catalog.model("llama-3.1-8b")
    assert kv_bytes_per_token(llama, catalog.kv_format("fp8")) == 131_072 // 2
    assert kv_bytes_per_token(llama, catalog.kv_format("q8_0")) == 131_072 * 17 // 32


def test_each_kind_of_layer_is_a_part() -> None:
    index = SparseIndex(heads=2, key_dim=129)
    compressed = replace(WINDOW, compress_ratio=4, kv_elements=24, index=index)
    parts = {p.kind: p for p in kv_parts(a_model(FULL, WINDOW, LATENT, STATE, compressed, None, count=3), BITS16)}
    assert {kind: (p.layers, p.bytes_per_token, p.fixed_bytes, p.tp_divisor) for kind, p in parts.items()} == {
        "full": (3, 3 * 4 * 32 * 2, 0, 4),
        "window": (6, 0, 3 * 100 * (4 * 32 + 24) * 2, 4),
        "latent": (3, 3 * (32 + 8) * 2, 0, 1),
        "state": (3, 0, 3 * (300 * 4 + 50 * 2), 300),
        "compressed": (3, 3 * 24 * 2 // 4, 0, 4),
        "index": (3, round(3 * (129 + 2 * 4) / 4), 0, 1),
    }


def test_a_layer_that_reads_anothers_cache_has_none() -> None:
    assert kv_parts(a_model(replace(FULL, reuses_kv=True)), BITS16) == ()


def test_a_window_of_an_engine_that_does_not_free_it_grows() -> None:
    model = a_model(FULL, WINDOW, replace(WINDOW, window_tokens=7))
    parts = {part.kind: part for part in kv_parts(model, BITS16, caps_windows=False)}
    assert parts["window"].bytes_per_token == 2 * parts["full"].bytes_per_token
    assert parts["window"].fixed_bytes == 0
    assert kv_bytes(model, BITS16, 1000, caps_windows=False) == 3 * 1000 * 256
    assert kv_bytes(model, BITS16, 1000) == (1000 + 100 + 7) * 256
    assert kv_bytes(model, BITS16, 50) == (50 + 50 + 7) * 256


def test_a_compressed_entry_starts_with_its_first_token() -> None:
    model = a_model(replace(FULL, compress_ratio=4))
    assert [kv_bytes(model, BITS16, tokens) for tokens in (0, 1, 4, 5)] == [0, 256, 256, 512]
    assert kv_bytes(a_model(replace(FULL, compress_ratio=2)), BITS16, 100) == 50 * 256


def test_a_state_is_there_from_the_first_token_and_keeps_its_precision() -> None:
    model = a_model(STATE)
    assert kv_bytes(model, BITS16, 1) == kv_bytes(model, a_kv(8), 100_000) == 300 * 4 + 50 * 2


def test_an_engine_may_lay_out_a_latent_in_its_own_way() -> None:
    special = a_kv(8, latent_bytes_per_token=656)
    v3 = default_catalog().model("deepseek-v3")
    assert kv_bytes_per_token(v3, special) == 61 * 656
    assert kv_bytes_per_token(v3, a_kv(8)) == 61 * 576


@pytest.mark.parametrize(
    ("mixer", "divisors"),
    [
        (FULL, {1: 1, 2: 2, 4: 4, 8: 4}),
        (LATENT, {1: 1, 2: 1, 8: 1}),
        (STATE, {1: 1, 2: 2, 8: 8}),
        (RecurrentState(variant="short convolution", state_elements=0, conv_elements=64, params=1), {1: 1, 8: 8}),
        (RecurrentState(variant="none", state_elements=0, params=1), {1: 1, 8: 1}),
    ],
)
def test_tensor_parallelism_divides_as_engines_do(
    mixer: SoftmaxAttention | LatentAttention | RecurrentState, divisors: dict[int, int]
) -> None:
    whole = kv_bytes(a_model(mixer), BITS16, 1024)
    for tp, divisor in divisors.items():
        assert tp_divisor(mixer, tp) == divisor
        assert kv_bytes(a_model(mixer), BITS16, 1024, tp=tp) == -(-whole // divisor)


@given(
    tokens=st.integers(0, 10_000),
    window=st.integers(1, 5_000),
    bits=st.tuples(st.sampled_from((4.5, 8.0, 8.5, 16.0)), st.sampled_from((4.5, 8.0, 8.5, 16.0))),
    tp=st.sampled_from((1, 2, 4, 8)),
)
def test_windows_and_fewer_bits_never_cost_more(tokens: int, window: int, bits: tuple[float, float], tp: int) -> None:
    full, windowed = a_model(FULL, STATE), a_model(replace(FULL, window_tokens=window), STATE)
    fewer, more = (a_kv(width) for width in sorted(bits))
    assert kv_bytes(windowed, more, tokens, tp=tp) <= kv_bytes(full, more, tokens, tp=tp)
    assert kv_bytes(full, fewer, tokens, tp=tp) <= kv_bytes(full, more, tokens, tp=tp)
    assert kv_bytes(full, more, tokens) <= kv_bytes(full, more, tokens + 1)
    assert kv_bytes(full, more, tokens, tp=tp) <= kv_bytes(full, more, tokens)
    assert kv_bytes(full, more, tokens) < kv_bytes(a_model(FULL, FULL, STATE), more, tokens + 1)
