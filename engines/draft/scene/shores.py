"""Which sheets make up a place by the water: sea, harbour, island, beach, cliff, lake, river."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from engines.draft.scene import land, noise, plants, town
from engines.draft.scene import water as sea
from engines.draft.scene.canvas import Colour, Sheet, View, below, blank, fill, mix, multiply, shade
from engines.draft.scene.palette import Palette
from engines.draft.scene.sky import sky
from engines.draft.scene.spec import SceneSpec


def shore(view: View, spec: SceneSpec, look: Palette) -> Iterator[tuple[float, Sheet]]:
    """Yield (depth, sheet) of a place by the water, back to front."""
    h = spec.horizon
    yield 0.0, sky(view, spec, look)
    dice = noise.Dice(spec.seed, "waters")
    green: Colour = (0.32, 0.42, 0.34) if spec.season != "winter" else (0.80, 0.85, 0.90)
    inland = spec.place in {"lake", "river"}
    if inland:
        yield (
            0.2,
            land.ridge(
                view,
                spec,
                look,
                "far",
                base=h,
                rise=0.30,
                frequency=1.0,
                colour=(0.40, 0.42, 0.46),
                distance=0.6,
                sharp=0.9,
                snow=0.5 if spec.season == "winter" else 0.28,
            ),
        )
        yield 0.32, _shore_woods(view, spec, look, h)
    elif spec.place == "harbour":
        yield (
            0.2,
            land.ridge(view, spec, look, "far", base=h, rise=0.16, frequency=0.8, colour=green, distance=0.6),
        )
        yield 0.32, _waterfront(view, spec, look, h)
    elif dice.unit() < 0.75:
        far = blank(view)
        x = view.edge()
        bulk = np.clip(
            noise.line(x, spec.seed, "cape", 0.7, 4) + (0.5 - abs(x / view.aspect - (1 - spec.light))) * 0.9,
            0,
            1,
        )
        fill(far, view, below(x, h + 0.004 - 0.11 * bulk, h + 0.004), look.far(green, 0.66))
        yield 0.2, far
    yield (
        0.42,
        sea.water(
            view,
            spec,
            look,
            top=h,
            calm=0.8 if inland or spec.place == "harbour" else 0.2 if spec.weather == "storm" else 0.5,
        ),
    )
    if spec.place == "cliff":
        yield 0.55, _headland(view, spec, look)
    elif spec.place in {"beach", "island"}:
        sand = land.plain(
            view,
            spec,
            look,
            top=0.74,
            colour=(0.90, 0.80, 0.60),
            purpose="sand",
            wave=0.045,
            frequency=0.8,
            distance=0.0,
        )
        x = view.edge()
        y = 0.74 + 0.045 * noise.line(x, spec.seed, "sand", 0.8, 3)
        fill(
            sand,
            view,
            np.concatenate(
                [
                    np.stack([x, y - 0.006], -1),
                    np.stack([x, y + 0.012 + 0.006 * noise.line(x, spec.seed, "lap", 5, 2)], -1)[::-1],
                ]
            ),
            look.lit((0.95, 0.97, 0.96)),
        )
        warm = spec.place == "island" or "palms" in spec.details
        for _ in range(3 if spec.place == "island" else 2 if warm else 0):
            edge = dice.pick((-0.02, 0.1, 0.92, 1.02)) * view.aspect
            plants.palm(
                sand,
                view,
                edge,
                dice.between(0.8, 0.95),
                dice.between(0.45, 0.62) * view.scale,
                look.lit((0.24, 0.46, 0.24)),
                dice,
            )
        yield 0.55, sand
    elif inland:
        yield 0.55, _bank(view, spec, look)
    elif spec.place == "harbour":
        if any(subject.stand == "ground" for subject in spec.subjects):
            yield 0.58, town.quay(view, spec, look, top=0.82)
        else:
            yield 0.58, town.pier(view, spec, look, side=1 if spec.light < 0.5 else -1, top=0.72)


def _shore_woods(view: View, spec: SceneSpec, look: Palette, h: float) -> Sheet:
    sheet = blank(view)
    dice = noise.Dice(spec.seed, "shore")
    x = view.edge()
    for _ in range(70):
        at = dice.between(-0.3, view.aspect + 0.3)
        tone = look.far(mix(plants.leaf_colour(spec, dice), (0.16, 0.3, 0.24), 0.6), 0.42)
        plants.conifer(
            sheet,
            view,
            at,
            h + 0.012,
            dice.between(0.05, 0.12),
            tone,
            dice,
            snow=0.5 if spec.season == "winter" else 0,
        )
    fill(
        sheet,
        view,
        below(x, h - 0.004 + 0.008 * noise.line(x, spec.seed, "shoreline", 2, 3), h + 0.02),
        look.far((0.30, 0.36, 0.26), 0.4),
    )
    return sheet


def _waterfront(view: View, spec: SceneSpec, look: Palette, h: float) -> Sheet:
    sheet = blank(view)
    dice = noise.Dice(spec.seed, "front")
    for row, lift in enumerate((0.055, 0.025, 0.0)):
        x = -0.3
        while x < view.aspect + 0.3:
            tall = dice.between(0.06, 0.1) * (0.8 + 0.15 * row)
            town.house(
                sheet,
                view,
                look,
                x,
                h - lift + 0.005,
                tall,
                dice,
                distance=0.45 - 0.1 * row,
                snow=spec.season == "winter",
            )
            x += tall * dice.between(0.9, 1.6 if row else 2.2)
    fill(
        sheet,
        view,
        np.array(
            [(-2, h + 0.002), (view.aspect + 2, h + 0.002), (view.aspect + 2, h + 0.02), (-2, h + 0.02)]
        ),
        look.far((0.42, 0.38, 0.36), 0.25),
    )
    return sheet


def _headland(view: View, spec: SceneSpec, look: Palette) -> Sheet:
    sheet = blank(view)
    side = 1 if spec.light < 0.5 else -1
    x = view.edge()
    # distance from the tip of the headland, growing towards its own side of the frame
    inward = (x / view.aspect - (0.52 if side > 0 else 0.48)) * side
    rough = noise.line(x, spec.seed, "cliff", 3.2, 5, 0.55)
    y = np.where(
        inward > 0,
        spec.horizon + 0.03 - 0.05 * np.clip(inward * 4, 0, 1) + 0.012 * rough,
        spec.horizon
        + 0.03
        + np.clip(-inward, 0, None) ** 0.6 * 1.5
        + 0.06 * rough * np.clip(-inward * 20, 0, 1),
    )
    rock = look.lit((0.40, 0.36, 0.33))
    fill(sheet, view, below(x, y, 1.6), rock)
    grain = noise.field(view, spec.seed, "cliff/rock", 6.5, 6, stretch=0.35, rough=0.62)
    wide = noise.field(view, spec.seed, "cliff/wide", 2.2, 3, stretch=0.5)
    multiply(
        sheet,
        np.clip(0.35 + 0.95 * grain + 0.45 * (wide - 0.5), 0.2, 1.5)
        * (1.1 - 0.35 * np.clip((view.rows() - spec.horizon) * 1.7, 0, 1)),
    )
    top = land.ground_colour(spec) if spec.season == "winter" else (0.36, 0.47, 0.25)
    turf = np.where(
        inward > -0.012, 0.022 + 0.02 * np.clip(noise.line(x, spec.seed, "turf", 6, 3), -0.6, 1), 0.0
    )
    fill(
        sheet,
        view,
        np.concatenate([np.stack([x, y - 0.004], -1), np.stack([x, y + turf], -1)[::-1]]),
        look.lit(top),
    )
    return sheet


def _bank(view: View, spec: SceneSpec, look: Palette) -> Sheet:
    colour = land.ground_colour(spec)
    sheet = land.plain(
        view, spec, look, top=0.84, colour=colour, purpose="bank", wave=0.05, frequency=0.9, distance=0.0
    )
    if spec.season != "winter":
        plants.grass(sheet, view, spec, look, 0.87, 0.07, look.lit(shade(colour, 0.9)), 260, "bank/grass")
    return sheet
