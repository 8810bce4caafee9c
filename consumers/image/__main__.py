"""Run one image worker: `python -m consumers.image`."""

from consumers.image.app import run
from runtime.process import main

if __name__ == "__main__":
    main("image", run)
