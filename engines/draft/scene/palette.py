"""Which colours an hour, a weather and a mood give to sky, light, shadow and air."""

from __future__ import annotations

from dataclasses import dataclass

from engines.draft.scene.canvas import Colour, mix, rgb
from engines.draft.scene.spec import SceneSpec


@dataclass(frozen=True, slots=True)
class Palette:
    """What the hour and the air do to colours.

    `top`, `middle`, `low`: the sky downwards; `sun`; `light`: what full light does to a colour (a factor);
    `shadow`: the colour of shade; `air`: what distance fades to; `dim`: 0 by day .. 1 by night;
    `sun_y`: height of sun or moon.
    """

    top: Colour
    middle: Colour
    low: Colour
    sun: Colour
    light: Colour
    shadow: Colour
    air: Colour
    dim: float
    sun_y: float

    def lit(self, colour: Colour, strength: float = 1.0) -> Colour:
        """Return a colour of the day as this light shows it."""
        r, g, b = (c * (1 + (f - 1) * strength) for c, f in zip(colour, self.light, strict=True))
        return (min(1.0, r), min(1.0, g), min(1.0, b))

    def far(self, colour: Colour, distance: float) -> Colour:
        """Return a lit colour behind that much air, 0.0 .. 1.0."""
        return mix(self.lit(colour), self.air, distance)


_HOURS: dict[str, tuple[str, str, str, str, Colour, str, str, float, float]] = {
    #           top        middle     low        sun        light                shadow     air  dim  sun_y
    "dawn": (
        "#5d7fae",
        "#c9a9b8",
        "#fbd3ab",
        "#fff0d0",
        (0.86, 0.76, 0.80),
        "#4a4a70",
        "#dcb9b4",
        0.18,
        0.86,
    ),
    "morning": (
        "#4f93cf",
        "#a5cfe6",
        "#fbeccb",
        "#fff6d8",
        (1.04, 0.99, 0.90),
        "#46597f",
        "#cfdfe4",
        0.0,
        0.52,
    ),
    "day": ("#2f78c4", "#79b5e2", "#d7ecf3", "#fffbe8", (1.03, 1.02, 0.97), "#3d5580", "#bcd7e6", 0.0, 0.3),
    "sunset": (
        "#3f4a86",
        "#c96f73",
        "#ffb765",
        "#ffe9ae",
        (0.98, 0.74, 0.60),
        "#43305c",
        "#d19484",
        0.22,
        0.88,
    ),
    "dusk": ("#232a5c", "#6a5590", "#e59a8e", "#ffd9b8", (0.58, 0.53, 0.70), "#26244d", "#8d7599", 0.5, 0.98),
    "night": (
        "#070d26",
        "#13234d",
        "#2d4a78",
        "#f4f2e0",
        (0.44, 0.52, 0.70),
        "#070c20",
        "#263f68",
        1.0,
        0.32,
    ),
}
_GREYS: dict[str, tuple[str, str, str, float, float]] = {
    "storm": ("#414b5a", "#64717f", "#a5afb2", 0.78, 0.8),
    "rain": ("#65727f", "#8b98a3", "#b7c0c4", 0.68, 0.84),
    "snowfall": ("#8d9db0", "#b6c1cc", "#dde3e8", 0.5, 0.95),
    "fog": ("#a7b4bd", "#c3ccd0", "#dbe0df", 0.45, 0.96),
    "clouds": ("#7f93a8", "#aebccb", "#d6dde2", 0.16, 0.98),
}
_MOODS: dict[str, tuple[str, float]] = {
    "dark": ("#141824", 0.28), "dreamy": ("#c99be0", 0.2),
    "warm": ("#ffb45e", 0.16), "cold": ("#7fa6cc", 0.2),
    "vivid": ("#ff7a59", 0.05), "neon": ("#8a2be2", 0.25),
}  # fmt: skip


def palette_of(spec: SceneSpec) -> Palette:
    """Return the colours of a scene."""
    a, b, c, d, light, e, f, dim, sun_y = _HOURS[spec.time]
    top, middle, low, sun, shadow, air = (rgb(text) for text in (a, b, c, d, e, f))
    if spec.weather in _GREYS:
        grey_top, grey_middle, grey_low, amount, dark = _GREYS[spec.weather]
        night = 1 - 0.62 * dim
        tint = mix((1, 1, 1), light, 0.6)
        greys = [
            _times(rgb(text), (night * tint[0], night * tint[1], night * tint[2]))
            for text in (grey_top, grey_middle, grey_low)
        ]
        top, middle, low = (mix(a, b, amount) for a, b in zip((top, middle, low), greys, strict=True))
        air = mix(air, greys[2], amount)
        light = (light[0] * dark, light[1] * dark, light[2] * (dark + 0.03))
    if spec.mood in _MOODS:
        name, share = _MOODS[spec.mood]
        top, middle, low, air = (mix(c, rgb(name), share * (1 - 0.4 * dim)) for c in (top, middle, low, air))
    for text in spec.palette[:1]:
        hue = rgb(text)
        deep = (
            hue[0] * (0.2 + 0.8 * (1 - dim)),
            hue[1] * (0.2 + 0.8 * (1 - dim)),
            hue[2] * (0.3 + 0.7 * (1 - dim)),
        )
        top, middle, air = mix(top, deep, 0.3), mix(middle, deep, 0.35), mix(air, deep, 0.3)
    return Palette(top, middle, low, sun, light, shadow, air, dim, sun_y * spec.horizon)


def _times(a: Colour, b: Colour) -> Colour:
    return (a[0] * b[0], a[1] * b[1], a[2] * b[2])
