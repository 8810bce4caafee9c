"""How the network that enlarges is run: Real-ESRGAN's animevideov3 in ncnn, one thread, plain 32 bit numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from catalog.weights.upscaling import ANIMEVIDEO_V3, BIN, PARAM
from engines.local.weights import verified
from runtime.errors import EngineUnavailable

TIMES = 4
"""It makes each side so many times longer, and knows nothing else."""
REACH_PX = 19
"""So far a pixel of the picture matters to what is made: eighteen convolutions of 3x3, and what they lost is put back."""

Pixels = NDArray[np.uint8]


class Network:
    """The loaded weights."""

    def __init__(self) -> None:
        """Load them.

        Raises:
            EngineUnavailable: ncnn is missing, or the weights are not those that were pinned.
        """
        try:
            import ncnn
        except ImportError as error:
            raise EngineUnavailable(
                "without the module ncnn pictures are not enlarged: uv pip install 'reelbus[image]'"
            ) from error
        self._ncnn = ncnn
        self._net = ncnn.Net()
        options = self._net.opt
        options.use_vulkan_compute = False
        options.num_threads = 1  # each worker has slots beside this one
        for shorter in ("fp16_packed", "fp16_storage", "fp16_arithmetic", "bf16_storage"):
            setattr(options, f"use_{shorter}", False)
        param, weights = verified(ANIMEVIDEO_V3, PARAM), verified(ANIMEVIDEO_V3, BIN)
        if self._net.load_param(str(param)) or self._net.load_model(str(weights)):
            raise EngineUnavailable("the weights of the engine that enlarges pictures cannot be loaded")

    def enlarged(self, rgb: Pixels) -> Pixels:
        """Return a piece of a picture, (height, width, 3), with each side `TIMES` longer.

        Raises:
            MemoryError: it does not fit.
        """
        planes = np.ascontiguousarray(rgb.transpose(2, 0, 1), np.float32)
        planes *= np.float32(1 / 255)
        with self._net.create_extractor() as extractor:
            extractor.input("data", self._ncnn.Mat(planes))
            status, made = extractor.extract("output")
            if status:
                raise MemoryError
            found: NDArray[Any] = np.asarray(made).transpose(1, 2, 0) * np.float32(255)
        found += _lost(rgb, found)
        return np.asarray(np.clip(np.rint(found), 0, 255), np.uint8)

    def close(self) -> None:
        """Give its memory back."""
        self._net.clear()


def _lost(rgb: Pixels, made: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return what a piece lacks of what it was made of, in its own size (Irani and Peleg's back-projection, one step).

    The network makes everything about 3 of 255 brighter, and forgets single bright points.
    """
    height, width = rgb.shape[:2]
    shrunk = made.reshape(height, TIMES, width, TIMES, 3).mean(axis=(1, 3))
    lacks = np.asarray(rgb, np.float32) - shrunk
    planes = [Image.fromarray(lacks[..., n]) for n in range(3)]
    size = (width * TIMES, height * TIMES)
    return np.stack([np.asarray(plane.resize(size, Image.Resampling.BILINEAR)) for plane in planes], axis=2)
