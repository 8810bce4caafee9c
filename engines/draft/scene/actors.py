"""How subjects join the scene: lit by its light, shadowed, mirrored in its water, glowing at night."""

from __future__ import annotations

import zlib

import cv2
import numpy as np

from engines.draft.scene import noise
from engines.draft.scene.body import hand_of, moved, with_body
from engines.draft.scene.canvas import Sheet, View, ellipse, glaze, mask_of, mix, rgb, soften
from engines.draft.scene.glyphs import bounds_of, render, tinted
from engines.draft.scene.palette import Palette
from engines.draft.scene.props import shapes_named
from engines.draft.scene.spec import SceneSpec, Subject

_SHINING = frozenset(
    {":lighthouse", ":lamp", "1f525", "1f56f-fe0f", "1f3ee", "1fa94", "1f4a1", "1f383", "1f6f8", "1f526"}
)
_TALLEST = 1.5
"""Of a close-up only the upper part is seen; nothing stands taller than this many frames."""


def act(sheet: Sheet, view: View, spec: SceneSpec, look: Palette, subject: Subject, rank: int) -> None:
    """Paint one subject, its shadow or its mirror image, onto a sheet; `rank` counts those that look alike."""
    cutout = _cutout(view, spec, subject, rank)
    if cutout is None:
        return
    x, foot = subject.x * view.aspect, subject.y
    height, width = cutout.shape[:2]
    left = round(x * view.unit + view.left - width / 2)
    top = round(
        foot * view.unit + view.top - (height if subject.stand not in {"air", "deep"} else height / 2)
    )
    _light(cutout, view, spec, look, subject)
    if subject.stand == "water":
        _float(sheet, view, spec, look, subject, cutout, left, top)
    elif subject.stand in {"ground", "table"}:
        _shadow(sheet, view, spec, look, cutout, left, top)
    if subject.glyph in _SHINING and (look.dim > 0.3 or spec.weather in {"storm", "fog"}):
        _glow(sheet, view, spec, subject, x, top, height)
    _paste(sheet, cutout, left, top)


def _cutout(view: View, spec: SceneSpec, subject: Subject, rank: int) -> Sheet | None:
    shapes = shapes_named(subject.glyph)
    if not shapes:
        return None
    tint = rgb(subject.tint) if subject.tint else None
    dressed = subject.body in {"person", "child"}
    if tint and not dressed:
        shapes = tinted(shapes, tint)
    # the clothes belong to who it is, not to the picture: the same in every scene of a film
    shapes = with_body(shapes, subject.body, tint, zlib.crc32(subject.glyph.encode()) + rank)
    if subject.held:
        hx, hy = hand_of(subject.body)
        tool = shapes_named(subject.held)
        tool = tinted(tool, rgb(subject.held_tint)) if subject.held_tint and tool else tool
        low = bounds_of(tool)[3] if tool else 128.0
        # the grip of a canopy is its lowest point; it is held high over the head
        shapes = (*moved(tool, 1.5, hx - 64 * 1.5 + 2, hy + 4 - low * 1.5), *shapes) if tool else shapes
    bounds = bounds_of(shapes)
    tall = min(subject.height * view.unit * view.scale, _TALLEST * view.unit)
    if subject.held:
        tall *= 1.3
    wide = tall * (bounds[2] - bounds[0]) / (bounds[3] - bounds[1])
    most = 0.8 * view.aspect * view.unit
    if wide > most:
        tall *= most / wide
    image = render(shapes, tall, bounds)
    return np.ascontiguousarray(image[:, ::-1]) if subject.flip else image


