"""roofrack: plan the hardware for serving an LLM.

```python
import roofrack

spec = roofrack.ScenarioSpec(model="llama-3.1-70b", rack=roofrack.RackSpec(device="h100-sxm5-80gb", gpus_per_node=4))
plan = roofrack.plan(spec)
print(plan.memory.max_concurrency, plan.at.tpot_s.mid)
```
"""

from typing import TYPE_CHECKING, Any

from roofrack._version import __version__
from roofrack.catalog import Catalog, default_catalog, load_catalog
from roofrack.domain import ParallelSpec, RackSpec, Scenario, ScenarioSpec, Targets, WorkloadSpec
from roofrack.errors import InputError, RoofrackError, UnknownIdError
from roofrack.plan import plan
from roofrack.results import Plan
from roofrack.settle import settle

if TYPE_CHECKING:
    from roofrack.explain import explain
    from roofrack.report.plan_json import plan_json

__all__ = [
    "Catalog",
    "InputError",
    "ParallelSpec",
    "Plan",
    "RackSpec",
    "RoofrackError",
    "Scenario",
    "ScenarioSpec",
    "Targets",
    "UnknownIdError",
    "WorkloadSpec",
    "__version__",
    "default_catalog",
    "explain",
    "load_catalog",
    "plan",
    "plan_json",
    "settle",
]


def __getattr__(name: str) -> Any:
    """Read in what only some need: the app's first picture waits for everything that is imported here."""
    if name == "explain":
        from roofrack.explain import explain

        return explain
    if name == "plan_json":
        from roofrack.report.plan_json import plan_json

        return plan_json
    raise AttributeError(f"module 'roofrack' has no attribute '{name}'")
