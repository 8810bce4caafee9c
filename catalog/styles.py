"""Which looks a picture or a film can have, by name."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Style:
    """One look. `prompt_suffix` is what an image model is told; draft engines paint by `id`."""

    id: str
    name: str
    description: str
    category: Literal["cartoon", "realistic", "artistic"]
    prompt_suffix: str
    is_premium: bool = False


_STYLES = (
    Style(
        "cartoon", "Cartoon", "Bold ink lines and flat, bright colours", "cartoon",
        "cartoon illustration, bold outlines, flat bright colours, clean shapes",
    ),
    Style(
        "realistic", "Realistic", "Photographic light, depth and film grain", "realistic",
        "photorealistic, natural light, high detail, shallow depth of field, film grain",
    ),
    Style(
        "watercolor", "Watercolor", "Soft washes of pigment on rough paper", "artistic",
        "watercolor painting, soft washes, wet edges, visible paper texture",
    ),
    Style(
        "anime", "Anime", "Clear skies, glowing light and painted backgrounds", "cartoon",
        "anime film still, painted background, luminous sky, clean line art, soft glow",
    ),
    Style(
        "oil-painting", "Oil painting", "Thick brush strokes and rich colour on canvas", "artistic",
        "oil painting, visible brush strokes, impasto, rich colours, canvas texture",
    ),
    Style(
        "pixel-art", "Pixel art", "A small palette on a coarse grid, as in early games", "artistic",
        "pixel art, limited palette, crisp square pixels, 16-bit game background",
    ),
)  # fmt: skip


def styles() -> tuple[Style, ...]:
    """Return every style, in the order in which they are offered."""
    return _STYLES


def find_style(name: str) -> Style | None:
    """Return the style with this id or name, upper or lower case, or None."""
    wanted = name.strip().casefold()
    return next((style for style in _STYLES if wanted in {style.id, style.name.casefold()}), None)


def nearest_style(name: str) -> str:
    """Return the id that is spelled most like a name: what to propose when it is unknown."""
    ids = [style.id for style in _STYLES]
    close = difflib.get_close_matches(name.strip().casefold()[:64], ids, n=1, cutoff=0.0)
    return close[0] if close else ids[0]
