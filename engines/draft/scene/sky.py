"""What is above: gradient, sun or moon, stars, clouds, rainbow, aurora, lightning."""

from __future__ import annotations

import cv2
import numpy as np

from engines.draft.scene import noise
from engines.draft.scene.canvas import (
    Colour,
    Sheet,
    View,
    ellipse,
    fill,
    glaze,
    gradient,
    mask_of,
    mix,
    soften,
    stroke,
)
from engines.draft.scene.palette import Palette
from engines.draft.scene.spec import SceneSpec

_COVER = {
    "clear": 0.30,
    "clouds": 0.52,
    "storm": 0.8,
    "rain": 0.72,
    "snowfall": 0.66,
    "fog": 0.4,
    "wind": 0.45,
}


def sky(view: View, spec: SceneSpec, look: Palette) -> Sheet:
    """Return the opaque sky of a scene; it goes on below the horizon."""
    h = spec.horizon
    ramp = gradient(view, [(-0.15, look.top), (h * 0.5, look.middle), (h, look.low), (1.1, look.low)])
    sheet = np.empty((view.canvas_h, view.canvas_w, 4), np.uint8)
    sheet[..., 3] = 255
    # half a step of noise keeps long gradients from showing bands
    grain = noise.Dice(spec.seed, "sky/grain").many(64, 64).astype(np.float32) - 0.5
    tiled = np.tile(grain, (view.canvas_h // 64 + 1, view.canvas_w // 64 + 1))[
        : view.canvas_h, : view.canvas_w, None
    ]
    sheet[..., :3] = np.clip(ramp * 255 + tiled * 1.6, 0, 255)
    if look.dim > 0.4 and spec.weather not in {"storm", "rain"}:
        _stars(sheet, view, spec, look)
    if "aurora" in spec.details or (spec.place == "arctic" and look.dim > 0.8):
        _aurora(sheet, view, spec)
    if shines(spec):
        _orb(sheet, view, spec, look)
    _clouds(sheet, view, spec, look)
    if "rainbow" in spec.details:
        _rainbow(sheet, view, spec)
    if spec.weather == "storm":
        _lightning(sheet, view, spec)
    return sheet


def shines(spec: SceneSpec) -> bool:
    """Return whether sun or moon can be seen."""
    return spec.weather not in {"storm", "rain"} and not (
        spec.weather == "snowfall" and spec.time not in {"night", "dusk", "sunset", "dawn"}
    )


def _stars(sheet: Sheet, view: View, spec: SceneSpec, look: Palette) -> None:
    throws = noise.Dice(spec.seed, "sky/stars").many(420, 4)
    for x, y, size, hue in throws[: int(420 * look.dim)]:
        at = (x * (view.aspect + 0.6) - 0.3, y * (spec.horizon + 0.2) - 0.18)
        bright = 0.35 + 0.65 * size**6
        tone = mix((0.75, 0.85, 1.0), (1.0, 0.9, 0.75), hue)
        radius = max(0.0007 + 0.0016 * size**8, 0.35 / view.unit)
        spot = mix(look.top, tone, bright * look.dim * (1 - 0.8 * max(0.0, at[1] / spec.horizon) ** 2))
        fill(sheet, view, ellipse(at[0], at[1], radius, radius)[::5], spot)


def _orb(sheet: Sheet, view: View, spec: SceneSpec, look: Palette) -> None:
    x, y = spec.light * view.aspect, look.sun_y
    rows, columns = view.rows(), view.columns()[None].astype(np.float32)
    away = np.hypot(columns - x, (rows - y) * 1.15)
    moon = look.dim > 0.8
    radius = (0.042 if moon else 0.036 if look.dim < 0.1 else 0.05) * view.scale
    wide, near = (0.28, 0.16) if moon else (0.55, 0.42)
    veil = 0.35 if spec.weather in {"fog", "clouds"} else 1.0
    halo = (
        (wide * np.exp(-away * 3.2) + near * np.exp(-away * 11)) * (0.7 if moon else 1.0) * (0.6 + 0.4 * veil)
    )
    glaze(sheet, look.sun, halo.astype(np.float32))
    if spec.weather == "fog" and not moon:
        glaze(sheet, look.sun, mask_of(view, ellipse(x, y, radius, radius), 0.012) // 2)
        return
    disc = mask_of(view, ellipse(x, y, radius, radius), 0.001 if moon else 0.004)
    glaze(sheet, mix(look.sun, (1, 1, 1), 0.6), disc)
    if moon:
        rough = noise.field(view, spec.seed, "moon", 28, 3)
        glaze(sheet, (0.62, 0.66, 0.74), (disc * (np.clip(rough - 0.5, 0, 1) * 1.6)).astype(np.uint8))


def _clouds(sheet: Sheet, view: View, spec: SceneSpec, look: Palette) -> None:
    cover = _COVER.get(spec.weather, 0.35)
    rows = view.rows()
    # perspective: clouds grow flat and small towards the horizon
    tall = noise.field(
        view, spec.seed, "cloud/a", 2.1 * (0.75 if spec.style == "anime" else 1), 6, stretch=2.6
    )
    thin = noise.field(view, spec.seed, "cloud/b", 4.2, 5, stretch=5.5)
    t = np.clip(rows / spec.horizon, 0, 1.1)
    body = tall * (1 - t) + thin * t
    body = 0.5 + (body - 0.5) * 1.7
    edge = 0.66 - 0.42 * cover
    soft = 0.24 if spec.style not in {"cartoon", "anime"} else 0.09
    amount = np.clip((body - edge) / soft, 0, 1)
    amount = amount * amount * (3 - 2 * amount) * np.clip((spec.horizon + 0.02 - rows) * 7, 0, 1)
    # light comes from the sun's side: compare the cloud with itself a little nearer to the sun
    shift = max(1, round(0.02 * view.unit))
    aside = shift if spec.light < 0.5 else -shift
    moved = cv2.warpAffine(
        body.astype(np.float32),
        np.array([[1, 0, aside], [0, 1, -shift]], np.float64),
        (view.canvas_w, view.canvas_h),
        borderMode=cv2.BORDER_REPLICATE,
    )
    lit = np.clip((body - moved) * 4.5 + 0.55, 0, 1)
    bright = mix(mix(look.low, (1, 1, 1), 0.62), look.sun, 0.3)
    bright = mix(
        bright, look.middle, min(0.8, 0.72 * look.dim + (0.5 if spec.weather in {"storm", "rain"} else 0))
    )
    shaded = mix(mix(look.middle, look.top, 0.5), look.shadow, 0.24)
    colour = np.asarray(shaded, np.float32) + (
        np.asarray(bright, np.float32) - np.asarray(shaded, np.float32)
    ) * lit[..., None].astype(np.float32)
    glaze(sheet, colour, (amount * (0.88 if look.dim < 0.8 else 0.6)).astype(np.float32))


def _aurora(sheet: Sheet, view: View, spec: SceneSpec) -> None:
    x = view.columns()
    rows = view.rows()
    for rank, colour in enumerate(((0.25, 0.95, 0.62), (0.35, 0.75, 0.95), (0.65, 0.4, 0.95))):
        foot = 0.30 + 0.05 * rank + 0.12 * noise.line(x, spec.seed, f"aurora/{rank}", 0.9, 3)
        strength = 0.5 + 0.5 * noise.line(x, spec.seed, f"aurora/s{rank}", 5, 3)
        up = np.clip((foot[None].astype(np.float32) - rows) / 0.3, -0.1, 1)
        glow = (
            np.where(up > 0, np.exp(-3.2 * up), np.clip(1 + up * 14, 0, 1)) * np.clip(strength, 0.05, 1)[None]
        )
        glaze(sheet, colour, (glow * (0.42 - 0.08 * rank)).astype(np.float32))


def _rainbow(sheet: Sheet, view: View, spec: SceneSpec) -> None:
    x0, y0 = (1 - spec.light) * view.aspect, spec.horizon + 0.12
    away = np.hypot(view.columns()[None] - x0, view.rows() - y0)
    hues: list[Colour] = [
        (0.8, 0.2, 0.9),
        (0.25, 0.4, 1),
        (0.2, 0.85, 0.5),
        (1, 0.95, 0.3),
        (1, 0.6, 0.2),
        (1, 0.25, 0.25),
    ]
    for rank, hue in enumerate(hues):
        band = np.exp(-(((away - 0.46 - rank * 0.011) / 0.009) ** 2)) * (view.rows() < spec.horizon + 0.05)
        glaze(sheet, hue, (band * 0.26).astype(np.float32))


def _lightning(sheet: Sheet, view: View, spec: SceneSpec) -> None:
    dice = noise.Dice(spec.seed, "lightning")
    x = (0.2 + 0.6 * dice.unit()) * view.aspect
    points = [(x, -0.1)]
    while points[-1][1] < spec.horizon - 0.03:
        points.append((points[-1][0] + dice.between(-0.04, 0.04), points[-1][1] + dice.between(0.02, 0.06)))
    bolt = np.array(points)
    glow = np.zeros_like(sheet)
    stroke(glow, view, bolt, 0.012, (1, 1, 1))
    glaze(sheet, (0.72, 0.78, 1.0), soften(glow[..., 3], 0.03 * view.unit))
    stroke(sheet, view, bolt, 0.0035, (0.96, 0.97, 1.0))
    fork = bolt[len(bolt) // 3 : len(bolt) * 2 // 3].copy()
    fork[:, 0] += np.linspace(0, 0.12, len(fork)) * (1 if dice.unit() < 0.5 else -1)
    stroke(sheet, view, fork, 0.002, (0.85, 0.88, 1.0))
