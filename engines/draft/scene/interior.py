"""What is under a roof: a room with a window and a table, and a greenhouse."""

from __future__ import annotations

import numpy as np

from engines.draft.scene import noise
from engines.draft.scene.canvas import (
    Colour,
    Sheet,
    View,
    blank,
    box,
    ellipse,
    fill,
    glaze,
    mask_of,
    mix,
    multiply,
    shade,
    soften,
)
from engines.draft.scene.palette import Palette
from engines.draft.scene.plants import broadleaf
from engines.draft.scene.spec import SceneSpec

_PAPERS: tuple[Colour, ...] = (
    (0.72, 0.62, 0.52),
    (0.46, 0.56, 0.56),
    (0.60, 0.48, 0.46),
    (0.55, 0.58, 0.50),
    (0.42, 0.46, 0.58),
)
_WOOD: Colour = (0.50, 0.33, 0.21)
TABLE_TOP = 0.7


def _window_box(view: View, spec: SceneSpec) -> tuple[float, float, float, float]:
    wide = 0.50 * view.scale
    middle = view.aspect * (0.3 if spec.light < 0.5 else 0.7)
    return middle - wide / 2, 0.07, middle + wide / 2, 0.55


def outside(view: View, spec: SceneSpec, look: Palette, sheet: Sheet) -> Sheet:
    """Return the world behind the window: the sky with a few trees."""
    x0, _, x1, y1 = _window_box(view, spec)
    dice = noise.Dice(spec.seed, "outside")
    for rank in range(9):
        x = x0 - 0.2 + (x1 - x0 + 0.4) * (rank + dice.unit()) / 9
        tone = look.far(
            dice.pick(((0.3, 0.46, 0.24), (0.36, 0.5, 0.28)))
            if spec.season != "winter"
            else (0.8, 0.84, 0.9),
            0.45,
        )
        broadleaf(sheet, view, x, y1 + 0.12, dice.between(0.25, 0.42), tone, dice, light=look.sun, side=1)
    # the eye rests on the room: what is outside lies out of focus
    return np.asarray(soften(sheet, 0.006 * view.unit), np.uint8)


def wall(view: View, spec: SceneSpec, look: Palette) -> Sheet:
    """Return the wall with its open window, curtains, pictures or shelves; lit from the window."""
    sheet = blank(view)
    dice = noise.Dice(spec.seed, "wall")
    paper = dice.pick(_PAPERS)
    inside = 1 - 0.45 * look.dim
    x0, y0, x1, y1 = _window_box(view, spec)
    fill(sheet, view, box(-2, -1, view.aspect + 2, 1.6), shade(paper, inside))
    stripe = 0.06
    for rank in range(int((view.aspect + 1.2) / stripe)):
        if rank % 2:
            fill(
                sheet,
                view,
                box(rank * stripe - 0.6, -1, rank * stripe - 0.57, 1.6),
                shade(paper, inside * 1.045),
            )
    if "books" in spec.details or dice.unit() < 0.45:
        _shelf(sheet, view, view.aspect - (x0 + x1) / 2, dice, inside)
    else:
        _picture(sheet, view, view.aspect - (x0 + x1) / 2 + dice.between(-0.05, 0.05), dice, inside)
    fill(sheet, view, box(-2, 0.84, view.aspect + 2, 1.6), shade(_WOOD, 0.6 * inside))
    fill(sheet, view, box(-2, 0.835, view.aspect + 2, 0.85), shade(_WOOD, 0.85 * inside))
    _light(sheet, view, spec, look, (x0 + x1) / 2, (y0 + y1) / 2)
    frame = (0.93, 0.90, 0.84)
    fill(sheet, view, box(x0 - 0.022, y0 - 0.022, x1 + 0.022, y1 + 0.022), look.lit(frame, 0.7))
    sheet[mask_of(view, box(x0, y0, x1, y1)) > 127] = 0
    for share in (1 / 2,):
        at = x0 + (x1 - x0) * share
        fill(sheet, view, box(at - 0.007, y0, at + 0.007, y1), look.lit(frame, 0.8))
    fill(
        sheet,
        view,
        box(x0, y0 + (y1 - y0) * 0.42 - 0.006, x1, y0 + (y1 - y0) * 0.42 + 0.006),
        look.lit(frame, 0.8),
    )
    fill(sheet, view, box(x0 - 0.05, y1 + 0.012, x1 + 0.05, y1 + 0.04), look.lit((0.97, 0.94, 0.88), 0.8))
    cloth = dice.pick(((0.75, 0.42, 0.34), (0.90, 0.84, 0.72), (0.36, 0.50, 0.50)))
    for side, edge in ((-1, x0 - 0.03), (1, x1 + 0.03)):
        for fold in range(5):
            a = edge + side * (0.045 - fold * 0.02)
            tone = look.lit(shade(cloth, (0.8, 1.0, 0.88, 1.06, 0.92)[fold] * inside), 0.6)
            s = np.linspace(0, 1, 14)
            sway = 0.006 * np.sin(s * 9 + fold)
            fill(
                sheet,
                view,
                np.concatenate(
                    [
                        np.stack([a + sway, y0 - 0.06 + s * 0.72], -1),
                        np.stack([a + side * -0.024 + sway, y0 - 0.06 + s * 0.72], -1)[::-1],
                    ]
                ),
                tone,
            )
    fill(sheet, view, box(x0 - 0.11, y0 - 0.072, x1 + 0.11, y0 - 0.056), shade(_WOOD, 0.8 * inside))
    return sheet


