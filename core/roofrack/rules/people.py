"""R2 size classes, R3 service targets, R4 the stack around the model, R9 users and the speed they accept."""

from __future__ import annotations

from roofrack.domain.workload import Targets
from roofrack.machine import machine
from roofrack.results import Plan
from roofrack.rules import formulas
from roofrack.rules.rule import Rule, rule
from roofrack.speed.constants import dense_rate
from roofrack.sweep import alone, points
from roofrack.users import SPEED_CLASSES, capacity, published_targets
from roofrack.users.demand import DEFAULT_THINK_S

_R2, _R3, _R4 = "a guide to size classes", "service targets that circulate", "the serving stack of the same guide"
_R9 = "a self-hosting vendor, 2023"
STACK = (
    "FastAPI or an inference server (vLLM, Triton)",
    "PostgreSQL for requests and answers",
    "Redis for cache and rate limits",
    "Prometheus",
    "Grafana",
    "MLflow for versions",
    "LangChain for chains",
)
_EXAMPLE_USERS = 1000


def size_rules(plan: Plan) -> tuple[Rule, ...]:
    """R2 for a plan."""
    found = machine(plan)
    known, rack = found.size_class, plan.scenario.rack
    tflops = dense_rate(rack.device, ("bf16", "fp16", "fp32")) / 1e12 * rack.device_count
    caveat = "Three classes for all models, whatever format, context and load: exact is worked out from this plan, for a node."
    common = {"size_class": known.name, "gpus": known.gpus}
    formula = "small 1 to 10B, medium 10 to 70B, large above"
    return (
        rule("R2", "host RAM", _R2, formula, known.ram_gb, "GB", found.value("host RAM"), caveat, **common),
        rule("R2.cores", "CPU cores", _R2, formula, known.cores, "cores", found.value("CPU cores"), caveat, **common),
        rule("R2.disk", "disk", _R2, formula, known.disk_gb, "GB", found.value("disk"), caveat, **common),
        rule(
            "R2.tflops",
            "16-bit arithmetic",
            _R2,
            formula,
            known.tflops,
            "TFLOPS",
            tflops,
            "Decoding waits for memory bandwidth, not for arithmetic: the class measures the wrong thing.",
            **common,
        ),
    )


def target_rules(plan: Plan) -> tuple[Rule, ...]:
    """R3 for a plan; exact is what this rack reaches."""
    names = {
        "100 ms as TTFT": "R3.ttft",
        "100 ms as TPOT": "R3.tpot",
        "100 requests/s a node": "R3",
        "99.9 %": "R3.availability",
    }
    if not plan.memory.fits:
        return (
            rule(
                "R3",
                "100 requests/s a node",
                _R3,
                "latency < 100 ms, 100 requests/s, 99.9 %",
                100,
                "requests/s",
                None,
                "The plan does not fit.",
            ),
        )
    found = published_targets(plan)
    ordered = sorted(found, key=lambda target: names[target.name] != "R3")
    return tuple(
        rule(
            names[target.name],
            target.name,
            _R3,
            "latency < 100 ms, 100 requests/s a node, 99.9 %",
            target.target,
            target.unit,
            target.reached,
            f"{'Met' if target.met else 'Not met'}: {target.takes}.",
            prompt_tokens=plan.scenario.workload.prompt_tokens,
            output_tokens=plan.scenario.workload.output_tokens,
        )
        for target in ordered
    )


def stack_rule() -> Rule:
    """R4: a list, not a formula."""
    return rule(
        "R4",
        "parts around the model",
        _R4,
        "; ".join(STACK),
        len(STACK),
        "parts",
        None,
        "Only the inference server is needed to answer requests, and vLLM brings API and metrics; the others keep answers, limits and versions, and none takes GPU memory.",
        parts=list(STACK),
    )


def user_rules(plan: Plan) -> tuple[Rule, ...]:
    """R9 for a plan."""
    audience = plan.scenario.spec.audience
    users = audience.users or _EXAMPLE_USERS
    online, active = formulas.one_percent_rule(users, audience.online_share, audience.active_share)
    usable = SPEED_CLASSES[0].tokens_per_s
    exact = each = most = None
    if plan.memory.fits:
        answer = alone(plan).e2e_latency_s.mid
        exact = online * answer / (answer + DEFAULT_THINK_S)
        most = capacity(plan, Targets(tokens_per_s_per_user=usable)).requests.mid
        each = points(plan, (plan.scenario.workload.concurrency,))[0].tokens_per_s_per_user.mid
    return (
        rule(
            "R9",
            "users active at once",
            _R9,
            "1 % of the users logged in, 1 % of those active",
            active,
            "requests in flight",
            exact,
            f"Made for web pages; an answer takes seconds. Exact: the same people logged in, {DEFAULT_THINK_S:g} s between answers, Little's law.",
            users=users,
            logged_in=online,
        ),
        rule(
            "R9.speed",
            "speed that is 'not great but usable'",
            _R9,
            "5 tokens/s",
            usable,
            "tokens/s",
            each,
            "Exact is each user's speed under the cursor"
            + (f"; {most:,.0f} requests at once keep at least {usable:g}." if most is not None else "."),
            concurrency=plan.scenario.workload.concurrency,
        ),
    )
