"""Run one composer: `python -m consumers.assembly.composer`."""

from consumers.assembly.composer.app import run
from runtime.process import main

if __name__ == "__main__":
    main("composer", run)