def _light(sheet: Sheet, view: View, spec: SceneSpec, look: Palette, cx: float, cy: float) -> None:
    away = np.hypot(view.columns()[None] - cx, (view.rows() - cy) * 1.1).astype(np.float32)
    warm = 1.18 * np.exp(-away * 0.75) + 0.24
    if look.dim > 0.5:
        lamp = np.hypot(view.columns()[None] - (view.aspect - cx), (view.rows() - 0.35) * 1.2)
        warm = 0.4 + 0.9 * np.exp(-lamp * 1.6).astype(np.float32)
        multiply(sheet, warm[..., None] * np.array([1.12, 0.95, 0.72], np.float32))
        return
    multiply(sheet, warm[..., None] * np.array([1.06, 1.0, 0.92], np.float32))
    slant = np.array(
        [
            (cx - 0.1, 0.62),
            (cx + 0.25, 0.62),
            (cx + (0.75 if spec.light < 0.5 else -0.1), 1.2),
            (cx + (0.2 if spec.light < 0.5 else -0.75), 1.2),
        ]
    )
    glaze(sheet, look.sun, (mask_of(view, slant, 0.015).astype(np.float32) * (0.2 / 255)))


def _shelf(sheet: Sheet, view: View, cx: float, dice: noise.Dice, inside: float) -> None:
    wide = 0.42 * view.scale
    for row in range(3):
        y = 0.22 + row * 0.17
        x = cx - wide / 2 + 0.01
        while x < cx + wide / 2 - 0.03:
            w, h = dice.between(0.012, 0.026), dice.between(0.08, 0.13)
            if dice.unit() < 0.84:
                tone = dice.pick(
                    (
                        (0.55, 0.22, 0.2),
                        (0.22, 0.34, 0.42),
                        (0.72, 0.60, 0.38),
                        (0.30, 0.42, 0.32),
                        (0.82, 0.78, 0.68),
                        (0.40, 0.26, 0.36),
                    )
                )
                fill(sheet, view, box(x, y - h, x + w, y), shade(tone, inside * dice.between(0.85, 1.1)))
            x += w + 0.002
        fill(sheet, view, box(cx - wide / 2, y, cx + wide / 2, y + 0.013), shade(_WOOD, inside))
        fill(
            sheet, view, box(cx - wide / 2, y + 0.013, cx + wide / 2, y + 0.022), shade(_WOOD, inside * 0.55)
        )


def _picture(sheet: Sheet, view: View, cx: float, dice: noise.Dice, inside: float) -> None:
    w, h, y = 0.15 * view.scale, 0.12, 0.3
    fill(
        sheet,
        view,
        box(cx - w - 0.014, y - h - 0.014, cx + w + 0.014, y + h + 0.014),
        shade(_WOOD, 1.1 * inside),
    )
    fill(sheet, view, box(cx - w, y - h, cx + w, y + h), shade((0.78, 0.82, 0.80), inside))
    for rank, tone in enumerate(((0.55, 0.64, 0.66), (0.42, 0.52, 0.46), (0.34, 0.40, 0.30))):
        x = np.linspace(cx - w, cx + w, 16)
        line = y + h * (0.1 + 0.3 * rank) - 0.05 * np.sin((x - cx) * (14 + 5 * rank) + dice.between(0, 6))
        fill(
            sheet,
            view,
            np.concatenate([np.stack([x, np.minimum(line, y + h)], -1), [(cx + w, y + h), (cx - w, y + h)]]),
            shade(tone, inside),
        )


