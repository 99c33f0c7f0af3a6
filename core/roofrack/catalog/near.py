"""Did you mean: ids that look like what somebody wrote."""

from __future__ import annotations

import re
from collections.abc import Mapping

# Patterns are compiled when somebody misspells a name, not with every start.
_TOKENS = r"[a-z]+|[0-9]+(?:\.[0-9]+)?"
_GAPS = r"[\s_-]+"
_LEAST = 0.6
"""Likeness below which a guess is more confusing than helpful."""

_CERTAIN = 0.9
"""Likeness of a name that holds everything written; beside one, guesses at the spelling only distract."""


def near(wanted: str, names: Mapping[str, str], *, most: int = 5) -> tuple[str, ...]:
    """Find ids that look like a name nobody has.

    Args:
        wanted: What was written.
        names: Every known name, in lower case, to the id it stands for; ids in the order in which equals should be offered.
        most: Most ids to return.

    Returns:
        Ids, most alike first.
    """
    sought = re.sub(_GAPS, "-", wanted.strip().lower()[:120])
    tokens = re.findall(_TOKENS, sought)
    best: dict[str, float] = {}
    for name, found in names.items():
        score = _likeness(sought, tokens, name)
        if score >= _LEAST and score > best.get(found, 0.0):
            best[found] = score
    if any(score >= _CERTAIN for score in best.values()):
        best = {found: score for found, score in best.items() if score >= _CERTAIN}
    return tuple(sorted(best, key=lambda found: -best[found])[:most])


def _likeness(sought: str, tokens: list[str], name: str) -> float:
    """1 for whole words at the start ("h100" in "h100-pcie-80gb"), less for shared words, and spelling for the rest."""
    if not sought:
        return 0.0
    if name.startswith(sought):
        return 0.95 if name[len(sought) : len(sought) + 1].strip("-_/: ") else 1.0
    have = re.findall(_TOKENS, name)
    overlap = sum(token in have for token in tokens) / len(tokens) if tokens else 0.0
    if overlap == 1.0:
        return _CERTAIN
    from difflib import SequenceMatcher  # only misspelt names need it

    matcher = SequenceMatcher(None, sought, name, autojunk=False)
    spelling = matcher.ratio() if matcher.quick_ratio() >= _LEAST else 0.0
    return max(spelling, 0.5 * overlap + 0.4 * spelling)
