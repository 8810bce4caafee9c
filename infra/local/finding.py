"""What is said of one thing that was looked at on this machine."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at; `remedy` is the command that helps when it is not ok."""

    name: str
    ok: bool
    detail: str
    remedy: str = ""
    needed: bool = True
