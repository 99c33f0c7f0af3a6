"""The published rules of thumb, each with its source, its mistakes and what the exact model says."""

from roofrack.rules.published import published_rules
from roofrack.rules.rule import Rule, rules

__all__ = ["Rule", "published_rules", "rules"]
