"""What grows: conifers, broad trees, palms, bare trees, cacti, grass, flowers, reeds."""

from __future__ import annotations

import numpy as np

from engines.draft.scene.canvas import Colour, Sheet, View, ellipse, fill, mix, shade
from engines.draft.scene.noise import Dice
from engines.draft.scene.palette import Palette
from engines.draft.scene.spec import SceneSpec

LEAVES: dict[str, tuple[Colour, ...]] = {
    "summer": ((0.25, 0.45, 0.22), (0.31, 0.50, 0.24), (0.22, 0.40, 0.25)),
    "spring": ((0.42, 0.58, 0.28), (0.93, 0.72, 0.78), (0.36, 0.54, 0.28)),
    "autumn": ((0.80, 0.42, 0.16), (0.86, 0.58, 0.18), (0.66, 0.26, 0.16)),
    "winter": ((0.30, 0.38, 0.36), (0.34, 0.42, 0.42), (0.26, 0.34, 0.35)),
}
SNOW: Colour = (0.93, 0.95, 0.99)


def conifer(
    sheet: Sheet,
    view: View,
    x: float,
    foot: float,
    height: float,
    colour: Colour,
    dice: Dice,
    *,
    light: Colour | None = None,
    snow: float = 0.0,
) -> None:
    """Draw a fir: ragged tiers, lit on one side, with snow on its boughs."""
    width = height * dice.between(0.2, 0.27)
    fill(
        sheet,
        view,
        np.array([(x - height * 0.018, foot), (x + height * 0.018, foot), (x, foot - height * 0.4)]),
        mix(colour, (0.16, 0.1, 0.08), 0.6),
    )
    tiers = 7
    for tier in range(tiers):
        t0, t1 = tier / tiers, (tier + 1.75) / tiers
        low = foot - height * (0.06 + 0.94 * t0)
        high = foot - height * min(1.0, 0.06 + 0.94 * t1)
        reach = width * (1 - t0) ** 0.9 + height * 0.012
        jag = dice.many(9) * 0.5 + 0.5
        edge = np.linspace(-1, 1, 9)
        droop = low + (0.35 * np.abs(edge) ** 1.5 - 0.35 + jag * 0.28) * height / tiers
        line = np.stack([x + edge * reach * (0.86 + 0.14 * jag), droop], -1)
        fill(sheet, view, np.concatenate([line, [(x, high)]]), shade(colour, 0.82 + 0.3 * t0))
        if light is not None:
            fill(
                sheet,
                view,
                np.concatenate([line[4:] * (1, 1), [(x + reach * 0.05, high)]]),
                mix(shade(colour, 0.95 + 0.3 * t0), light, 0.14),
            )
        if snow > 0:
            cap = np.stack([x + edge * reach * 0.8, droop - height * 0.05 - jag * height * 0.03], -1)
            fill(
                sheet,
                view,
                np.concatenate(
                    [
                        cap,
                        [
                            (x + reach * 0.4, low - height * 0.09),
                            (x, high),
                            (x - reach * 0.4, low - height * 0.09),
                        ],
                    ]
                ),
                mix(colour, SNOW, snow * (0.55 + 0.3 * t0)),
            )


def broadleaf(
    sheet: Sheet,
    view: View,
    x: float,
    foot: float,
    height: float,
    colour: Colour,
    dice: Dice,
    *,
    light: Colour,
    side: float,
    bare: bool = False,
) -> None:
    """Draw a tree with a round crown of leaf clumps, lit from `side` (-1 left, 1 right)."""
    bark = mix(shade(colour, 0.45), (0.24, 0.16, 0.12), 0.75)
    lean = dice.between(-0.04, 0.04) * height
    trunk = np.array(
        [
            (x - 0.045 * height, foot),
            (x - 0.02 * height + lean, foot - 0.5 * height),
            (x + 0.02 * height + lean, foot - 0.5 * height),
            (x + 0.045 * height, foot),
        ]
    )
    fill(sheet, view, trunk, bark)
    top = (x + lean, foot - 0.62 * height)
    for _ in range(5 if not bare else 14):
        turn, reach = dice.between(-1.2, 1.2), dice.between(0.22, 0.4) * height
        end = (top[0] + np.sin(turn) * reach, top[1] + 0.15 * height - np.cos(turn) * reach)
        fill(
            sheet,
            view,
            np.array(
                [
                    (x + lean - 0.014 * height, foot - 0.42 * height),
                    (x + lean + 0.014 * height, foot - 0.42 * height),
                    end,
                ]
            ),
            bark,
        )
    if bare:
        return
    clumps = [(dice.unit() ** 0.5, dice.between(0, 2 * np.pi), dice.unit()) for _ in range(26)]
    for stage in range(3):
        for radius, turn, size in clumps:
            cx = top[0] + np.cos(turn) * radius * 0.27 * height
            cy = top[1] + np.sin(turn) * radius * 0.23 * height
            r = height * (0.085 + 0.07 * size) * (1.0, 0.78, 0.45)[stage]
            tone = (shade(colour, 0.62), colour, mix(shade(colour, 1.16), light, 0.28))[stage]
            toward = (0.0, 0.022, 0.05)[stage] * height
            _clump(sheet, view, cx + side * toward, cy - toward, r, shade(tone, 0.92 + 0.16 * size), dice)


def _clump(sheet: Sheet, view: View, cx: float, cy: float, r: float, colour: Colour, dice: Dice) -> None:
    t = np.linspace(0, 2 * np.pi, 18, endpoint=False)
    rough = r * (0.82 + 0.3 * dice.many(18))
    fill(sheet, view, np.stack([cx + rough * np.cos(t), cy + rough * 0.86 * np.sin(t)], -1), colour)


