"""What an engine shows of a film while it makes it."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from engines.media.previews import Previews
from tests.engines.running import Quiet

RED = (63, 102, 240)


class Shown(Quiet):
    """A report that keeps the bytes of each picture that it is offered."""

    def __init__(self) -> None:
        self.pictures: list[bytes] = []

    def preview(self, path: Path) -> None:
        self.pictures.append(path.read_bytes())


def frame(width: int, height: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    y, u, v = RED
    return (
        np.full((height, width), y, np.uint8),
        np.full((height // 2, width // 2), u, np.uint8),
        np.full((height // 2, width // 2), v, np.uint8),
    )


def test_a_frame_is_shown_small_and_in_its_colours(tmp_path: Path) -> None:
    shown = Shown()
    previews = Previews(shown, tmp_path, every_s=0.0)
    previews.see(*frame(1280, 720))
    picture = cv2.imdecode(np.frombuffer(shown.pictures[0], np.uint8), cv2.IMREAD_COLOR)
    assert picture.shape == (180, 320, 3)
    blue, green, red = picture.mean(axis=(0, 1))
    assert red > 240
    assert max(blue, green) < 20
    assert len(shown.pictures[0]) < 64_000


def test_pictures_come_seldom_and_leave_nothing_behind(tmp_path: Path) -> None:
    shown = Shown()
    previews = Previews(shown, tmp_path, every_s=600.0)
    for _ in range(50):
        previews.see(*frame(32, 18))
    assert shown.pictures == []  # what is made within a second needs none
    quick = Previews(shown, tmp_path, every_s=0.0)
    for _ in range(3):
        quick.see(*frame(32, 18))
    assert len(shown.pictures) == 3
    quick.close()
    assert list(tmp_path.iterdir()) == []
