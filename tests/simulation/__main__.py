"""How many schedules one wants: a long run, or exactly one again."""

from __future__ import annotations

import sys

from tests.simulation.run import main

sys.exit(main(sys.argv[1:]))
