"""What water looks like: open sea, lakes, rivers, and the world beneath the surface."""

from __future__ import annotations

import numpy as np

from engines.draft.scene import noise
from engines.draft.scene.canvas import (
    Colour,
    Sheet,
    View,
    below,
    blank,
    ellipse,
    fill,
    glaze,
    gradient,
    mix,
    multiply,
    shade,
    soften,
)
from engines.draft.scene.palette import Palette
from engines.draft.scene.sky import shines
from engines.draft.scene.spec import SceneSpec


def water(view: View, spec: SceneSpec, look: Palette, *, top: float, calm: float) -> Sheet:
    """Return water from `top` down: the sky in it, crests in perspective, a road of light."""
    sheet = blank(view)
    rows = view.rows()
    start = int(np.searchsorted(rows[:, 0], top))
    deep = look.lit((0.10, 0.30, 0.40)) if spec.weather not in {"storm"} else look.lit((0.16, 0.27, 0.32))
    ramp = gradient(
        view,
        [
            (top, mix(look.low, deep, 0.22)),
            (top + 0.05, mix(look.middle, deep, 0.45)),
            (top + 0.5, mix(look.top, deep, 0.82)),
            (1.2, shade(deep, 0.75)),
        ],
    )
    image = np.repeat(ramp, view.canvas_w, 1)
    t = np.clip(rows - top, 0.0015, None)
    waves = _perspective(view, spec, top, "wave")
    strength = (0.16 if calm > 0.5 else 0.34) * np.clip(t * 5 + 0.25, 0, 1)
    crest = np.clip((waves - 0.5) * 3.2, -1, 1) * strength
    light = mix(look.low, (1, 1, 1), 0.2)
    image += np.clip(crest, 0, 1)[..., None] * (np.asarray(light, np.float32) - image) * 1.1
    image *= 1 + np.minimum(crest, 0)[..., None] * 1.2
    if spec.weather in {"storm", "wind"} or calm < 0.3:
        foam = np.clip((waves - 0.66) * 9, 0, 1) * np.clip(t * 4, 0, 1) * 0.8
        image += foam[..., None] * (np.asarray(look.lit((0.93, 0.96, 0.97)), np.float32) - image)
    if shines(spec):
        x = spec.light * view.aspect
        width = 0.035 + 0.34 * t
        glint = (
            np.exp(-(((view.columns()[None] - x) / width) ** 2))
            * np.clip((waves - 0.44) * 5.0, 0, 1)
            * np.exp(-t * 0.9)
        )
        image += (glint * (0.9 if look.dim < 0.9 else 0.6))[..., None].astype(np.float32) * (
            np.asarray(look.sun, np.float32) - image
        )
    sheet[start:, :, :3] = np.clip(image[start:] * 255, 0, 255)
    sheet[start:, :, 3] = 255
    return sheet


def _perspective(
    view: View, spec: SceneSpec, top: float, purpose: str
) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    # rows near the horizon look at noise far away: x and y of the noise both grow with 1 / depth
    import cv2

    lattice = noise.Dice(spec.seed, purpose).many(128, 128).astype(np.float32)
    rows = np.clip(view.rows() - top, 0.006, None)
    columns = (view.columns() - spec.light * view.aspect)[None]
    total = np.zeros((view.canvas_h, view.canvas_w), np.float32)
    for weight, grain in ((0.5, 1.0), (0.32, 2.3), (0.18, 5.1)):
        y = (grain * 9.0 * np.log(rows * 40 + 0.6) + 20).astype(np.float32)
        x = (columns * grain * 1.15 / (rows + 0.06) ** 0.75 * 2.2 + 64).astype(np.float32)
        total += weight * cv2.remap(
            lattice,
            np.mod(x, 126).astype(np.float32),
            np.mod(np.repeat(y, view.canvas_w, 1), 126).astype(np.float32),
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_WRAP,
        )
    return total


def near_waves(view: View, spec: SceneSpec, look: Palette, *, base: float, height: float) -> Sheet:
    """Return the swell in front of everything."""
    sheet = blank(view)
    x = view.edge()
    rough = 1.9 if spec.weather == "storm" else 1.0
    for rank in range(2):
        y = (
            base
            + 0.07 * rank
            - height * rough * (0.5 + 0.5 * noise.line(x, spec.seed, f"swell/{rank}", 1.9 + rank, 4, 0.42))
        )
        tone = shade(look.lit((0.09, 0.27, 0.37)), 0.95 - 0.22 * rank)
        fill(sheet, view, below(x, y, 1.6), mix(tone, look.middle, 0.18))
        lip = mix(tone, look.lit((0.92, 0.96, 0.97)), 0.7 if rough > 1 else 0.28)
        thick = 0.006 + 0.007 * np.clip(noise.line(x, spec.seed, f"foam/{rank}", 6, 3), 0, 1) * rough
        fill(
            sheet,
            view,
            np.concatenate([np.stack([x, y - thick * 0.4], -1), np.stack([x, y + thick], -1)[::-1]]),
            lip,
        )
    swell = noise.field(view, spec.seed, "swell/tone", 5, 4, stretch=4.0)
    multiply(sheet, 0.7 + 0.6 * swell)
    return np.asarray(soften(sheet, 0.0018 * view.unit), np.uint8)


