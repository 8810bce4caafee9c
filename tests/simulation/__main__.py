"""How many schedules one wants: a long run, or exactly one again."""

from __future__ import annotations

import sys

from tests.simulation.run import main

if __name__ == "__main__":  # the processes of a long run import this file too
    sys.exit(main(sys.argv[1:]))
