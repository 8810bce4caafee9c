"""Which engines make and judge pictures, the preferred one first."""

from __future__ import annotations

from catalog.models.image_flow import IMAGE_FLOW
from catalog.models.row import Model
from catalog.weights.diffusion import SDXL_BASE
from catalog.weights.upscaling import ANIMEVIDEO_V3
from schemas.choices import QUALITIES

IMAGE: tuple[Model, ...] = (
    Model(
        name="draft-scene",
        capabilities=("image-generation",),
        family="draft",
        target="engines.draft.image:DraftImage",
        revision="2",
        description="Layered procedural scenes that follow the words of the prompt.",
        needs=("numpy", "cv2", "PIL"),
    ),
    Model(
        name="realesrgan-animevideo",
        capabilities=("image-upscaling",),
        family="local",
        target="engines.local.upscaling.engine:Upscaler",
        revision="1",
        description="Real-ESRGAN's small network for drawn pictures: crisp edges, up to four times larger; photos look painted.",
        weights_licence="BSD-3-Clause",
        weights=(ANIMEVIDEO_V3,),
        qualities=QUALITIES,
        limits=(("factor", 4),),
        memory_bytes=450_000_000,
        needs=("ncnn", "numpy", "cv2", "PIL"),
        runs_in="sandbox",
    ),
    Model(
        name="sdxl",
        capabilities=("image-generation", "image-editing"),
        family="local",
        target="engines.local.diffusion.sdxl:Sdxl",
        revision="1",
        description="Stable Diffusion XL base 1.0, from words, from a picture, inside a mask: tasks of any number of steps share one network.",
        weights_licence=SDXL_BASE.licence,
        weights=(SDXL_BASE,),
        qualities=("standard", "high"),
        limits=(("width_px", 2048), ("height_px", 2048), ("control", 0), ("references", 0)),
        deterministic=False,  # whom a task shares its steps with changes the last bit
        environment="torch",
        memory_bytes=8_500_000_000,
        largest_batch=8,
        grace_s=30.0,
    ),
    *IMAGE_FLOW,
)