def palm(sheet: Sheet, view: View, x: float, foot: float, height: float, colour: Colour, dice: Dice) -> None:
    """Draw a palm with a bent trunk."""
    bend = dice.between(-0.25, 0.25) * height
    t = np.linspace(0, 1, 10)
    cx, cy = x + bend * t**2, foot - height * t
    half = height * (0.028 - 0.012 * t)
    fill(
        sheet,
        view,
        np.concatenate([np.stack([cx - half, cy], -1), np.stack([cx + half, cy], -1)[::-1]]),
        mix((0.40, 0.28, 0.20), colour, 0.25),
    )
    for turn in np.linspace(-2.5, 2.5, 9) + dice.between(-0.2, 0.2):
        reach = height * dice.between(0.36, 0.5)
        s = np.linspace(0, 1, 9)
        lx = cx[-1] + np.sin(turn) * reach * s
        ly = cy[-1] - np.cos(turn) * reach * s * 0.75 + reach * 0.55 * s**2
        wide = reach * 0.1 * np.sin(np.pi * np.minimum(s + 0.08, 1))
        fill(
            sheet,
            view,
            np.concatenate([np.stack([lx, ly - wide * 0.4], -1), np.stack([lx, ly + wide], -1)[::-1]]),
            shade(colour, dice.between(0.75, 1.15)),
        )


def cactus(sheet: Sheet, view: View, x: float, foot: float, height: float, colour: Colour) -> None:
    """Draw a saguaro."""
    w = height * 0.09
    for cx, low, high, half in (
        (x, foot, foot - height, w),
        (x - 3 * w, foot - 0.4 * height, foot - 0.75 * height, 0.7 * w),
        (x + 3 * w, foot - 0.5 * height, foot - 0.85 * height, 0.7 * w),
    ):
        t = np.linspace(np.pi, 2 * np.pi, 10)
        dome = np.stack([cx + half * np.cos(t), high + half + half * np.sin(t)], -1)
        fill(sheet, view, np.concatenate([dome, [(cx + half, low), (cx - half, low)]]), colour)
        fill(
            sheet,
            view,
            np.concatenate([dome[6:], [(cx + half, low), (cx + half * 0.4, low)]]),
            shade(colour, 0.72),
        )
        if cx != x:
            fill(
                sheet,
                view,
                np.array([(cx - half, low), (x, low), (x, low - 1.3 * half), (cx - half, low - 1.3 * half)]),
                shade(colour, 0.9),
            )


def grass(
    sheet: Sheet,
    view: View,
    spec: SceneSpec,
    look: Palette,
    foot: float,
    height: float,
    colour: Colour,
    count: int,
    purpose: str,
    *,
    near: float | None = None,
) -> None:
    """Draw blades along a line; `near` gathers them around one x."""
    throws = Dice(spec.seed, purpose).many(count, 5)
    wind = 0.6 if spec.weather in {"wind", "storm"} else 0.12
    for x, y, tall, lean, hue in throws:
        bx = (x * (view.aspect + 0.6) - 0.3) if near is None else near + (x + y - 1) * 0.22
        by = foot + (y - 0.5) * height * 0.8
        reach = height * (0.35 + 0.75 * tall)
        tip = bx + reach * ((lean - 0.5) * 0.9 + wind)
        half = height * 0.032
        mid = (bx * 0.6 + tip * 0.4, by - reach * 0.6)
        tone = mix(shade(colour, 0.7 + 0.5 * tall), look.lit((0.85, 0.8, 0.4)), 0.22 * hue)
        fill(
            sheet,
            view,
            np.array(
                [
                    (bx - half, by),
                    (mid[0] - half * 0.7, mid[1]),
                    (tip, by - reach),
                    (mid[0] + half * 0.7, mid[1]),
                    (bx + half, by),
                ]
            ),
            tone,
        )


def flowers(
    sheet: Sheet,
    view: View,
    spec: SceneSpec,
    look: Palette,
    top: float,
    floor: float,
    count: int,
    purpose: str,
) -> None:
    """Scatter small blossoms over the ground, larger towards the viewer."""
    hues: tuple[Colour, ...] = (
        (0.92, 0.30, 0.32),
        (0.97, 0.80, 0.28),
        (0.95, 0.93, 0.9),
        (0.66, 0.45, 0.85),
        (0.95, 0.55, 0.65),
    )
    throws = Dice(spec.seed, purpose).many(count, 4)
    for x, y, hue, size in throws[np.argsort(throws[:, 1])]:
        near = y**1.4
        at = (x * (view.aspect + 0.6) - 0.3, top + (floor - top) * near)
        r = (0.002 + 0.008 * near) * (0.7 + 0.6 * size)
        colour = look.lit(hues[int(hue * len(hues))])
        for petal in range(5):
            turn = petal * 2 * np.pi / 5 + size * 6
            fill(
                sheet,
                view,
                ellipse(at[0] + r * 0.7 * np.cos(turn), at[1] + r * 0.6 * np.sin(turn), r * 0.62, r * 0.5)[
                    ::4
                ],
                shade(colour, 0.86 + 0.2 * ((petal + 1) % 2)),
            )
        fill(sheet, view, ellipse(at[0], at[1], r * 0.4, r * 0.34)[::4], look.lit((0.96, 0.78, 0.25)))


def leaf_colour(spec: SceneSpec, dice: Dice) -> Colour:
    """Return the colour of one crown in the season of a scene."""
    return dice.pick(LEAVES[spec.season])
