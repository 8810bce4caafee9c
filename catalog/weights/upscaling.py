"""Which weights make pictures larger. Standard library only: hosts read it too."""

from __future__ import annotations

from catalog.weights.source import Source, WeightsFile

PARAM = "realesr-animevideov3-x4.param"
BIN = "realesr-animevideov3-x4.bin"

ANIMEVIDEO_V3 = Source(
    "bundled",
    "local/upscaling/model",
    "2.0.0",
    "BSD-3-Clause",
    (
        WeightsFile(PARAM, "850a248e7c14c27e5bd8cf7265113a9441036a7db63963bb8aa5169d788a435e", 3077),
        WeightsFile(BIN, "548a36f9c3f4ab8da56cd3b13badf23968bee207b396dad14d04b830e5f2ab2d", 1_247_368),
    ),
)
"""Real-ESRGAN's realesr-animevideov3: four times larger, trained on drawn pictures; as ncnn reads it."""
