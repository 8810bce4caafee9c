"""Which engines make and judge pictures, the preferred one first."""

from __future__ import annotations

from catalog.models.row import Model

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
)
