"""Steps in which only what a test names costs anything."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

from tests.core.memory.hand import a_rack, a_scenario

from roofrack.catalog.calibration import shipped_calibration
from roofrack.domain import Parallel, Scenario
from roofrack.speed.constants import constants
from roofrack.speed.step import StepModel

FREE = 1e40
"""So many bytes or operations a second cost nothing."""

NOTHING: dict[str, Any] = {
    **dict.fromkeys(("dense_bytes_s", "expert_bytes_s", "kv_bytes_s", "activation_bytes_s", "plain_bytes_s"), FREE),
    **dict.fromkeys(("dense_flops", "expert_flops", "attention_flops", "plain_flops"), FREE),
    **dict.fromkeys(("link_bytes_s", "stage_link_bytes_s"), FREE),
    **dict.fromkeys(("layer_s", "launch_s", "step_s", "sequence_s", "link_s", "stage_link_s", "stage_loss"), 0.0),
    **dict.fromkeys(
        ("latent_layer", "moe_layer", "activation_passes", "kv_again", "score_bytes", "layer_launches"), 0.0
    ),
    **dict.fromkeys(("writes_out_rows", "graph_tokens"), math.inf),
    "latent_attention": 1.0,
    "full_rows": 1.0,
    "row_exponent": 0.5,
    "overlap": 1.0,
    "all_experts": False,
    "one_shot": False,
}


def steps(scenario: Scenario | None = None, **costs: Any) -> StepModel:
    """The steps of a scenario where only what is given costs anything; with an overlap of 1 terms add up."""
    found = scenario or a_scenario()
    nvidia = replace(found, engine=replace(found.engine, id="vllm"), engine_version="0.10.0")
    real = constants(nvidia, shipped_calibration())
    return StepModel(found, real._replace(**NOTHING | costs))


def ranks(tp: int = 1, pp: int = 1, ep: int = 1, dp: int = 1, **fields: Any) -> Scenario:
    return a_scenario(rack=a_rack(gpus=tp * pp * dp), parallel=Parallel(tp=tp, pp=pp, ep=ep, dp=dp), **fields)
