"""What is beyond the air: nebulae, star fields, planets, craters."""

from __future__ import annotations

import numpy as np

from engines.draft.scene import noise
from engines.draft.scene.canvas import Colour, Sheet, View, blank, ellipse, fill, glaze, mask_of, mix, rgb
from engines.draft.scene.palette import Palette
from engines.draft.scene.spec import SceneSpec

_SCHEMES: tuple[tuple[Colour, Colour, Colour], ...] = (
    ((0.45, 0.12, 0.55), (0.12, 0.35, 0.70), (0.95, 0.55, 0.45)),
    ((0.10, 0.40, 0.50), (0.45, 0.20, 0.60), (0.95, 0.75, 0.55)),
    ((0.60, 0.20, 0.32), (0.16, 0.22, 0.55), (0.95, 0.62, 0.70)),
)


def deep_space(view: View, spec: SceneSpec) -> Sheet:
    """Return an opaque field of stars and glowing gas."""
    sheet = np.empty((view.canvas_h, view.canvas_w, 4), np.uint8)
    sheet[...] = (7, 9, 24, 255)
    first, second, bright = noise.Dice(spec.seed, "space/hues").pick(_SCHEMES)
    if spec.palette:
        first = mix(first, rgb(spec.palette[0]), 0.7)
    gas = noise.field(view, spec.seed, "space/gas", 1.5, 6, rough=0.55)
    other = noise.field(view, spec.seed, "space/other", 2.3, 5, rough=0.55)
    band = np.exp(-(((view.rows() - 0.5 + (view.columns()[None] / view.aspect - 0.5) * 0.35) / 0.42) ** 2))
    glaze(sheet, first, (np.clip((gas - 0.4) * 3, 0, 1) * band * 0.75).astype(np.float32))
    glaze(sheet, second, (np.clip((other - 0.44) * 3, 0, 1) * band * 0.65).astype(np.float32))
    glaze(sheet, bright, (np.clip((gas * other - 0.27) * 6, 0, 1) * band * 0.55).astype(np.float32))
    glaze(
        sheet,
        (0.01, 0.01, 0.05),
        (np.clip((noise.field(view, spec.seed, "space/dust", 3, 5) - 0.55) * 4, 0, 1) * 0.5).astype(
            np.float32
        ),
    )
    throws = noise.Dice(spec.seed, "space/stars").many(700, 4)
    for x, y, size, hue in throws:
        at = (x * (view.aspect + 0.6) - 0.3, y * 1.4 - 0.2)
        radius = max(0.0006 + 0.0026 * size**14, 0.4 / view.unit)
        fill(
            sheet,
            view,
            ellipse(*at, radius, radius)[::5],
            mix(mix((0.2, 0.22, 0.4), (0.75, 0.85, 1), size), (1, 0.86, 0.7), hue * size),
        )
    for x, y, _, _ in throws[:5]:
        at = (x * view.aspect, y)
        away = np.hypot(view.columns()[None] - at[0], view.rows() - at[1])
        glaze(sheet, (0.9, 0.95, 1), (0.5 * np.exp(-away * 90)).astype(np.float32))
    return sheet


