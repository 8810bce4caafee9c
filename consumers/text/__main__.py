"""Run one text worker: `python -m consumers.text`."""

from consumers.process import main
from consumers.text.app import run

if __name__ == "__main__":
    main("text", run)
