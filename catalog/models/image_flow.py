"""Which flow-matching transformers make pictures, the preferred one first."""

from __future__ import annotations

from typing import Any

from catalog.models.row import Model
from catalog.weights.flow import FLUX1_SCHNELL, FLUX2_KLEIN, QWEN_IMAGE, Z_IMAGE_TURBO
from catalog.weights.source import Source


def _row(weights: Source, steps: int, **named: Any) -> Model:
    """Return a row: what these models have in common, and the steps that one was made for."""
    common: dict[str, Any] = {
        "capabilities": ("image-generation",),
        "family": "local",
        "target": "engines.local.diffusion.flow_models:FlowModel",
        "revision": "1",
        "arguments": (named["name"],),
        "weights_licence": weights.licence,
        "weights": (weights,),
        "qualities": ("standard",),
        "limits": (("width_px", 2048), ("height_px", 2048), ("control", 0), ("references", 0)),
        "defaults": (("steps", steps),),
        "deterministic": False,  # whom a task shares its steps with changes the last bit
        "environment": "torch",
        "largest_batch": 4,
        "grace_s": 30.0,
    }
    return Model(**(common | named))


IMAGE_FLOW: tuple[Model, ...] = (
    _row(
        Z_IMAGE_TURBO,
        9,
        name="z-image-turbo",
        description="Z-Image-Turbo: few steps, no guidance; reads no negative prompt.",
        fallbacks=("flux2-klein", "flux1-schnell"),
    ),
    _row(
        FLUX2_KLEIN,
        4,
        name="flux2-klein",
        description="FLUX.2-klein 4B, distilled: four steps, no guidance; reads no negative prompt.",
        fallbacks=("z-image-turbo", "flux1-schnell"),
    ),
    _row(
        FLUX1_SCHNELL,
        4,
        name="flux1-schnell",
        description="FLUX.1-schnell: four steps, no guidance; reads no negative prompt.",
        fallbacks=("flux2-klein", "z-image-turbo"),
    ),
    _row(
        QWEN_IMAGE,
        50,
        name="qwen-image-2512",
        description="Qwen-Image-2512: slow and thorough, and writes what a prompt quotes; guided away from a negative prompt.",
        qualities=("standard", "high"),
        defaults=(("steps", 50), ("guidance", 4.0)),
        fallbacks=("z-image-turbo", "flux2-klein"),
    ),
)
