"""What a file is, is told from its bytes, and the same to everybody who asks; what is not read is named."""

from __future__ import annotations

import gzip
import io
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import av
import pytest

from engines.composition.sources import probe as composed
from engines.media.probe import probe
from runtime.errors import AssetInvalid
from tests.field import foreign_files as foreign
from tests.field.decoding import decode_check

Make = Callable[[Path], Path]

FILMS: dict[str, tuple[str, Make]] = {
    "mp4": ("video/mp4", lambda p: foreign.plain(p, container="mp4")),
    "mov": ("video/quicktime", lambda p: foreign.plain(p, container="mov")),
    "3gp": ("video/3gpp", lambda p: foreign.plain(p, container="3gp")),
    "mkv": ("video/x-matroska", lambda p: foreign.plain(p, container="matroska")),
    "webm": ("video/webm", lambda p: foreign.plain(p, "libvpx", container="webm")),
    "avi": ("video/x-msvideo", lambda p: foreign.plain(p, "mpeg4", container="avi")),
    "ts": ("video/mp2t", lambda p: foreign.plain(p, container="mpegts")),
    "m2ts": ("video/mp2t", lambda p: foreign.plain(p, container="mpegts", mux={"mpegts_m2ts_mode": "1"})),
    "mpg": ("video/mpeg", lambda p: foreign.plain(p, "mpeg2video", container="mpeg")),
    "m2v": ("video/mpeg", lambda p: foreign.plain(p, "mpeg2video", container="mpeg2video")),
    "flv": ("video/x-flv", lambda p: foreign.plain(p, container="flv")),
    "wmv": ("video/x-ms-asf", lambda p: foreign.plain(p, "mpeg4", container="asf")),
    "mxf": ("video/mxf", lambda p: foreign.plain(p, "mpeg2video", container="mxf")),
    "nut": ("video/x-nut", lambda p: foreign.plain(p, container="nut")),
    "y4m": ("video/x-yuv4mpeg", lambda p: foreign.plain(p, "wrapped_avframe", container="yuv4mpegpipe")),
    "ivf": ("video/x-ivf", lambda p: foreign.plain(p, "libvpx", container="ivf")),
    "h265": (
        "video/h265",
        lambda p: foreign.plain(p, "libx265", container="hevc", options={"x265-params": "log-level=none"}),
    ),
    "h264": ("video/h264", lambda p: foreign.plain(p, container="h264")),
    "fragmented": (
        "video/mp4",
        lambda p: foreign.plain(p, container="mp4", mux={"movflags": "frag_keyframe+empty_moov"}),
    ),
    "old mov": ("video/quicktime", lambda p: without_ftyp(foreign.plain(p, container="mov"))),
}
SOUNDS: dict[str, tuple[str, Make]] = {
    "m4a": ("audio/mp4", lambda p: foreign.tone(p, "aac", container="ipod")),
    "mp4": ("audio/mp4", lambda p: foreign.tone(p, "aac", container="mp4")),
    "mov": ("audio/mp4", lambda p: foreign.tone(p, "aac", container="mov")),
    "adts": ("audio/aac", lambda p: foreign.tone(p, "aac", container="adts")),
    "adts behind a tag": ("audio/aac", lambda p: tagged(foreign.tone(p, "aac", container="adts"))),
    "mp3": ("audio/mpeg", lambda p: foreign.tone(p, "libmp3lame", container="mp3")),
    "mp2": ("audio/mpeg", lambda p: foreign.tone(p, "mp2", container="mp2")),
    "mp3 behind rubbish": (
        "audio/mpeg",
        lambda p: behind_rubbish(foreign.tone(p, "libmp3lame", container="mp3")),
    ),
    "mka": ("audio/x-matroska", lambda p: foreign.tone(p, "libmp3lame", container="matroska")),
    "webm": ("audio/webm", lambda p: foreign.tone(p, "libopus", container="webm")),
    "opus": ("audio/ogg", lambda p: foreign.tone(p, "libopus", container="ogg")),
    "flac": ("audio/flac", lambda p: foreign.tone(p, "flac", container="flac")),
    "wav": ("audio/wav", lambda p: foreign.tone(p, "pcm_s16le", container="wav")),
    "wav of a pipe": ("audio/wav", lambda p: unsized(foreign.tone(p, "pcm_s16le", container="wav"))),
    "w64": ("audio/x-w64", lambda p: foreign.tone(p, "pcm_s16le", container="w64")),
    "aiff": ("audio/aiff", lambda p: foreign.tone(p, "pcm_s16be", container="aiff")),
    "caf": ("audio/x-caf", lambda p: foreign.tone(p, "pcm_s16le", container="caf")),
    "au": ("audio/basic", lambda p: foreign.tone(p, "pcm_s16be", container="au")),
    "ac3": ("audio/ac3", lambda p: foreign.tone(p, "ac3", container="ac3")),
    "eac3": ("audio/eac3", lambda p: foreign.tone(p, "eac3", container="eac3")),
    "wavpack": ("audio/x-wavpack", lambda p: foreign.tone(p, "wavpack", container="wv")),
    "tta": ("audio/x-tta", lambda p: foreign.tone(p, "tta", container="tta")),
    "wma": ("audio/x-ms-wma", lambda p: foreign.tone(p, "libmp3lame", container="asf")),
    "ts": ("audio/mp2t", lambda p: foreign.tone(p, "aac", container="mpegts")),
}
PICTURES = {
    "PNG": "image/png",
    "JPEG": "image/jpeg",
    "WEBP": "image/webp",
    "GIF": "image/gif",
    "AVIF": "image/avif",
    "BMP": "image/bmp",
    "TIFF": "image/tiff",
    "PPM": "image/x-portable-anymap",
}


