"""What can be missing or broken on this machine, each said in one sentence with what to run."""

from __future__ import annotations

from runtime.errors import ReelbusError


class ToolMissing(ReelbusError):
    """A program that the local stack needs is not installed."""


class JarsMissing(ReelbusError):
    """The server's Java archives are neither cached nor could they be fetched."""


class ServerFailed(ReelbusError):
    """A server of the local stack did not become ready."""
