"""Films of other people's cameras and programs have their holes, their light and whole frames; what was changed is told."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from engines.composition.readers import reader
from engines.composition.sources import probe
from engines.composition.stillcache import Stills
from engines.composition.studio import Reader, Studio
from schemas.timeline import Clip
from tests.engines.composition.foreign_frames import SIZE, frames_of, over
from tests.field import foreign_files as foreign

BLUE, RED = (30, 30, 220), (200, 40, 40)
HALF = (115, 35, 130)


def over_blue(bench: Any, path: Path, duration_s: float = 0.16, **clip: Any) -> Any:
    return over(bench, "#1e1edc", path, duration_s, **clip)


def alone(bench: Any, path: Path, duration_s: float = 0.16, **clip: Any) -> Any:
    clips = [{"file": path, "duration_s": duration_s, "fit": "fill", **clip}]
    return bench.compose([{"kind": "video", "clips": clips}], size=SIZE, fps=25, output={"quality": "high"})


def thirds(frame: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Return the mean colour in the middle of the left, middle and right third."""
    third = frame.shape[1] // 3
    return np.array(
        [frame[10:-10, third * n + 12 : third * (n + 1) - 12].reshape(-1, 3).mean(axis=0) for n in range(3)]
    )


SEEN_THROUGH = {
    "vp9.webm": ("libvpx-vp9", "yuva420p"),
    "vp8.webm": ("libvpx", "yuva420p"),
    "vp9.mkv": ("libvpx-vp9", "yuva420p"),
    "prores.mov": ("prores_ks", "yuva444p10le"),
    "animation.mov": ("qtrle", "argb"),
    "png.mov": ("png", "rgba"),
    "ffv1.mkv": ("ffv1", "yuva420p"),
    "ffv1-10.mkv": ("ffv1", "yuva444p10le"),
    "ffv1-rgb.mkv": ("ffv1", "bgra"),
    "utvideo.avi": ("utvideo", "gbrap"),
}


@pytest.mark.parametrize("name", SEEN_THROUGH)
def test_a_film_with_holes_shows_what_is_below_and_its_own_colours(bench: Any, name: str) -> None:
    codec, form = SEEN_THROUGH[name]
    rest = {"profile": "4444"} if codec == "prores_ks" else {}
    path = foreign.holed(bench.folder / name, codec, form, **rest)
    result = over_blue(bench, path)
    assert np.abs(thirds(frames_of(result)[2]) - [RED, HALF, BLUE]).max() <= 8
    assert result.degraded == ()


@pytest.mark.parametrize("matrix", [(1, "ITU709"), (5, "ITU601"), (9, "BT2020")])
@pytest.mark.parametrize("wide", [1, 2])
def test_the_colours_of_a_film_with_holes_are_read_by_its_own_matrix_and_range(
    bench: Any, matrix: tuple[int, str], wide: int
) -> None:
    number, name = matrix
    pixels = np.full((*SIZE[::-1], 4), (200, 40, 40, 255), np.uint8)
    frames = []
    for _ in range(4):
        frame = av.VideoFrame.from_ndarray(pixels, format="rgba")
        frame = frame.reformat(
            format="yuva444p", dst_colorspace=name, dst_color_range=wide, src_color_range=2
        )
        frame.colorspace, frame.color_range = number, wide
        frames.append(frame)
    path = foreign.video(bench.folder / "a.mkv", "ffv1", frames, colorspace=number, color_range=wide)
    assert np.abs(thirds(frames_of(over_blue(bench, path))[2]) - RED).max() <= 4


def test_a_film_with_holes_is_sought_like_any_other(bench: Any) -> None:
    path = foreign.holed(bench.folder / "a.webm", "libvpx-vp9", "yuva420p", frames=100)
    result = over_blue(bench, path, trim_in_s=3.5)
    assert np.abs(thirds(frames_of(result)[2]) - [RED, HALF, BLUE]).max() <= 8


def test_transparency_that_no_decoder_here_sees_is_told(bench: Any) -> None:
    path = foreign.plain(bench.folder / "a.mkv")
    data = path.read_bytes()
    assert b"\x54\xb2\x81\x04" in data
    path.write_bytes(data.replace(b"\x54\xb2\x81\x04", b"\x53\xc0\x81\x01"))  # DisplayUnit becomes AlphaMode
    assert alone(bench, path).degraded == (
        "unsupported: /timeline/tracks/0/clips/0: the film's transparency cannot be read, so it is opaque",
    )


def test_colours_in_a_coding_that_is_not_known_are_told(bench: Any) -> None:
    path = foreign.plain(bench.folder / "a.mkv", "libx264", "yuv420p", colorspace=14)
    assert "not known here" in alone(bench, path).degraded[0]


