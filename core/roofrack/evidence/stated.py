"""What the note of a measurement states about its run: how many requests, how the engine was started, whether lengths vary."""

from __future__ import annotations

import re

LENGTHS_VARY = "vary"
LENGTHS_OF_CHATS = "chats"

_PATTERNS = {
    "requests": re.compile(r"\b(\d{1,6}) (?:ShareGPT )?(?:requests|prompts)\b"),
    "max_num_seqs": re.compile(r"\bmax sequences (\d{1,6})\b"),
    "max_num_batched_tokens": re.compile(r"\btokens per step (\d{1,7})\b"),
    "chunked_prefill": re.compile(r"\bchunked prefill (true|false)\b"),
}
_RECORDED_CHATS = re.compile(r"\bShareGPT\b", re.IGNORECASE)
_MEANS = re.compile(r"\bmean lengths\b")


def stated(note: str) -> dict[str, str]:
    """What a note states, by name.

    `lengths` is `chats` where the answers are those of recorded conversations, `vary` where the lengths given are but means.

    Args:
        note: Free text.
    """
    found = {name: hit[1] for name, pattern in _PATTERNS.items() if (hit := pattern.search(note))}
    if _RECORDED_CHATS.search(note):
        found["lengths"] = LENGTHS_OF_CHATS
    elif _MEANS.search(note):
        found["lengths"] = LENGTHS_VARY
    return found
