"""Stills of any kind come upright, in their colours, and no larger than they are shown."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageOps

from engines.media import pngrows
from engines.media.limits import FRAME_PIXELS_MAX, STILL_PIXELS_MAX, check_frame, check_still
from engines.media.pngrows import read_head, rows
from engines.media.stills import read_still
from runtime.errors import AssetInvalid

ALL = pytest.mark.parametrize(
    "name", ["RGB", "RGBA", "L", "LA", "P1", "P2", "P4", "P8", "1", "I16", "RGB16", "RGBA16", "key", "seen"]
)


def noise(width: int = 53, height: int = 41) -> NDArray[np.uint8]:
    """Soft noise, so that encoders choose every kind of row filter."""
    rough = np.random.default_rng(4).integers(0, 256, (height, width, 4), dtype=np.uint8)
    return np.asarray(np.concatenate([cv2.GaussianBlur(rough[:20], (0, 0), 5), rough[20:]]), np.uint8)


def written(path: Path, name: str) -> Path:
    pixels = noise()
    rgb = Image.fromarray(pixels[..., :3])
    match name:
        case "RGB":
            rgb.save(path)
        case "RGBA":
            Image.fromarray(pixels).save(path)
        case "L" | "LA" | "1":
            Image.fromarray(pixels).convert(name).save(path)
        case "P1" | "P2" | "P4" | "P8":
            bits = int(name[1])
            rgb.quantize(min(2**bits, 200)).save(path, bits=bits)
        case "seen":
            rgb.quantize(16).save(path, bits=4, transparency=bytes(range(0, 160, 10)))
        case "key":
            rgb.save(path, transparency=tuple(int(value) for value in pixels[3, 3, :3]))
        case "I16":
            Image.fromarray(pixels[..., 0].astype(np.uint16) * 257).save(path)
        case _:
            cv2.imwrite(str(path), pixels[..., : len(name) - 2].astype(np.uint16) * 257)
    return path


def huge_png(path: Path, width: int, height: int, row: bytes, colour: int = 2, interlaced: int = 0) -> Path:
    """Write a PNG whose rows are all the same."""
    packer = zlib.compressobj(6)
    packed = b"".join([*(packer.compress(b"\0" + row) for _ in range(height)), packer.flush()])
    head = struct.pack(">IIBBBBB", width, height, 8, colour, 0, 0, interlaced)
    path.write_bytes(
        pngrows.SIGNATURE
        + pngrows.chunk(b"IHDR", head)
        + pngrows.chunk(b"IDAT", packed)
        + pngrows.chunk(b"IEND", b"")
    )
    return path


@ALL
def test_rows_of_a_png_are_the_pixels_that_pillow_reads(tmp_path: Path, name: str) -> None:
    path = written(tmp_path / "a.png", name)
    strips = np.concatenate(list(rows(path, read_head(path), 7)))
    whole = read_still(path, lambda size, seen: 1)
    assert strips.shape == whole.shape
    assert np.array_equal(strips, whole)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_large_png_is_turned_as_its_exif_says(tmp_path: Path, orientation: int) -> None:
    path = tmp_path / "a.png"
    exif = Image.Exif()
    exif[0x0112] = orientation
    picture = np.repeat(np.repeat(noise(40, 30)[..., :3], 150, axis=0), 100, axis=1)
    Image.fromarray(picture).save(path, exif=exif, compress_level=1)
    with Image.open(path) as image:
        wanted = np.asarray(ImageOps.exif_transpose(image))[::50, ::50]
    found = read_still(path, lambda size, seen: 50)
    assert found.shape == wanted.shape
    assert np.array_equal(found, wanted)


def test_a_still_is_decoded_at_the_size_it_is_shown(tmp_path: Path) -> None:
    asked: list[tuple[tuple[int, int], bool]] = []

    def tenth(size: tuple[int, int], see_through: bool) -> int:
        asked.append((size, see_through))
        return 10

    png = huge_png(tmp_path / "a.png", 6000, 4003, bytes((10, 200, 30)) * 6000)
    seen = huge_png(tmp_path / "b.png", 5000, 4000, bytes((10, 200, 30, 128)) * 5000, colour=6)
    jpeg = tmp_path / "c.jpg"
    Image.new("RGB", (4000, 3000), (10, 200, 30)).save(jpeg, quality=95)
    assert read_still(png, tenth).shape == (401, 600, 3)
    assert read_still(seen, tenth).shape == (400, 500, 4)
    assert read_still(jpeg, tenth).shape == (375, 500, 3)  # the decoder's own eighth
    assert asked == [((6000, 4003), False), ((5000, 4000), True), ((4000, 3000), False)]
    for path, slack in ((png, 0), (seen, 0), (jpeg, 3)):
        pixels = read_still(path, tenth).astype(int)
        assert np.abs(pixels[..., :3] - (10, 200, 30)).max() <= slack
        assert pixels.shape[2] == 3 or (pixels[..., 3] == 128).all()


def test_transparent_colours_do_not_bleed_when_a_picture_is_reduced(tmp_path: Path) -> None:
    row = (bytes((255, 0, 0, 255)) + bytes((0, 255, 0, 0))) * 2500
    path = huge_png(tmp_path / "a.png", 5000, 4000, row, colour=6)
    small = read_still(path, lambda size, seen: 4)
    assert np.abs(small.astype(int) - (255, 0, 0, 128)).max() <= 1


@pytest.mark.parametrize("damage", ["cut", "flipped", "short"])
def test_a_large_png_that_is_damaged_is_invalid(tmp_path: Path, damage: str) -> None:
    path = huge_png(tmp_path / "a.png", 5000, 4000, bytes(range(250)) * 60)
    data = bytearray(path.read_bytes())
    if damage == "cut":
        del data[len(data) // 2 :]
    elif damage == "flipped":
        data[len(data) // 2] ^= 0xFF
    else:
        data[20:24] = struct.pack(">I", 4100)
        data[29:33] = struct.pack(">I", zlib.crc32(data[12:29]))
    path.write_bytes(data)
    with pytest.raises(AssetInvalid):
        read_still(path, lambda size, seen: 4)


def test_there_is_one_limit_for_stills_and_one_for_what_is_decoded_as_a_whole(tmp_path: Path) -> None:
    check_still(13_300, 13_300)
    check_frame(8192, 8192)
    for check, sides in (
        (check_still, (14_000, 14_000)),
        (check_frame, (8193, 8192)),
        (check_still, (70_000, 9)),
    ):
        with pytest.raises(AssetInvalid, match=rf"{sides[0]}x{sides[1]}"):
            check(*sides)
    assert FRAME_PIXELS_MAX < STILL_PIXELS_MAX
    interlaced = huge_png(tmp_path / "a.png", 9000, 9000, bytes(9000), colour=0, interlaced=1)
    with pytest.raises(AssetInvalid, match="67 megapixels"):
        read_still(interlaced, lambda size, seen: 1)
    wide = huge_png(tmp_path / "b.png", 14_000, 14_000, bytes(14_000), colour=0)
    with pytest.raises(AssetInvalid, match="178 megapixels"):
        read_still(wide, lambda size, seen: 1)
