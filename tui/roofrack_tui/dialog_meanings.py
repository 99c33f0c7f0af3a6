"""What the screens above the main one show, and what each of their numbers means; read in when somebody asks for help there."""

from __future__ import annotations

from typing import NamedTuple

from roofrack_tui.meanings import Meaning


class About(NamedTuple):
    """What help says of a screen.

    Args:
        text: What it shows, in paragraphs.
        numbers: What is shown, with what it means and its unit.
    """

    text: str
    numbers: tuple[Meaning, ...] = ()


_TTFT = ("TTFT", "time to first token, in s or ms, mean")
_TPOT = ("TPOT", "time per output token after the first, in s or ms, mean of a request")
_LAYOUT = ("layout", "degrees of parallelism: TP, PP, DP, EP; one GPU where all are 1")

DIALOGS: dict[str, About] = {
    "Compare": About(
        "Every column is a plan: the pinned ones, and the one on screen where it is not pinned. All are planned anew at the same number of users and"
        " under the same targets, those of the plan on screen; {compare-best} compares each at the most users that it serves within the targets instead.\n\n"
        "Ratios are to the first column. The mark beside one says whether it is better or worse by what the row means, fewer milliseconds or more"
        " tokens, or that the 80 % bands overlap, so that the difference may be none. The line below the table names the marks.",
        (
            ("memory/GPU GiB", "what the engine takes of the fullest GPU, 2^30 bytes"),
            ("weights GiB", "all weights of one copy of the model, 2^30 bytes"),
            ("KV/token KiB", "what one token keeps in all layers together, 2^10 bytes"),
            ("KV tokens", "tokens that the cache of the whole rack has room for (k: 1,000, M: 10^6)"),
            ("requests at once", "that run before others wait"),
            ("within targets", "the most of them for which all targets are kept"),
            _TTFT,
            _TPOT,
            ("E2E latency", "from the request to its last token, in s or ms, mean"),
            ("tok/s each", "output tokens per second for one user"),
            ("tok/s total", "output tokens per second of the whole rack"),
            ("$/h", "US dollars an hour, as rented, for all GPUs"),
            ("$/M output tok", "US dollars for 10^6 output tokens at this load"),
            ("node power kW", "electrical power of all nodes at the wall under load, without cooling"),
        ),
    ),
    "Search racks": About(
        "Racks, formats and layouts that serve this load within the targets, best first; {search-sort} changes what best means. Below the line: dearer plans"
        " that are faster, none of which another one beats in both. The chart ({search-view}) draws what an hour costs against the speed of one user.\n\n"
        "Nothing is left out to save time: what could keep the targets was computed, or costs more than what is shown.",
        (
            ("rack", "GPUs in a node x device; nodes before it where there are several"),
            ("format", "weights format; the KV format stands below the table"),
            _LAYOUT,
            ("GPUs", "in all nodes"),
            ("$/h", "US dollars an hour, as rented, or as owned where the site says so"),
            ("$/M", "US dollars for 10^6 output tokens at this load"),
            _TTFT,
            _TPOT,
            ("tok/s", "output tokens per second for one user"),
            ("used", "of the tightest target, in percent: 100 % just keeps it, more misses it"),
            ("tightest", "the target or limit that would be missed first"),
            ("boards kW", "power limits of all GPUs together, without hosts"),
        ),
    ),
    "What this rack serves": About(
        "All models that this rack holds, each at the finest format that keeps the targets. Those that keep them come first, the largest on top.",
        (
            ("size", "parameters, in 10^9 (B), all experts included; A: those that one token passes"),
            ("format", "weights format, with the KV format where it has fewer than 16 bits"),
            _LAYOUT,
            _TTFT,
            _TPOT,
            ("tok/s", "output tokens per second for one user"),
            ("alone", "the same for one user who is alone"),
            ("at once", "most requests of this length that run before others wait"),
            ("targets", "kept, or which one is missed"),
        ),
    ),
    "Table": About(
        "A class of models each row, a kind of device each column; each cell is the cheapest rack of that kind which holds the model. Copies have all"
        " four numbers with their bands.",
        (
            ("tok/s", "output tokens per second: of one user who is alone, or of all users together"),
            ("80 % band", "four of five measurements should lie between its ends"),
            ("per $1,000", "the same for each 1,000 US dollars of the purchase price of the devices"),
            ("at once", "requests in the engine, as many as keep the speed for each"),
            ("▲", "the most of its row"),
        ),
    ),
    "Pools": About(
        "What these GPUs would do if some of them only read prompts (prefill) and the others only wrote answers (decode), beside the same GPUs doing"
        " both. The cache of every prompt then goes over the links.",
        (
            ("at once", "requests in flight"),
            _TTFT,
            _TPOT,
            ("tok/s", "output tokens per second of all GPUs"),
            ("req/s", "requests that are completed in a second"),
            ("takes req/s", "requests a second that this pool alone could take"),
            ("$/M output", "US dollars for 10^6 output tokens"),
            ("replicas", "copies of the model in this pool"),
            ("busy", "share of the time in which the pool, or the link, has work"),
            ("holds requests", "requests whose cache this pool has room for"),
            ("best split", "GPUs for prefill + GPUs for decode"),
            ("1.20x", "pools over together: more is better for tok/s, less for TPOT and TTFT"),
            ("GiB", "KV cache of one prompt, 2^30 bytes; GB/s: 10^9 bytes per second over the link"),
        ),
    ),
    "Cost chart": About(
        "What a month of buying, renting and an API costs against the share of the time in which the rack carries its load. Where lines cross,"
        " another way becomes the cheapest.",
        (
            ("% busy", "share of the time in which the rack carries its load (utilisation)"),
            ("$", "US dollars a month; purchases are written off over the years that {prices} names"),
            ("API", "the price of the tokens that the rack would have made in that time"),
            ("cursor", "the load whose costs stand below; {cost-take} makes it the plan's own"),
        ),
    ),
    "Library": About(
        "Everything there is, your own and what lies on this disk too. The filter takes words, kinds, bounds such as <40b or kv<64k, and sort:size;"
        " with a minus, sort:-size, the other way round.",
        (
            ("✓ ✗ –", "fits this plan, does not, or does not go with it"),
            ("size, active", "parameters, in 10^9 (B); active: those that one token passes"),
            ("KV KiB/token", "KV cache of one token at 16 bits, all layers together, KiB (2^10 bytes)"),
            ("context", "longest sequence that the model was made for, tokens"),
            ("GiB", "memory of a device as its driver reports it, 2^30 bytes"),
            ("GB/s", "bandwidth of that memory, 10^9 bytes per second"),
            (
                "16-bit TFLOPS",
                "of dense matrix products at 16 bits; FP8 TFLOPS, FP4 TFLOPS at those formats, 10^12 operations per second",
            ),
            ("W", "power limit, watts"),
            ("$/h", "US dollars an hour for one device, as rented"),
        ),
    ),
    "Why": About(
        "One number at a time: the formula, its inputs with their sources, how sure it is, and the nearest published measurement.",
        (
            ("value", "with its unit: GiB 2^30 bytes, GB/s 10^9 bytes per second, TFLOPS dense"),
            ("[1]", "the source of an input, named below the table"),
            ("How sure", "the 80 % band, and what makes it as wide as it is"),
        ),
    ),
    "Evidence": About(
        "The published measurements that are nearest to this plan, what is predicted for exactly their configuration, and how far off that is.",
        (
            ("at once", "requests in flight when it was measured"),
            ("measured", "as published"),
            ("predicted", "for that very configuration, knowing none of the measurement"),
            ("error", "(predicted − measured) / measured, in percent"),
            ("80 % band", "four of five measurements should lie in it"),
        ),
    ),
    "Money": About(
        "What tokens cost on this rack, always busy and as busy as assumed, and what buying, renting and an API come to. {prices} changes the assumptions.",
        (
            ("1M output", "US dollars for 10^6 output tokens, prompts carrying their share"),
            ("all on output", "the same with all cost charged to output tokens"),
            ("busy", "share of the time in which the rack carries its load (utilisation)"),
            ("first day", "US dollars to be paid at once"),
            ("a month", "US dollars every month after that"),
            ("in all", "US dollars over the months named at the left"),
            ("pays back in", "months until a purchase has cost less than renting, or than an API"),
            ("kW", "electrical power with PUE; kWh: energy"),
        ),
    ),
    "Users": About(
        "How many people this rack serves within the targets, and what breaks first. {people} says who they are and what they are promised.",
        (
            ("at once", "requests in flight, most within the targets, with the ends of the band"),
            ("each", "output tokens per second for one user"),
            ("latency", "TTFT and TPOT at that many, in s or ms"),
            ("completes", "requests per second"),
            ("spares", "units that may fail without the targets being missed (N+spares)"),
        ),
    ),
    "Machine": About(
        "What stands around the GPUs: host memory, cores, disk, network, power and rack space, with the rule that each comes from.",
        (
            ("GB, TB", "10^9 and 10^12 bytes, as memory and disks are sold"),
            ("Gbit/s", "10^9 bits per second of network"),
            ("kW", "electrical power of the whole rack"),
            ("U", "rack units, 44.45 mm each"),
        ),
    ),
    "Rules": About(
        "Published rules of thumb, applied to this plan and set beside the exact model; {rules-published} shows them on the examples that they were published with."
        " {take} shows inputs and source of a rule.",
        (
            ("says", "what the rule gives, in its own unit"),
            ("exact", "what the model gives for the same"),
            ("says/exact", "says / exact; ✓ where that is within 10 %"),
        ),
    ),
    "Accuracy": About(
        "How far predictions are from published measurements, and what is not modelled.",
        (
            ("12 / 18 %", "median and mean error, of (predicted − measured) / measured"),
            ("n", "measurements"),
            ("seen", "the constants were fitted with these rows among others"),
            ("new device", "all rows of the device were left out of the fit"),
            ("new model", "all rows of the model's family were left out"),
            ("bias", "median of the signed error, in percent: + predicts too much"),
        ),
    ),
}
"""By the name that a screen has in `ABOUT`."""
