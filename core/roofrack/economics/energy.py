"""Electricity: the machine at the wall, the site around it, busy and idle hours."""

from __future__ import annotations

from typing import NamedTuple

from roofrack.domain.scenario import Scenario
from roofrack.economics.assumptions import HOURS_PER_MONTH, Assumptions
from roofrack.machine import node_power_w


class Energy(NamedTuple):
    """What the rack draws and what that costs.

    Args:
        busy_w: All machines under full load, PUE included, watts.
        mean_w: Mean over busy and idle hours.
        kwh_per_month: In a month of 730 hours.
        usd_per_month: That at the price of electricity.
        kwh_per_million_output: Per 10^6 output tokens, idle hours included; None where the plan does not fit.
        machine_kw: Power that a colocation site must provide, without PUE.
    """

    busy_w: float
    mean_w: float
    kwh_per_month: float
    usd_per_month: float
    kwh_per_million_output: float | None
    machine_kw: float


def energy(scenario: Scenario, assumed: Assumptions, output_tokens_per_hour: float | None = None) -> Energy | None:
    """Work out a rack's electricity; None where a device's power is unknown.

    Args:
        scenario: What is planned.
        assumed: Utilisation, PUE, price of electricity, idle power.
        output_tokens_per_hour: Mean over busy and idle hours.
    """
    each = node_power_w(scenario.rack.device, scenario.rack.devices_per_node)
    if each is None:
        return None
    machines = each * scenario.rack.nodes
    busy = machines * assumed.pue
    mean = busy * (assumed.utilisation + (1 - assumed.utilisation) * assumed.idle_power_share)
    kwh = mean * HOURS_PER_MONTH / 1000
    per_million = mean / 1000 / output_tokens_per_hour * 1e6 if output_tokens_per_hour else None
    return Energy(busy, mean, kwh, kwh * assumed.usd_per_kwh, per_million, machines / 1000)
