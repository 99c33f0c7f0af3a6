"""The command line: `roofrack plan`, `models`, `gpus`, `show`, `inspect`, `explain` …; alone it opens the app."""

from roofrack.cli.main import main

__all__ = ["main"]
