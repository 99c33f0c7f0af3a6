"""Entry point: parse, run, and turn every expected error into one or two lines on stderr."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from roofrack.cli.parser import build_parser, with_default_command
from roofrack.errors import RoofrackError

EXIT_OK, EXIT_DOES_NOT_FIT, EXIT_BAD_INPUT, EXIT_INTERRUPTED = 0, 1, 2, 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line.

    Args:
        argv: Arguments without the program's name; the process's own by default.

    Returns:
        0, or 1 for "does not fit" with `--check`, or 2 for bad input.
    """
    try:
        arguments = with_default_command(list(sys.argv[1:] if argv is None else argv))
        options = build_parser(arguments[0]).parse_args(arguments)
        code: int = options.run(options)
        sys.stdout.flush()
    except RoofrackError as error:
        print(f"roofrack: {error}", file=sys.stderr)
        return EXIT_BAD_INPUT
    except BrokenPipeError:
        # The reader has left (`roofrack models | head`): keep Python from complaining again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_OK
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    return code
