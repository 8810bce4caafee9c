"""What the ground is: ridges, hills, fields, dunes, snow, and the near ground that subjects stand on."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engines.draft.scene import noise
from engines.draft.scene.canvas import (
    Colour,
    Sheet,
    View,
    below,
    blank,
    fill,
    glaze,
    mask_of,
    mix,
    multiply,
    soften,
)
from engines.draft.scene.canvas import tone as tone_towards
from engines.draft.scene.palette import Palette
from engines.draft.scene.spec import SceneSpec

Heights = NDArray[np.float64]
FLOOR = 1.6
"""Below every bleed."""

_GROUNDS: dict[str, Colour] = {
    "sand": (0.87, 0.76, 0.56), "grass": (0.42, 0.55, 0.27), "earth": (0.46, 0.37, 0.27),
    "rock": (0.46, 0.44, 0.43), "snow": (0.90, 0.93, 0.98),
    "moss": (0.30, 0.38, 0.22), "dust": (0.74, 0.46, 0.34), "wheat": (0.83, 0.70, 0.36),
    "stone": (0.50, 0.49, 0.50), "leaves": (0.62, 0.42, 0.22),
}  # fmt: skip


def ground_colour(spec: SceneSpec) -> Colour:
    """Return the colour of the near ground of a place in its season, by day."""
    kinds = {
        "desert": "sand",
        "beach": "sand",
        "island": "sand",
        "arctic": "snow",
        "forest": "moss",
        "jungle": "moss",
        "planet": "dust",
        "cliff": "rock",
    }
    kind = kinds.get(spec.place, "grass")
    if spec.season == "winter" and kind not in {"sand", "dust"}:
        kind = "snow"
    if spec.season == "autumn" and kind in {"grass", "moss"}:
        kind = "leaves" if kind == "moss" else "wheat"
    colour = _GROUNDS[kind]
    if spec.place == "planet" and spec.palette:
        from engines.draft.scene.canvas import rgb

        colour = mix(rgb(spec.palette[0]), (0.75, 0.6, 0.6), 0.25)
    return colour


def ridge(
    view: View,
    spec: SceneSpec,
    look: Palette,
    purpose: str,
    *,
    base: float,
    rise: float,
    frequency: float,
    colour: Colour,
    distance: float,
    sharp: float = 0.0,
    snow: float = 0.0,
    rough: float = 0.5,
) -> Sheet:
    """Return a sheet with one chain of hills (`sharp` 0) or mountains (`sharp` 1), standing on `base`."""
    sheet = blank(view)
    x = view.edge()
    y = crest(x, spec, purpose, base, rise, frequency, sharp, rough)
    tone = look.far(colour, distance)
    fill(sheet, view, below(x, y, FLOOR), tone)
    if sharp > 0:
        _faces(sheet, view, spec, look, purpose, x, y, tone, rise, snow, distance)
    _mist(sheet, view, look, base - rise * 0.2, base + rise * 0.5, 0.55 * distance + 0.1)
    return sheet


def crest(
    x: Heights,
    spec: SceneSpec,
    purpose: str,
    base: float,
    rise: float,
    frequency: float,
    sharp: float = 0.0,
    rough: float = 0.5,
) -> Heights:
    """Return the upper edge of a chain."""
    wave = noise.line(x, spec.seed, purpose, frequency, 6 if sharp else 4, rough)
    folded = 1 - 2 * np.abs(wave)
    return base - rise * ((1 - sharp) * (0.5 + 0.5 * wave) + sharp * (0.35 + 0.65 * folded))


def _faces(
    sheet: Sheet,
    view: View,
    spec: SceneSpec,
    look: Palette,
    purpose: str,
    x: Heights,
    y: Heights,
    tone: Colour,
    rise: float,
    snow: float,
    distance: float,
) -> None:
    # one flank lit, one in shade: noise along lines that fall away from the crest
    side = 1.0 if spec.light > 0.5 else -1.0
    columns, rows = view.columns(), view.rows()
    top = np.interp(columns, x, y)[None]
    deep = np.clip((rows - top) / max(0.02, rise), 0, 2).astype(np.float32)
    slope = np.gradient(np.interp(columns, x, y), columns)
    broad = np.clip(np.convolve(slope, np.ones(9) / 9, "same") * side * -0.5, -1, 1)[None].astype(np.float32)
    rock = noise.field(view, spec.seed, purpose + "/rock", 7, 5, stretch=0.6, rough=0.62)
    level = 1 + (0.26 * broad * np.exp(-2.2 * deep) + (rock - 0.5) * 0.75) * (1 - 0.75 * distance)
    multiply(sheet, level)
    if snow > 0:
        line = rock * 0.9 + broad * 0.12 + 0.1
        cap = np.clip((snow - deep * 1.15 + (line - 0.5) * 1.5) * 5, 0, 1)
        white = look.far((0.95, 0.97, 1.0), distance * 0.75)
        cold = mix(white, look.shadow, 0.35)
        lit = np.clip(0.55 + broad * 0.55 + (rock - 0.5) * 1.8, 0, 1)[..., None]
        colour = np.asarray(cold, np.float32) * (1 - lit) + np.asarray(white, np.float32) * lit
        alpha = (cap * (sheet[..., 3] > 0))[..., None]
        part = sheet[..., :3].astype(np.float32)
        cover = sheet[..., 3:].astype(np.float32)
        sheet[..., :3] = part + (colour * cover - part) * alpha
    _ = tone


def _mist(sheet: Sheet, view: View, look: Palette, top: float, foot: float, amount: float) -> None:
    level = np.clip((view.rows() - top) / max(0.01, foot - top), 0, 1) * amount
    tone_towards(sheet, look.air, np.broadcast_to(level, sheet.shape[:2]))


def plain(
    view: View,
    spec: SceneSpec,
    look: Palette,
    *,
    top: float,
    colour: Colour,
    purpose: str,
    wave: float = 0.02,
    frequency: float = 0.9,
    distance: float = 0.25,
) -> Sheet:
    """Return the near ground: from its far edge at `top` down, textured, brighter near the light."""
    sheet = blank(view)
    x = view.edge()
    y = top + wave * noise.line(x, spec.seed, purpose, frequency, 3)
    mask = mask_of(view, below(x, y, FLOOR))
    rows = view.rows()
    t = np.clip((rows - top) / (1.05 - top), 0, 1)
    near = look.lit(colour)
    far = look.far(colour, distance + 0.15)
    tone = (
        np.asarray(far, np.float32)
        + (np.asarray(near, np.float32) - np.asarray(far, np.float32)) * np.power(t, 0.6)[..., None]
    )
    tone = tone * (1.08 - 0.42 * t[..., None] ** 2)
    coarse = noise.field(view, spec.seed, purpose + "/coarse", 3.2, 4, stretch=4.0)
    fine = noise.field(view, spec.seed, purpose + "/fine", 24, 3, stretch=3.0, rough=0.7)
    level = 1 + (coarse - 0.5) * 0.5 + (fine - 0.5) * (0.16 + 0.34 * t)
    away = np.abs(view.columns()[None] - spec.light * view.aspect) / view.aspect
    level = level * (1.1 - 0.26 * away)
    image = np.clip(tone * level[..., None], 0, 1)
    alpha = mask.astype(np.float32)[..., None]
    sheet[..., :3] = image * alpha
    sheet[..., 3] = mask
    return sheet


def path(sheet: Sheet, view: View, spec: SceneSpec, look: Palette, top: float, colour: Colour) -> None:
    """Draw a path that winds from the front to the far edge of the ground."""
    dice = noise.Dice(spec.seed, "path")
    image = blank(view)
    end, start = dice.between(0.35, 0.65) * view.aspect, (0.5 + dice.between(-0.25, 0.25)) * view.aspect
    bend = dice.between(0.1, 0.22) * dice.pick((-1, 1))
    t = np.linspace(0, 1, 40)
    y = 1.3 + (top - 1.3) * t**0.55
    x = start + (end - start) * t + bend * np.sin(t * np.pi * 1.6) * (1 - t) ** 0.5
    half = 0.16 * (1 - t) ** 1.4 + 0.003
    tone = look.lit(colour)
    fill(image, view, np.concatenate([np.stack([x - half, y], -1), np.stack([x + half, y], -1)[::-1]]), tone)
    rough = noise.field(view, spec.seed, "path/grain", 9, 4, stretch=2.5)
    cover = np.clip(
        soften(image[..., 3], 0.006 * view.unit).astype(np.float32) / 255 * (0.5 + rough) - 0.1, 0, 0.85
    )
    glaze(sheet, np.asarray(tone, np.float32) * (0.8 + 0.4 * rough[..., None]), cover)
