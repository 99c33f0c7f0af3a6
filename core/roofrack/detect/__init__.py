"""Which devices this machine has: what their drivers' own programs report, and the presets of those names."""

from roofrack.detect.found import DetectedDevice, detect, rack_of
from roofrack.detect.programs import Reported

__all__ = ["DetectedDevice", "Reported", "detect", "rack_of"]
