"""What a family of commands is given to add itself to the command line."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import NamedTuple

Command = Callable[[str, Callable[[argparse.Namespace], int], str], argparse.ArgumentParser]
"""Makes a subcommand of a name, a function and a summary; every family adds its own with it, in `add_commands(command, options)`."""


class Options(NamedTuple):
    """What several commands take.

    Args:
        plan: Adds the options of a plan.
        app: Adds what the app itself takes.
    """

    plan: Callable[[argparse.ArgumentParser], None]
    app: Callable[[argparse.ArgumentParser], None]
