"""How a host is started, and what it may take."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Limits:
    """What a host may take: resident memory (0: no limit), and what one task may write into its folder."""

    memory_bytes: int = 0
    work_bytes: int = 20_000_000_000


@dataclass(frozen=True, slots=True)
class Start:
    """How a host is started: in which Python, on which device, behind which walls.

    `enter` names a function `module:name` that is called in the host with `confines` before its engine is imported.
    """

    device: str = "cpu"
    python: Path | None = None
    enter: str = ""
    confines: Mapping[str, Any] = field(default_factory=dict)
    limits: Limits = Limits()
