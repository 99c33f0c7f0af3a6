"""Prices as facts, and what a person assumes about money and users; None follows the dated defaults."""

from typing import Annotated, Literal

from roofrack.domain.base import Fraction, Frozen, Id, NotNegative, Positive, Range, Source, Text

Split = Literal["gpu-time", "market", "output"]
Basis = Literal["rent", "own"]
Users = Annotated[int, Range(1, 10**13)]
Share = Annotated[float, Range(0, 1)]


class CostFact(Frozen):
    """A number that costs are computed from.

    Args:
        id: `electricity-us-industrial`, `pue` …
        value: The number.
        unit: Its unit: `USD/kWh`, `ratio`, `years`, `fraction` …
        low: Lower end of what was found; None where only one was.
        high: Upper end.
    """

    id: Id
    name: Text
    value: NotNegative
    unit: Text
    low: NotNegative | None = None
    high: NotNegative | None = None
    source: Source


class ApiPrice(Frozen):
    """What a hosted API asks for a model.

    Args:
        id: `provider:model` in the provider's own words.
        model: The catalogue's id of an open model; empty for models that nobody else can serve.
        usd_per_million_prompt: Uncached prompt tokens, US dollars per 10^6.
        usd_per_million_output: Output tokens, US dollars per 10^6.
        usd_per_million_cached: Prompt tokens found in the provider's cache; None where not offered.
    """

    id: Id
    provider: Text
    name: Text
    model: Text = ""
    usd_per_million_prompt: NotNegative
    usd_per_million_output: NotNegative
    usd_per_million_cached: NotNegative | None = None


class HardwarePrice(Frozen):
    """A purchase price that a device preset does not carry.

    Args:
        device: Id of the device.
        usd: Price of one, US dollars.
        whole_machine: The price is of a whole machine, host included.
    """

    device: Id
    usd: Positive
    low_usd: Positive | None = None
    high_usd: Positive | None = None
    whole_machine: bool = False
    source: Source


class MoneySpec(Frozen):
    """What a person assumes about costs; None takes the dated default of `presets/prices`.

    Args:
        utilisation: Share of the time in which the rack carries the load under the cursor; it idles in the rest.
        split: How the cost is divided between prompt and output tokens.
        basis: Whether tokens are charged at the rent or at the cost of owning.
        usd_per_gpu: Purchase price of one device.
        server_overhead: What hosts, network and racks add to the price of the devices, as a fraction of it.
        usd_per_kwh: Electricity.
        pue: Power usage effectiveness of the site.
        usd_per_kw_month: Colocation per kW and month, electricity not included; 0 for one's own room.
        amortisation_years: Years over which the purchase is written off.
        cloud_overhead: What storage, traffic and management add to a rent, as a fraction of it.
        idle_power_share: Power of an idle machine as a fraction of its full power.
        api: Id of the API price to compare with; None takes the middle of what is asked for this very model.
        usd_per_million_prompt_api: Price of one's own API contract.
        usd_per_million_output_api: Likewise.
        months: Months of the comparison.
    """

    utilisation: Fraction | None = None
    split: Split = "gpu-time"
    basis: Basis = "rent"
    usd_per_gpu: Positive | None = None
    server_overhead: Annotated[float, Range(0, 100)] | None = None
    usd_per_kwh: Annotated[float, Range(0, 1000)] | None = None
    pue: Annotated[float, Range(1, 10)] | None = None
    usd_per_kw_month: Annotated[float, Range(0, 1e6)] | None = None
    amortisation_years: Annotated[float, Range(0, 100, above=True)] | None = None
    cloud_overhead: Annotated[float, Range(0, 100)] | None = None
    idle_power_share: Share | None = None
    api: Text | None = None
    usd_per_million_prompt_api: NotNegative | None = None
    usd_per_million_output_api: NotNegative | None = None
    months: Annotated[int, Range(1, 600)] = 36


class AudienceSpec(Frozen):
    """Who uses the service: a user base with shares, or open sessions, or requests per second; at most one of them.

    Args:
        users: People who may use it.
        online_share: Share of them logged in.
        active_share: Share of those with a request in the engine at any moment.
        sessions: People in a conversation at once.
        think_s: Seconds that one of them reads and types between an answer and the next request.
        requests_per_s: Requests per second.
        peak: The busiest moment against the mean that the numbers above describe.
        node_availability: Share of the time in which one node works; None takes the dated default.
    """

    users: Users | None = None
    online_share: Fraction = 0.01
    active_share: Fraction = 0.01
    sessions: Users | None = None
    think_s: Annotated[float, Range(0, 1e7)] | None = None
    requests_per_s: Positive | None = None
    peak: Annotated[float, Range(1, 1e6)] = 1
    node_availability: Annotated[float, Range(0, 1, above=True)] | None = None

    def check(self) -> None:  # noqa: D102
        ways = [name for name in ("users", "sessions", "requests_per_s") if getattr(self, name) is not None]
        if len(ways) > 1:
            raise ValueError(f"{ways[1]}: cannot be combined with {ways[0]}")
