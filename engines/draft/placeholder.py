"""What stands in for a result that could not be made, where the request allows it: plain, silent, and labelled so."""

from __future__ import annotations

import contextlib
import json
import os
import struct
import wave
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engines.contract import Finished, Product, Result, Task, one_by_one
from runtime.errors import AssetInvalid

if TYPE_CHECKING:
    from PIL.Image import Image

COMMENT = "reelbus draft: placeholder for a result that could not be made"
_GREY = (96, 99, 104)
_RATE_HZ = 48_000
_SIZE_PX = (1280, 720)
_LONGEST_SIDE_PX = 4096


class Placeholder:
    """A labelled stand-in of the medium that the task's capability makes, of the size and length it asked for."""

    concurrent = True

    def load(self, device: str) -> None:
        """Nothing to load."""

    def unload(self) -> None:
        """Nothing to give back."""

    def generate(self, tasks: Sequence[Task]) -> Iterator[Finished]:
        """Make one stand-in for each task."""
        return one_by_one(tasks, _made)


def _made(task: Task) -> Result:
    task.report.step(0, 1, "placeholder")
    result = Result((_stand_in(task),))
    task.report.step(1, 1, "placeholder")
    return result


def _stand_in(task: Task) -> Product:
    kind = task.capability.split("-", 1)[0]
    if task.capability in {
        "text-to-speech",
        "audio-generation",
        "sound-effects",
        "voice-cloning",
        "voice-design",
    }:
        return _silence(task.params, task.workdir / "placeholder.wav")
    if kind == "video":
        return _grey_video(task, task.workdir / "placeholder.mp4")
    if kind == "image":
        return _grey_picture(task.params, task.workdir / "placeholder.png")
    path = task.workdir / "placeholder.txt"
    path.write_text("[placeholder]", "utf-8")
    return Product(path, "text/plain", text="[placeholder]")


def _labelled(width_px: int, height_px: int) -> Image:
    from PIL import Image, ImageDraw

    picture = Image.new("RGB", (width_px, height_px), _GREY)
    draw = ImageDraw.Draw(picture)
    size_px = max(10, min(width_px, height_px) // 16)
    draw.text(
        (width_px / 2, height_px / 2), "placeholder", fill=(220, 222, 226), anchor="mm", font_size=size_px
    )
    return picture


def _grey_picture(params: Any, path: Path) -> Product:
    from PIL import PngImagePlugin

    width_px, height_px = int(params.get("width_px") or 1024), int(params.get("height_px") or 1024)
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Comment", COMMENT)
    _labelled(width_px, height_px).save(path, pnginfo=notes)
    return Product(path, "image/png")


def _grey_video(task: Task, path: Path) -> Product:
    import numpy as np

    from engines.media.encode import VideoWriter

    asked = (task.params.get("width_px"), task.params.get("height_px"))
    width_px, height_px = (
        min(max(int(side or like) // 2 * 2, 16), _LONGEST_SIDE_PX)
        for side, like in zip(asked, _size_like(task), strict=True)
    )
    fps = Fraction(task.params.get("fps") or 24).limit_denominator(1001)
    frame = np.asarray(_labelled(width_px, height_px), np.uint8)
    with VideoWriter(path, width_px, height_px, fps, comment=COMMENT) as video:
        for _ in range(max(1, round(float(task.params.get("duration_s") or 5.0) * float(fps)))):
            video.write_rgb(frame)
    return Product(path, "video/mp4")


def _size_like(task: Task) -> tuple[int, int]:
    """Return the size of the picture that was to move; it may be just what cannot be read."""
    from engines.media.probe import probe

    given = task.inputs.get("/image")
    with contextlib.suppress(AssetInvalid):
        if given is not None:
            found = probe(given.path)
            return found.width_px or _SIZE_PX[0], found.height_px or _SIZE_PX[1]
    return _SIZE_PX


def _silence(params: Any, path: Path) -> Product:
    duration_s = float(params.get("duration_s") or max(1.0, len(str(params.get("text", ""))) / 15))
    with wave.open(str(path), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(_RATE_HZ)
        sound.writeframes(b"\0\0" * int(duration_s * _RATE_HZ))
    _say_so(path)
    words = json.dumps({"words": [], "duration_s": duration_s}) if "text" in params else None
    return Product(path, "audio/wav", text=words)


def _say_so(path: Path) -> None:
    """Write the comment behind the samples: RIFF's list of informations."""
    text = COMMENT.encode() + bytes(2 - len(COMMENT) % 2)
    comment = b"ICMT" + struct.pack("<I", len(text)) + text
    with path.open("r+b") as file:
        file.seek(0, os.SEEK_END)
        file.write(b"LIST" + struct.pack("<I", 4 + len(comment)) + b"INFO" + comment)
        size = file.tell()
        file.seek(4)
        file.write(struct.pack("<I", size - 8))
