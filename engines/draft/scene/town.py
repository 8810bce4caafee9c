"""What people built: skylines, village houses, quays, piers, walls and windows that shine at night."""

from __future__ import annotations

import numpy as np

from engines.draft.scene import noise
from engines.draft.scene.canvas import Colour, Sheet, View, blank, box, fill, mix, multiply, shade
from engines.draft.scene.palette import Palette
from engines.draft.scene.spec import SceneSpec

WALLS: tuple[Colour, ...] = (
    (0.86, 0.74, 0.60),
    (0.78, 0.52, 0.42),
    (0.90, 0.86, 0.78),
    (0.62, 0.66, 0.68),
    (0.82, 0.66, 0.44),
    (0.56, 0.62, 0.58),
)
_ROOFS: tuple[Colour, ...] = ((0.60, 0.28, 0.22), (0.40, 0.27, 0.24), (0.34, 0.36, 0.42), (0.66, 0.38, 0.24))
LIT: tuple[Colour, ...] = ((1.0, 0.83, 0.48), (1.0, 0.73, 0.38), (0.98, 0.90, 0.66))


def skyline(
    view: View,
    spec: SceneSpec,
    look: Palette,
    *,
    purpose: str,
    base: float,
    low: float,
    high: float,
    distance: float,
    width: float,
) -> Sheet:
    """Return a row of towers seen from afar, with windows."""
    sheet = blank(view)
    dice = noise.Dice(spec.seed, purpose)
    x = -0.5
    while x < view.aspect + 0.5:
        wide = width * dice.between(0.6, 1.5)
        tall = dice.between(low, high) * (1.25 - 0.5 * abs(x / view.aspect - 0.5))
        wall = look.far(mix(dice.pick(WALLS), (0.45, 0.5, 0.58), 0.55), distance)
        kind = dice.unit()
        top = base - tall
        fill(sheet, view, box(x, top, x + wide, 1.6), wall)
        side = 0.3 if spec.light < 0.5 else 0.0
        fill(
            sheet,
            view,
            box(x + wide * (0.7 if side else 0), top, x + wide * (1 if side else 0.3), 1.6),
            shade(wall, 0.86),
        )
        if kind < 0.3:
            fill(
                sheet,
                view,
                np.array([(x, top), (x + wide / 2, top - wide * 0.7), (x + wide, top)]),
                shade(wall, 0.92),
            )
        elif kind < 0.6:
            fill(sheet, view, box(x + wide * 0.2, top - 0.03, x + wide * 0.8, top), wall)
            fill(sheet, view, box(x + wide * 0.48, top - 0.1, x + wide * 0.52, top), shade(wall, 0.8))
        _panes(sheet, view, look, dice, x, top, wide, base, wall, distance)
        x += wide * dice.between(0.92, 1.25)
    return sheet


def _panes(
    sheet: Sheet,
    view: View,
    look: Palette,
    dice: noise.Dice,
    x: float,
    top: float,
    wide: float,
    base: float,
    wall: Colour,
    distance: float,
) -> None:
    step = max(0.018, 0.028 * (1 - 0.45 * distance), 4 / view.unit)
    columns, rows = max(1, int(wide / step * 0.9)), max(1, int((base - top) / step / 1.25))
    throws = dice.many(rows, columns)
    for row in range(min(rows, 40)):
        for column in range(min(columns, 14)):
            throw = float(throws[row, column])
            cx = x + wide * (column + 0.5) / columns
            cy = top + step * 1.25 * (row + 0.6)
            lit = look.dim > 0.3 and throw < 0.18 + 0.34 * look.dim
            tone = (
                mix(LIT[int(throw * 97) % 3], look.air, 0.45 * distance)
                if lit
                else mix(shade(wall, 0.74), look.middle, 0.25)
            )
            fill(
                sheet, view, box(cx - step * 0.27, cy - step * 0.36, cx + step * 0.27, cy + step * 0.36), tone
            )


