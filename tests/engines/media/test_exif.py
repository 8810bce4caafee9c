"""The Exif of our pictures is what the standard asks for, read here by its own rules."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import pytest

from engines.draft.image import DraftImage
from engines.draft.placeholder import Placeholder
from engines.media.exif import exif
from engines.media.probe import probe
from tests.engines.running import Work, generate

_BYTES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 7: 1}


def directories(tiff: bytes) -> dict[int, tuple[int, bytes]]:
    """Return every tag of a TIFF with its type and value, after checking what TIFF 6.0 and Exif ask of each directory."""
    order = {b"II": "<", b"MM": ">"}[tiff[:2]]
    found: dict[int, tuple[int, bytes]] = {}
    places = [struct.unpack_from(f"{order}I", tiff, 4)[0]]
    while places:
        at = places.pop()
        (count,) = struct.unpack_from(f"{order}H", tiff, at)
        tags = []
        for entry in range(at + 2, at + 2 + 12 * count, 12):
            tag, kind, number, value = struct.unpack_from(f"{order}HHII", tiff, entry)
            size = _BYTES[kind] * number
            start = value if size > 4 else entry + 8
            assert start % 2 == 0
            assert start + size <= len(tiff)
            found[tag] = (kind, tiff[start : start + size])
            tags.append(tag)
            if tag == 0x8769:
                places.append(value)
        assert tags == sorted(set(tags))
        assert struct.unpack_from(f"{order}I", tiff, at + 2 + 12 * count) == (0,)
    return found


def exif_of(path: Path) -> bytes:
    data = path.read_bytes()
    at = data.find(b"MM\0*")
    return data[at:]


class Quiet:
    def step(self, *_: Any) -> None: ...

    def preview(self, *_: Any) -> None: ...


@pytest.mark.parametrize("kind", ["jpeg", "webp"])
def test_a_picture_has_every_tag_that_exif_requires_of_the_right_type(tmp_path: Path, kind: str) -> None:
    engine = DraftImage()
    engine.load("cpu")
    params = {"prompt": "ein Fuchs in München", "width_px": 64, "height_px": 48, "format": kind}
    (result,) = generate(engine, [Work("t", "image-generation", params, 1, {})], tmp_path, Quiet())
    path = result.products[0].path
    found = directories(exif_of(path))
    types = {tag: kind for tag, (kind, _) in found.items()}
    assert types == {
        0x010E: 2,
        0x011A: 5,
        0x011B: 5,
        0x0128: 3,
        0x0131: 2,
        0x0213: 3,
        0x8769: 4,
        0x9000: 7,
        0x9101: 7,
        0x9286: 7,
        0xA000: 7,
        0xA001: 3,
        0xA002: 4,
        0xA003: 4,
    }
    assert found[0x9000][1] == b"0232"
    assert found[0x9286][1].startswith(b"ASCII\0\0\0reelbus:scene={")
    assert struct.unpack(">II", found[0xA002][1] + found[0xA003][1]) == (64, 48)
    assert b"draft" in found[0x010E][1]
    assert probe(path).comment == "reelbus draft: procedural picture, no model"


def test_a_comment_in_other_letters_says_its_code() -> None:
    found = directories(exif(1, 1, description="d", software="s", comment="Füchse")[6:])
    assert found[0x9286] == (7, b"UNICODE\0" + "Füchse".encode("utf-16-be"))


def test_a_silence_that_stands_in_says_that_it_is_a_draft(tmp_path: Path) -> None:
    task = Work("t", "sound-effects", {"prompt": "rain", "duration_s": 0.5}, 1, {})
    (result,) = generate(Placeholder(), [task], tmp_path, Quiet())
    found = probe(result.products[0].path)
    assert (found.comment or "").startswith("reelbus draft")
    assert found.duration_s == 0.5
