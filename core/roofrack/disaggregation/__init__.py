"""Prefill and decode on pools of their own: what that does to TTFT, TPOT and cost, against the same GPUs doing both.

A request is prefilled in one pool, its KV cache is sent over the link, and the other pool decodes. Prompts no longer interrupt
decoding, so TPOT is that of the decode step alone; but neither pool can lend the other a hand.
"""

from roofrack.disaggregation.compare import disaggregate
from roofrack.disaggregation.loads import AtLoad, across_loads, for_pools
from roofrack.disaggregation.results import Aggregated, Disaggregation, Load, PoolUse, Transfer

__all__ = [
    "Aggregated",
    "AtLoad",
    "Disaggregation",
    "Load",
    "PoolUse",
    "Transfer",
    "across_loads",
    "disaggregate",
    "for_pools",
]
