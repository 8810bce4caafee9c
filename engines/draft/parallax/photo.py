"""How a flat picture is taken apart: a leaning background and, where one stands out clearly, its subject."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engines.draft.parallax.sheet import Sheet, sheet_from_rgba
from engines.draft.parallax.subject import fill_behind, find_subject, solid_colours

_BACK_DEPTH = 0.22
_TILT = 0.42  # how much nearer the bottom edge of a scene with ground is than its top edge
_OVERSAMPLED_MAX_PIXELS = 3_000_000


def sheets_from_photo(rgb: NDArray[np.uint8]) -> list[Sheet]:
    """Return the sheets of a flat sRGB picture, uint8 (h, w, 3), back to front.

    The background is one leaning plane, so ground moves faster than sky without a seam. The subject, when it
    is found with confidence, stands on that plane at the depth of its lowest row; otherwise the picture stays
    whole.
    """
    height, width = rgb.shape[:2]
    oversampling = 1.5 if height * width <= _OVERSAMPLED_MAX_PIXELS else 1.0
    subject = find_subject(rgb)
    opaque = np.full((height, width, 1), 255, np.uint8)
    if subject is None:
        whole = sheet_from_rgba(
            np.concatenate([rgb, opaque], axis=2), depth=_BACK_DEPTH, bleed=0.0, oversampling=oversampling
        )
        return [whole] if whole else []
    back = fill_behind(rgb, subject.alpha)
    sheets = [
        sheet_from_rgba(
            np.concatenate([back, opaque], axis=2),
            depth=_BACK_DEPTH,
            bleed=0.0,
            oversampling=oversampling,
            tilt=_TILT,
        )
    ]
    rows = np.flatnonzero((subject.alpha > 0.5).any(axis=1))
    foot = (float(rows[-1]) + 0.5) / height - 0.5
    depth = min(1.0, _BACK_DEPTH + _TILT * foot + 0.18)
    alpha = subject.alpha[..., None]
    front = np.concatenate([solid_colours(rgb, subject.alpha) * alpha, alpha * 255], axis=2)
    sheets.append(
        sheet_from_rgba(np.rint(front).astype(np.uint8), depth=depth, bleed=0.0, oversampling=oversampling)
    )
    return [sheet for sheet in sheets if sheet is not None]
