"""What the rules are fed with: the numbers of a plan as their readers would take them."""

from __future__ import annotations

from typing import NamedTuple

from roofrack.nominal import nominal_params
from roofrack.results import Plan

# The GPU figures that circulate with R6, by the start of a device's id: 10^12 bytes/s and dense TFLOPS.
_QUOTED = {
    "a100-sxm4-80gb": (2.0, 312),
    "a100-pcie-80gb": (2.0, 312),
    "h100-sxm5": (3.35, 989),
    "v100-": (0.9, 125),
    "a10g": (0.6, 125),
}


class Facts(NamedTuple):
    """A plan in a rule's words.

    Args:
        params: Parameters as the model's name says them.
        bytes_each: Bytes of a weight, without scales: bits of the format rounded to 4, 8, 16 or 32.
        bandwidth: Memory bandwidth of one device as commonly quoted, bytes/s.
        sparse_flops: The data sheet's larger figure for 16-bit arithmetic, operations/s.
        gpus: Devices of one replica.
        memory_bytes: Memory of one device as sold: 80 GB for 79.6 GiB.
    """

    params: float
    bytes_each: float
    bandwidth: float
    sparse_flops: float
    gpus: int
    memory_bytes: float

    @property
    def billions(self) -> float:
        """Parameters in billions."""
        return self.params / 1e9


def facts(plan: Plan) -> Facts:
    """What the rules are fed with for a plan."""
    scenario, device = plan.scenario, plan.scenario.rack.device
    quoted = next((figures for start, figures in _QUOTED.items() if device.id.startswith(start)), None)
    dense = quoted[1] if quoted else device.rates.bf16 or device.rates.fp16 or device.rates.fp32 or 0.0
    capability = device.cuda_capability
    sparse = 2 if capability is not None and capability >= 8 else 1
    return Facts(
        params=nominal_params(scenario.model),
        bytes_each=min((4, 8, 16, 32), key=lambda bits: abs(bits - scenario.weights.bits)) / 8,
        bandwidth=quoted[0] * 1e12 if quoted else device.bandwidth_gb_s * 1e9,
        sparse_flops=dense * sparse * 1e12,
        gpus=scenario.parallel.devices_per_replica,
        memory_bytes=round(device.memory_mib / 1024) * 1e9,
    )
