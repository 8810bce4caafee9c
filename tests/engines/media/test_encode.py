from __future__ import annotations

import itertools
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from engines.media.encode import VideoWriter
from engines.media.probe import probe
from runtime.errors import Cancelled, EngineFailed, Unsupported
from tests.field.decoding import decode_check

COLOURS = [
    (255, 255, 255),
    (0, 0, 0),
    (255, 0, 0),
    (0, 255, 0),
    (0, 0, 255),
    (128, 128, 128),
    (200, 120, 60),
    (10, 200, 180),
]


def write(path: Path, *, width_px: int = 160, height_px: int = 90, frames: int = 30, fps: int = 24) -> Path:
    rng = np.random.default_rng(3)
    picture = rng.integers(0, 255, (height_px, width_px, 3), dtype=np.uint8)
    with VideoWriter(path, width_px, height_px, fps, comment="reelbus draft: test") as writer:
        for index in range(frames):
            writer.write_rgb(np.roll(picture, index, axis=1))
    return path


def test_colours_come_back_as_they_went_in(tmp_path: Path) -> None:
    path = tmp_path / "colours.mp4"
    with VideoWriter(path, 64, 64, 24, crf=4) as writer:
        for colour in COLOURS:
            writer.write_rgb(np.full((64, 64, 3), colour, np.uint8))
    with av.open(str(path)) as container:
        shown = [frame.to_ndarray(format="rgb24")[32, 32] for frame in container.decode(video=0)]
    assert np.abs(np.array(shown, int) - COLOURS).max() <= 2


def test_chroma_lies_where_h264_expects_it(tmp_path: Path) -> None:
    path = tmp_path / "edge.mp4"
    picture = np.zeros((64, 64, 3), np.uint8)
    picture[:, 32:] = (255, 0, 0)
    with VideoWriter(path, 64, 64, 24, crf=1) as writer:
        writer.write_rgb(picture)
    with av.open(str(path)) as container:
        v = next(container.decode(video=0)).to_ndarray()[80:].reshape(32, 32)
    # The sample of luma column 32 takes a quarter from column 31, which is black; the one before it no red.
    row = v[8].astype(int)
    assert abs(row[16] - (128 + 0.75 * 112)) <= 4
    assert abs(row[15] - 128) <= 4


def test_a_video_says_what_it_is(tmp_path: Path) -> None:
    path = write(tmp_path / "a.mp4")
    found = probe(path)
    assert (found.media_type, found.width_px, found.height_px) == ("video/mp4", 160, 90)
    assert (found.frames, found.fps, found.duration_s) == (30, 24.0, 1.25)
    assert (found.video_codec, found.pix_fmt, found.colour) == ("h264", "yuv420p", (1, 1, 1, 1))
    assert found.audio_codec is None
    assert found.comment == "reelbus draft: test"
    decode_check(path)


def test_the_index_comes_first_and_no_clock_or_version_of_the_muxer_is_stored(tmp_path: Path) -> None:
    data = write(tmp_path / "a.mp4").read_bytes()
    assert 0 < data.find(b"moov") < data.find(b"mdat")
    assert b"Lavf" not in data
    assert b"Lavc" not in data


def test_equal_frames_give_equal_bytes(tmp_path: Path) -> None:
    assert write(tmp_path / "a.mp4").read_bytes() == write(tmp_path / "b.mp4").read_bytes()


def test_each_group_of_pictures_is_closed_and_bounded(tmp_path: Path) -> None:
    path = write(tmp_path / "a.mp4", frames=100)
    with av.open(str(path)) as container:
        keys = [index for index, packet in enumerate(container.demux(video=0)) if packet.is_keyframe]
    assert keys[0] == 0
    assert max(np.diff([*keys, 100])) <= 48


@pytest.mark.parametrize(
    ("fps", "frames"), [(Fraction(24000, 1001), 24), (Fraction(1), 3), (Fraction(120), 7)]
)
def test_any_frame_rate_is_kept_constant(tmp_path: Path, fps: Fraction, frames: int) -> None:
    path = tmp_path / "rate.mp4"
    with VideoWriter(path, 32, 32, fps) as writer:
        for _ in range(frames):
            writer.write_rgb(np.zeros((32, 32, 3), np.uint8))
    with av.open(str(path)) as container:
        stamps = sorted(
            packet.pts * packet.time_base for packet in container.demux(video=0) if packet.pts is not None
        )
    assert [b - a for a, b in itertools.pairwise(stamps)] == [1 / fps] * (frames - 1)
    assert probe(path).duration_s == pytest.approx(float(frames / fps), abs=1e-5)


def test_odd_sizes_are_padded_to_even(tmp_path: Path) -> None:
    path = write(tmp_path / "odd.mp4", width_px=33, height_px=17, frames=2)
    found = probe(path)
    assert (found.width_px, found.height_px) == (34, 18)


def test_planes_are_the_encoders_own_memory(tmp_path: Path) -> None:
    path = tmp_path / "planes.mp4"
    with VideoWriter(path, 50, 34, 24, crf=1) as writer:
        planes = writer.planes()
        planes.y[:], planes.u[:], planes.v[:] = 100, 90, 160
        writer.push()
    with av.open(str(path)) as container:
        yuv = next(container.decode(video=0)).to_ndarray()
    assert abs(int(yuv[10, 10]) - 100) <= 1


def test_a_cancelled_video_leaves_no_file(tmp_path: Path) -> None:
    path = tmp_path / "cancelled.mp4"
    with pytest.raises(Cancelled):
        _cancel_after_a_frame(path)
    assert not path.exists()


def _cancel_after_a_frame(path: Path) -> None:
    with VideoWriter(path, 32, 32, 24) as writer:
        writer.write_rgb(np.zeros((32, 32, 3), np.uint8))
        raise Cancelled


def test_what_cannot_be_written_is_refused_in_our_words(tmp_path: Path) -> None:
    with pytest.raises(Unsupported):
        VideoWriter(tmp_path / "a.mp4", 0, 90, 24)
    with pytest.raises(EngineFailed), VideoWriter(tmp_path / "no" / "folder.mp4", 32, 32, 24):
        pass
    with pytest.raises(EngineFailed, match="no frame"), VideoWriter(tmp_path / "empty.mp4", 32, 32, 24):
        pass
    with pytest.raises(EngineFailed), VideoWriter(tmp_path / "b.mp4", 32, 32, 24) as writer:
        writer.write_rgb(np.zeros((64, 64, 3), np.uint8))
    with pytest.raises(EngineFailed), VideoWriter(tmp_path / "c.mp4", 32, 32, 24) as writer:
        writer.push()
