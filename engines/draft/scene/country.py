"""Which sheets make up open country: fields, villages, mountains, woods, deserts, ice."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from engines.draft.scene import land, noise, plants, town
from engines.draft.scene.canvas import Colour, Sheet, View, below, blank, fill, mix, shade
from engines.draft.scene.palette import Palette
from engines.draft.scene.sky import sky
from engines.draft.scene.spec import SceneSpec


def country(view: View, spec: SceneSpec, look: Palette) -> Iterator[tuple[float, Sheet]]:
    """Yield (depth, sheet) of open country, back to front."""
    h, winter = spec.horizon, spec.season == "winter"
    yield 0.0, sky(view, spec, look)
    colour = land.ground_colour(spec)
    high = spec.place == "mountains"
    bare = spec.place in {"desert", "arctic"}
    if spec.place not in {"jungle"}:
        rock: Colour = (0.42, 0.43, 0.48) if spec.place != "desert" else (0.74, 0.52, 0.40)
        rock = (0.74, 0.82, 0.90) if spec.place == "arctic" else rock
        yield (
            0.15,
            land.ridge(
                view,
                spec,
                look,
                "far",
                base=h,
                rise=0.46 if high else 0.2,
                frequency=0.85 if high else 1.1,
                colour=rock,
                distance=0.55 if high else 0.7,
                sharp=0.95 if high or bare else 0.35,
                snow=(0.95 if winter else 0.5) if high or spec.place == "arctic" else 0.0,
            ),
        )
    if high:
        yield (
            0.28,
            land.ridge(
                view,
                spec,
                look,
                "near",
                base=h + 0.05,
                rise=0.3,
                frequency=1.35,
                colour=mix(rock, (0.28, 0.34, 0.28), 0.4),
                distance=0.34,
                sharp=0.85,
                snow=0.7 if winter else 0.0,
            ),
        )
    if spec.place in {"forest", "jungle"}:
        yield 0.25, _trees(view, spec, look, "trees/far", h + 0.01, (0.34, 0.5), 46, 0.62)
        yield 0.38, _trees(view, spec, look, "trees/mid", h + 0.05, (0.5, 0.72), 22, 0.36)
    elif not bare:
        hill = land.ridge(
            view,
            spec,
            look,
            "hill",
            base=h + 0.07,
            rise=0.12,
            frequency=1.0,
            colour=mix(colour, (0.30, 0.42, 0.26), 0.4 if not winter else 0.05),
            distance=0.36,
        )
        _dotted(hill, view, spec, look, h + 0.05)
        yield 0.36, hill
    elif spec.place == "desert":
        yield 0.35, _dunes(view, spec, look, h + 0.06, "dune", 0.13, shade(colour, 0.94), 0.32)
    top = h + (0.09 if spec.place != "forest" else 0.08)
    ground = land.plain(view, spec, look, top=top, colour=colour, purpose="ground", wave=0.03)
    if "path" in spec.details or spec.place in {"village", "forest", "garden"}:
        land.path(
            ground, view, spec, look, top + 0.01, (0.66, 0.55, 0.42) if not winter else (0.80, 0.83, 0.90)
        )
    if not bare and not winter:
        for rank in range(5):
            t = (rank / 4) ** 1.5
            plants.grass(
                ground,
                view,
                spec,
                look,
                top + 0.02 + 0.4 * t,
                0.014 + 0.05 * t,
                shade(look.lit(colour), 0.82),
                150,
                f"grass/{rank}",
            )
    if spec.season == "spring" or spec.place == "garden" or "flowers" in spec.details:
        plants.flowers(ground, view, spec, look, top + 0.03, 1.1, 90, "flowers")
    if spec.place == "desert":
        dice = noise.Dice(spec.seed, "cacti")
        for _ in range(5):
            at = dice.between(0, 1)
            plants.cactus(
                ground,
                view,
                dice.between(-0.1, view.aspect + 0.1),
                top + 0.03 + 0.2 * at,
                0.06 + 0.16 * at,
                look.far((0.34, 0.46, 0.30), 0.3 * (1 - at)),
            )
    yield 0.55, ground
    if spec.place in {"village", "garden", "forest", "field", "mountains", "jungle"}:
        yield 0.6, _middle(view, spec, look, top)


def _trees(
    view: View,
    spec: SceneSpec,
    look: Palette,
    purpose: str,
    foot: float,
    tall: tuple[float, float],
    count: int,
    distance: float,
) -> Sheet:
    sheet = blank(view)
    dice = noise.Dice(spec.seed, purpose)
    winter = spec.season == "winter"
    for rank in range(count):
        x = -0.35 + (view.aspect + 0.7) * (rank + dice.unit()) / count
        height = dice.between(*tall)
        tone = look.far(plants.leaf_colour(spec, dice), distance)
        if spec.place == "jungle" and dice.unit() < 0.5:
            plants.palm(sheet, view, x, foot + 0.02, height, look.far((0.20, 0.42, 0.22), distance), dice)
        elif winter or (dice.unit() < 0.6 and spec.season != "autumn"):
            plants.conifer(
                sheet,
                view,
                x,
                foot + 0.02,
                height,
                mix(tone, look.far((0.14, 0.28, 0.22), distance), 0.5),
                dice,
                light=look.sun if distance < 0.5 else None,
                snow=0.75 * (1 - distance * 0.7) if winter else 0,
            )
        else:
            plants.broadleaf(
                sheet,
                view,
                x,
                foot + 0.02,
                height * 0.85,
                tone,
                dice,
                light=look.sun,
                side=1 if spec.light > 0.5 else -1,
            )
    return sheet


def _dotted(sheet: Sheet, view: View, spec: SceneSpec, look: Palette, foot: float) -> None:
    dice = noise.Dice(spec.seed, "dots")
    winter = spec.season == "winter"
    for _ in range(34 if spec.place != "village" else 16):
        x = dice.between(-0.3, view.aspect + 0.3)
        y = foot + dice.between(-0.02, 0.05)
        tone = look.far(plants.leaf_colour(spec, dice), 0.38)
        if spec.place == "mountains" or winter:
            plants.conifer(
                sheet,
                view,
                x,
                y,
                dice.between(0.05, 0.1),
                mix(tone, look.far((0.14, 0.28, 0.22), 0.4), 0.5),
                dice,
                snow=0.5 if winter else 0,
            )
        else:
            plants.broadleaf(
                sheet,
                view,
                x,
                y,
                dice.between(0.045, 0.085),
                tone,
                dice,
                light=look.sun,
                side=1 if spec.light > 0.5 else -1,
            )
    if spec.place == "village":
        for _ in range(13):
            town.house(
                sheet,
                view,
                look,
                dice.between(-0.2, view.aspect + 0.2),
                foot + dice.between(0.0, 0.05),
                dice.between(0.07, 0.11),
                dice,
                distance=0.32,
                snow=winter,
            )


def _dunes(
    view: View,
    spec: SceneSpec,
    look: Palette,
    base: float,
    purpose: str,
    rise: float,
    colour: Colour,
    distance: float,
) -> Sheet:
    sheet = blank(view)
    x = view.edge()
    for rank in range(3):
        wave = 1 - np.abs(noise.line(x + rank * 7, spec.seed, purpose, 0.8 + 0.25 * rank, 2))
        y = base + 0.05 * rank - rise * wave
        fill(sheet, view, below(x, y, land.FLOOR), look.far(colour, distance * (1 - 0.25 * rank)))
        # the lee side lies in shade from the crest down
        step = np.clip(np.gradient(y, x) * (1 if spec.light > 0.5 else -1) * 1.6, 0, 1)
        fill(
            sheet,
            view,
            np.concatenate([np.stack([x, y], -1), np.stack([x, y + 0.07 * step], -1)[::-1]]),
            look.far(mix(colour, (0.4, 0.25, 0.3), 0.35), distance),
        )
    return sheet


def _middle(view: View, spec: SceneSpec, look: Palette, top: float) -> Sheet:
    # a few larger things at the sides of the stage: they frame the subject and leave its place free
    sheet = blank(view)
    dice = noise.Dice(spec.seed, "middle")
    winter = spec.season == "winter"
    taken = [subject.x * view.aspect for subject in spec.subjects]
    side = 1.0 if spec.light > 0.5 else -1.0
    tall = {
        "forest": (0.62, 0.85),
        "jungle": (0.6, 0.8),
        "mountains": (0.18, 0.34),
        "village": (0.2, 0.3),
        "garden": (0.25, 0.4),
        "field": (0.2, 0.36),
    }[spec.place]
    for rank in range(10 if spec.place in {"forest", "jungle"} else 5):
        edge = dice.unit() ** 1.7 * 0.36
        x = (edge if rank % 2 else 1 - edge) * view.aspect + dice.between(-0.12, 0.04) * (
            1 if rank % 2 else -1
        )
        if any(abs(x - other) < 0.17 * view.scale for other in taken):
            continue
        foot, height = top + dice.between(0.01, 0.09), dice.between(*tall) * view.scale
        tone = look.far(plants.leaf_colour(spec, dice), 0.1)
        if spec.place == "village" and dice.unit() < 0.7:
            town.house(sheet, view, look, x, foot, height * 0.95, dice, distance=0.06, snow=winter)
        elif spec.place == "jungle":
            plants.palm(sheet, view, x, foot, height, look.far((0.18, 0.40, 0.20), 0.08), dice)
        elif (
            winter
            or spec.place == "mountains"
            or (spec.place == "forest" and spec.season != "autumn" and dice.unit() < 0.6)
        ):
            plants.conifer(
                sheet,
                view,
                x,
                foot,
                height,
                mix(tone, look.lit((0.12, 0.25, 0.19)), 0.55),
                dice,
                light=look.sun,
                snow=0.85 if winter else 0,
            )
        else:
            plants.broadleaf(sheet, view, x, foot, height, tone, dice, light=look.sun, side=side)
    return sheet
