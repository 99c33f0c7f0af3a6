"""What is asked of the engine: lengths, load, and how the model is spread."""

from typing import Annotated, Literal

from roofrack.domain.base import Frozen, Positive, Range

Load = Literal["single", "batch", "closed", "poisson", "saturated"]
Tokens = Annotated[int, Range(1, 100_000_000)]
Concurrency = Annotated[int, Range(1, 1_000_000)]
RunLength = Annotated[int, Range(1, 100_000)]
Degree = Annotated[int, Range(1, 4096)]


class Workload(Frozen):
    """Requests of one kind and how they arrive.

    Args:
        prompt_tokens: Prompt length (ISL), mean.
        output_tokens: Answer length (OSL), mean.
        context_tokens: Longest sequence allowed (`max_model_len`).
        load: `single`, `batch`, `closed`, `poisson` or `saturated`.
        concurrency: Requests in the engine at once: the point under the cursor.
        concurrencies: The points of the curve.
        rate_per_s: Arrival rate for `poisson`.
        requests: Requests of the whole run for `poisson`, which begins and ends with an idle engine; None for a service that goes on.
        max_tokens: Longest answer: they end on their own before it, their mean is `output_tokens`. None where all are equally long.
    """

    prompt_tokens: Tokens = 1024
    output_tokens: Tokens = 256
    context_tokens: Tokens
    load: Load = "closed"
    concurrency: Concurrency = 1
    concurrencies: tuple[Concurrency, ...]
    rate_per_s: Positive | None = None
    requests: RunLength | None = None
    max_tokens: Tokens | None = None

    def check(self) -> None:  # noqa: D102
        if self.max_tokens is not None and self.max_tokens < self.output_tokens:
            raise ValueError(
                f"answers of at most {self.max_tokens} tokens cannot be {self.output_tokens} long on average"
            )
        if self.prompt_tokens + self.output_tokens > self.context_tokens:
            raise ValueError(
                f"prompt {self.prompt_tokens} + output {self.output_tokens} tokens exceed the context of {self.context_tokens}"
            )


class Parallel(Frozen):
    """How the model is spread over the rack.

    Args:
        tp: Tensor parallelism: devices that share each layer.
        pp: Pipeline parallelism: stages of consecutive layers.
        dp: Data parallelism: replicas that serve different sequences.
        ep: Expert parallelism: devices over which routed experts are spread; 1 shards each expert by TP.
    """

    tp: Degree = 1
    pp: Degree = 1
    dp: Degree = 1
    ep: Degree = 1

    @property
    def devices_per_replica(self) -> int:
        """Devices that hold one copy of the model."""
        return self.tp * self.pp

    @property
    def devices(self) -> int:
        """Devices that the plan uses."""
        return self.tp * self.pp * self.dp


class Targets(Frozen):
    """Service level objectives; None where none is set.

    Args:
        ttft_s: Time to first token, seconds.
        tpot_s: Time per output token, seconds.
        percentile: The TTFT target holds for this percentage of requests; None takes it for the mean.
        tokens_per_s_per_user: Slowest stream that a user accepts.
        requests_per_s: Requests per second that the rack must complete.
        availability: Share of the time in which the other targets hold, as a fraction.
    """

    ttft_s: Positive | None = None
    tpot_s: Positive | None = None
    percentile: Annotated[float, Range(50, 99.99)] | None = None
    tokens_per_s_per_user: Positive | None = None
    requests_per_s: Positive | None = None
    availability: Annotated[float, Range(0, 0.9999999, above=True)] | None = None
