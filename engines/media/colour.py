"""How sRGB pictures become the Y'CbCr samples of HD video, and how chroma is halved.

Maths: ITU-R BT.709-6 section 3 (luma weights) and section 4.3/4.6 (8-bit quantisation in video range). The
sRGB and BT.709 curves are treated as one, as all players do for pictures in video.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_KR, _KB = 0.2126, 0.0722
_KG = 1.0 - _KR - _KB

_LUMA = np.array([_KR, _KG, _KB]) * (219 / 255)
_CB = np.array([-_KR, -_KG, 1 - _KB]) / (2 * (1 - _KB)) * (224 / 255)
_CR = np.array([1 - _KR, -_KG, -_KB]) / (2 * (1 - _KR)) * (224 / 255)

RGB_TO_YUV = np.column_stack([np.stack([_LUMA, _CB, _CR]), [16.0, 128.0, 128.0]])
"""(3, 4): rows Y', Cb, Cr in 8-bit video range; columns R, G, B (0..255) and the offset."""

_TO_RGB = np.linalg.inv(RGB_TO_YUV[:, :3])
YUV_TO_RGB = np.hstack([_TO_RGB, -_TO_RGB @ RGB_TO_YUV[:, 3:]])
"""(3, 4): its inverse."""

PREMULTIPLIED_TO_YUVT = np.vstack(
    [np.column_stack([RGB_TO_YUV[:, :3], RGB_TO_YUV[:, 3] / 255, np.zeros(3)]), [0.0, 0.0, 0.0, -1.0, 255.0]]
)
"""(4, 5): R, G, B, A to Y', Cb, Cr, T, premultiplied; T = 255 - A is the share of what lies behind."""


def rgb_to_yuv(rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return uint8 (h, w, 3) Y', Cb, Cr in video range for uint8 (h, w, 3) sRGB; chroma at full size."""
    import cv2

    return cv2.transform(rgb, RGB_TO_YUV)  # type: ignore[return-value]


def premultiplied_to_yuvt(rgba: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return uint8 (h, w, 4) premultiplied Y', Cb, Cr and T = 255 - A for premultiplied sRGB (h, w, 4).

    Such pictures stack with `front + back * T / 255` in video samples, without any further conversion.
    """
    import cv2

    return cv2.transform(rgba, PREMULTIPLIED_TO_YUVT)  # type: ignore[return-value]


def chroma_half(full: NDArray[np.uint8], out: NDArray[np.uint8]) -> None:
    """Halve a chroma plane (h, w) into `out` (h/2, w/2), sited left as H.264 assumes.

    The weights are 1 2 1 across and 1 1 down: the mean of two boxes that are one column apart.
    """
    import cv2

    height, width = out.shape
    right = cv2.resize(full, (width, height), interpolation=cv2.INTER_AREA)
    left = np.empty_like(right)
    left[:, :1] = right[:, :1]
    if width > 1:
        left[:, 1:] = cv2.resize(full[:, 1:-1], (width - 1, height), interpolation=cv2.INTER_AREA)
    cv2.addWeighted(left, 0.5, right, 0.5, 0.0, dst=out)
