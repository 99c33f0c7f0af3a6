"""The words of the field as frozen, validated types; nothing here needs a catalogue."""

from roofrack.domain.device import Device, DeviceLink, Link, NodeGroup, Price, Rack, Rates
from roofrack.domain.engine import Engine, EngineProfile
from roofrack.domain.formats import KvFormat, Quality, WeightsFormat
from roofrack.domain.model import (
    DenseMlp,
    LatentAttention,
    LayerGroup,
    Model,
    MoeMlp,
    OwnWeights,
    RecurrentState,
    SoftmaxAttention,
    SparseIndex,
)
from roofrack.domain.money import ApiPrice, AudienceSpec, CostFact, HardwarePrice, MoneySpec
from roofrack.domain.scenario import ParallelSpec, RackSpec, Scenario, ScenarioSpec, Step, WorkloadSpec
from roofrack.domain.workload import Parallel, Targets, Workload

__all__ = [
    "ApiPrice",
    "AudienceSpec",
    "CostFact",
    "DenseMlp",
    "Device",
    "DeviceLink",
    "Engine",
    "EngineProfile",
    "HardwarePrice",
    "KvFormat",
    "LatentAttention",
    "LayerGroup",
    "Link",
    "Model",
    "MoeMlp",
    "MoneySpec",
    "NodeGroup",
    "OwnWeights",
    "Parallel",
    "ParallelSpec",
    "Price",
    "Quality",
    "Rack",
    "RackSpec",
    "Rates",
    "RecurrentState",
    "Scenario",
    "ScenarioSpec",
    "SoftmaxAttention",
    "SparseIndex",
    "Step",
    "Targets",
    "WeightsFormat",
    "Workload",
    "WorkloadSpec",
]
