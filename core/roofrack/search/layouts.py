"""How replicas lie on nodes: the TP, PP and EP degrees that an engine takes, and the racks that hold so many replicas."""

from __future__ import annotations

from functools import lru_cache
from typing import Literal, NamedTuple

from roofrack.domain.model import Model, MoeMlp
from roofrack.parallelism import tp_problem

WIDEST_TP = 16
PIPELINE_DEPTHS = (1, 2, 4, 8)
LAYER_SPLITS = (1, 2, 3, 4, 6, 8)
"""Degrees that are tried, the last for engines that only split by layers. Engines take more; nobody serves with them."""

MOST_REPLICAS = 4096
MOST_NODES = 4096
"""The largest rack that a scenario can describe."""

Experts = Literal["sliced", "group", "all"]
"""Routed experts: each sliced by TP, whole ones over the TP group, or whole ones over all replicas."""


class Layout(NamedTuple):
    """How one replica is spread.

    Args:
        tp: Tensor parallelism.
        pp: Pipeline stages.
        experts: Where routed experts lie.
        most_ep: Devices that experts can be spread over, at most: as many as the smallest layer has experts.
    """

    tp: int
    pp: int
    experts: Experts = "sliced"
    most_ep: int = 1

    @property
    def devices(self) -> int:
        """Devices of one replica."""
        return self.tp * self.pp

    def ep(self, replicas: int) -> int:
        """The expert-parallel degree.

        Args:
            replicas: Replicas of the plan.
        """
        return {"sliced": 1, "group": self.tp, "all": self.tp * replicas}[self.experts]


class Rung(NamedTuple):
    """A rack and the replicas that find room on it.

    Args:
        gpus: All its devices.
        nodes: Nodes.
        gpus_per_node: Devices of a node.
        replicas: Replicas.
    """

    gpus: int
    nodes: int
    gpus_per_node: int
    replicas: int


def layouts(
    model: Model, most_gpus: int, *, splits_layers: bool, depths: tuple[int, ...] = PIPELINE_DEPTHS
) -> tuple[Layout, ...]:
    """All layouts of a replica.

    Args:
        model: The model.
        most_gpus: GPUs of the whole rack, at most.
        splits_layers: The engine only splits by layers (llama.cpp).
        depths: Numbers of pipeline stages to try.
    """
    widths = (1,) if splits_layers else range(1, WIDEST_TP + 1)
    depths = LAYER_SPLITS if splits_layers else depths
    fewest = min((group.mlp.experts for group in model.layers if isinstance(group.mlp, MoeMlp)), default=0)
    return tuple(
        Layout(tp, pp, experts, fewest)
        for tp in widths
        for pp in depths
        if pp <= model.layer_count and tp * pp <= most_gpus
        for experts in _experts(model, tp, pp, 0 if splits_layers else fewest)
    )


def _experts(model: Model, tp: int, pp: int, fewest: int) -> list[Experts]:
    found: list[Experts] = []
    if tp_problem(model, tp) is None:
        found.append("sliced")
    if not fewest or tp_problem(model, tp, max(tp, 2)) is not None:
        return found
    if 1 < tp <= fewest:
        found.append("group")
    if pp == 1 and 2 * tp <= fewest:  # engines spread experts over replicas within one stage only
        found.append("all")
    return found


def lies_well(tp: int, pp: int, gpus_per_node: int) -> bool:
    """Whether a replica stays inside a node, or fills whole ones with each TP group inside one or filling whole ones.

    Args:
        tp: Tensor parallelism.
        pp: Pipeline stages.
        gpus_per_node: Devices of a node.
    """
    if tp * pp <= gpus_per_node:
        return True
    return (tp * pp) % gpus_per_node == 0 and (gpus_per_node % tp == 0 or tp % gpus_per_node == 0)


def replicas_on(nodes: int, gpus_per_node: int, devices: int) -> int:
    """Replicas that find room on a rack; those that fit in a node stay inside one.

    Args:
        nodes: Nodes of the rack.
        gpus_per_node: Devices of a node.
        devices: Devices of a replica.
    """
    if devices <= gpus_per_node:
        return nodes * (gpus_per_node // devices)
    return nodes * gpus_per_node // devices


@lru_cache(maxsize=4096)
def ladder(
    sizes: tuple[int, ...], devices: int, most_gpus: int, most_replicas: int, *, every: bool
) -> tuple[Rung, ...]:
    """Racks from the smallest that holds one replica, each larger one with more replicas.

    Args:
        sizes: Nodes to build from, devices of each; all nodes of a rack are alike.
        devices: Devices of one replica.
        most_gpus: Devices of the largest rack.
        most_replicas: Replicas beyond this would be idle.
        every: The best rack for each number of replicas; else only racks that are as full as they can be.
    """
    most_replicas = min(most_replicas, MOST_REPLICAS)
    best: dict[int, Rung] = {}
    for size in sizes:
        for nodes in range(max(1, devices // size), min(most_gpus // size, MOST_NODES) + 1):
            room = replicas_on(nodes, size, devices)
            if devices > size and nodes * size % devices:
                continue
            replicas = min(room, most_replicas)
            rung = Rung(nodes * size, nodes, size, replicas)
            if replicas and (replicas not in best or rung < best[replicas]):
                best[replicas] = rung
            if room >= most_replicas:
                break
    return _every(best) if every else _full(best)


def _full(best: dict[int, Rung]) -> tuple[Rung, ...]:
    """Without racks that cost as much as one that holds more."""
    found: list[Rung] = []
    for rung in sorted(best.values(), key=lambda rung: -rung.replicas):
        if not found or rung.gpus < found[-1].gpus:
            found.append(rung)
    return tuple(reversed(found))


def _every(best: dict[int, Rung]) -> tuple[Rung, ...]:
    """Also racks with room to spare: one for each number of replicas."""
    found: list[Rung] = []
    for replicas in range(max(best, default=0), 0, -1):
        holding = [best[replicas]] if replicas in best else []
        found.append(min([*holding, *found[-1:]])._replace(replicas=replicas))
    return tuple(reversed(found))
