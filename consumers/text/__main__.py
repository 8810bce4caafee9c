"""Run one text worker: `python -m consumers.text`."""

from consumers.text.app import run
from runtime.process import main

if __name__ == "__main__":
    main("text", run)