def _light(cutout: Sheet, view: View, spec: SceneSpec, look: Palette, subject: Subject) -> None:
    height, width = cutout.shape[:2]
    alpha = cutout[..., 3].astype(np.float32) / 255
    colour = cutout[..., :3].astype(np.float32)
    light = np.asarray(look.light, np.float32)
    if spec.place in {"room", "greenhouse"}:
        light = np.asarray(mix((1, 1, 1), look.light, 0.5), np.float32)
    else:
        # a low sun warms a face and does not paint it over
        light = np.asarray(mix((1.0, 0.97, 0.93), look.light, 0.62), np.float32)
    # even the darkest scene keeps its subject readable
    light = np.maximum(light, np.array([0.66, 0.66, 0.74], np.float32))
    down = np.linspace(0, 1, height, dtype=np.float32)[:, None, None]
    from_left = 1.0 if spec.light < subject.x else -1.0
    across = np.linspace(1, -1, width, dtype=np.float32)[None, :, None] * from_left
    level = light * (1.05 + 0.11 * across - 0.2 * down**1.6)
    shadow = np.asarray(look.shadow, np.float32) * 255
    colour = colour * level
    depth = (0.16 * down**2 + 0.07 * (1 - across)) * (0.8 if subject.stand != "deep" else 0.3)
    colour += (shadow * alpha[..., None] - colour) * depth
    if subject.stand == "deep" or spec.place == "underwater":
        colour += (np.asarray((0.08, 0.45, 0.60), np.float32) * 255 * alpha[..., None] - colour) * 0.26
    far = {"fog": 0.2, "snowfall": 0.08, "rain": 0.08}.get(spec.weather, 0.03) + 0.1 * (
        subject.y < spec.horizon + 0.12 and subject.stand != "air"
    )
    colour += (np.asarray(look.air, np.float32) * 255 * alpha[..., None] - colour) * far
    # a thin bright edge on the side of the light parts the subject from what is behind it
    step = max(1, round(height * 0.012))
    shifted = np.roll(alpha, (step, -step if from_left < 0 else step), (0, 1))
    rim = soften(np.clip(alpha - shifted, 0, 1), height * 0.003) * alpha
    colour += (np.asarray(look.sun, np.float32) * 255 * alpha[..., None] - colour) * (
        rim * (0.5 if look.dim < 0.8 else 0.36)
    )[..., None]
    cutout[..., :3] = np.clip(colour, 0, cutout[..., 3:])


def _shadow(
    sheet: Sheet, view: View, spec: SceneSpec, look: Palette, cutout: Sheet, left: int, top: int
) -> None:
    height, width = cutout.shape[:2]
    foot_px = top + height
    low = cutout[int(height * 0.9) :, :, 3].max(0)
    used = np.flatnonzero(low > 60)
    if used.size == 0:
        return
    x0, x1 = (left + used[0] - view.left) / view.unit, (left + used[-1] - view.left) / view.unit
    foot = (foot_px - view.top) / view.unit
    dark = mix(look.shadow, (0, 0, 0), 0.45)
    half = (x1 - x0) / 2
    contact = mask_of(
        view, ellipse((x0 + x1) / 2, foot - 0.002, half * 1.12 + 0.004, half * 0.16 + 0.006), 0.007
    )
    glaze(sheet, dark, contact.astype(np.float32) * (0.52 / 255))
    if spec.weather in {"storm", "rain", "fog", "snowfall"} and look.dim < 0.9:
        return
    # the outline laid down on the ground, away from the light
    middle = left + width / 2 - view.left
    lean = np.clip((middle / view.unit / view.aspect - spec.light) * 1.5, -1.1, 1.1)
    length = 0.34 if look.dim < 0.1 else 0.5
    squash = -length * 0.42
    place = np.array(
        [[1, -lean * length, left + lean * length * height], [0, squash, foot_px - squash * height - 1]],
        np.float64,
    )
    cast = cv2.warpAffine(np.ascontiguousarray(cutout[..., 3]), place, (view.canvas_w, view.canvas_h))
    cast = soften(cast, 0.006 * view.unit)
    glaze(sheet, dark, cast.astype(np.float32) * ((0.34 if look.dim < 0.9 else 0.2) / 255))


