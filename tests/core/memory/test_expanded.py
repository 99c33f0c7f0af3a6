"""MLA under versions that cached keys and values of every head instead of the latent."""

from dataclasses import replace

import pytest

from roofrack.catalog import default_catalog
from roofrack.domain import RackSpec, ScenarioSpec
from roofrack.memory.expanded import as_cached
from roofrack.memory.kv import kv_bytes_per_token
from roofrack.memory.weights import active_params, total_params
from roofrack.plan import plan

DEEPSEEK = ScenarioSpec(model="deepseek-v3", rack=RackSpec(device="h200-sxm-141gb", gpus_per_node=8))
EVERY_HEAD = 61 * 128 * 2 * 256 * 2
LATENT = 61 * (512 + 64) * 2


@pytest.mark.parametrize(
    ("version", "expected"),
    [("0.6.0", EVERY_HEAD), ("0.7.0", EVERY_HEAD), ("0.7.1", LATENT), ("0.11", LATENT), (None, LATENT)],
)
def test_the_version_decides_what_a_token_takes(version: str | None, expected: int) -> None:
    made = plan(replace(DEEPSEEK, engine_version=version))
    assert made.memory.kv_bytes_per_token == expected
    said = [notice.message for notice in made.warnings if notice.code == "expanded-latents"]
    assert [f"{EVERY_HEAD:,}" in line and f"{LATENT:,}" in line for line in said] == (
        [True] if expected == EVERY_HEAD else []
    )


def test_every_head_is_divided_by_tensor_parallelism_and_the_latent_is_not() -> None:
    """Eight devices hold an eighth each of what a token takes, so that the pool of one device has an eighth of its bytes a token."""
    old = plan(replace(DEEPSEEK, engine_version="0.6.5")).memory
    cache = min(device.kv_cache_bytes for device in old.devices)
    assert old.kv_capacity_tokens == cache // (EVERY_HEAD // 8)
    assert {part.tp_divisor for part in old.kv} == {8}


def test_only_the_cache_is_another_one() -> None:
    catalog = default_catalog()
    policy = catalog.engine("vllm").profile("0.6.0").memory
    kv = catalog.kv_format("16bit")
    for model in catalog.models():
        served = as_cached(model, policy)
        assert (served is model) == ("MLA" not in model.attention_kind)
        assert total_params(served) == total_params(model)
        assert active_params(served) == active_params(model)
        assert kv_bytes_per_token(served, kv) >= kv_bytes_per_token(model, kv)
        assert as_cached(model, policy) is served, "plans of one model share what was computed for it"
        assert as_cached(model, catalog.engine("vllm").profile("0.8").memory) is model


def test_speed_reads_what_is_cached() -> None:
    """With as many requests running, a step reads more of the cache."""
    few = replace(DEEPSEEK, workload=replace(DEEPSEEK.workload, concurrency=16))
    old, new = (plan(replace(few, engine_version=version)) for version in ("0.7.0", "0.7.1"))
    assert old.at is not None
    assert new.at is not None
    assert old.at.decode.kv_s > 10 * new.at.decode.kv_s


def test_the_comparison_with_the_newest_is_of_the_latent() -> None:
    old, new = (plan(replace(DEEPSEEK, engine_version=version)) for version in ("0.6.0", None))
    (said,) = (notice.message for notice in old.warnings if notice.code == "engine-version")
    assert f"{new.memory.kv_capacity_tokens:,}" in said
    assert "MLA caches hold keys and values of every head" in said
