"""Run one video worker: `python -m consumers.video`."""

from consumers.video.app import run
from runtime.process import main

if __name__ == "__main__":
    main("video", run)
