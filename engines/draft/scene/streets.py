"""What a street looks like that runs to a vanishing point, dry or wet, by day or under neon."""

from __future__ import annotations

import numpy as np

from engines.draft.scene import noise
from engines.draft.scene.canvas import Colour, Sheet, View, blank, box, fill, mask_of, mix, shade
from engines.draft.scene.palette import Palette
from engines.draft.scene.spec import SceneSpec
from engines.draft.scene.town import LIT, WALLS

_NEON: tuple[Colour, ...] = ((1.0, 0.25, 0.62), (0.20, 0.90, 0.98), (0.62, 0.40, 1.0), (1.0, 0.70, 0.25))


def street(view: View, spec: SceneSpec, look: Palette) -> tuple[Sheet, Sheet]:
    """Return (the two rows of houses, the roadway) of a street that runs to a vanishing point."""
    walls, road = blank(view), blank(view)
    vx, vy = view.aspect * (0.5 + 0.06 * (0.5 - spec.light)), spec.horizon
    dice = noise.Dice(spec.seed, "street")
    for side in (-1, 1):
        depth = 6.5
        while depth > 0.32:
            near = depth / 1.34
            _front(walls, view, spec, look, dice, (vx, vy), side, depth, near)
            depth = near
    pave = look.lit((0.36, 0.36, 0.39)) if spec.season != "winter" else look.lit((0.84, 0.87, 0.92))
    wet = spec.weather in {"rain", "storm"}
    mask = mask_of(view, box(-2, vy + 0.02, view.aspect + 2, 1.6))
    rows = view.rows()
    t = np.clip((rows - vy) / 0.45, 0, 1)[..., None]
    grain = noise.field(view, spec.seed, "road", 14, 4, stretch=3.0)
    tone = np.asarray(mix(pave, look.air, 0.5), np.float32) * (1 - t) + np.asarray(pave, np.float32) * t
    image = tone * (0.82 + 0.36 * grain[..., None])
    if wet:
        image = image * 0.62 + np.asarray(look.low, np.float32) * 0.2 * (1 - t * 0.5)
    road[..., :3] = np.clip(image, 0, 1) * mask[..., None]
    road[..., 3] = mask
    for side in (-1, 1):
        edge = np.array([(vx, vy), (vx + side * 1.02, 1.6), (vx + side * 3.4, 1.6), (vx + side * 0.02, vy)])
        fill(road, view, edge, mix(shade(pave, 1.16), look.air, 0.08))
        fill(
            road,
            view,
            np.array([(vx, vy), (vx + side * 1.02, 1.6), (vx + side * 1.08, 1.6)]),
            shade(pave, 0.6),
        )
    if wet:
        _mirror(walls, road, view, spec, vy)
    return walls, road


def _front(
    walls: Sheet,
    view: View,
    spec: SceneSpec,
    look: Palette,
    dice: noise.Dice,
    to: tuple[float, float],
    side: int,
    far: float,
    near: float,
) -> None:
    vx, vy = to
    wall = mix(dice.pick(WALLS), (0.4, 0.42, 0.48), 0.25)
    distance = min(0.75, far / 7)
    tone = look.far(shade(wall, 0.86 if (side < 0) == (spec.light < 0.5) else 1.0), distance)
    tall = dice.between(0.62, 1.05)

    def at(depth: float, up: float) -> tuple[float, float]:
        return vx + side * 0.62 / depth, vy + (0.27 - up) / depth

    fill(walls, view, np.array([at(far, 0), at(far, tall), at(near, tall), at(near, 0)]), tone)
    fill(
        walls,
        view,
        np.array([at(far, tall), at(far, tall + 0.04), at(near, tall + 0.04), at(near, tall)]),
        shade(tone, 0.72),
    )
    floors, bays = max(2, int(tall / 0.19)), 3
    for floor in range(floors):
        for bay in range(bays):
            a = far + (near - far) * (bay + 0.26) / bays
            b = far + (near - far) * (bay + 0.78) / bays
            low = 0.07 + floor * 0.19
            shop = floor == 0
            lit = look.dim > 0.25 and dice.unit() < (0.8 if shop else 0.45)
            pane = (
                mix(dice.pick(LIT), look.air, 0.3 * distance)
                if lit
                else mix(shade(tone, 0.6), look.middle, 0.2)
            )
            up = low + (0.085 if shop else 0.11)
            low = 0.02 if shop else low
            fill(walls, view, np.array([at(a, low), at(a, up), at(b, up), at(b, low)]), pane)
    if look.dim > 0.6 and dice.unit() < (0.95 if spec.mood == "neon" else 0.4):
        sign = dice.pick(_NEON)
        a, b, low = far + (near - far) * 0.35, far + (near - far) * 0.6, dice.between(0.2, 0.4)
        fill(walls, view, np.array([at(a, low), at(a, low + 0.12), at(b, low + 0.12), at(b, low)]), sign)
    if dice.unit() < 0.5:
        awning = look.far(dice.pick(((0.75, 0.25, 0.22), (0.22, 0.45, 0.42), (0.85, 0.65, 0.3))), distance)
        ax, ay = at(near, 0.14)
        bx, by = at(far, 0.14)
        fill(
            walls,
            view,
            np.array(
                [
                    (bx, by),
                    (ax, ay),
                    (ax - side * 0.05 / near, ay + 0.05 / near),
                    (bx - side * 0.05 / far, by + 0.05 / far),
                ]
            ),
            awning,
        )


def _mirror(walls: Sheet, road: Sheet, view: View, spec: SceneSpec, vy: float) -> None:
    # wet ground: what stands above the far edge, upside down, drawn out and broken by ripples
    import cv2

    ripple = noise.field(view, spec.seed, "wet", 9, 3, stretch=2.5)
    rows = view.rows()
    map_y = ((2 * vy - rows + 0.05) * view.unit + view.top).astype(np.float32)
    map_x = np.arange(view.canvas_w, dtype=np.float32)[None] + (ripple - 0.5) * 0.05 * view.unit
    seen = cv2.remap(
        walls,
        np.ascontiguousarray(map_x.astype(np.float32)),
        np.ascontiguousarray(np.repeat(map_y, view.canvas_w, 1) + (ripple - 0.5) * 0.09 * view.unit),
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_CONSTANT,
    )
    seen = cv2.blur(seen, (1, max(1, round(0.05 * view.unit))))
    amount = (
        0.62
        * (seen[..., 3:].astype(np.float32) / 255)
        * np.clip((rows - vy) * 8, 0, 1)[..., None]
        * (0.4 + ripple[..., None])
    )
    base = road[..., :3].astype(np.float32)
    road[..., :3] = np.where(
        road[..., 3:] > 0, np.minimum(base + seen[..., :3] * np.clip(amount, 0, 0.8), 255), 0
    )
