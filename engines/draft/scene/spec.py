"""What a scene is, as data: small, seeded, free of any size, the same after a trip through JSON."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, fields
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SPEC_VERSION = 1


@dataclass(frozen=True, slots=True)
class Subject:
    """One thing to be seen. `x` and `y` (its foot, or its middle when in the air) are fractions of the frame.

    `height` is a fraction of the frame's height, less in tall frames. `glyph` names a member of
    the glyph archive or, with a leading colon, a drawn prop. `tint` is "#rrggbb" or None. `stand` is ground,
    water, air, deep or table. `held` is a glyph in its hand.
    """

    glyph: str
    x: float
    y: float
    height: float
    stand: str = "ground"
    tint: str | None = None
    flip: bool = False
    body: str = "none"
    held: str | None = None
    held_tint: str | None = None


@dataclass(frozen=True, slots=True)
class SceneSpec:
    """A planned picture: where, when, in what weather, what is seen, in which style; `seed` decides the rest.

    `light` is the side the sun or moon stands on, a fraction of the width; `horizon` a fraction of the height
    from the top. `palette` holds "#rrggbb" colours that the words asked for.
    """

    seed: int
    place: str
    time: str
    weather: str
    season: str
    style: str
    shot: str
    mood: str
    light: float
    horizon: float
    subjects: tuple[Subject, ...] = ()
    palette: tuple[str, ...] = ()
    details: tuple[str, ...] = ()
    version: int = field(default=SPEC_VERSION)

    def to_json(self) -> str:
        """Return the scene as compact JSON, ASCII only, keys in order."""
        return json.dumps(asdict(self), separators=(",", ":"), sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read a scene back. Raises: ValueError when the text is no scene of this version."""
        try:
            value = json.loads(text)
            if value["version"] != SPEC_VERSION:
                raise ValueError("a scene of another version")
            subjects = tuple(Subject(**_known(Subject, subject)) for subject in value["subjects"])
            plain = _known(cls, value) | {
                "subjects": subjects,
                "palette": tuple(value["palette"]),
                "details": tuple(value["details"]),
            }
            return cls(**plain)
        except (KeyError, TypeError, AttributeError, RecursionError) as error:
            raise ValueError("not a scene") from error


def _known(kind: type[Any], value: dict[str, Any]) -> dict[str, Any]:
    names = {item.name for item in fields(kind)}
    return {name: value[name] for name in names if name in value}


@dataclass(frozen=True, slots=True)
class Layer:
    """One sheet of the scene.

    `rgba`: uint8 (h, w, 4), premultiplied sRGB, larger than the frame by the bleed on every side.
    `depth`: 0.0 infinitely far .. 1.0 nearest.
    """

    rgba: NDArray[np.uint8]
    depth: float
