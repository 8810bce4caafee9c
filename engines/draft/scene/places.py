"""Which sheets make up each place, back to front, before anybody steps in."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from engines.draft.scene import cosmos, interior, land, noise, plants, town
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
        yield 0.5, land.plain(view, spec, look, top=spec.horizon + 0.06, colour=(0.62, 0.56, 0.48), purpose="floor", wave=0.0)
        yield 0.56, beds
    elif spec.place in {"city", "street"}:
        yield from _city(view, spec, look)
    elif spec.place in {"sea", "harbour", "island", "beach", "cliff", "lake", "river"}:
        yield from _waters(view, spec, look)
    elif spec.place == "sky":
        yield from _heights(view, spec, look)
    else:
        yield from _country(view, spec, look)


def _space(view: View, spec: SceneSpec) -> Sheets:
    yield 0.0, cosmos.deep_space(view, spec)
    dice = noise.Dice(spec.seed, "globes")
    side = 0.82 if spec.light < 0.5 else 0.18
    hue: Colour = dice.pick(((0.80, 0.56, 0.36), (0.36, 0.58, 0.80), (0.72, 0.42, 0.56), (0.46, 0.66, 0.56)))
    yield 0.15, cosmos.globe(view, spec, purpose="giant", x=side * view.aspect, y=0.3, radius=0.2 * view.scale, colour=hue, ring=dice.unit() < 0.7)
    yield 0.3, cosmos.globe(view, spec, purpose="moon", x=(1 - side) * view.aspect, y=0.22, radius=0.045, colour=(0.62, 0.60, 0.60), glow=0.1)
    yield 0.5, cosmos.globe(view, spec, purpose="home", x=0.5 * view.aspect, y=1.62, radius=0.85 * max(1.0, view.aspect * 0.7), colour=(0.28, 0.46, 0.68), glow=1.0)


def _planet(view: View, spec: SceneSpec, look: Palette) -> Sheets:
    yield 0.0, sky(view, spec, look)
    side = 0.76 if spec.light < 0.5 else 0.24
    far = cosmos.globe(view, spec, purpose="giant", x=side * view.aspect, y=0.24, radius=0.13 * view.scale, colour=mix(look.middle, (0.9, 0.7, 0.6), 0.55), ring=True, glow=0.3)
    yield 0.1, far
    colour = land.ground_colour(spec)
    h = spec.horizon
    yield 0.25, land.ridge(view, spec, look, "mesa", base=h, rise=0.2, frequency=1.1, colour=mix(colour, (0.3, 0.2, 0.35), 0.25), distance=0.5, sharp=0.8)
    yield 0.4, land.ridge(view, spec, look, "dunes", base=h + 0.05, rise=0.09, frequency=1.6, colour=shade(colour, 0.85), distance=0.25)
    ground = land.plain(view, spec, look, top=h + 0.06, colour=colour, purpose="dust", wave=0.025)
    cosmos.craters(ground, view, spec, look, h + 0.07, colour)
    yield 0.55, ground


def _underwater(view: View, spec: SceneSpec, look: Palette) -> Sheets:
    yield 0.0, sea.depths(view, spec, look)
    yield 0.3, sea.seabed(view, spec, look, top=spec.horizon - 0.04, purpose="bed/far", colour=(0.10, 0.42, 0.56), weeds=16)
    yield 0.5, sea.seabed(view, spec, look, top=spec.horizon + 0.08, purpose="bed/mid", colour=(0.24, 0.50, 0.54), weeds=14)
    yield 0.92, sea.seabed(view, spec, look, top=1.0, purpose="bed/near", colour=(0.05, 0.22, 0.32), weeds=9)


def _city(view: View, spec: SceneSpec, look: Palette) -> Sheets:
    h = spec.horizon
    yield 0.0, sky(view, spec, look)
    yield 0.2, town.skyline(view, spec, look, purpose="towers/far", base=h, low=0.16, high=0.42, distance=0.66, width=0.09)
    if spec.place == "street":
        walls, road = town.street(view, spec, look)
        yield 0.45, walls
        yield 0.52, road
        return
    yield 0.35, town.skyline(view, spec, look, purpose="towers/mid", base=h + 0.05, low=0.12, high=0.38, distance=0.38, width=0.13)
    yield 0.45, town.skyline(view, spec, look, purpose="towers/near", base=h + 0.1, low=0.05, high=0.2, distance=0.12, width=0.17)
    colour = (0.45, 0.45, 0.48) if spec.season != "winter" else (0.86, 0.89, 0.94)
    yield 0.55, land.plain(view, spec, look, top=h + 0.1, colour=colour, purpose="square", wave=0.0)


def _waters(view: View, spec: SceneSpec, look: Palette) -> Sheets:
    h = spec.horizon
    yield 0.0, sky(view, spec, look)
    dice = noise.Dice(spec.seed, "waters")
    green: Colour = (0.32, 0.42, 0.34) if spec.season != "winter" else (0.80, 0.85, 0.90)
    inland = spec.place in {"lake", "river"}
    if inland:
        yield 0.2, land.ridge(view, spec, look, "far", base=h, rise=0.30, frequency=1.0, colour=(0.40, 0.42, 0.46), distance=0.6, sharp=0.9, snow=0.5 if spec.season == "winter" else 0.28)
        yield 0.32, _shore_woods(view, spec, look, h)
    elif spec.place == "harbour":
        yield 0.2, land.ridge(view, spec, look, "far", base=h, rise=0.16, frequency=0.8, colour=green, distance=0.6)
        yield 0.32, _waterfront(view, spec, look, h)
    elif dice.unit() < 0.75:
        far = blank(view)
        x = view.edge()
        bulk = np.clip(noise.line(x, spec.seed, "cape", 0.7, 4) + (0.5 - abs(x / view.aspect - (1 - spec.light))) * 0.9, 0, 1)
        fill(far, view, below(x, h + 0.004 - 0.11 * bulk, h + 0.004), look.far(green, 0.66))
        yield 0.2, far
    yield 0.42, sea.water(view, spec, look, top=h, calm=0.8 if inland or spec.place == "harbour" else 0.2 if spec.weather == "storm" else 0.5)
    if spec.place == "cliff":
        yield 0.55, _headland(view, spec, look)
    elif spec.place in {"beach", "island"}:
        sand = land.plain(view, spec, look, top=0.74, colour=(0.90, 0.80, 0.60), purpose="sand", wave=0.045, frequency=0.8, distance=0.0)
        x = view.edge()
        y = 0.74 + 0.045 * noise.line(x, spec.seed, "sand", 0.8, 3)
        fill(sand, view, np.concatenate([np.stack([x, y - 0.006], -1), np.stack([x, y + 0.012 + 0.006 * noise.line(x, spec.seed, "lap", 5, 2)], -1)[::-1]]), look.lit((0.95, 0.97, 0.96)))
        for _ in range(3 if spec.place == "island" else 2):
            edge = dice.pick((-0.02, 0.1, 0.92, 1.02)) * view.aspect
            plants.palm(sand, view, edge, dice.between(0.8, 0.95), dice.between(0.45, 0.62) * view.scale, look.lit((0.24, 0.46, 0.24)), dice)
        yield 0.55, sand
    elif inland:
        yield 0.55, _bank(view, spec, look)
    elif spec.place == "harbour":
        yield 0.58, town.pier(view, spec, look, side=1 if spec.light < 0.5 else -1, top=0.72)


def _shore_woods(view: View, spec: SceneSpec, look: Palette, h: float) -> Sheet:
    sheet = blank(view)
    dice = noise.Dice(spec.seed, "shore")
    x = view.edge()
    for _ in range(70):
        at = dice.between(-0.3, view.aspect + 0.3)
        tone = look.far(mix(plants.leaf_colour(spec, dice), (0.16, 0.3, 0.24), 0.6), 0.42)
        plants.conifer(sheet, view, at, h + 0.012, dice.between(0.05, 0.12), tone, dice, snow=0.5 if spec.season == "winter" else 0)
    fill(sheet, view, below(x, h - 0.004 + 0.008 * noise.line(x, spec.seed, "shoreline", 2, 3), h + 0.02), look.far((0.30, 0.36, 0.26), 0.4))
    return sheet


def _waterfront(view: View, spec: SceneSpec, look: Palette, h: float) -> Sheet:
    sheet = blank(view)
    dice = noise.Dice(spec.seed, "front")
    for row, lift in enumerate((0.055, 0.025, 0.0)):
        x = -0.3
        while x < view.aspect + 0.3:
            tall = dice.between(0.06, 0.1) * (0.8 + 0.15 * row)
            town.house(sheet, view, look, x, h - lift + 0.005, tall, dice, distance=0.45 - 0.1 * row, snow=spec.season == "winter")
            x += tall * dice.between(0.9, 1.6 if row else 2.2)
    fill(sheet, view, np.array([(-2, h + 0.002), (view.aspect + 2, h + 0.002), (view.aspect + 2, h + 0.02), (-2, h + 0.02)]), look.far((0.42, 0.38, 0.36), 0.25))
    return sheet


def _headland(view: View, spec: SceneSpec, look: Palette) -> Sheet:
    sheet = blank(view)
    side = 1 if spec.light < 0.5 else -1
    x = view.edge()
    # distance from the tip of the headland, growing towards its own side of the frame
    inward = (x / view.aspect - (0.52 if side > 0 else 0.48)) * side
    rough = noise.line(x, spec.seed, "cliff", 3.2, 5, 0.55)
    y = np.where(inward > 0, spec.horizon + 0.03 - 0.05 * np.clip(inward * 4, 0, 1) + 0.012 * rough, spec.horizon + 0.03 + np.clip(-inward, 0, None) ** 0.6 * 1.5 + 0.06 * rough * np.clip(-inward * 20, 0, 1))
    rock = look.lit((0.40, 0.36, 0.33))
    fill(sheet, view, below(x, y, 1.6), rock)
    grain = noise.field(view, spec.seed, "cliff/rock", 6.5, 6, stretch=0.35, rough=0.62)
    wide = noise.field(view, spec.seed, "cliff/wide", 2.2, 3, stretch=0.5)
    multiply(sheet, np.clip(0.35 + 0.95 * grain + 0.45 * (wide - 0.5), 0.2, 1.5) * (1.1 - 0.35 * np.clip((view.rows() - spec.horizon) * 1.7, 0, 1)))
    top = land.ground_colour(spec) if spec.season == "winter" else (0.36, 0.47, 0.25)
    turf = np.where(inward > -0.012, 0.022 + 0.02 * np.clip(noise.line(x, spec.seed, "turf", 6, 3), -0.6, 1), 0.0)
    fill(sheet, view, np.concatenate([np.stack([x, y - 0.004], -1), np.stack([x, y + turf], -1)[::-1]]), look.lit(top))
    return sheet


def _bank(view: View, spec: SceneSpec, look: Palette) -> Sheet:
    colour = land.ground_colour(spec)
    sheet = land.plain(view, spec, look, top=0.84, colour=colour, purpose="bank", wave=0.05, frequency=0.9, distance=0.0)
    if spec.season != "winter":
        plants.grass(sheet, view, spec, look, 0.87, 0.07, look.lit(shade(colour, 0.9)), 260, "bank/grass")
    return sheet


def _heights(view: View, spec: SceneSpec, look: Palette) -> Sheets:
    yield 0.0, sky(view, spec, look)
    for rank, (depth, base) in enumerate(((0.2, 0.68), (0.4, 0.8), (0.6, 0.93), (0.9, 1.05))):
        sheet = blank(view)
        x = view.edge()
        puffs = 0.5 * np.abs(noise.line(x, spec.seed, f"puff/{rank}", 2.2 - 0.3 * rank, 5, 0.55)) + 0.5 * noise.line(x, spec.seed, f"bank/{rank}", 0.8, 2)
        tone = mix(mix(look.low, (1, 1, 1), 0.55), look.middle, 0.5 - 0.13 * rank)
        fill(sheet, view, below(x, base - 0.13 * puffs, land.FLOOR), tone)
        soft = noise.field(view, spec.seed, f"soft/{rank}", 4, 4, stretch=2)
        multiply(sheet, 1.06 - 0.3 * np.clip((view.rows() - base + 0.1) * 2.5, 0, 1) + (soft - 0.5) * 0.35)
        yield depth, sheet


def _country(view: View, spec: SceneSpec, look: Palette) -> Sheets:
    h, winter = spec.horizon, spec.season == "winter"
    yield 0.0, sky(view, spec, look)
    colour = land.ground_colour(spec)
    high = spec.place == "mountains"
    bare = spec.place in {"desert", "arctic"}
    if spec.place not in {"jungle"}:
        rock: Colour = (0.42, 0.43, 0.48) if spec.place != "desert" else (0.74, 0.52, 0.40)
        rock = (0.74, 0.82, 0.90) if spec.place == "arctic" else rock
        yield 0.15, land.ridge(view, spec, look, "far", base=h, rise=0.46 if high else 0.2, frequency=0.85 if high else 1.1, colour=rock, distance=0.55 if high else 0.7, sharp=0.95 if high or bare else 0.35, snow=(0.95 if winter else 0.5) if high or spec.place == "arctic" else 0.0)
    if high:
        yield 0.28, land.ridge(view, spec, look, "near", base=h + 0.05, rise=0.3, frequency=1.35, colour=mix(rock, (0.28, 0.34, 0.28), 0.4), distance=0.34, sharp=0.85, snow=0.7 if winter else 0.0)
    if spec.place in {"forest", "jungle"}:
        yield 0.25, _trees(view, spec, look, "trees/far", h + 0.01, (0.34, 0.5), 46, 0.62)
        yield 0.38, _trees(view, spec, look, "trees/mid", h + 0.05, (0.5, 0.72), 22, 0.36)
    elif not bare:
        hill = land.ridge(view, spec, look, "hill", base=h + 0.07, rise=0.12, frequency=1.0, colour=mix(colour, (0.30, 0.42, 0.26), 0.4 if not winter else 0.05), distance=0.36)
        _dotted(hill, view, spec, look, h + 0.05)
        yield 0.36, hill
    elif spec.place == "desert":
        yield 0.35, _dunes(view, spec, look, h + 0.06, "dune", 0.13, shade(colour, 0.94), 0.32)
    top = h + (0.09 if spec.place != "forest" else 0.08)
    ground = land.plain(view, spec, look, top=top, colour=colour, purpose="ground", wave=0.03)
    if "path" in spec.details or spec.place in {"village", "forest", "garden"}:
        land.path(ground, view, spec, look, top + 0.01, (0.66, 0.55, 0.42) if not winter else (0.80, 0.83, 0.90))
    if not bare and not winter:
        for rank in range(5):
            t = (rank / 4) ** 1.5
            plants.grass(ground, view, spec, look, top + 0.02 + 0.4 * t, 0.014 + 0.05 * t, shade(look.lit(colour), 0.82), 150, f"grass/{rank}")
    if spec.season == "spring" or spec.place == "garden" or "flowers" in spec.details:
        plants.flowers(ground, view, spec, look, top + 0.03, 1.1, 90, "flowers")
    if spec.place == "desert":
        dice = noise.Dice(spec.seed, "cacti")
        for _ in range(5):
            at = dice.between(0, 1)
            plants.cactus(ground, view, dice.between(-0.1, view.aspect + 0.1), top + 0.03 + 0.2 * at, 0.06 + 0.16 * at, look.far((0.34, 0.46, 0.30), 0.3 * (1 - at)))
    yield 0.55, ground
    if spec.place in {"village", "garden", "forest", "field", "mountains", "jungle"}:
        yield 0.6, _middle(view, spec, look, top)


def _trees(view: View, spec: SceneSpec, look: Palette, purpose: str, foot: float, tall: tuple[float, float], count: int, distance: float) -> Sheet:
    sheet = blank(view)
    dice = noise.Dice(spec.seed, purpose)
    winter = spec.season == "winter"
    for rank in range(count):
        x = -0.35 + (view.aspect + 0.7) * (rank + dice.unit()) / count
        height = dice.between(*tall)
        tone = look.far(plants.leaf_colour(spec, dice), distance)
        if spec.place == "jungle" and dice.unit() < 0.5:
            plants.palm(sheet, view, x, foot + 0.02, height, look.far((0.20, 0.42, 0.22), distance), dice)
        elif winter or dice.unit() < 0.6 and spec.season != "autumn":
            plants.conifer(sheet, view, x, foot + 0.02, height, mix(tone, look.far((0.14, 0.28, 0.22), distance), 0.5), dice, light=look.sun if distance < 0.5 else None, snow=0.75 * (1 - distance * 0.7) if winter else 0)
        else:
            plants.broadleaf(sheet, view, x, foot + 0.02, height * 0.85, tone, dice, light=look.sun, side=1 if spec.light > 0.5 else -1)
    return sheet


def _dotted(sheet: Sheet, view: View, spec: SceneSpec, look: Palette, foot: float) -> None:
    dice = noise.Dice(spec.seed, "dots")
    winter = spec.season == "winter"
    for _ in range(34 if spec.place != "village" else 16):
        x = dice.between(-0.3, view.aspect + 0.3)
        y = foot + dice.between(-0.02, 0.05)
        tone = look.far(plants.leaf_colour(spec, dice), 0.38)
        if spec.place == "mountains" or winter:
            plants.conifer(sheet, view, x, y, dice.between(0.05, 0.1), mix(tone, look.far((0.14, 0.28, 0.22), 0.4), 0.5), dice, snow=0.5 if winter else 0)
        else:
            plants.broadleaf(sheet, view, x, y, dice.between(0.045, 0.085), tone, dice, light=look.sun, side=1 if spec.light > 0.5 else -1)
    if spec.place == "village":
        for _ in range(13):
            town.house(sheet, view, look, dice.between(-0.2, view.aspect + 0.2), foot + dice.between(0.0, 0.05), dice.between(0.07, 0.11), dice, distance=0.32, snow=winter)


def _dunes(view: View, spec: SceneSpec, look: Palette, base: float, purpose: str, rise: float, colour: Colour, distance: float) -> Sheet:
    sheet = blank(view)
    x = view.edge()
    for rank in range(3):
        wave = 1 - np.abs(noise.line(x + rank * 7, spec.seed, purpose, 0.8 + 0.25 * rank, 2))
        y = base + 0.05 * rank - rise * wave
        fill(sheet, view, below(x, y, land.FLOOR), look.far(colour, distance * (1 - 0.25 * rank)))
        # the lee side lies in shade from the crest down
        step = np.clip(np.gradient(y, x) * (1 if spec.light > 0.5 else -1) * 1.6, 0, 1)
        fill(sheet, view, np.concatenate([np.stack([x, y], -1), np.stack([x, y + 0.07 * step], -1)[::-1]]), look.far(mix(colour, (0.4, 0.25, 0.3), 0.35), distance))
    return sheet


def _middle(view: View, spec: SceneSpec, look: Palette, top: float) -> Sheet:
    # a few larger things at the sides of the stage: they frame the subject and leave its place free
    sheet = blank(view)
    dice = noise.Dice(spec.seed, "middle")
    winter = spec.season == "winter"
    taken = [subject.x * view.aspect for subject in spec.subjects]
    side = 1.0 if spec.light > 0.5 else -1.0
    tall = {"forest": (0.62, 0.85), "jungle": (0.6, 0.8), "mountains": (0.18, 0.34), "village": (0.2, 0.3), "garden": (0.25, 0.4), "field": (0.2, 0.36)}[spec.place]
    for rank in range(10 if spec.place in {"forest", "jungle"} else 5):
        edge = dice.unit() ** 1.7 * 0.36
        x = (edge if rank % 2 else 1 - edge) * view.aspect + dice.between(-0.12, 0.04) * (1 if rank % 2 else -1)
        if any(abs(x - other) < 0.17 * view.scale for other in taken):
            continue
        foot, height = top + dice.between(0.01, 0.09), dice.between(*tall) * view.scale
        tone = look.far(plants.leaf_colour(spec, dice), 0.1)
        if spec.place == "village" and dice.unit() < 0.7:
            town.house(sheet, view, look, x, foot, height * 0.95, dice, distance=0.06, snow=winter)
        elif spec.place == "jungle":
            plants.palm(sheet, view, x, foot, height, look.far((0.18, 0.40, 0.20), 0.08), dice)
        elif winter or spec.place == "mountains" or (spec.place == "forest" and spec.season != "autumn" and dice.unit() < 0.6):
            plants.conifer(sheet, view, x, foot, height, mix(tone, look.lit((0.12, 0.25, 0.19)), 0.55), dice, light=look.sun, snow=0.85 if winter else 0)
        else:
            plants.broadleaf(sheet, view, x, foot, height, tone, dice, light=look.sun, side=side)
    return sheet
