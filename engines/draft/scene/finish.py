"""What a style does to the whole picture: ink, paper, brush, bloom, grain, pixels."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from engines.draft.scene import noise
from engines.draft.scene.canvas import View, soften
from engines.draft.scene.spec import SceneSpec

Image = NDArray[np.uint8]


def finish(spec: SceneSpec, rgb: Image) -> Image:
    """Return a picture (uint8 (h, w, 3) RGB) with the finish of the scene's style; the same for each frame of a film."""
    import cv2

    cv2.setNumThreads(1)
    if min(rgb.shape[:2]) < 8:
        return rgb
    view = View(rgb.shape[1], rgb.shape[0])
    paint = {
        "cartoon": _cartoon, "watercolor": _watercolor, "anime": _anime, "oil-painting": _oil, "pixel-art": _pixels, "realistic": _realistic,
    }.get(spec.style, _illustration)  # fmt: skip
    return np.asarray(paint(cv2, view, spec, rgb), np.uint8)


def _vibrance(cv2: Any, image: Image, saturation: float, gain: float = 1.0, lift: float = 0.0) -> Image:
    grey = cv2.cvtColor(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
    return np.asarray(cv2.addWeighted(image, saturation * gain, grey, (1 - saturation) * gain, lift), np.uint8)


def _bloom(cv2: Any, view: View, image: Image, threshold: int, strength: float) -> Image:
    bright = cv2.subtract(image, (threshold, threshold, threshold, 0))
    return np.asarray(cv2.addWeighted(image, 1.0, soften(bright, 0.022 * view.unit), strength, 0), np.uint8)


def _vignette(view: View, image: Image, amount: float) -> Image:
    import cv2

    x = (np.linspace(-1, 1, view.width_px) ** 2)[None]
    y = (np.linspace(-1, 1, view.height_px) ** 2)[:, None]
    keep = np.clip(255 - 255 * amount * (x + y) ** 1.4 / 2.0, 0, 255).astype(np.uint8)
    return np.asarray(cv2.multiply(image, cv2.cvtColor(keep, cv2.COLOR_GRAY2RGB), scale=1 / 255), np.uint8)


def _illustration(cv2: Any, view: View, spec: SceneSpec, image: Image) -> Image:
    image = _bloom(cv2, view, image, 170, 0.5)
    image = _vibrance(cv2, image, 1.12)
    grain = _grain(view, spec, 3.0)
    return _vignette(view, cv2.add(image, grain, dtype=cv2.CV_8U), 0.2)


def _realistic(cv2: Any, view: View, spec: SceneSpec, image: Image) -> Image:
    image = soften(image, 0.0011 * view.unit)
    image = _bloom(cv2, view, image, 150, 0.62)
    curve = np.arange(256) / 255
    curve = 0.03 + 0.94 * (curve + 0.11 * np.sin((curve - 0.5) * 2 * np.pi) * 1.0 * (curve * (1 - curve)) * 4 * 0.9)
    image = cv2.LUT(image, np.clip(curve * 255, 0, 255).astype(np.uint8))
    image = _vibrance(cv2, image, 0.86)
    return _vignette(view, cv2.add(image, _grain(view, spec, 7.0), dtype=cv2.CV_8U), 0.38)


def _grain(view: View, spec: SceneSpec, amount: float) -> NDArray[np.int16]:
    tile = (noise.Dice(spec.seed, "grain").many(256, 256) + noise.Dice(spec.seed, "grain/2").many(256, 256) - 1) * amount
    rows, columns = view.height_px // 256 + 1, view.width_px // 256 + 1
    flat = np.tile(tile.astype(np.int16), (rows, columns))[: view.height_px, : view.width_px]
    return np.repeat(flat[..., None], 3, 2)


def _cartoon(cv2: Any, view: View, spec: SceneSpec, image: Image) -> Image:
    smooth = cv2.medianBlur(image, 5 if view.unit > 400 else 3)
    smooth = _vibrance(cv2, smooth, 1.45, 1.03, 4)
    steps = np.arange(256) / 255 * 9
    whole = np.floor(steps)
    soft = np.clip((steps - whole - 0.5) * 6 + 0.5, 0, 1)
    smooth = cv2.LUT(smooth, np.clip((whole + soft) / 9 * 255, 0, 255).astype(np.uint8))
    return _ink(cv2, view, image, smooth, (38, 24, 40), 1.0)


def _ink(cv2: Any, view: View, source: Image, onto: Image, colour: tuple[int, int, int], strength: float) -> Image:
    grey = cv2.cvtColor(source, cv2.COLOR_RGB2GRAY)
    sigma = max(0.7, 0.0016 * view.unit)
    small, large = cv2.GaussianBlur(grey, (0, 0), sigma).astype(np.int16), cv2.GaussianBlur(grey, (0, 0), sigma * 2.2).astype(np.int16)
    line = np.clip((large - small - 5) * 22 * strength, 0, 225).astype(np.uint8)
    line = cv2.GaussianBlur(line, (0, 0), sigma * 0.45)
    cover = cv2.cvtColor(line, cv2.COLOR_GRAY2RGB)
    ink = np.empty_like(onto)
    ink[...] = colour
    return np.asarray(cv2.add(cv2.multiply(onto, 255 - cover, scale=1 / 255), cv2.multiply(ink, cover, scale=1 / 255)), np.uint8)


def _anime(cv2: Any, view: View, spec: SceneSpec, image: Image) -> Image:
    image = cv2.bilateralFilter(image, 5, 28, 3)
    image = _bloom(cv2, view, image, 140, 0.75)
    image = _vibrance(cv2, image, 1.38)
    # shadows lean to violet, lights to warm
    ramp = np.arange(256, dtype=np.float32) / 255
    curves = np.stack([ramp**0.95 + 0.03 * ramp, ramp**1.03, ramp * 0.93 + 0.075 * (1 - ramp)], -1)
    image = cv2.LUT(image, np.clip(curves * 255, 0, 255).astype(np.uint8)[None])
    return _ink(cv2, view, image, image, (52, 30, 66), 0.45)


def _watercolor(cv2: Any, view: View, spec: SceneSpec, image: Image) -> Image:
    # edges wander as pigment does on wet paper
    dx = noise.field(view, spec.seed, "bleed/x", 16, 4) - 0.5
    dy = noise.field(view, spec.seed, "bleed/y", 16, 4) - 0.5
    reach = 0.022 * view.unit
    columns, rows = np.arange(view.width_px, dtype=np.float32)[None], np.arange(view.height_px, dtype=np.float32)[:, None]
    wet = cv2.remap(image, columns + dx * reach, rows + dy * reach, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
    wet = cv2.medianBlur(wet, 7 if view.unit > 500 else 3)
    blurred = soften(wet, 0.006 * view.unit)
    # pigment gathers at edges: darker where a tone is below its surroundings
    edge = cv2.subtract(blurred, wet)
    wet = cv2.subtract(wet, cv2.multiply(edge, 0.55))
    pigment = noise.field(view, spec.seed, "pigment", 3.5, 5)
    fibre = noise.field(view, spec.seed, "fibre", 130, 2)
    value = wet.astype(np.float32) / 255
    density = (0.80 + 0.44 * (pigment - 0.5) + 0.34 * (fibre - 0.5))[..., None]
    light = 1 - (1 - value) * density
    light = 0.06 + light * 0.94
    margin = noise.field(view, spec.seed, "margin", 7, 4) - 0.5
    away = np.minimum(np.minimum(columns, view.width_px - 1 - columns), np.minimum(rows, view.height_px - 1 - rows)) / min(view.width_px, view.height_px)
    paper = np.clip((away + margin * 0.05 - 0.022) * 60, 0, 1)[..., None].astype(np.float32)
    paper_colour = np.array([0.975, 0.962, 0.93], np.float32) * (0.975 + 0.05 * fibre[..., None])
    return np.clip((light * paper + paper_colour * (1 - paper)) * 255, 0, 255).astype(np.uint8)


def _oil(cv2: Any, view: View, spec: SceneSpec, image: Image) -> Image:
    # Kuwahara: of four quarters around a pixel take the mean of the calmest (Kuwahara et al., 1976)
    radius = max(2, round(0.0065 * view.unit))
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY).astype(np.float32)
    mean = cv2.blur(grey, (radius, radius))
    spread = cv2.blur(grey * grey, (radius, radius)) - mean * mean
    colour = cv2.blur(image, (radius, radius))
    half = radius // 2 + 1
    shifts = [(-half, -half), (-half, half), (half, -half), (half, half)]
    best, result = None, image.copy()
    for dy, dx in shifts:
        place = np.array([[1, 0, dx], [0, 1, dy]], np.float32)
        size = (view.width_px, view.height_px)
        here = cv2.warpAffine(spread, place, size, flags=cv2.INTER_NEAREST, borderMode=cv2.BORDER_REFLECT)
        tone = cv2.warpAffine(colour, place, size, flags=cv2.INTER_NEAREST, borderMode=cv2.BORDER_REFLECT)
        if best is None:
            best, result = here, tone
            continue
        calmer = (here < best).astype(np.uint8)
        cv2.copyTo(tone, calmer, result)
        best = cv2.min(best, here)
    result = _vibrance(cv2, result, 1.28)
    relief = _brush(cv2, view, spec, cv2.cvtColor(result, cv2.COLOR_RGB2GRAY))
    return np.clip(result.astype(np.float32) * relief[..., None], 0, 255).astype(np.uint8)


def _brush(cv2: Any, view: View, spec: SceneSpec, grey: Image) -> NDArray[np.float32]:
    # strokes lie along edges: noise drawn out in four directions, the direction chosen by the local gradient
    soft = soften(grey, 0.01 * view.unit).astype(np.float32)
    gx, gy = cv2.Sobel(soft, cv2.CV_32F, 1, 0), cv2.Sobel(soft, cv2.CV_32F, 0, 1)
    angle = (np.arctan2(gy, gx) / np.pi * 4 + 4 + 0.5).astype(np.int32) % 4
    flat = np.hypot(gx, gy) < 1.0
    drift = (noise.field(view, spec.seed, "brush/drift", 2.2, 2) * 8).astype(np.int32) % 4
    angle = np.where(flat, drift, angle)
    size = max(64, round(0.5 * view.unit))
    grain = noise.Dice(spec.seed, "brush").many(size, size).astype(np.float32)
    length = max(5, round(0.02 * view.unit)) | 1
    result = np.ones(grey.shape, np.float32)
    for rank in range(4):
        kernel = np.zeros((length, length), np.float32)
        turn = rank * np.pi / 4 + np.pi / 2
        c = length // 2
        cv2.line(kernel, (round(c - c * np.cos(turn)), round(c - c * np.sin(turn))), (round(c + c * np.cos(turn)), round(c + c * np.sin(turn))), 1.0, 1)
        drawn = cv2.filter2D(grain, -1, kernel / kernel.sum(), borderType=cv2.BORDER_REFLECT)
        drawn = cv2.GaussianBlur(drawn, (0, 0), 0.0012 * view.unit + 0.4)
        drawn = (drawn - drawn.mean()) / (drawn.std() + 1e-6)
        emboss = drawn - np.roll(drawn, (1, 1), (0, 1))
        tile = 1 + 0.05 * drawn + 0.07 * emboss
        rows, columns = view.height_px // size + 1, view.width_px // size + 1
        wide = np.tile(np.block([[tile, tile[:, ::-1]], [tile[::-1], tile[::-1, ::-1]]]), ((rows + 1) // 2, (columns + 1) // 2))
        result = np.where(angle == rank, wide[: view.height_px, : view.width_px], result)
    return result.astype(np.float32)


_BAYER = np.array([[0, 8, 2, 10], [12, 4, 14, 6], [3, 11, 1, 9], [15, 7, 13, 5]], np.float32) / 16 - 0.47


def _pixels(cv2: Any, view: View, spec: SceneSpec, image: Image) -> Image:
    cells = min(144, max(16, min(view.width_px, view.height_px) // 3))
    factor = max(1.0, min(view.width_px, view.height_px) / cells)
    size = (max(4, round(view.width_px / factor)), max(4, round(view.height_px / factor)))
    small = cv2.resize(_vibrance(cv2, image, 1.4, 1.04), size, interpolation=cv2.INTER_AREA).astype(np.float32)
    small = small + (small - cv2.GaussianBlur(small, (0, 0), 1.0)) * 0.5
    tile = np.tile(_BAYER, (size[1] // 4 + 1, size[0] // 4 + 1))[: size[1], : size[0], None]
    levels = np.array([6, 7, 5], np.float32)
    small = np.round(small / 255 * levels + tile * 0.55) / levels
    return np.asarray(cv2.resize(np.clip(small * 255, 0, 255).astype(np.uint8), (view.width_px, view.height_px), interpolation=cv2.INTER_NEAREST), np.uint8)
