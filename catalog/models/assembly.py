"""Which engines put finished media together, the preferred one first."""

from __future__ import annotations

from catalog.models.row import Model
from catalog.weights.quality import DNSMOS, PP_OCR
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
    Model(
        name="technical-quality",
        capabilities=("quality-assessment",),
        family="local",
        target="engines.local.quality.engine:Quality",
        revision="1",
        description="Measures pictures, films, sound and texts, reads letters by PP-OCRv6, rates speech by DNSMOS; knows nothing of taste.",
        weights_licence="Apache-2.0 AND MIT",
        weights=(PP_OCR, DNSMOS),
        qualities=QUALITIES,
        memory_bytes=700_000_000,
        needs=("numpy", "cv2", "PIL", "av", "onnxruntime", "rapidocr", "speechmos"),
        runs_in="sandbox",
    ),
)