def without_ftyp(path: Path) -> Path:
    data = path.read_bytes()
    path.write_bytes(data[int.from_bytes(data[:4], "big") :])
    return shifted(path, -int.from_bytes(data[:4], "big"))


def shifted(path: Path, by: int) -> Path:
    """Move the places of the samples in a MOV whose index is at its end."""
    data = bytearray(path.read_bytes())
    at = data.find(b"stco")
    while at >= 0:
        (count,) = struct.unpack_from(">I", data, at + 8)
        for n in range(count):
            place = at + 12 + 4 * n
            struct.pack_into(">I", data, place, struct.unpack_from(">I", data, place)[0] + by)
        at = data.find(b"stco", at + 4)
    path.write_bytes(data)
    return path


def tagged(path: Path) -> Path:
    tag = b"ID3\x04\0\0" + bytes((0, 0, 1, 0)) + bytes(128)
    path.write_bytes(tag + path.read_bytes())
    return path


def behind_rubbish(path: Path) -> Path:
    path.write_bytes(b"\0" * 700 + path.read_bytes())
    return path


def unsized(path: Path) -> Path:
    data = bytearray(path.read_bytes())
    at = data.find(b"data")
    data[4:8] = data[at + 4 : at + 8] = b"\xff" * 4
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("kind", FILMS)
def test_a_film_is_one_to_whoever_asks(tmp_path: Path, kind: str) -> None:
    media_type, make = FILMS[kind]
    path = make(tmp_path / "file.txt")
    found = decode_check(path)
    assert (found.media_type, found.width_px, found.height_px) == (
        media_type,
        foreign.WIDTH_PX,
        foreign.HEIGHT_PX,
    )
    assert composed(path, "/clip").kind == "video"


@pytest.mark.parametrize("kind", SOUNDS)
def test_a_sound_is_one_to_whoever_asks(tmp_path: Path, kind: str) -> None:
    media_type, make = SOUNDS[kind]
    path = make(tmp_path / "file.png")
    found = probe(path)
    assert (found.media_type, found.sample_rate_hz) == (media_type, 48_000)
    source = composed(path, "/clip")
    assert (source.kind, source.has_sound) == ("audio", True)


