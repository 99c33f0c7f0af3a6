"""The one filter language of models and devices: `moe <40b gqa apache sort:kv` on the command line and in the app."""

from roofrack.filters.facts import DEVICES, MODELS, device_facts, kinds_of_place, model_facts
from roofrack.filters.query import Facts, Query, Subject, parse

__all__ = ["DEVICES", "MODELS", "Facts", "Query", "Subject", "device_facts", "kinds_of_place", "model_facts", "parse"]
