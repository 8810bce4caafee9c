"""Run one audio worker: `python -m consumers.audio`."""

from consumers.audio.app import run
from runtime.process import main

if __name__ == "__main__":
    main("audio", run)