def table(view: View, spec: SceneSpec, look: Palette) -> Sheet:
    """Return a table top that fills the lower part of the picture, with the grain of wood."""
    sheet = blank(view)
    inside = 1 - 0.4 * look.dim
    top = TABLE_TOP
    mask = mask_of(view, box(-2, top, view.aspect + 2, 1.6))
    grain = noise.field(view, spec.seed, "table", 6, 5, stretch=14.0, rough=0.62)
    rows = view.rows()
    cx = view.aspect * (0.3 if spec.light < 0.5 else 0.7)
    glow = np.exp(-np.abs(view.columns()[None] - cx) * 1.3) * np.exp(-np.clip(rows - top, 0, 1) * 2.2)
    colour = (
        np.asarray(_WOOD, np.float32)
        * (0.55 + 0.75 * grain[..., None])
        * (inside * (0.85 + 0.75 * glow[..., None]))
    )
    colour += (np.asarray(look.sun, np.float32) * (0.18 * glow * (1 - look.dim))[..., None]).astype(
        np.float32
    )
    sheet[..., :3] = np.clip(colour, 0, 1) * mask[..., None]
    sheet[..., 3] = mask
    fill(
        sheet,
        view,
        box(-2, top - 0.004, view.aspect + 2, top + 0.006),
        shade(mix(_WOOD, look.sun, 0.35), inside),
    )
    return sheet


def greenhouse(view: View, spec: SceneSpec, look: Palette) -> tuple[Sheet, Sheet]:
    """Return (the glass wall with its iron frame, the beds of plants)."""
    frame, beds = blank(view), blank(view)
    iron = look.lit((0.86, 0.90, 0.86), 0.7)
    peak, eave, h = -0.12, 0.2, spec.horizon + 0.1
    middle = view.aspect / 2
    pane = mask_of(view, box(-2, -1, view.aspect + 2, h)).astype(np.float32) * (0.12 / 255)
    glaze(frame, look.lit((0.85, 0.97, 0.92)), pane)
    for rank in range(-9, 10):
        x = middle + rank * 0.21
        fill(frame, view, box(x - 0.005, eave, x + 0.005, h), iron)
        fill(
            frame,
            view,
            np.array(
                [
                    (x - 0.004, eave),
                    (x + 0.004, eave),
                    (middle + rank * 0.06 + 0.004, peak),
                    (middle + rank * 0.06 - 0.004, peak),
                ]
            ),
            iron,
        )
    for y, half in ((eave, 0.009), (0.38, 0.005), (h - 0.02, 0.01), (0.04, 0.004)):
        fill(frame, view, box(-2, y - half, view.aspect + 2, y + half), iron)
    dice = noise.Dice(spec.seed, "beds")
    for row, foot in enumerate((h + 0.02, h + 0.1)):
        for _ in range(26):
            x = dice.between(-0.3, view.aspect + 0.3)
            if abs(x - middle) < 0.13 * (row + 1) * view.scale:
                continue
            tone = look.far(
                dice.pick(((0.22, 0.46, 0.22), (0.34, 0.56, 0.26), (0.16, 0.38, 0.26))), 0.22 - 0.15 * row
            )
            _leafy(beds, view, x, foot, dice.between(0.1, 0.24 + 0.06 * row), tone, look, dice)
        fill(
            beds,
            view,
            box(-2, foot, middle - 0.10 * (row + 1), foot + 0.055),
            look.lit(shade((0.62, 0.40, 0.30), 0.85 + 0.1 * row)),
        )
        fill(
            beds,
            view,
            box(middle + 0.10 * (row + 1), foot, view.aspect + 2, foot + 0.055),
            look.lit(shade((0.62, 0.40, 0.30), 0.85 + 0.1 * row)),
        )
    return frame, beds


def _leafy(
    sheet: Sheet,
    view: View,
    x: float,
    foot: float,
    height: float,
    colour: Colour,
    look: Palette,
    dice: noise.Dice,
) -> None:
    for turn in np.linspace(-1.1, 1.1, 9):
        reach = height * dice.between(0.6, 1.0)
        s = np.linspace(0, 1, 8)
        lx, ly = x + np.sin(turn) * reach * s, foot - np.cos(turn) * reach * s + reach * 0.3 * s**2
        wide = height * 0.075 * np.sin(np.pi * s)
        fill(
            sheet,
            view,
            np.concatenate([np.stack([lx - wide, ly], -1), np.stack([lx + wide, ly], -1)[::-1]]),
            shade(colour, dice.between(0.72, 1.2)),
        )
    if dice.unit() < 0.55:
        tone = look.lit(
            dice.pick(((0.93, 0.36, 0.42), (0.97, 0.78, 0.30), (0.95, 0.92, 0.95), (0.72, 0.45, 0.85)))
        )
        for _ in range(4):
            cx, cy, r = (
                x + dice.between(-0.05, 0.05),
                foot - height * dice.between(0.55, 1.0),
                dice.between(0.008, 0.014),
            )
            fill(sheet, view, ellipse(cx, cy, r, r)[::3], tone)
            fill(sheet, view, ellipse(cx, cy, r * 0.4, r * 0.4)[::5], mix(tone, (1, 0.9, 0.5), 0.7))
