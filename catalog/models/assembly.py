"""Which engines put finished media together, the preferred one first."""

from __future__ import annotations

from catalog.models.row import Model
from schemas.choices import QUALITIES

ASSEMBLY: tuple[Model, ...] = (
    Model(
        name="composer",
        capabilities=("composition",),
        family="local",
        target="engines.composition.engine:Composer",
        revision="3",
        description="Cuts, mixes and captions given assets with FFmpeg.",
        qualities=QUALITIES,
        runs_in="sandbox",
        needs=("numpy", "cv2", "PIL", "av", "bidi"),
    ),
)
