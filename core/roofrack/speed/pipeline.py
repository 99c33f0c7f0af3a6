"""Chunks of one prompt that follow each other through a pipeline, as llama.cpp sends them over layers split by device.

Its host submits a chunk to one device after the other and goes on with the next chunk, until one of two things holds it up: a
copy of the inputs that an earlier chunk still reads (`GGML_SCHED_MAX_COPIES`), or a device whose queue of launches is full. With
many layers on each of few devices the queue cannot even hold one chunk, and hardly anything runs side by side
(ggml-org/llama.cpp pull 19042, which made the queue longer and was taken back).
"""

from __future__ import annotations

from functools import lru_cache
from math import ceil, floor

SOURCE = "ggml-org/llama.cpp pulls 6017 (pieces side by side) and 19042 (queues of launches)"

COPIES = 4
"""Copies of its inputs that llama.cpp's scheduler keeps (`GGML_SCHED_MAX_COPIES`)."""

QUEUE_LAUNCHES = 1024
"""Launches that CUDA keeps for a device before the next one blocks the host, by default (`CUDA_SCALE_LAUNCH_QUEUES`)."""

_OVERLAP = 0.87
"""Share of what could run side by side that does: devices hand over, and each chunk takes longer than the one before it."""

_FOLLOWED = 256
_SETTLED = 96
"""Chunks that are followed one by one, and those after which they come at an even pace."""


def chunk_times(chunks: float, stages: int, queue: float) -> float:
    """Time of a prompt, in times of one chunk that has the pipeline for itself.

    Args:
        chunks: How many chunks the prompt has; parts of one count in proportion.
        stages: Devices that the layers are split over.
        queue: Chunks whose launches fit into the queue of one device.
    """
    if stages == 1 or chunks <= 1:
        return chunks
    below = floor(chunks)
    lower, upper = (_whole(count, stages, queue) for count in (below, ceil(chunks)))
    in_line = lower + (chunks - below) * (upper - lower)
    return chunks / (1 + _OVERLAP * (chunks / in_line - 1))


def _whole(chunks: int, stages: int, queue: float) -> float:
    if chunks <= _FOLLOWED:
        return _followed(chunks, stages, queue)
    settled, last = (_followed(count, stages, queue) for count in (_SETTLED, _FOLLOWED))
    return last + (chunks - _FOLLOWED) * (last - settled) / (_FOLLOWED - _SETTLED)


@lru_cache(maxsize=256)
def _followed(chunks: int, stages: int, queue: float) -> float:
    """When the last of some chunks leaves the last device.

    A device works on its launches in order; the host is free again when all but a queue of what it has submitted to a device is done.
    """
    begun = [[0.0] * stages for _ in range(chunks)]
    host = 0.0
    for chunk in range(chunks):
        for stage in range(stages):
            if chunk >= COPIES:
                host = max(host, begun[chunk - COPIES][stage] + 1)
            handed = begun[chunk][stage - 1] + 1 if stage else 0.0
            free = begun[chunk - 1][stage] + 1 if chunk else 0.0
            begun[chunk][stage] = max(host, handed, free)
            must_be_done = chunk + 1 - queue
            if must_be_done > 0:
                whole = ceil(must_be_done) - 1
                host = max(host, begun[whole][stage] + must_be_done - whole)
    return (begun[-1][-1] + 1) / stages
