"""`python -m roofrack` is the command `roofrack`."""

import sys

from roofrack.cli import main

sys.exit(main())
