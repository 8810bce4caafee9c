from __future__ import annotations

import io
import json
import struct
import wave
import zlib
from pathlib import Path
from typing import cast

import av
import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from engines.media.encode import VideoWriter
from engines.media.probe import probe
from runtime.errors import AssetInvalid
from tests.field.decoding import decode_check

PICTURE = np.random.default_rng(1).integers(0, 255, (48, 64, 3), dtype=np.uint8)


def picture(kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    Image.fromarray(PICTURE).save(out, kind, **options)
    return out.getvalue()


def sound(path: Path, container: str, codec: str, rate: int = 48_000, layout: str = "stereo") -> bytes:
    with av.open(str(path), "w", format=container) as out:
        stream = cast(av.AudioStream, out.add_stream(codec, rate=rate, layout=layout))
        samples = (np.sin(np.arange(rate) / 20) * 8000).astype(np.int16)
        frame = av.AudioFrame.from_ndarray(np.repeat(samples, 2)[None], format="s16", layout="stereo")
        frame.sample_rate = rate
        resampler = av.AudioResampler(
            format=stream.format, layout=layout, rate=rate, frame_size=stream.frame_size or 0
        )
        for part in [*resampler.resample(frame), *resampler.resample(None)]:
            out.mux(stream.encode(part))
        out.mux(stream.encode(None))
    return path.read_bytes()


def movie(path: Path) -> bytes:
    with VideoWriter(path, 64, 48, 25) as writer:
        for index in range(25):
            writer.write_rgb(np.roll(PICTURE, index, axis=0))
    return path.read_bytes()


def webm(path: Path) -> bytes:
    with av.open(str(path), "w", format="webm") as out:
        stream = out.add_stream("libvpx-vp9", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for _ in range(10):
            out.mux(stream.encode(av.VideoFrame.from_ndarray(PICTURE, format="rgb24")))
        out.mux(stream.encode(None))
    return path.read_bytes()


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF"])
def test_a_picture_is_known_by_its_bytes_not_by_its_name(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "lies.mp4"
    path.write_bytes(picture(kind))
    found = probe(path)
    assert (found.media_type, found.width_px, found.height_px) == (f"image/{kind.lower()}", 64, 48)
    assert found.size_bytes == path.stat().st_size
    assert decode_check(path) == found


@pytest.mark.parametrize(
    "options", [{"lossless": True}, {"lossless": False}, {"exif": b"Exif\0\0MM\0*\0\0\0\x08\0\0\0\0\0\0"}]
)
def test_every_kind_of_webp_tells_its_size(tmp_path: Path, options: dict[str, object]) -> None:
    path = tmp_path / "a"
    path.write_bytes(picture("WEBP", **options))
    assert (probe(path).width_px, probe(path).height_px) == (64, 48)


def test_animations_tell_frames_and_length(tmp_path: Path) -> None:
    frames = [Image.fromarray(np.roll(PICTURE, step, axis=0)) for step in range(4)]
    for kind in ("GIF", "WEBP"):
        path = tmp_path / kind
        frames[0].save(path, kind, save_all=True, append_images=frames[1:], duration=250)
        assert (probe(path).frames, probe(path).duration_s, probe(path).fps) == (4, 1.0, 4.0)


def test_comments_of_pictures_are_found(tmp_path: Path) -> None:
    text = PngImagePlugin.PngInfo()
    text.add_itxt("Comment", "reelbus draft: ü", zip=True)
    exif = Image.Exif()
    exif[0x010E] = "reelbus draft: ü".encode()
    files = {
        "webp": picture("WEBP", exif=exif),
        "png": picture("PNG", pnginfo=text),
        "jpg": picture("JPEG", comment="reelbus draft: ü".encode()),
        "gif": picture("GIF", comment="reelbus draft: ü".encode()),
    }
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
        assert probe(tmp_path / name).comment == "reelbus draft: ü", name


@pytest.mark.parametrize(
    ("container", "codec", "media_type", "rate"),
    [
        ("mp3", "libmp3lame", "audio/mpeg", 44_100),
        ("ipod", "aac", "audio/mp4", 48_000),
        ("ogg", "libopus", "audio/ogg", 48_000),
        ("flac", "flac", "audio/flac", 44_100),
        ("wav", "pcm_s16le", "audio/wav", 16_000),
    ],
)
def test_sound_tells_rate_channels_and_length(
    tmp_path: Path, container: str, codec: str, media_type: str, rate: int
) -> None:
    path = tmp_path / "sound.png"
    sound(path, container, codec, rate)
    found = decode_check(path)
    assert (found.media_type, found.sample_rate_hz, found.channels) == (media_type, rate, 2)
    assert found.duration_s == pytest.approx(1.0, abs=0.08)
    assert found.width_px is None


def test_webm_is_measured(tmp_path: Path) -> None:
    path = tmp_path / "a"
    data = webm(path)
    found = decode_check(path)
    assert (found.media_type, found.video_codec, found.width_px, found.fps) == ("video/webm", "vp9", 64, 25.0)
    path.write_bytes(data[: len(data) // 2])
    with pytest.raises(AssetInvalid):
        decode_check(path)


def test_text_and_json_are_told_apart(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    for text, media_type in [
        ("Grüße", "text/plain"),
        ('{"a": [1]}', "application/json"),
        ("{not json", "text/plain"),
        ("[" * 100_000, "text/plain"),
        (json.dumps([{"start_s": 0}] * 3000), "application/json"),
    ]:
        path.write_text(text, "utf-8")
        assert probe(path).media_type == media_type


@pytest.mark.parametrize(
    "playlist", ["ffconcat version 1.0\nfile '{}'\n", "#EXTM3U\n#EXTINF:1,\n{}\n#EXT-X-ENDLIST\n"]
)
def test_a_playlist_with_the_name_of_a_film_is_only_text(tmp_path: Path, playlist: str) -> None:
    movie(tmp_path / "secret.mp4")
    path = tmp_path / "a.mp4"
    path.write_text(playlist.format(tmp_path / "secret.mp4"))
    found = probe(path)
    assert (found.media_type, found.width_px) == ("text/plain", None)


@pytest.mark.parametrize("make", [movie, lambda path: sound(path, "wav", "pcm_s16le"), webm])
def test_a_playlist_inside_a_known_container_opens_nothing(tmp_path: Path, make) -> None:  # type: ignore[no-untyped-def]
    head = make(tmp_path / "a")[:12]
    (tmp_path / "a").write_bytes(head + b"\nffconcat version 1.0\nfile /etc/passwd\n" * 9)
    with pytest.raises(AssetInvalid):
        probe(tmp_path / "a")


@pytest.mark.parametrize("data", [b"", b"\0" * 100, b"\x7fELF" + b"\0" * 99, bytes(range(256))])
def test_what_is_no_media_is_refused(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a.png").write_bytes(data)
    with pytest.raises(AssetInvalid):
        probe(tmp_path / "a.png")


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    for path in (tmp_path / "none", tmp_path):
        with pytest.raises(AssetInvalid):
            probe(path)


@pytest.mark.parametrize("share", [0.02, 0.3, 0.6, 0.95, 0.999])
def test_a_cut_file_is_refused(tmp_path: Path, share: float) -> None:
    whole = {
        **{kind: picture(kind) for kind in ("PNG", "JPEG", "WEBP", "GIF")},
        "mp4": movie(tmp_path / "m"),
        "m4a": sound(tmp_path / "s", "ipod", "aac"),
        "wav": sound(tmp_path / "w", "wav", "pcm_s16le"),
    }
    for name, data in whole.items():
        path = tmp_path / "cut"
        path.write_bytes(data[: max(9, min(len(data) - 1, int(len(data) * share)))])
        assert _is_refused(path), f"{name} cut to {share} was let through"


def _is_refused(path: Path) -> bool:
    try:
        decode_check(path)
    except AssetInvalid:
        return True
    return False


@pytest.mark.parametrize("noise", [b"\xff" * 900, np.random.default_rng(2).bytes(900)])
def test_damage_inside_a_film_is_found_by_decoding(tmp_path: Path, noise: bytes) -> None:
    data = bytearray(movie(tmp_path / "a"))
    start = data.find(b"mdat") + 1500
    data[start : start + len(noise)] = noise
    (tmp_path / "a").write_bytes(data)
    assert probe(tmp_path / "a").frames == 25
    with pytest.raises(AssetInvalid):
        decode_check(tmp_path / "a")


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def test_a_picture_that_declares_too_many_pixels_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "bomb.png"
    header = struct.pack(">IIBBBBB", 100_000, 100_000, 8, 2, 0, 0, 0)
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", b"") + _chunk(b"IEND", b"")
    )
    with pytest.raises(AssetInvalid, match="megapixels"):
        probe(path)


def test_the_facts_for_an_asset_hold_only_what_is_known(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(24_000)
        out.writeframes(bytes(48_000))
    assert probe(path).asset_facts() == {
        "media_type": "audio/wav",
        "size_bytes": path.stat().st_size,
        "duration_s": 1.0,
        "sample_rate_hz": 24_000,
        "channels": 1,
    }
