"""Whether an engine can make something of this size and length, and what is the nearest that it can."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeGuard

from catalog.models import Model

_SIDES = ("width_px", "height_px")


@dataclass(frozen=True, slots=True)
class Misshapen:
    """The engine cannot do what `parameter` says; `allowed` is what it can, `nearest` the value that is closest to it."""

    engine: str
    parameter: str
    allowed: str
    nearest: float

    def __str__(self) -> str:
        """Return what is wrong, for a person."""
        return f"the engine {self.engine!r} does {self.allowed}; the nearest is {self.nearest:g}"


def misshapen(row: Model, params: Mapping[str, Any]) -> Iterator[Misshapen]:
    """Yield which sizes and lengths an engine cannot do; what is not known or of a wrong type is passed over."""
    for side in _SIDES:
        px = params.get(side)
        if _is_number(px) and (nearest := _nearest_px(row, px)) != px:
            yield Misshapen(row.name, side, _allowed_px(row), nearest)
    duration_s, fps = params.get("duration_s"), params.get("fps")
    rule = row.frames_rule
    if rule is None or not rule.most or not _is_number(duration_s) or not _is_number(fps) or fps <= 0:
        return
    if round(duration_s * fps) > rule.longest:
        longest_s = math.floor(rule.longest / fps * 1000) / 1000
        yield Misshapen(row.name, "duration_s", f"{rule}, {longest_s:g} s at {fps:g} a second", longest_s)


def _is_number(value: Any) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _nearest_px(row: Model, px: float) -> float:
    """Return the nearest side that an engine can do, the larger one of two."""
    every = row.size_multiple_px
    found = max(math.floor(px / every + 0.5), 1) * every if px % every else px
    if row.smallest_px:
        found = max(found, -(-row.smallest_px // every) * every)
    if row.largest_px:
        found = min(found, row.largest_px // every * every)
    return found


def _allowed_px(row: Model) -> str:
    said = [f"multiples of {row.size_multiple_px} px"] if row.size_multiple_px > 1 else []
    if row.smallest_px:
        said.append(f"at least {row.smallest_px} px")
    if row.largest_px:
        said.append(f"at most {row.largest_px} px")
    return ", ".join(said)
