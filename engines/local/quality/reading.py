"""Which words a picture shows, read by PP-OCRv6, and whether they are those that it should show."""

from __future__ import annotations

import re
import unicodedata
from difflib import SequenceMatcher
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from catalog.weights.quality import FINDS, PP_OCR, READS
from engines.local.onnx import runtime
from engines.local.weights import verified
from runtime.errors import EngineUnavailable

READ_PX = 960
"""Pictures are read with about so many pixels on the shorter side at most."""
_LONGEST_PX, _NARROWEST = 1600, 4
"""The longer side at most, and how many times the shorter one: rapidocr enlarges by the shorter side, whatever becomes of the other."""
_SURE = 0.5
_ONE_WORD = 0.75
"""Of a word so much must be read as it is."""


class Reader:
    """The loaded weights."""

    def __init__(self) -> None:
        """Load them.

        Raises:
            EngineUnavailable: a module is missing, or the weights are not those that were pinned.
        """
        runtime("assembly")
        try:
            from rapidocr import RapidOCR
        except ImportError as error:
            raise EngineUnavailable(
                "without the module rapidocr pictures are not read: uv pip install 'reelbus[assembly]'"
            ) from error
        self._reader: Any = RapidOCR(
            params={
                "Global.log_level": "critical",
                "Global.use_cls": False,
                "Det.model_path": str(verified(PP_OCR, FINDS)),
                "Rec.model_path": str(verified(PP_OCR, READS)),
                "EngineConfig.onnxruntime.intra_op_num_threads": 1,
                "EngineConfig.onnxruntime.inter_op_num_threads": 1,
            }
        )

    def read(self, rgb: NDArray[np.uint8]) -> tuple[str, ...]:
        """Return the lines that a picture, (height, width, 3), shows, from the top."""
        found = self._reader(np.ascontiguousarray(_bounded(rgb)[..., ::-1]))
        return tuple(
            line for line, sure in zip(found.txts or (), found.scores or (), strict=True) if sure >= _SURE
        )


def legible(wanted: str, lines: list[str]) -> float:
    """Return the part of the letters of `wanted` whose words stand in the lines, nearly as they are."""
    words, read = _words(wanted), _words(" ".join(lines))
    if not words:
        return 1.0
    seen = sum(len(word) for word in words if _is_read(word, read))
    return round(seen / sum(map(len, words)), 3)


def _bounded(rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return a picture no longer than is read, and narrow ones with a border, so that reading takes seconds at most."""
    height, width = rgb.shape[:2]
    scale = min(1.0, _LONGEST_PX / max(height, width))
    if scale < 1.0:
        size = max(1, round(width * scale)), max(1, round(height * scale))
        rgb = np.asarray(Image.fromarray(rgb).resize(size, Image.Resampling.BOX))
        height, width = rgb.shape[:2]
    least = max(32, -(-max(height, width) // _NARROWEST))
    down, across = max(0, least - height), max(0, least - width)
    return np.pad(rgb, ((0, down), (0, across), (0, 0)), mode="edge") if down or across else rgb


def _is_read(word: str, read: list[str]) -> bool:
    return word in read or any(
        SequenceMatcher(None, word, other, False).ratio() >= _ONE_WORD for other in read
    )


def _words(text: str) -> list[str]:
    apart = unicodedata.normalize("NFKD", text.casefold())
    return re.findall(r"\w+", "".join(sign for sign in apart if not unicodedata.combining(sign)))
