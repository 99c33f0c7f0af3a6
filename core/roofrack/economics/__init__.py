"""What tokens cost: split between prompt and output, per hour, per watt, bought, rented or asked of an API."""

from roofrack.economics.assumptions import Assumptions, Note, assumptions
from roofrack.economics.cards import SameSpeed, same_speed
from roofrack.economics.compare import Comparison, Way, compare
from roofrack.economics.energy import Energy, energy
from roofrack.economics.margins import Margins, margins
from roofrack.economics.report import CostReport, cost_report
from roofrack.economics.tokens import TokenCost, token_cost

__all__ = [
    "Assumptions",
    "Comparison",
    "CostReport",
    "Energy",
    "Margins",
    "Note",
    "SameSpeed",
    "TokenCost",
    "Way",
    "assumptions",
    "compare",
    "cost_report",
    "energy",
    "margins",
    "same_speed",
    "token_cost",
]
