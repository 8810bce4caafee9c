"""How large a picture or frame may be: the one place that says it."""

from __future__ import annotations

from runtime.errors import AssetInvalid

STILL_PIXELS_MAX = 178_000_000
"""Pixels of a still, as Pillow's own limit: scans and the largest cameras."""

FRAME_PIXELS_MAX = 8192 * 8192
"""Pixels of a frame of a film or animation, and of a still that can only be decoded as a whole."""

SIDE_MAX_PX = 65_535
"""A longer row could not be read in strips of bounded size."""


def check_still(width_px: int, height_px: int) -> None:
    """Pass when a still may be read.

    Raises: AssetInvalid, with what is allowed.
    """
    _check(width_px, height_px, STILL_PIXELS_MAX)


def check_frame(width_px: int, height_px: int) -> None:
    """Pass when a frame, or a still as a whole, may be decoded.

    Raises: AssetInvalid, with what is allowed.
    """
    _check(width_px, height_px, FRAME_PIXELS_MAX)


def _check(width_px: int, height_px: int, most: int) -> None:
    if width_px <= 0 or height_px <= 0:
        raise AssetInvalid("The file declares no picture size.")
    if width_px * height_px > most:
        allowed = f"{most // 1_000_000} megapixels are allowed"
        raise AssetInvalid(f"The file declares {width_px}x{height_px} px; {allowed}.")
    if max(width_px, height_px) > SIDE_MAX_PX:
        raise AssetInvalid(f"The file declares {width_px}x{height_px} px; a side may be {SIDE_MAX_PX} px.")