def house(
    sheet: Sheet,
    view: View,
    look: Palette,
    x: float,
    foot: float,
    height: float,
    dice: noise.Dice,
    *,
    distance: float = 0.0,
    snow: bool = False,
) -> None:
    """Draw one gabled house with door, windows and chimney."""
    wall, roof = look.far(dice.pick(WALLS), distance), look.far(dice.pick(_ROOFS), distance)
    wide = height * dice.between(0.75, 1.25)
    eave = foot - height * 0.55
    if snow:
        roof = look.far((0.92, 0.95, 1.0), distance)
    fill(sheet, view, box(x + wide * 0.2, foot - height * 1.05, x + wide * 0.32, eave), shade(wall, 0.7))
    fill(sheet, view, box(x - wide / 2, eave, x + wide / 2, foot + 0.01), wall)
    fill(sheet, view, box(x + wide * 0.18, eave, x + wide / 2, foot + 0.01), shade(wall, 0.85))
    fill(
        sheet,
        view,
        np.array(
            [
                (x - wide * 0.58, eave + height * 0.03),
                (x - wide * 0.4, foot - height),
                (x + wide * 0.4, foot - height),
                (x + wide * 0.58, eave + height * 0.03),
            ]
        ),
        roof,
    )
    fill(
        sheet,
        view,
        box(x - wide * 0.58, eave + height * 0.01, x + wide * 0.58, eave + height * 0.05),
        shade(roof, 0.75),
    )
    for at in (-0.3, 0.26):
        lit = look.dim > 0.3 and dice.unit() < 0.75
        pane = dice.pick(LIT) if lit else mix(shade(wall, 0.45), look.middle, 0.35)
        fill(
            sheet,
            view,
            box(x + wide * (at - 0.1), foot - height * 0.42, x + wide * (at + 0.1), foot - height * 0.2),
            shade(wall, 1.12),
        )
        fill(
            sheet,
            view,
            box(x + wide * (at - 0.08), foot - height * 0.4, x + wide * (at + 0.08), foot - height * 0.22),
            pane,
        )
    fill(
        sheet,
        view,
        box(x - wide * 0.07, foot - height * 0.32, x + wide * 0.06, foot + 0.01),
        shade(roof, 0.7),
    )


def pier(view: View, spec: SceneSpec, look: Palette, *, side: int, top: float) -> Sheet:
    """Return a wooden landing stage at one side with its posts."""
    sheet = blank(view)
    wood = look.lit((0.42, 0.31, 0.24))
    edge = 0.0 if side < 0 else view.aspect
    reach = 0.34 * view.scale
    a, b = edge - side * reach, edge + side * 0.5
    for rank, x in enumerate(np.linspace(edge - side * reach * 0.96, edge + side * 0.3, 6)):
        fill(
            sheet,
            view,
            box(x - 0.010, top - 0.05 - 0.02 * (rank % 2), x + 0.010, top + 0.2),
            shade(wood, 0.62),
        )
        fill(
            sheet,
            view,
            box(x - 0.010, top - 0.05 - 0.02 * (rank % 2), x - 0.003, top + 0.2),
            shade(wood, 0.8),
        )
    fill(
        sheet,
        view,
        np.array([(a, top), (b, top - 0.01), (b, top + 0.09), (a - side * 0.05, top + 0.045)]),
        wood,
    )
    for rank in range(14):
        t = rank / 14
        x = a + (b - a) * t
        fill(
            sheet,
            view,
            np.array(
                [
                    (x, top),
                    (x + 0.004, top),
                    (x - side * 0.02, top + 0.075),
                    (x - side * 0.02 - 0.004, top + 0.075),
                ]
            ),
            shade(wood, 0.72),
        )
    fill(
        sheet,
        view,
        np.array(
            [
                (a - side * 0.05, top + 0.045),
                (b, top + 0.085),
                (b, top + 0.115),
                (a - side * 0.05, top + 0.07),
            ]
        ),
        shade(wood, 0.55),
    )
    return sheet


def quay(view: View, spec: SceneSpec, look: Palette, *, top: float) -> Sheet:
    """Return a stone quay along the front, with its wall and bollards."""
    sheet = blank(view)
    stone = look.lit((0.62, 0.57, 0.51)) if spec.season != "winter" else look.lit((0.86, 0.88, 0.92))
    fill(sheet, view, box(-2, top, view.aspect + 2, 1.6), stone)
    for rank, y in enumerate((top + 0.03, top + 0.08, top + 0.16, top + 0.3)):
        fill(sheet, view, box(-2, y, view.aspect + 2, y + 0.002 + 0.002 * rank), shade(stone, 0.8))
        for joint in np.arange(-0.6, view.aspect + 0.6, 0.1 + 0.06 * rank) + 0.05 * (rank % 2):
            fill(
                sheet,
                view,
                np.array(
                    [
                        (joint, y),
                        (joint + 0.003, y),
                        (joint + 0.003, y + 0.05 + 0.04 * rank),
                        (joint, y + 0.05 + 0.04 * rank),
                    ]
                ),
                shade(stone, 0.84),
            )
    grain = noise.field(view, spec.seed, "quay", 9, 4, stretch=2.5)
    multiply(sheet, 0.7 + 0.6 * grain)
    fill(sheet, view, box(-2, top - 0.004, view.aspect + 2, top + 0.012), shade(stone, 1.12))
    for x in np.arange(-0.25, view.aspect + 0.3, 0.47) + 0.1:
        iron = look.lit((0.24, 0.24, 0.27))
        fill(sheet, view, box(x - 0.012, top - 0.035, x + 0.012, top + 0.01), iron)
        fill(sheet, view, box(x - 0.019, top - 0.047, x + 0.019, top - 0.031), shade(iron, 1.25))
    return sheet
