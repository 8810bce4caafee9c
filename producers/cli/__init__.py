"""What `reelbus` on a command line does."""

from producers.cli.main import main

__all__ = ["main"]
