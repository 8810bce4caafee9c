"""Run intake: `python -m consumers.assembly.intake`."""

from consumers.assembly.intake.app import run
from runtime.process import main

if __name__ == "__main__":
    main("intake", run)
