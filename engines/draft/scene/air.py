"""What is between the viewer and the scene: framing leaves and grass, rain, snow, mist, petals, bubbles."""

from __future__ import annotations

import numpy as np

from engines.draft.scene import land, noise, plants
from engines.draft.scene import water as sea
from engines.draft.scene.canvas import (
    Colour,
    Sheet,
    View,
    blank,
    ellipse,
    fill,
    glaze,
    mix,
    shade,
    soften,
    stroke,
)
from engines.draft.scene.palette import Palette
from engines.draft.scene.spec import SceneSpec


def foreground(view: View, spec: SceneSpec, look: Palette) -> Sheet | None:
    """Return what is nearest to the viewer, a little out of focus, or None where nothing is."""
    if spec.place in {"sea", "cliff"}:
        return sea.near_waves(view, spec, look, base=1.0 if spec.shot != "close" else 1.03, height=0.09)
    if spec.place in {"field", "garden", "mountains", "village", "forest", "jungle", "lake", "river"}:
        sheet = blank(view)
        colour = mix(look.lit(land.ground_colour(spec)), look.shadow, 0.5)
        if spec.season == "winter":
            x = view.edge()
            fill(
                sheet,
                view,
                np.concatenate(
                    [
                        np.stack([x, 1.0 + 0.05 * noise.line(x, spec.seed, "drift", 0.9, 3)], -1),
                        [(x[-1], 1.6), (x[0], 1.6)],
                    ]
                ),
                mix(look.lit((0.90, 0.93, 0.98)), look.shadow, 0.16),
            )
            plants.grass(
                sheet,
                view,
                spec,
                look,
                1.05,
                0.13,
                mix(look.lit((0.55, 0.45, 0.34)), look.shadow, 0.35),
                26,
                "near/stalks",
            )
        else:
            plants.grass(sheet, view, spec, look, 1.04, 0.14, colour, 240, "near/grass")
        return np.asarray(soften(sheet, 0.0022 * view.unit), np.uint8)
    return None


def weather(view: View, spec: SceneSpec, look: Palette) -> Sheet | None:
    """Return falling and drifting things as one sheet, or None in clear air."""
    sheet = blank(view)
    done = False
    if spec.place in {"space", "planet", "room", "greenhouse", "underwater"}:
        if spec.place == "underwater":
            _bubbles(sheet, view, spec)
            return sheet
        return None
    if spec.weather in {"rain", "storm"}:
        _rain(sheet, view, spec, look)
        done = True
    if spec.weather == "snowfall":
        _flakes(sheet, view, spec, (0.97, 0.98, 1.0), 420, round_=True)
        done = True
    if spec.weather == "fog":
        _fog(sheet, view, spec, look)
        done = True
    if spec.season in {"autumn", "spring"} and spec.place in {
        "forest",
        "garden",
        "field",
        "village",
        "lake",
        "river",
    }:
        hue: Colour = (0.85, 0.50, 0.18) if spec.season == "autumn" else (0.97, 0.78, 0.85)
        _flakes(sheet, view, spec, look.lit(hue), 46, round_=False)
        done = True
    return sheet if done else None


def _rain(sheet: Sheet, view: View, spec: SceneSpec, look: Palette) -> None:
    throws = noise.Dice(spec.seed, "rain").many(420 if spec.weather == "storm" else 300, 4)
    lean = 0.34 if spec.weather == "storm" else 0.12
    far, near = blank(view), blank(view)
    tone = mix(look.low, (0.85, 0.9, 1.0), 0.6)
    for x, y, size, _ in throws:
        at = np.array([x * (view.aspect + 0.8) - 0.4, y * 1.4 - 0.2])
        reach = 0.02 + 0.06 * size**2
        stroke(
            near if size > 0.75 else far,
            view,
            np.stack([at, at + np.array((-lean * reach, reach))]),
            0.0011 + 0.0012 * size**3,
            tone,
        )
    for layer, strength in ((far, 0.26), (near, 0.36)):
        glaze(sheet, tone, layer[..., 3].astype(np.float32) * (strength / 255))


def _flakes(sheet: Sheet, view: View, spec: SceneSpec, colour: Colour, count: int, *, round_: bool) -> None:
    throws = noise.Dice(spec.seed, "flakes").many(count, 5)
    blurred = blank(view)
    for x, y, size, turn, hue in throws:
        at = (x * (view.aspect + 0.6) - 0.3, y * 1.4 - 0.2)
        r = 0.0014 + 0.0062 * size**4 if round_ else 0.004 + 0.007 * size**2
        shape = ellipse(at[0], at[1], r, r if round_ else r * 0.45, turn * 6.3)[::3]
        fill(
            blurred if size > 0.9 else sheet, view, shape, shade(colour, 1.0 if round_ else 0.75 + 0.4 * hue)
        )
    sheet[...] = (sheet * 0.86).astype(np.uint8)
    glaze(sheet, colour, soften(blurred[..., 3], 0.0035 * view.unit).astype(np.float32) * (0.8 / 255))


def _fog(sheet: Sheet, view: View, spec: SceneSpec, look: Palette) -> None:
    rows = view.rows()
    drift = noise.field(view, spec.seed, "fog", 1.6, 5, stretch=4.5)
    drift = 0.5 + (drift - 0.5) * 1.6
    low = np.exp(-(((rows - spec.horizon - 0.02) / 0.17) ** 2)) * 0.66 + 0.12
    glaze(
        sheet,
        mix(look.air, (1, 1, 1), 0.12 * (1 - look.dim)),
        (np.clip((drift - 0.22) * 1.7, 0, 1) * low).astype(np.float32),
    )


def _bubbles(sheet: Sheet, view: View, spec: SceneSpec) -> None:
    throws = noise.Dice(spec.seed, "bubbles").many(60, 3)
    for x, y, size in throws:
        at = (x * view.aspect, y)
        r = 0.003 + 0.011 * size**3
        fill(sheet, view, [ellipse(*at, r, r), ellipse(*at, r * 0.78, r * 0.78)], (0.72, 0.93, 0.97))
        fill(sheet, view, ellipse(at[0] - r * 0.35, at[1] - r * 0.35, r * 0.25, r * 0.2)[::3], (0.95, 1, 1))
    sheet[...] = (sheet * 0.6).astype(np.uint8)