def _float(
    sheet: Sheet,
    view: View,
    spec: SceneSpec,
    look: Palette,
    subject: Subject,
    cutout: Sheet,
    left: int,
    top: int,
) -> None:
    height, width = cutout.shape[:2]
    sunk = 0.05 if subject.glyph.startswith(":") or subject.glyph in {"26f5", "1f6a2"} else 0.1
    line = height * (1 - sunk) + 0.012 * height * np.sin(
        np.arange(width) / max(6.0, width / 14) + subject.x * 20
    )
    keep = np.clip(line[None] - np.arange(height)[:, None] + 0.5, 0, 1)
    mirror = cutout[: int(height * (1 - sunk))][::-1].copy()
    cutout[...] = (cutout * keep[..., None]).astype(np.uint8)
    tall = max(1, int(mirror.shape[0] * 0.72))
    mirror = np.asarray(cv2.resize(mirror, (width, tall), interpolation=cv2.INTER_AREA), np.uint8)
    rows = np.arange(tall, dtype=np.float32)[:, None]
    wave = np.sin(rows / max(2.0, 0.008 * view.unit)) * np.sqrt(rows) * 0.35
    map_x = np.arange(width, dtype=np.float32)[None] + wave
    seen = np.asarray(
        cv2.remap(
            mirror,
            map_x.astype(np.float32),
            np.repeat(rows, width, 1),
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_CONSTANT,
        ),
        np.uint8,
    )
    fade = 0.5 * np.exp(-rows / tall * 1.4)[..., None] * (0.5 if spec.weather in {"storm", "wind"} else 1)
    _paste(sheet, (seen * fade).astype(np.uint8), left, top + int(height * (1 - sunk)))
    y = (top + height * (1 - sunk) - view.top) / view.unit
    x = (left + width / 2 - view.left) / view.unit
    half = width / view.unit / 2
    dark = mask_of(view, ellipse(x, y + 0.008, half * 0.92, 0.02), 0.008)
    glaze(sheet, mix(look.shadow, (0, 0.05, 0.1), 0.5), dark.astype(np.float32) * (0.35 / 255))
    t = np.linspace(-1, 1, 60)
    crest = y + 0.004 + 0.005 * noise.line(t + subject.x * 9, spec.seed, "foam/hull", 7, 3)
    wide = (0.004 + 0.007 * (1 - t**2)) * (1 + 0.6 * noise.line(t, spec.seed, "foam/w", 9, 2))
    foam = np.concatenate(
        [
            np.stack([x + t * half * 1.04, crest - wide * 0.5], -1),
            np.stack([x + t * half * 1.04, crest + wide], -1)[::-1],
        ]
    )
    # foam goes over the hull: it is painted onto the cutout's own foot by the waves in front
    glaze(sheet, look.lit((0.95, 0.98, 0.98)), mask_of(view, foam, 0.002).astype(np.float32) * (0.6 / 255))


def _glow(
    sheet: Sheet, view: View, spec: SceneSpec, subject: Subject, x: float, top_px: int, height_px: int
) -> None:
    share = 0.14 if subject.glyph == ":lighthouse" else 0.12 if subject.glyph == ":lamp" else 0.5
    y = (top_px + height_px * share - view.top) / view.unit
    if subject.glyph == ":lighthouse":
        x += (-0.17 if not subject.flip else 0.17) * height_px / view.unit * 0.55
    away = np.hypot(view.columns()[None] - x, view.rows() - y)
    glaze(sheet, (1.0, 0.9, 0.6), (0.75 * np.exp(-away * 14) + 0.22 * np.exp(-away * 4.5)).astype(np.float32))
    if subject.glyph == ":lighthouse":
        for side, tilt in ((-1, 0.02), (1, -0.05)):
            beam = np.array(
                [
                    (x, y - 0.006),
                    (x + side * 2.4, y - 0.17 + tilt),
                    (x + side * 2.4, y + 0.16 + tilt),
                    (x, y + 0.006),
                ]
            )
            fade = np.exp(-np.abs(view.columns() - x) * 1.5)[None]
            glaze(
                sheet, (1.0, 0.94, 0.72), (mask_of(view, beam, 0.006) * (0.5 / 255) * fade).astype(np.float32)
            )
    _ = spec


def _paste(sheet: Sheet, cutout: Sheet, left: int, top: int) -> None:
    height, width = cutout.shape[:2]
    x0, y0 = max(0, left), max(0, top)
    x1, y1 = min(sheet.shape[1], left + width), min(sheet.shape[0], top + height)
    if x1 <= x0 or y1 <= y0:
        return
    part = cutout[y0 - top : y1 - top, x0 - left : x1 - left]
    below = sheet[y0:y1, x0:x1].astype(np.float32)
    sheet[y0:y1, x0:x1] = np.minimum(part + below * (1 - part[..., 3:].astype(np.float32) / 255), 255).astype(
        np.uint8
    )
