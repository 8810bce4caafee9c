"""Run the coordinator: `python -m consumers.assembly.coordinator`."""

from consumers.assembly.coordinator.app import run
from runtime.process import main

if __name__ == "__main__":
    main("coordinator", run)
