"""The published examples themselves: each rule with its text's own inputs, and claims that are only quoted, beside the exact model."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from roofrack.catalog.prices import shipped_prices
from roofrack.domain.money import AudienceSpec, MoneySpec
from roofrack.domain.scenario import ParallelSpec, RackSpec, ScenarioSpec, WorkloadSpec
from roofrack.economics import cost_report
from roofrack.memory.kv import kv_bytes
from roofrack.memory.weights import weights_parts
from roofrack.plan import plan
from roofrack.results import Plan
from roofrack.rules import economics, memory, parallel, people, speed
from roofrack.rules.rule import Rule, rule
from roofrack.sweep import points

if TYPE_CHECKING:
    from roofrack.catalog import Catalog

_SEVENTY, _EIGHT, _LARGEST = "llama-3-70b", "llama-3.1-8b", "llama-3.1-405b"
_A100 = "a100-sxm4-80gb"
_H100 = "h100-sxm5-80gb"
_NEWSLETTER_KWH = 0.163
"""Price of electricity that makes the newsletter's $2,000 of 700 W over two years."""


class _Example(NamedTuple):
    title: str
    suffix: str
    found: tuple[Rule, ...]


def published_rules(catalog: Catalog) -> tuple[Rule, ...]:
    """Every published example; ids that several examples share get a suffix.

    Args:
        catalog: Where models and devices are looked up.
    """
    seventy = _plan(catalog, _SEVENTY, RackSpec(device=_A100, gpus_per_node=2), weights="bf16")
    batch = _plan(
        catalog,
        _SEVENTY,
        RackSpec(device=_A100, gpus_per_node=4),
        weights="bf16",
        prompt=1792,
        output=256,
        concurrency=8,
    )
    examples = [
        _Example("70B at 16 bits on 2x A100 80 GB", "", memory.rules(seventy)),
        *(
            _Example(f"the class of {name}", f".{size}", people.size_rules(made))
            for size, name, made in _classes(catalog)
        ),
        _Example("70B on 4x A100 80 GB", "", people.target_rules(batch)),
        _Example("any model", "", (people.stack_rule(),)),
        _Example("70B at 16 bits, eight sequences of 2,048 tokens", "", memory.textbook_rules(batch)),
        _Example("70B at 16 bits on one A100 80 GB", "", speed.bandwidth_rules(_one_a100(catalog))),
        _Example("70B at 16 bits on four of them", ".4", speed.bandwidth_rules(batch)),
        _Example("70B at 16 bits on 2", ".2", parallel.rules(seventy)),
        _Example("70B at 16 bits on 4", ".4", parallel.rules(batch)),
        _Example("405B on 16 H100, 100 prompt tokens", "", economics.rules(_newsletter(catalog))),
        _Example("8B on one H100, 100 prompt tokens", ".8b", economics.rules(_newsletter_8b(catalog))),
        _Example("1,000 users of an 8B model", "", people.user_rules(_thousand_users(catalog))),
        _Example("70B at 16 bits", "", speed.centre_rules(batch)),
    ]
    rows = [
        row._replace(id=row.id + example.suffix, inputs={**row.inputs, "example": example.title})
        for example in examples
        for row in example.found
    ]
    rows += [*_textbook_claims(catalog), *_newsletter_claims(catalog), *_centre_claims(catalog)]
    return tuple(sorted(rows, key=lambda row: int(row.id.partition(".")[0][1:])))


def _plan(
    catalog: Catalog,
    model: str,
    rack: RackSpec,
    *,
    weights: str | None = None,
    prompt: int = 1024,
    output: int = 256,
    concurrency: int = 1,
    tp: int | None = None,
    pp: int | None = None,
    usd_per_gpu_hour: float | None = None,
    money: MoneySpec | None = None,
    audience: AudienceSpec | None = None,
) -> Plan:
    load = WorkloadSpec(
        prompt_tokens=prompt, output_tokens=output, context_tokens=max(4096, prompt + output), concurrency=concurrency
    )
    spec = ScenarioSpec(
        model=model,
        rack=rack,
        weights=weights,
        workload=load,
        parallel=ParallelSpec(tp=tp, pp=pp),
        usd_per_gpu_hour=usd_per_gpu_hour,
        money=money or MoneySpec(),
        audience=audience or AudienceSpec(),
    )
    return plan(spec, catalog)


def _classes(catalog: Catalog) -> tuple[tuple[str, str, Plan], ...]:
    return (
        ("small", "8B on an RTX A5000", _plan(catalog, _EIGHT, RackSpec(device="rtx-a5000"))),
        ("medium", "70B on 2x A100", _plan(catalog, _SEVENTY, RackSpec(device=_A100, gpus_per_node=2), weights="bf16")),
        ("large", "405B on 16x A100", _plan(catalog, _LARGEST, RackSpec(device=_A100, gpus_per_node=8, nodes=2))),
    )


def _one_a100(catalog: Catalog) -> Plan:
    return _plan(catalog, _SEVENTY, RackSpec(device=_A100), weights="bf16")