def depths(view: View, spec: SceneSpec, look: Palette) -> Sheet:
    """Return the opaque water column: bright above, dark below, with shafts of light."""
    sheet = blank(view)
    strong = 1 - 0.6 * look.dim
    stops: list[tuple[float, Colour]] = [
        (-0.1, shade((0.42, 0.84, 0.86), strong)),
        (0.3, shade((0.10, 0.52, 0.68), strong)),
        (0.75, shade((0.03, 0.24, 0.44), strong)),
        (1.1, shade((0.01, 0.10, 0.24), strong)),
    ]
    sheet[..., :3] = gradient(view, stops) * 255
    sheet[..., 3] = 255
    x = view.columns()[None]
    rows = view.rows()
    from_x = spec.light * view.aspect
    turn = (x - from_x) / (rows + 0.6)
    rays = np.interp(
        turn.ravel(), np.linspace(-4, 4, 900), noise.line(np.linspace(-4, 4, 900), spec.seed, "rays", 7, 3)
    ).reshape(turn.shape)
    glow = np.clip(rays - 0.05, 0, 1) * np.clip(0.95 - rows, 0, 1) ** 1.5 * 0.62 * strong
    glaze(sheet, (0.75, 0.97, 0.95), soften(glow.astype(np.float32), 0.004 * view.unit))
    return sheet


def seabed(
    view: View, spec: SceneSpec, look: Palette, *, top: float, purpose: str, colour: Colour, weeds: int
) -> Sheet:
    """Return sand or rock with weed, coral and stones on it."""
    sheet = blank(view)
    x = view.edge()
    y = top - 0.06 * noise.line(x, spec.seed, purpose, 1.3, 4)
    dice = noise.Dice(spec.seed, purpose)
    for _ in range(weeds):
        at = dice.between(-0.25, view.aspect + 0.25)
        foot = float(np.interp(at, x, y)) + 0.03
        if dice.unit() < 0.6:
            _weed(sheet, view, at, foot, dice.between(0.12, 0.34), mix(colour, (0.10, 0.50, 0.36), 0.7), dice)
        else:
            _coral(
                sheet,
                view,
                at,
                foot,
                dice.between(0.08, 0.2),
                mix(colour, dice.pick(((0.95, 0.42, 0.45), (0.95, 0.66, 0.35), (0.72, 0.42, 0.80))), 0.62),
                dice,
            )
    fill(sheet, view, below(x, y, 1.6), colour)
    fine = noise.field(view, spec.seed, purpose + "/sand", 16, 3, stretch=4.0)
    multiply(sheet, (1.12 - 0.3 * np.clip((view.rows() - top) * 2, 0, 1)) * (0.86 + 0.28 * fine))
    return sheet


def _weed(
    sheet: Sheet, view: View, x: float, foot: float, height: float, colour: Colour, dice: noise.Dice
) -> None:
    for _ in range(4):
        sway, at, tall = (
            dice.between(0.01, 0.03),
            x + dice.between(-0.03, 0.03),
            height * dice.between(0.6, 1.0),
        )
        s = np.linspace(0, 1, 16)
        cx = at + sway * np.sin(s * 7 + x * 9) * s
        half = 0.008 * (1 - s) + 0.001
        cy = foot - tall * s
        fill(
            sheet,
            view,
            np.concatenate([np.stack([cx - half, cy], -1), np.stack([cx + half, cy], -1)[::-1]]),
            shade(colour, dice.between(0.6, 1.15)),
        )


def _coral(
    sheet: Sheet, view: View, x: float, foot: float, height: float, colour: Colour, dice: noise.Dice
) -> None:
    for turn in np.linspace(-1.0, 1.0, 7):
        reach = height * dice.between(0.65, 1.0)
        end = (x + np.sin(turn) * reach, foot - np.cos(turn) * reach)
        mid = (x + np.sin(turn * 0.5) * reach * 0.5, foot - reach * 0.5)
        half = height * 0.06
        fill(
            sheet,
            view,
            np.array(
                [
                    (x - half, foot),
                    (mid[0] - half, mid[1]),
                    (end[0] - half * 0.6, end[1]),
                    (end[0] + half * 0.6, end[1]),
                    (mid[0] + half, mid[1]),
                    (x + half, foot),
                ]
            ),
            shade(colour, dice.between(0.75, 1.1)),
        )
        fill(sheet, view, ellipse(end[0], end[1], half * 1.1, half * 1.1)[::3], shade(colour, 1.12))
