"""From people to requests in flight, what a rack serves within its targets, and how many racks that takes."""

from roofrack.users.availability import Availability, availability
from roofrack.users.brief import Brief, brief
from roofrack.users.capacity import SPEED_CLASSES, Capacity, SpeedClass, capacity, speed_class, ttft_at
from roofrack.users.demand import Demand, demand
from roofrack.users.published import PublishedTarget, published_targets
from roofrack.users.service import Service, service

__all__ = [
    "SPEED_CLASSES",
    "Availability",
    "Brief",
    "Capacity",
    "Demand",
    "PublishedTarget",
    "Service",
    "SpeedClass",
    "availability",
    "brief",
    "capacity",
    "demand",
    "published_targets",
    "service",
    "speed_class",
    "ttft_at",
]
