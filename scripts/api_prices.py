"""Rewrite `presets/roofrack_presets/prices/api.toml` from an installed `genai-prices`: `python -m scripts.api_prices`.

The package is maintained and free (MIT), but importing it takes longer than a plan and brings an HTTP client; roofrack ships
the few prices that concern it instead. Install the package beside roofrack, run this, look at the difference, commit.
"""

from __future__ import annotations

import re
import sys
from datetime import datetime, timezone
from importlib.metadata import version
from pathlib import Path
from typing import Any

import roofrack_presets
from roofrack.catalog import default_catalog
from roofrack.text import clean

TARGET = Path(roofrack_presets.__file__).parent / "prices" / "api.toml"
PROVIDERS = (
    *("anthropic", "aws", "baseten", "cerebras", "cohere", "deepseek", "fireworks", "google", "groq", "minimax"),
    *("mistral", "moonshotai", "novita", "openai", "together", "zai"),
)
CLOSED = {
    "anthropic": ("claude-haiku-5-5", "claude-sonnet-5-5", "claude-opus-5-5"),
    "google": ("gemini-2.5-flash", "gemini-3.1-pro-preview"),
    "openai": ("gpt-4o", "gpt-4o-mini", "gpt-5", "gpt-5-mini"),
}
"""Models that nobody else can serve and that people compare with."""

_NOISE = re.compile(r"-v\d+:\d+$|[^a-z0-9]")
_VENDOR = re.compile(r"^[a-z]+\.")
_WORDS = re.compile(r"instruct|versatile|instant")


def plain(name: str) -> str:
    """A model's name without organisation, punctuation and words that providers add."""
    return _WORDS.sub("", _NOISE.sub("", name.lower().rsplit("/", 1)[-1]))


def open_models() -> dict[str, str]:
    """Plain names of the catalogue's models, and their ids."""
    found: dict[str, str] = {}
    for model in default_catalog().models():
        for name in (model.id, *model.aliases):
            found.setdefault(plain(name), model.id)
    return found


def rows(providers: Any, today: datetime) -> list[str]:
    """The chosen prices as TOML, in the package's order."""
    known, written = open_models(), []
    for provider in providers:
        if provider.id not in PROVIDERS:
            continue
        for model in provider.models:
            mine = known.get(plain(_VENDOR.sub("", model.id))) or known.get(plain(model.name or ""))
            if mine is None and model.id not in CLOSED.get(provider.id, ()):
                continue
            row = _row(provider.id, model, mine or "", today)
            if row:
                written.append(row)
    return written


def _row(provider: str, model: Any, mine: str, today: datetime) -> str | None:
    price = model.get_prices(today)
    prompt, output, cached = (_base(getattr(price, name)) for name in ("input_mtok", "output_mtok", "cache_read_mtok"))
    if not prompt or not output:
        return None
    fields = [
        f'id = "{provider}:{model.id}"',
        f'provider = "{provider}"',
        f'name = "{clean(model.name or model.id)}"',
        *([f'model = "{mine}"'] if mine else []),
        f"usd_per_million_prompt = {prompt:g}",
        f"usd_per_million_output = {output:g}",
        *([f"usd_per_million_cached = {cached:g}"] if cached else []),
    ]
    return "\n".join(["[[api]]", *fields])


def _base(price: Any) -> float | None:
    """The price of short requests, where long ones cost more."""
    return None if price is None else float(getattr(price, "base", price))


def main() -> int:
    """Write the file."""
    from genai_prices.data import providers

    today = datetime.now(timezone.utc)
    head = (
        "# What hosted APIs ask, US dollars per million tokens, for open models of the library and a few closed ones.\n"
        "# Written by `python -m scripts.api_prices`; short requests, no batch discount.\n\n"
        f'source = {{ text = "pypi:genai-prices=={version("genai-prices")}", date = "{today:%Y-%m}", '
        'confidence = "B", note = "providers\' price pages as collected by the package (MIT)" }\n'
    )
    written = rows(providers, today)
    TARGET.write_text(head + "\n" + "\n\n".join(written) + "\n", encoding="utf-8")
    print(f"{len(written)} prices in {TARGET.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
