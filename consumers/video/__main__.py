"""Run one video worker: `python -m consumers.video`."""

from consumers.process import main
from consumers.video.app import run

if __name__ == "__main__":
    main("video", run)