def _newsletter(catalog: Catalog) -> Plan:
    rack = RackSpec(device=_H100, gpus_per_node=8, nodes=2)
    money = MoneySpec(usd_per_gpu=30_000, usd_per_kwh=_NEWSLETTER_KWH)
    return _plan(
        catalog, _LARGEST, rack, weights="bf16", prompt=100, output=65, tp=8, pp=2, usd_per_gpu_hour=2.0, money=money
    )


def _newsletter_8b(catalog: Catalog) -> Plan:
    return _plan(catalog, _EIGHT, RackSpec(device=_H100), weights="bf16", prompt=100, output=200, usd_per_gpu_hour=2.0)


def _thousand_users(catalog: Catalog) -> Plan:
    return _plan(catalog, _EIGHT, RackSpec(device="rtx-4090"), weights="fp8", audience=AudienceSpec(users=1000))


def _textbook_claims(catalog: Catalog) -> tuple[Rule, ...]:
    model, kv = catalog.model(_SEVENTY), catalog.kv_format("16bit")
    source = "'70B in the textbook', a memory profile with code"
    heads = "Eight KV heads, not sixty-four, keep 320 KiB a token."

    def cache(id_: str, tokens: int, batch: int, claim: float) -> Rule:
        exact = batch * kv_bytes(model, kv, tokens) / 2**30
        return rule(
            id_,
            f"KV cache of {batch} × {tokens:,} tokens, 70B at 16 bits",
            source,
            "the text's words",
            claim,
            "GiB",
            exact,
            heads,
            tokens=tokens,
            batch=batch,
        )

    whole, small = (
        sum(part.bytes for part in weights_parts(model, catalog.weights_format(name))) for name in ("bf16", "awq-int4")
    )
    one, two = (_plan(catalog, _SEVENTY, RackSpec(device=_A100, gpus_per_node=n), weights="bf16", tp=n) for n in (1, 2))
    int4 = _plan(catalog, _SEVENTY, RackSpec(device=_A100), weights="awq-int4")
    least = 1 if one.memory.fits else 2 if two.memory.fits else 4
    return (
        cache("R5.claim_2048", 2048, 1, 10),
        cache("R5.claim_batch", 2048, 8, 80),
        cache("R5.claim_8k", 8192, 1, 40),
        rule(
            "R5.claim_int4",
            "what int4 saves of 16-bit weights",
            source,
            "the text's words",
            0.75,
            "fraction",
            1 - small / whole,
            "Scales, embedding and head keep more than 4 bits.",
        ),
        rule(
            "R5.claim_gpus",
            "A100 80 GB that 70B at 16 bits needs",
            source,
            "the text's words",
            2,
            "GPUs",
            least,
            "Two hold the weights and a short context; there is little room to serve.",
        ),
        rule(
            "R5.claim_one",
            "A100 80 GB that 70B at int4 needs",
            source,
            "the text's words",
            1,
            "GPUs",
            1 if int4.memory.fits else 2,
            "Right, with room for a cache of tens of thousands of tokens.",
        ),
    )


def _newsletter_claims(catalog: Catalog) -> tuple[Rule, ...]:
    many = _newsletter(catalog)
    busy = cost_report(many._replace(at=points(many, (64,))[0])).busy
    source, quoted = economics._R8, "quoted; the text's own batching and pools are not spelled out"
    why = "Exact is the same 16 GPUs with 64 requests in flight, split by GPU time."
    hosted = shipped_prices().api("openai:gpt-4o")
    return (
        rule(
            "R8.claim_prompt",
            "$ per million prompt tokens of 405B",
            source,
            quoted,
            3.22,
            "USD",
            busy and busy.usd_per_million_prompt,
            why,
        ),
        rule(
            "R8.claim_output",
            "$ per million output tokens of 405B",
            source,
            quoted,
            71,
            "USD",
            busy and busy.usd_per_million_output,
            why,
        ),
        rule(
            "R8.claim_hosted_prompt",
            "$ per million prompt tokens of GPT-4o",
            source,
            "list price",
            2.5,
            "USD",
            hosted.usd_per_million_prompt,
            "Exact is the price in the shipped list.",
        ),
        rule(
            "R8.claim_hosted_output",
            "$ per million output tokens of GPT-4o",
            source,
            "list price",
            10,
            "USD",
            hosted.usd_per_million_output,
            "Exact is the price in the shipped list.",
        ),
    )


def _centre_claims(catalog: Catalog) -> tuple[Rule, ...]:
    pair = plan(catalog.scenario("a100-pair"), catalog)
    crowd, group = (
        plan(replace(pair.scenario.spec, workload=replace(pair.scenario.spec.workload, concurrency=n)), catalog).at
        for n in (128, 20)
    )
    source, what = speed._R10, "Mixtral 8x7B AWQ on 2x A100 40 GB, 30-token prompts"
    why = "A measurement of all requests started together, prefill and sampling included; the model is held to it by its band."
    return (
        rule(
            "R10.total",
            f"tokens/s in total at 128 requests ({what})",
            source,
            "measured",
            700,
            "tokens/s",
            crowd and crowd.output_tokens_per_s.mid,
            why,
        ),
        rule(
            "R10.each",
            f"tokens/s each at 20 users ({what})",
            source,
            "measured, just under 20",
            20,
            "tokens/s",
            group and group.tokens_per_s_per_user.mid,
            why,
        ),
    )
