"""Plans side by side: what differs, which is better in what, and where the bands do not let one say."""

from roofrack.compare.members import MOST_PLANS, Member, ScenarioSet, aligned
from roofrack.compare.naming import full_name, names, same_plan
from roofrack.compare.results import Cell, Comparison, Row, Verdict, Yardstick
from roofrack.compare.table import compare, compare_plans

__all__ = [
    "MOST_PLANS",
    "Cell",
    "Comparison",
    "Member",
    "Row",
    "ScenarioSet",
    "Verdict",
    "Yardstick",
    "aligned",
    "compare",
    "compare_plans",
    "full_name",
    "names",
    "same_plan",
]
