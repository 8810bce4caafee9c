"""Which engines make moving pictures, the preferred one first."""

from __future__ import annotations

from catalog.models.row import Model

VIDEO: tuple[Model, ...] = (
    Model(
        name="draft-parallax",
        capabilities=("video-generation", "video-animation"),
        family="draft",
        target="engines.draft.video:DraftVideo",
        revision="2",
        description="Camera moves with true parallax through layered pictures.",
        limits=(("width_px", 4096), ("height_px", 4096), ("audio", 0)),
        needs=("numpy", "cv2", "PIL", "av"),
        runs_in="sandbox",
    ),
)
