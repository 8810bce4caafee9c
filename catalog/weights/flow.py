"""Where the weights of flow-matching transformers come from; their operator pins them at the first pull."""

from __future__ import annotations

from catalog.weights.source import Source

FLUX1_SCHNELL = Source(
    kind="hub", name="black-forest-labs/FLUX.1-schnell", revision="", licence="Apache-2.0", files=()
)
FLUX2_KLEIN = Source(
    kind="hub", name="black-forest-labs/FLUX.2-klein-4B", revision="", licence="Apache-2.0", files=()
)
Z_IMAGE_TURBO = Source(
    kind="hub", name="Tongyi-MAI/Z-Image-Turbo", revision="", licence="Apache-2.0", files=()
)
QWEN_IMAGE = Source(kind="hub", name="Qwen/Qwen-Image-2512", revision="", licence="Apache-2.0", files=())

FLOW = {
    "flux1-schnell": FLUX1_SCHNELL,
    "flux2-klein": FLUX2_KLEIN,
    "z-image-turbo": Z_IMAGE_TURBO,
    "qwen-image-2512": QWEN_IMAGE,
}
"""By the names of their rows."""
