"""R8, the newsletter's serving economics of November 2024."""

from __future__ import annotations

from roofrack.economics import Assumptions, assumptions, cost_report
from roofrack.economics.margins import margins
from roofrack.machine import node_power_w
from roofrack.memory.kv import kv_bytes_per_token
from roofrack.results import CurvePoint, Plan
from roofrack.rules import formulas
from roofrack.rules.facts import Facts, facts
from roofrack.rules.rule import Rule, rule
from roofrack.sweep import alone

_R8 = "a newsletter on the economics of serving, November 2024"
_YEARS = 2
_SPARSE = "1,979 TFLOPS is the figure with sparsity, twice the dense one; communication, the host and what a device really reaches are left out"


def rules(plan: Plan) -> tuple[Rule, ...]:
    """R8 for a plan."""
    known, scenario = facts(plan), plan.scenario
    one = alone(plan) if plan.memory.fits else None
    return (
        *_money(plan, known),
        *_memory(plan, known),
        *_speed(plan, known, one),
        *_market(plan, assumptions(scenario)),
    )


def _times(plan: Plan, known: Facts, gpus: int) -> tuple[float, float]:
    prompt = plan.scenario.workload.prompt_tokens
    ttft = formulas.newsletter_ttft_s(known.params, prompt, known.sparse_flops, known.bandwidth, gpus)
    return ttft, formulas.newsletter_inter_token_s(known.params, known.bandwidth, gpus)


def _money(plan: Plan, known: Facts) -> tuple[Rule, ...]:
    price = plan.scenario.usd_per_device_hour
    if price is None:
        return ()
    prompt, replicas = plan.scenario.workload.prompt_tokens, plan.scenario.parallel.dp
    ttft, gap = _times(plan, known, known.gpus)
    hour = price * known.gpus
    split = formulas.newsletter_split(hour, prompt, ttft, gap)
    report = cost_report(plan)
    busy = report.busy if report.basis == "rent" else None
    inputs = {"gpus": known.gpus, "usd_per_gpu_hour": price, "prompt_tokens": prompt}
    alone_only = "One sequence at a time: batching divides the time of a step among all requests that share it"
    return (
        rule(
            "R8",
            "$ per million output tokens",
            _R8,
            "price of a second × inter-token time",
            split and split.output,
            "USD",
            busy and busy.usd_per_million_output,
            f"{alone_only} ({plan.scenario.workload.concurrency} here); {_SPARSE}.",
            **inputs,
        ),
        rule(
            "R8.prompt",
            "$ per million prompt tokens",
            _R8,
            "price of a second × TTFT / prompt tokens",
            split and split.prompt,
            "USD",
            busy and busy.usd_per_million_prompt,
            f"{alone_only}; {_SPARSE}.",
            **inputs,
        ),
        rule(
            "R8.hour",
            "price of one replica for an hour",
            _R8,
            "GPUs × price of one",
            hour,
            "USD/h",
            plan.cost.usd_per_hour and plan.cost.usd_per_hour / replicas,
            "Clouds add storage, traffic and management: see `roofrack cost`.",
            **inputs,
        ),
    )


def _memory(plan: Plan, known: Facts) -> tuple[Rule, ...]:
    model = plan.scenario.model
    least, taken = formulas.newsletter_gpus(known.params, known.memory_bytes)
    cached = formulas.newsletter_kv_bytes_per_token(model.layer_count, model.hidden)
    left = known.gpus * known.memory_bytes - formulas.newsletter_weights_bytes(known.params)
    return (
        rule(
            "R8.weights",
            "weights",
            _R8,
            "2 bytes × parameters",
            formulas.newsletter_weights_bytes(known.params) / 1e9,
            "GB",
            plan.memory.weights_bytes / 1e9,
            "Right at 16 bits, but for the size in the name; other formats differ.",
            params_billion=known.billions,
        ),
        rule(
            "R8.gpus",
            "GPUs that hold the weights, rounded up to a power of two",
            _R8,
            "weights / memory of a GPU",
            taken,
            "GPUs",
            known.gpus,
            "No engine may use all of a GPU's memory, and a cache is needed: exact is what this plan gives one replica.",
            weights_gb=known.params * 2 / 1e9,
            least=least,
        ),
        rule(
            "R8.kv",
            "KV cache of a token",
            _R8,
            "2 × 2 × layers × hidden",
            cached,
            "bytes/token",
            kv_bytes_per_token(model, plan.scenario.kv) or None,
            "It takes every query head to have its own keys and values; grouped-query and latent attention keep far fewer.",
            layers=model.layer_count,
            hidden=model.hidden,
        ),
        rule(
            "R8.tokens",
            "tokens that fit beside the weights",
            _R8,
            "(memory − weights) / KV cache of a token, the GB of the former read as GiB",
            formulas.newsletter_tokens_beside(left, cached),
            "tokens",
            plan.memory.kv_capacity_tokens / plan.scenario.parallel.dp or None,
            "Grouped-query attention makes the cache smaller, engines keep memory for activations and graphs.",
            left_gb=left / 1e9,
        ),
    )


