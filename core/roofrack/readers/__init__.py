"""Models on disk: bytes in, domain objects out; weights are never loaded."""

from roofrack.readers.caches import FoundModel, find_on_disk, models_on_disk
from roofrack.readers.describe import describe
from roofrack.readers.read import inspect, read_model
from roofrack.readers.result import ReadModel

__all__ = ["FoundModel", "ReadModel", "describe", "find_on_disk", "inspect", "models_on_disk", "read_model"]