@pytest.mark.parametrize("kind", PICTURES)
def test_a_picture_is_one_to_whoever_asks(tmp_path: Path, kind: str) -> None:
    path = foreign.still(tmp_path / "file.mp4", kind)
    found = decode_check(path)
    assert (found.media_type, found.width_px, found.height_px) == (
        PICTURES[kind],
        foreign.WIDTH_PX,
        foreign.HEIGHT_PX,
    )
    assert composed(path, "/clip").kind == "still"


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG", "AVIF"])
def test_an_animation_moves_for_whoever_asks(tmp_path: Path, kind: str) -> None:
    path = foreign.animation(tmp_path / "file", kind)
    assert (probe(path).frames, composed(path, "/clip").kind) == (4, "video")
    if kind != "PNG":
        assert probe(path).duration_s == pytest.approx(1.0)
        assert composed(path, "/clip").duration_s == pytest.approx(1.0)


def zipped() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("film.mp4", b"x" * 100)
    return out.getvalue()


REFUSED = {
    "SVG": b'\xef\xbb\xbf<?xml version="1.0"?>\n<!-- a -->\n<svg xmlns="http://www.w3.org/2000/svg"/>',
    "SVG drawing": b"<svg width='9'></svg>",
    "HEIC": struct.pack(">I", 28) + b"ftypheic\0\0\0\0mif1heicmiaf" + bytes(200),
    "HEIC picture": struct.pack(">I", 24) + b"ftypmif1\0\0\0\0mif1heic" + bytes(200),
    "JPEG XL": b"\xff\x0a" + bytes(100),
    "Photoshop": b"8BPS\0\x01" + bytes(100),
    "PDF": b"%PDF-1.7\n" + bytes(100),
    "ZIP": zipped(),
    "gzip": gzip.compress(b"x" * 100),
    "MIDI": b"MThd\0\0\0\x06" + bytes(100),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_is_not_read_here_is_named_by_whoever_asks(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "file.png"
    path.write_bytes(REFUSED[kind])
    for ask in (probe, lambda path: composed(path, "/clip")):
        with pytest.raises(AssetInvalid, match=kind) as refused:
            ask(path)
        assert "damaged" not in refused.value.message
        assert "give" in refused.value.message


@pytest.mark.parametrize("rest", [b"\0\0\0", b"\0" * 50, b"TAG" + b"x" * 125, b"\x7f\xff\xff\xffjunkjunk"])
def test_what_stands_behind_a_film_does_no_harm(tmp_path: Path, rest: bytes) -> None:
    path = foreign.plain(tmp_path / "a.mp4")
    path.write_bytes(path.read_bytes() + rest)
    assert decode_check(path).frames == 12


def test_a_name_does_not_make_a_film_of_noise(tmp_path: Path) -> None:
    for name in ("a.mp3", "a.h264", "a.ts"):
        path = tmp_path / name
        path.write_bytes(bytes(range(256)) * 20)
        with pytest.raises(AssetInvalid, match="no known media type"):
            probe(path)


def test_a_text_that_looks_like_something_else_is_a_text(tmp_path: Path) -> None:
    for text in (
        "P5 is a painter's number",
        "BM was here",
        "MM and II",
        "<p>svg</p>",
        "PK is a name",
        "G" * 400,
    ):
        (tmp_path / "a").write_text(text)
        assert probe(tmp_path / "a").media_type == "text/plain", text


def test_transparency_beside_the_pictures_is_told(tmp_path: Path) -> None:
    for codec in ("libvpx", "libvpx-vp9"):
        path = foreign.holed(tmp_path / "a.webm", codec, "yuva420p")
        assert probe(path).pix_fmt == "yuva420p"


def test_an_ogg_film_is_one(tmp_path: Path) -> None:
    if "libtheora" not in av.codecs_available:
        path = tmp_path / "a.ogv"
        path.write_bytes(b"OggS\0\x02" + bytes(22) + b"\x01\x2a\x80theora\x03\x02\x01" + bytes(40))
        with pytest.raises(AssetInvalid, match="video/ogg"):
            probe(path)