def _speed(plan: Plan, known: Facts, one: CurvePoint | None) -> tuple[Rule, ...]:
    prompt = plan.scenario.workload.prompt_tokens
    ttft_one, gap_one = _times(plan, known, 1)
    ttft, gap = _times(plan, known, known.gpus)
    single = known.gpus == 1
    inputs = {
        "params_billion": known.billions,
        "prompt_tokens": prompt,
        "tflops": known.sparse_flops / 1e12,
        "bandwidth_tb_s": known.bandwidth / 1e12,
    }
    formula = "(2·P·T / FLOPS + 2·P / bandwidth) / n"
    rows = [
        rule(
            "R8.ttft", "TTFT", _R8, formula, ttft, "s", one and one.ttft_s.mid, f"{_SPARSE}.", **inputs, gpus=known.gpus
        ),
        rule(
            "R8.inter_token",
            "time between tokens",
            _R8,
            "2·P / bandwidth / n",
            gap,
            "s",
            one and one.tpot_s.mid,
            "No device streams at its data sheet's rate; two all-reduces a layer and, over several nodes, the network come on top.",
            **inputs,
            gpus=known.gpus,
        ),
        rule(
            "R8.second",
            "output tokens in the second that a prompt starts",
            _R8,
            "(1 s − TTFT) / time between tokens",
            formulas.newsletter_tokens_in_a_second(ttft, gap),
            "tokens",
            one and formulas.newsletter_tokens_in_a_second(one.ttft_s.mid, one.tpot_s.mid),
            "The same with exact times: still one sequence, while a batch makes many times as many.",
            **inputs,
            gpus=known.gpus,
        ),
    ]
    if not single:
        why = "One GPU does not hold the model, so this is never seen; see the row for all GPUs."
        rows.insert(1, rule("R8.ttft_one", "TTFT on one GPU", _R8, formula, ttft_one, "s", None, why, **inputs))
        rows.append(
            rule(
                "R8.inter_token_one",
                "time between tokens on one GPU",
                _R8,
                "2·P / bandwidth",
                gap_one,
                "s",
                None,
                why,
                **inputs,
            )
        )
    return tuple(rows)


def _market(plan: Plan, assumed: Assumptions) -> tuple[Rule, ...]:
    rent, price, device = assumed.usd_per_device_hour, assumed.usd_per_device, plan.scenario.rack.device
    if rent is None or price is None or device.power_w is None:
        return ()
    earned = margins(
        usd_per_hour=rent, price_usd=price, power_w=device.power_w, usd_per_kwh=assumed.usd_per_kwh, years=_YEARS
    )
    wall = node_power_w(device, plan.scenario.rack.devices_per_node) or 0.0
    each = wall / plan.scenario.rack.devices_per_node
    site = assumed.usd_per_kw_month * each / 1000 * 12 * _YEARS
    whole = margins(
        usd_per_hour=rent,
        price_usd=price * (1 + assumed.server_overhead),
        power_w=each * assumed.pue,
        usd_per_kwh=assumed.usd_per_kwh,
        years=_YEARS,
    )
    return (
        rule(
            "R8.owner",
            "what a GPU leaves its owner in two years",
            _R8,
            "rent − price − electricity of the GPU",
            earned.owner_usd,
            "USD",
            whole.owner_usd - site,
            "Rented day and night; exact adds server, site, PUE and the host's power, and still no idle hours.",
            revenue_usd=earned.revenue_usd,
            price_usd=price,
            electricity_usd=earned.electricity_usd,
        ),
        rule(
            "R8.maker",
            "the maker's gross margin on it",
            _R8,
            "75 % of the price",
            earned.maker_usd,
            "USD",
            None,
            "A company's margin over all products, put on one of them; nothing here can check it.",
            price_usd=price,
        ),
    )