def globe(
    view: View,
    spec: SceneSpec,
    *,
    purpose: str,
    x: float,
    y: float,
    radius: float,
    colour: Colour,
    ring: bool = False,
    glow: float = 0.5,
) -> Sheet:
    """Return a sheet with a planet: bands or continents, a shaded side, a rim of air."""
    sheet = blank(view)
    columns, rows = view.columns()[None], view.rows()
    dx, dy = (columns - x) / radius, (rows - y) / radius
    square = dx * dx + dy * dy
    if glow:
        away = np.sqrt(square)
        glaze(
            sheet,
            mix(colour, (1, 1, 1), 0.4),
            (glow * np.exp(-np.clip(away - 1, 0, None) * 9) * (away > 0.9)).astype(np.float32) * 0.5,
        )
    side = -1.0 if spec.light < 0.5 else 1.0
    if ring:
        _ring(sheet, view, x, y, radius, colour, back=True)
    mask = mask_of(view, ellipse(x, y, radius, radius) if radius * view.unit < 200 else _round(x, y, radius))
    height = np.sqrt(np.clip(1 - square, 0, 1))
    lit = np.clip(dx * side * 0.62 - dy * 0.45 + height * 0.65, 0.03, 1.2)
    pattern = noise.field(view, spec.seed, purpose, 1.6 / radius * 0.5, 5, stretch=3.2 if ring else 1.4)
    surface = np.asarray(colour, np.float32) * (0.65 + 0.75 * pattern[..., None])
    image = np.clip(
        surface * lit[..., None]
        + 0.16
        * np.clip(square - 0.75, 0, 1)[..., None]
        * np.asarray(mix(colour, (1, 1, 1), 0.5), np.float32),
        0,
        1,
    )
    glaze(sheet, image.astype(np.float32), mask)
    if ring:
        _ring(sheet, view, x, y, radius, colour, back=False)
    return sheet


def _round(x: float, y: float, radius: float) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    t = np.linspace(0, 2 * np.pi, 200, endpoint=False)
    return np.stack([x + radius * np.cos(t), y + radius * np.sin(t)], -1)


def _ring(sheet: Sheet, view: View, x: float, y: float, radius: float, colour: Colour, *, back: bool) -> None:
    t = np.linspace(np.pi, 2 * np.pi, 60) if back else np.linspace(0, np.pi, 60)
    for inner, outer, strength in ((1.35, 1.52, 0.55), (1.56, 1.86, 0.75), (1.9, 2.0, 0.4)):
        turn = -0.28

        def at(r: float, turn: float = turn) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
            ex, ey = r * radius * np.cos(t), r * radius * 0.22 * np.sin(t)
            return np.stack(
                [x + ex * np.cos(turn) - ey * np.sin(turn), y + ex * np.sin(turn) + ey * np.cos(turn)], -1
            )

        glaze(
            sheet,
            mix(colour, (1, 0.95, 0.85), 0.55),
            mask_of(view, np.concatenate([at(inner), at(outer)[::-1]])).astype(np.float32) * (strength / 255),
        )


def craters(sheet: Sheet, view: View, spec: SceneSpec, look: Palette, top: float, colour: Colour) -> None:
    """Draw craters and stones over a ground, larger towards the viewer."""
    throws = noise.Dice(spec.seed, "craters").many(26, 4)
    lit, dark = look.lit(mix(colour, (1, 1, 1), 0.28)), look.lit(mix(colour, (0.05, 0.03, 0.1), 0.5))
    side = 1 if spec.light < 0.5 else -1
    for x, y, size, kind in throws[np.argsort(throws[:, 1])]:
        near = y**1.3
        at = (x * (view.aspect + 0.6) - 0.3, top + 0.03 + (1.15 - top) * near)
        r = (0.012 + 0.075 * near) * (0.4 + size)
        if kind < 0.7:
            fill(sheet, view, ellipse(at[0], at[1] + r * 0.05, r * 1.08, r * 0.32), lit)
            fill(sheet, view, ellipse(at[0], at[1], r, r * 0.27), dark)
            fill(
                sheet,
                view,
                ellipse(at[0] + side * r * 0.12, at[1] + r * 0.05, r * 0.86, r * 0.2),
                look.lit(mix(colour, (0.2, 0.1, 0.2), 0.25)),
            )
        else:
            stone = ellipse(at[0], at[1], r * 0.4, r * 0.3)
            fill(sheet, view, ellipse(at[0] + side * r * 0.2, at[1] + r * 0.2, r * 0.5, r * 0.12), dark)
            fill(sheet, view, stone, look.lit(mix(colour, (0.3, 0.25, 0.3), 0.35)))
            fill(sheet, view, ellipse(at[0] - side * r * 0.1, at[1] - r * 0.08, r * 0.24, r * 0.17), lit)
