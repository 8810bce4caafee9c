"""Which engines make and judge pictures, the preferred one first."""

from __future__ import annotations

from catalog.models.row import Model
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
)
