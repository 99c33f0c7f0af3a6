"""The real command, as the tests of the command line run it."""

from tests.core.cli.conftest import roofrack

__all__ = ["roofrack"]
