"""How a flat picture is taken apart: what is far, the ground that leads up to us, and a subject on it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engines.draft.parallax.behind import fill_behind, solid_colours
from engines.draft.parallax.ground import find_horizon
from engines.draft.parallax.sheet import Sheet, sheet_from_rgba
from engines.draft.parallax.subject import Subject, find_subject

_FAR_DEPTH = 0.18
_GROUND_TILT = 0.55  # how much nearer the ground gets per frame height
_FADE = 0.025  # part of the frame over which the ground is blended into what is far
_SUBJECT_LEAD = 0.15  # how much nearer than the far plane a subject is at least
_OVERSAMPLED_MAX_PIXELS = 3_000_000


def sheets_from_photo(rgb: NDArray[np.uint8], *, whole: bool = False) -> list[Sheet]:
    """Return the sheets of a flat sRGB picture, uint8 (h, w, 3), back to front.

    Far things are one plane. Where a horizon is found, the ground below it leans towards us; both planes
    agree at the horizon, so there is no seam. A subject that is found with confidence stands upright on the
    ground. Without either, or when `whole` asks for it, the picture stays one plane.
    """
    subject = None if whole else find_subject(rgb)
    horizon = None if whole else find_horizon(rgb)
    back = rgb if subject is None else fill_behind(rgb, subject.alpha)
    solid = np.full((*rgb.shape[:2], 1), 255, np.uint8)
    sheets = [_sheet(np.concatenate([back, solid], axis=2), _FAR_DEPTH)]
    if horizon is not None:
        sheets.append(_ground(back, horizon))
    if subject is not None:
        sheets.append(_upright(rgb, subject, horizon))
    return [sheet for sheet in sheets if sheet is not None]


def _ground(back: NDArray[np.uint8], horizon: float) -> Sheet | None:
    """Return the part of the picture below the horizon, leaning, faded in over the first rows."""
    height = back.shape[0]
    rows = (np.arange(height, dtype=np.float32) - horizon * height) / max(6.0, _FADE * height)
    share = np.clip(rows, 0, 1)[:, None, None]
    rgba = np.rint(np.concatenate([back * share, np.broadcast_to(share * 255, (*back.shape[:2], 1))], axis=2))
    return _sheet(rgba.astype(np.uint8), _depth_of_ground(0.5, horizon), tilt=_GROUND_TILT)


def _upright(rgb: NDArray[np.uint8], subject: Subject, horizon: float | None) -> Sheet | None:
    """Return the subject, as deep as the ground it stands on."""
    rows = np.flatnonzero((subject.alpha > 0.5).any(axis=1))
    foot = (float(rows[-1]) + 0.5) / rgb.shape[0]
    depth = _FAR_DEPTH + _SUBJECT_LEAD
    if horizon is not None:
        depth = max(depth, _depth_of_ground(foot, horizon))
    alpha = subject.alpha[..., None]
    front = np.concatenate([solid_colours(rgb, subject.alpha) * alpha, alpha * 255], axis=2)
    return _sheet(np.clip(np.rint(front), 0, 255).astype(np.uint8), depth)


def _depth_of_ground(row: float, horizon: float) -> float:
    return _FAR_DEPTH + _GROUND_TILT * (row - horizon)


def _sheet(rgba: NDArray[np.uint8], depth: float, tilt: float = 0.0) -> Sheet | None:
    fine = rgba.shape[0] * rgba.shape[1] <= _OVERSAMPLED_MAX_PIXELS
    return sheet_from_rgba(rgba, depth=depth, bleed=0.0, oversampling=1.5 if fine else 1.0, tilt=tilt)