def bars(frame: NDArray[np.uint8], count: int) -> NDArray[np.float64]:
    width = frame.shape[1] // count
    return np.array(
        [frame[10:-10, width * n + 6 : width * (n + 1) - 6].reshape(-1, 3).mean(axis=0) for n in range(count)]
    )


GREYS = [(v, v, v) for v in (0.0, 0.25, 0.38, 0.5, 0.75, 1.0)]


def test_hlg_has_its_greys_where_sdr_has_them(bench: Any) -> None:
    """BT.2408: 18 % grey is at 38 % of HLG and about 43 % of SDR; reference white is at 75 %."""
    result = alone(bench, foreign.hdr(bench.folder / "a.mp4", GREYS))
    found = bars(frames_of(result)[1], len(GREYS))
    assert np.ptp(found, axis=1).max() <= 3
    assert np.abs(found[:, 1] - [0, 72, 109, 143, 241, 255]).max() <= 4
    assert result.degraded == ("unsupported: /timeline/tracks/0/clips/0: HDR was tone-mapped to SDR",)


def test_pq_has_its_greys_where_sdr_has_them(bench: Any) -> None:
    greys = [(v, v, v) for v in (0.0, 0.25, 0.38, 0.5, 0.58, 1.0)]
    result = alone(bench, foreign.hdr(bench.folder / "a.mp4", greys, foreign.PQ))
    found = bars(frames_of(result)[1], len(greys))
    assert np.ptp(found, axis=1).max() <= 3
    assert np.abs(found[:, 1] - [0, 55, 108, 184, 239, 255]).max() <= 4
    assert "HDR was tone-mapped" in result.degraded[0]


def test_colours_within_bt709_are_kept_when_hdr_becomes_sdr(bench: Any) -> None:
    """What 0.5 of BT.709's red, green and blue are in BT.2020, as HLG codes them at half of reference white."""
    to_2020 = np.array([[0.6274, 0.3293, 0.0433], [0.0691, 0.9195, 0.0114], [0.0164, 0.0880, 0.8956]])
    light = np.array([(0.5, 0.05, 0.05), (0.05, 0.5, 0.05), (0.05, 0.05, 0.5)])
    wide = light @ to_2020.T * 0.203
    luma = wide @ [0.2627, 0.6780, 0.0593]
    scene = wide * luma[:, None] ** (1 / 1.2 - 1)
    a, b, c = 0.17883277, 0.28466892, 0.55991073
    codes = np.where(scene <= 1 / 12, np.sqrt(3 * scene), a * np.log(np.maximum(12 * scene - b, 1e-6)) + c)
    result = alone(bench, foreign.hdr(bench.folder / "a.mp4", codes.tolist()))
    found = bars(frames_of(result)[1], 3)
    assert np.abs(found - 255 * light ** (1 / 2.4)).max() <= 6


def test_colours_outside_bt709_become_its_purest(bench: Any) -> None:
    pure = [(0.75, 0.0, 0.0), (0.0, 0.75, 0.0), (0.0, 0.0, 0.75)]
    found = bars(frames_of(alone(bench, foreign.hdr(bench.folder / "a.mp4", pure)))[1], 3)
    for n in range(3):
        others = [found[n][m] for m in range(3) if m != n]
        assert found[n][n] >= 200, found
        assert max(others) <= 16, found


def test_bt2020_of_standard_range_keeps_its_greys_and_is_told(bench: Any) -> None:
    colours = [*[(v, v, v) for v in (0.25, 0.5, 0.75)], (0.6, 0.4, 0.35)]
    result = alone(bench, foreign.hdr(bench.folder / "a.mp4", colours, 14))
    found = bars(frames_of(result)[1], 4)
    assert np.abs(found[:3] - [[64] * 3, [128] * 3, [191] * 3]).max() <= 3
    assert found[3][0] - found[3][2] > 0.25 * 255 + 8
    assert result.degraded == (
        "unsupported: /timeline/tracks/0/clips/0: colours of a wide gamut were brought to BT.709",
    )


def test_ten_bits_of_bt709_are_shown_as_they_are(bench: Any) -> None:
    path = foreign.plain(
        bench.folder / "a.mkv", "ffv1", "yuv422p10le", colorspace=5, color_range=1, color_trc=6
    )
    result = alone(bench, path)
    assert np.abs(thirds(frames_of(result)[2]) - RED).max() <= 4
    assert result.degraded == ()


def test_films_coded_in_rgb_have_their_colours(bench: Any) -> None:
    for name, codec, form in (
        ("a.mov", "qtrle", "rgb24"),
        ("b.mp4", "libx264rgb", "rgb24"),
        ("c.mkv", "ffv1", "gbrp10le"),
    ):
        result = alone(bench, foreign.plain(bench.folder / name, codec, form))
        assert np.abs(thirds(frames_of(result)[2]) - RED).max() <= 4, name


