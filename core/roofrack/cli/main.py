"""Entry point: parse, run, and turn every expected error into one or two lines on stderr."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from roofrack.cli import exits
from roofrack.cli.completion import ASKED, complete
from roofrack.cli.parser import DEFAULT_COMMAND, build_parser, with_default_command
from roofrack.cli.streams import give_up_output, prepare_streams
from roofrack.errors import RoofrackError, UnavailableError


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line.

    Args:
        argv: Arguments without the program's name; the process's own by default.

    Returns:
        One of `exits.EXITS`.
    """
    if ASKED in os.environ:
        complete(build_parser, DEFAULT_COMMAND)
    prepare_streams()
    try:
        arguments = with_default_command(list(sys.argv[1:] if argv is None else argv))
        options = build_parser(arguments[0]).parse_args(arguments)
        code: int = options.run(options)
        sys.stdout.flush()
    except UnavailableError as error:
        return _refuse(str(error), exits.UNAVAILABLE)
    except RoofrackError as error:
        return _refuse(str(error), exits.BAD_INPUT)
    except BrokenPipeError:  # the reader has left: `roofrack models | head`
        give_up_output()
        return exits.FINE.code
    except OSError as error:
        give_up_output()
        return _refuse(f"{error.filename or 'output'}: {error.strerror or error}", exits.UNAVAILABLE)
    except KeyboardInterrupt:
        return exits.INTERRUPTED.code
    return code


def _refuse(why: str, code: exits.Exit) -> int:
    print(f"roofrack: {why}", file=sys.stderr)
    return code.code
