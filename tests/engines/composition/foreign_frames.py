"""How the tests of foreign pictures show a file, and read the frames that come of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from tests.field import foreign_files as foreign

SIZE = (foreign.WIDTH_PX, foreign.HEIGHT_PX)


def frames_of(result: Any) -> list[NDArray[np.uint8]]:
    """Return the frames of a composed film as RGB."""
    with av.open(str(result.products[0].path)) as container:
        return [
            np.asarray(frame.reformat(format="rgb24", src_colorspace="ITU709").to_ndarray(), np.uint8)
            for frame in container.decode(video=0)
        ]


def over(bench: Any, ground: str, path: Path, duration_s: float, **clip: Any) -> Any:
    """Compose a file over a ground of one colour."""
    below = {"source": {"colour": ground}, "duration_s": duration_s}
    above = {"file": path, "duration_s": duration_s, "fit": "fill", **clip}
    tracks = [{"kind": "video", "clips": [below]}, {"kind": "video", "clips": [above]}]
    return bench.compose(tracks, size=SIZE, fps=25, output={"quality": "high"})
