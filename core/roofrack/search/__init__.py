"""From a load, its targets and a budget to the racks that carry it; and from a rack to the models that run on it."""

from roofrack.search.box import Box, BoxRow, BoxSpec, box
from roofrack.search.find import search
from roofrack.search.load import InFlight, in_flight
from roofrack.search.request import Limits, SearchSpec
from roofrack.search.results import Candidate, NearestMiss, Progress, Relaxed, SearchResult

__all__ = [
    "Box",
    "BoxRow",
    "BoxSpec",
    "Candidate",
    "InFlight",
    "Limits",
    "NearestMiss",
    "Progress",
    "Relaxed",
    "SearchResult",
    "SearchSpec",
    "box",
    "in_flight",
    "search",
]
