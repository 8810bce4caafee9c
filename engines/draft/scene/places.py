"""Which sheets make up each place, back to front, before anybody steps in."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from engines.draft.scene import cosmos, country, interior, land, noise, shores, streets, town
from engines.draft.scene import water as sea
from engines.draft.scene.canvas import Colour, Sheet, View, below, blank, fill, mix, multiply, shade
from engines.draft.scene.palette import Palette
from engines.draft.scene.sky import sky
from engines.draft.scene.spec import SceneSpec

Sheets = Iterator[tuple[float, Sheet]]
"""(depth, sheet) back to front; the subjects come in between at their own depth."""


def place(view: View, spec: SceneSpec, look: Palette) -> Sheets:
    """Yield the sheets of the place of a scene."""
    if spec.place == "space":
        yield from _space(view, spec)
    elif spec.place == "planet":
        yield from _planet(view, spec, look)
    elif spec.place == "underwater":
        yield from _underwater(view, spec, look)
    elif spec.place == "room":
        yield 0.0, interior.outside(view, spec, look, sky(view, spec, look))
        yield 0.45, interior.wall(view, spec, look)
        yield 0.62, interior.table(view, spec, look)
    elif spec.place == "greenhouse":
        yield 0.0, interior.outside(view, spec, look, sky(view, spec, look))
        frame, beds = interior.greenhouse(view, spec, look)
        yield 0.3, frame
        yield (
            0.5,
            land.plain(
                view,
                spec,
                look,
                top=spec.horizon + 0.06,
                colour=(0.62, 0.56, 0.48),
                purpose="floor",
                wave=0.0,
            ),
        )
        yield 0.56, beds
    elif spec.place in {"city", "street"}:
        yield from _city(view, spec, look)
    elif spec.place in {"sea", "harbour", "island", "beach", "cliff", "lake", "river"}:
        yield from shores.shore(view, spec, look)
    elif spec.place == "sky":
        yield from _heights(view, spec, look)
    else:
        yield from country.country(view, spec, look)


def _space(view: View, spec: SceneSpec) -> Sheets:
    yield 0.0, cosmos.deep_space(view, spec)
    dice = noise.Dice(spec.seed, "globes")
    side = 0.82 if spec.light < 0.5 else 0.18
    hue: Colour = dice.pick(((0.80, 0.56, 0.36), (0.36, 0.58, 0.80), (0.72, 0.42, 0.56), (0.46, 0.66, 0.56)))
    yield (
        0.15,
        cosmos.globe(
            view,
            spec,
            purpose="giant",
            x=side * view.aspect,
            y=0.3,
            radius=0.2 * view.scale,
            colour=hue,
            ring=dice.unit() < 0.7,
        ),
    )
    yield (
        0.3,
        cosmos.globe(
            view,
            spec,
            purpose="moon",
            x=(1 - side) * view.aspect,
            y=0.22,
            radius=0.045,
            colour=(0.62, 0.60, 0.60),
            glow=0.1,
        ),
    )
    yield (
        0.5,
        cosmos.globe(
            view,
            spec,
            purpose="home",
            x=0.5 * view.aspect,
            y=1.62,
            radius=0.85 * max(1.0, view.aspect * 0.7),
            colour=(0.28, 0.46, 0.68),
            glow=1.0,
        ),
    )


def _planet(view: View, spec: SceneSpec, look: Palette) -> Sheets:
    yield 0.0, sky(view, spec, look)
    side = 0.76 if spec.light < 0.5 else 0.24
    far = cosmos.globe(
        view,
        spec,
        purpose="giant",
        x=side * view.aspect,
        y=0.24,
        radius=0.13 * view.scale,
        colour=mix(look.middle, (0.9, 0.7, 0.6), 0.55),
        ring=True,
        glow=0.3,
    )
    yield 0.1, far
    colour = land.ground_colour(spec)
    h = spec.horizon
    yield (
        0.25,
        land.ridge(
            view,
            spec,
            look,
            "mesa",
            base=h,
            rise=0.2,
            frequency=1.1,
            colour=mix(colour, (0.3, 0.2, 0.35), 0.25),
            distance=0.5,
            sharp=0.8,
        ),
    )
    yield (
        0.4,
        land.ridge(
            view,
            spec,
            look,
            "dunes",
            base=h + 0.05,
            rise=0.09,
            frequency=1.6,
            colour=shade(colour, 0.85),
            distance=0.25,
        ),
    )
    ground = land.plain(view, spec, look, top=h + 0.06, colour=colour, purpose="dust", wave=0.025)
    cosmos.craters(ground, view, spec, look, h + 0.07, colour)
    yield 0.55, ground


def _underwater(view: View, spec: SceneSpec, look: Palette) -> Sheets:
    yield 0.0, sea.depths(view, spec, look)
    yield (
        0.3,
        sea.seabed(
            view, spec, look, top=spec.horizon - 0.04, purpose="bed/far", colour=(0.10, 0.42, 0.56), weeds=16
        ),
    )
    yield (
        0.5,
        sea.seabed(
            view, spec, look, top=spec.horizon + 0.08, purpose="bed/mid", colour=(0.24, 0.50, 0.54), weeds=14
        ),
    )
    yield 0.92, sea.seabed(view, spec, look, top=1.0, purpose="bed/near", colour=(0.05, 0.22, 0.32), weeds=9)


def _city(view: View, spec: SceneSpec, look: Palette) -> Sheets:
    h = spec.horizon
    yield 0.0, sky(view, spec, look)
    yield (
        0.2,
        town.skyline(
            view, spec, look, purpose="towers/far", base=h, low=0.16, high=0.42, distance=0.66, width=0.09
        ),
    )
    if spec.place == "street":
        walls, road = streets.street(view, spec, look)
        yield 0.45, walls
        yield 0.52, road
        return
    yield (
        0.35,
        town.skyline(
            view,
            spec,
            look,
            purpose="towers/mid",
            base=h + 0.05,
            low=0.12,
            high=0.38,
            distance=0.38,
            width=0.13,
        ),
    )
    yield (
        0.45,
        town.skyline(
            view,
            spec,
            look,
            purpose="towers/near",
            base=h + 0.1,
            low=0.05,
            high=0.2,
            distance=0.12,
            width=0.17,
        ),
    )
    colour = (0.45, 0.45, 0.48) if spec.season != "winter" else (0.86, 0.89, 0.94)
    yield 0.55, land.plain(view, spec, look, top=h + 0.1, colour=colour, purpose="square", wave=0.0)


def _heights(view: View, spec: SceneSpec, look: Palette) -> Sheets:
    yield 0.0, sky(view, spec, look)
    for rank, (depth, base) in enumerate(((0.2, 0.68), (0.4, 0.8), (0.6, 0.93), (0.9, 1.05))):
        sheet = blank(view)
        x = view.edge()
        puffs = 0.5 * np.abs(
            noise.line(x, spec.seed, f"puff/{rank}", 2.2 - 0.3 * rank, 5, 0.55)
        ) + 0.5 * noise.line(x, spec.seed, f"bank/{rank}", 0.8, 2)
        tone = mix(mix(look.low, (1, 1, 1), 0.55), look.middle, 0.5 - 0.13 * rank)
        fill(sheet, view, below(x, base - 0.13 * puffs, land.FLOOR), tone)
        soft = noise.field(view, spec.seed, f"soft/{rank}", 4, 4, stretch=2)
        multiply(sheet, 1.06 - 0.3 * np.clip((view.rows() - base + 0.1) * 2.5, 0, 1) + (soft - 0.5) * 0.35)
        yield depth, sheet
