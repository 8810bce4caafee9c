"""Run one poller of tickets: `python -m consumers.remote`."""

from consumers.remote.app import run
from runtime.process import main

if __name__ == "__main__":
    main("remote", run)