def combs(frame: NDArray[np.uint8]) -> float:
    """Return how much a row differs from the mean of its neighbours: 6 and more where fields are woven."""
    luma = frame.mean(axis=2)[4:-4]
    return float(np.abs(luma[1:-1] - (luma[:-2] + luma[2:]) / 2).mean())


def left_edge(frame: NDArray[np.uint8]) -> float:
    row = frame[40:50].mean(axis=(0, 2))
    return float(np.flatnonzero(row > 120)[0])


@pytest.mark.parametrize(
    ("name", "codec", "top_first"),
    [
        ("a.mp4", "libx264", True),
        ("b.mp4", "libx264", False),
        ("c.ts", "libx264", True),
        ("d.mpg", "mpeg2video", True),
        ("e.mkv", "ffv1", True),
        ("f.mkv", "ffv1", False),
    ],
)
def test_fields_are_parted_the_first_of_them_is_shown_and_that_is_told(
    bench: Any, name: str, codec: str, top_first: bool
) -> None:
    path = foreign.interlaced(bench.folder / name, codec=codec, top_first=top_first)
    result = alone(bench, path, 0.48)
    frames = frames_of(result)
    assert len(frames) == 12
    for number, frame in enumerate(frames[1:-1], 1):
        assert combs(frame) < 1.0, number
        assert abs(left_edge(frame) - (10 + 6 * number)) <= 2, number
    assert result.degraded == ("unsupported: /timeline/tracks/0/clips/0: interlaced film was deinterlaced",)


@pytest.mark.parametrize(
    "make",
    [
        lambda folder: foreign.interlaced(folder / "a.mpg", codec="mpeg2video", frames=100),
        lambda folder: foreign.interlaced(folder / "a.mkv", codec="ffv1", frames=100),
        lambda folder: foreign.holed(folder / "a.webm", "libvpx", "yuva420p", frames=100),
        lambda folder: foreign.hdr(folder / "a.mp4", GREYS, frames=90),
    ],
    ids=["fields", "fields that the container tells", "holes", "HDR"],
)
def test_a_picture_is_the_same_however_it_is_reached(tmp_path: Path, make: Any) -> None:
    clip = Clip.model_validate({"source": "s3://media/uploads/default/a", "duration_s": 4, "fit": "fill"})
    source = probe(make(tmp_path), "/clip")
    studio = Studio(SIZE, cast(Any, None), Stills(SIZE), tmp_path, lambda: None)
    on = reader(clip, source, studio)
    wanted = {number: seen(on, number) for number in range(88)}
    for number in (76, 77, 78, 80, 83, 84, 87):
        assert np.array_equal(seen(reader(clip, source, studio), number), wanted[number]), number


def seen(reader: Reader, number: int) -> NDArray[np.uint8]:
    picture = reader.at(number / 25, 0.0)
    planes = [picture.planes.y, picture.planes.u, picture.planes.v]
    if picture.alpha is not None:
        planes.append(picture.alpha)
    return np.concatenate([np.ravel(plane) for plane in planes])


def test_frames_that_are_whole_stay_untouched_between_woven_ones(bench: Any) -> None:
    """Telecined and edited film mixes both; each frame says which it is."""
    fine = np.full((foreign.HEIGHT_PX, foreign.WIDTH_PX), 40, np.uint8)
    fine[::2] = 200  # rows that a deinterlacer would blur
    part = [
        foreign.interlaced(bench.folder / "i.ts", frames=4),
        foreign.video(
            bench.folder / "p.ts", "libx264", [foreign.grey(fine) for _ in range(4)], options={"crf": "4"}
        ),
    ]
    joined = bench.folder / "joined.h264"
    joined.write_bytes(b"".join(annex_b(path) for path in part))
    frames = frames_of(alone(bench, joined, 0.32))
    assert combs(frames[2]) < 1.0
    assert min(combs(frame) for frame in frames[4:]) > 100


def annex_b(path: Path) -> bytes:
    with av.open(str(path)) as container:
        return b"".join(bytes(packet) for packet in container.demux(video=0) if packet.size)


def test_rows_in_several_passes_are_no_fields(bench: Any) -> None:
    fine = np.full((foreign.HEIGHT_PX, foreign.WIDTH_PX), 40, np.uint8)
    fine[::2] = 200
    for name, codec in (("a.mov", "png"), ("a.apng", "apng")):
        frames = [foreign.grey(fine, "rgb24") for _ in range(6)]
        path = foreign.video(bench.folder / name, codec, frames, options={"flags": "+ildct"})
        with av.open(str(path)) as container:
            assert next(container.decode(video=0)).interlaced_frame
        result = alone(bench, path)
        assert combs(frames_of(result)[2]) > 100
        assert result.degraded == ()


def test_a_whole_film_is_not_touched(bench: Any) -> None:
    result = alone(bench, foreign.plain(bench.folder / "a.mp4"))
    assert result.degraded == ()
