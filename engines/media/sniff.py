"""What a file is, told from its bytes alone; its name, and what its uploader called it, play no part."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

HEAD_BYTES = 4096
_JSON_MAX_BYTES = 16_000_000
_TAG_MAX_BYTES = 16_000_000
"""A cover picture in front of a sound may be as large."""

_BRANDS = {
    b"avif": "image/avif",
    b"avis": "image/avif",
    **dict.fromkeys((b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx"), "image/heic"),
    **dict.fromkeys((b"M4A ", b"M4B ", b"M4P "), "audio/mp4"),
    b"qt  ": "video/quicktime",
    b"crx ": "image/x-canon-cr3",
}
_OLD_BOXES = (b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot")
"""With these QuickTime files begin that are older than `ftyp`."""
_STARTS = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"II*\0", "image/tiff"),
    (b"MM\0*", "image/tiff"),
    (b"II+\0", "image/tiff"),
    (b"MM\0+", "image/tiff"),
    (b"8BPS", "image/vnd.adobe.photoshop"),
    (b"\xff\x0a", "image/jxl"),
    (b"\0\0\0\x0cJXL \r\n\x87\n", "image/jxl"),
    (b"\0\0\0\x0cjP  \r\n\x87\n", "image/jp2"),
    (b"\xff\x4f\xff\x51", "image/jp2"),
    (b"\0\0\x01\0", "image/vnd.microsoft.icon"),
    (b"fLaC", "audio/flac"),
    (b"caff\0\x01", "audio/x-caf"),
    (b"#!AMR-WB\n", "audio/amr-wb"),
    (b"#!AMR\n", "audio/amr"),
    (b".snd\0\0", "audio/basic"),
    (b"riff\x2e\x91\xcf\x11", "audio/x-w64"),
    (b"wvpk", "audio/x-wavpack"),
    (b"TTA1", "audio/x-tta"),
    (b"TTA2", "audio/x-tta"),
    (b"MAC ", "audio/x-ape"),
    (b"tBaK", "audio/x-tak"),
    (b"DSD ", "audio/x-dsf"),
    (b"MP+", "audio/x-musepack"),
    (b"MPCK", "audio/x-musepack"),
    (b"DTSHDHDR", "audio/vnd.dts.hd"),
    (b"\x7f\xfe\x80\x01", "audio/vnd.dts"),
    (b"Creative Voice File\x1a", "audio/x-voc"),
    (b"FLV\x01", "video/x-flv"),
    (b"\x06\x0e\x2b\x34\x02\x05\x01\x01", "video/mxf"),
    (b"nut/multimedia container\0", "video/x-nut"),
    (b"YUV4MPEG2 ", "video/x-yuv4mpeg"),
    (b".RMF\0\0\0", "video/vnd.rn-realmedia"),
    (b"\x1f\x07\0", "video/x-dv"),
    (b"DKIF\0\0", "video/x-ivf"),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "video/x-ms-asf"),
    (b"\0\0\x01\xba", "video/mpeg"),
    (b"\0\0\x01\xb3", "video/mpeg"),
    (b"MThd\0\0", "audio/midi"),
    (b"%PDF-", "application/pdf"),
    (b"PK\x03\x04", "application/zip"),
    (b"PK\x05\x06", "application/zip"),
    (b"\x1f\x8b\x08", "application/gzip"),
    (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (b"Rar!\x1a\x07", "application/vnd.rar"),
)
_ANYMAP = re.compile(rb"P[1-6]\s+(#[^\n]*\n\s*)*\d+\s+\d+\s")
_DRAWING = re.compile(
    rb"\s*(<\?xml[^>]*>\s*)?(<!--.*?-->\s*|<!DOCTYPE\s+svg[^>]*(\[.*?\]\s*)?>\s*)*<svg[\s>]", re.S
)


def sniff(path: Path) -> str | None:
    """Return the media type of a file, or None when it is none that we know.

    For MP4, Matroska, Ogg and the like this is the container's usual type; which streams are inside decides at last.
    Magic numbers: WHATWG MIME Sniffing, sections 6 and 7; ISO/IEC 14496-12, 4.3; RFC 9559; ISO/IEC 13818-1, 2.4.3.
    Text is UTF-8 without control bytes.
    """
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
        tag_bytes = _id3_bytes(head)
        if tag_bytes:
            file.seek(tag_bytes)
            return _after_tag(file.read(16))
    return _binary(head) or _text(path, head)


def _binary(head: bytes) -> str | None:
    for start, media_type in _STARTS:
        if head.startswith(start):
            return media_type
    for tell in _TELLERS:
        found = tell(head)
        if found is not None:
            return found
    return None


def _riff(head: bytes) -> str | None:
    if head[:4] in (b"RIFF", b"RF64", b"BW64"):
        forms = {
            b"WEBP": "image/webp",
            b"WAVE": "audio/wav",
            b"AVI ": "video/x-msvideo",
            b"XWMA": "audio/x-xwma",
        }
        return forms.get(head[8:12])
    if head[:4] == b"FORM" and head[8:12] in (b"AIFF", b"AIFC"):
        return "audio/aiff"
    return None


def _boxes(head: bytes) -> str | None:
    """The major brand tells, or the first compatible one that does: `mif1` is said of AVIF and HEIC alike."""
    if head[4:8] in _OLD_BOXES:
        return "video/quicktime"
    if head[4:8] != b"ftyp":
        return None
    end = min(len(head), max(16, int.from_bytes(head[:4], "big")))
    major = head[8:12]
    if major[:2] == b"3g":
        return "video/3gpp"
    if major in _BRANDS:
        return _BRANDS[major]
    if major in (b"mif1", b"msf1", b"miaf"):
        others = (head[at : at + 4] for at in range(16, end - 3, 4))
        return next((_BRANDS[brand] for brand in others if brand in _BRANDS), "image/heif")
    return "video/mp4"


def _matroska(head: bytes) -> str | None:
    """The EBML header names its kind in DocType (RFC 8794, 11.2.6)."""
    if not head.startswith(b"\x1a\x45\xdf\xa3"):
        return None
    at = head.find(b"\x42\x82")
    return "video/x-matroska" if at >= 0 and head[at + 3 : at + 11] == b"matroska" else "video/webm"


def _ogg(head: bytes) -> str | None:
    if not head.startswith(b"OggS"):
        return None
    return "video/ogg" if b"\x80theora" in head else "audio/ogg"


def _transport_stream(head: bytes) -> str | None:
    """Packets of 188 bytes, or of 192 behind a time stamp, or 204 with a check sum, each with its sync byte."""
    if min(head, default=32) >= 9:
        return None  # a text
    for first, step in ((0, 188), (4, 192), (0, 204)):
        places = range(first, len(head), step)
        if len(places) >= 2 and all(head[at] == 0x47 for at in places):
            return "video/mp2t"
    return None


def _coded_frames(head: bytes) -> str | None:
    """A frame of MPEG audio, AAC or AC-3 begins here (ISO 11172-3, 2.4.1.3; ISO 14496-3, 1.A.3.2; ATSC A/52, 5.3.1)."""
    if len(head) < 8:
        return None
    if head[0] == 0xFF and head[1] & 0xF6 == 0xF0 and head[2] >> 2 & 15 < 13:
        return "audio/aac"
    if head[0] == 0xFF and head[1] & 0xE0 == 0xE0:
        version, layer = head[1] >> 3 & 3, head[1] >> 1 & 3
        fits = version != 1 and layer in (1, 2) and head[2] >> 4 not in (0, 15) and head[2] >> 2 & 3 != 3
        return "audio/mpeg" if fits else None
    if head[4:8] == b"\xf8\x72\x6f\xba":
        return "audio/vnd.dolby.mlp"
    if head[:2] == b"\x0b\x77" and head[4] >> 6 != 3:
        return "audio/ac3" if head[5] >> 3 <= 10 else "audio/eac3"
    return None


def _bitmap(head: bytes) -> str | None:
    if head[:2] == b"BM" and head[6:10] == b"\0\0\0\0" and head[14:18] in _BITMAP_HEADERS:
        return "image/bmp"
    if _ANYMAP.match(head):
        return "image/x-portable-anymap"
    return None


_BITMAP_HEADERS = tuple(size.to_bytes(4, "little") for size in (12, 40, 52, 56, 64, 108, 124))


def _drawing(head: bytes) -> str | None:
    return "image/svg+xml" if _DRAWING.match(head.removeprefix(b"\xef\xbb\xbf")) else None


_TELLERS: tuple[Callable[[bytes], str | None], ...] = (
    _riff,
    _boxes,
    _matroska,
    _ogg,
    _bitmap,
    _coded_frames,
    _transport_stream,
    _drawing,
)


def _id3_bytes(head: bytes) -> int:
    """Return how long an ID3v2 tag in front is; 0 without one (id3.org, ID3v2.4, 3.1)."""
    if not head.startswith(b"ID3") or len(head) < 10 or max(head[6:10]) > 127:
        return 0
    size = head[6] << 21 | head[7] << 14 | head[8] << 7 | head[9]
    return min(10 + size + (10 if head[5] & 0x10 else 0), _TAG_MAX_BYTES)


def _after_tag(head: bytes) -> str:
    """What stands behind such a tag is nearly always MP3; padding may come first."""
    return (_binary(head) if head.startswith((b"fLaC", b"FORM")) else _coded_frames(head)) or "audio/mpeg"


def _text(path: Path, head: bytes) -> str | None:
    if not head or any(byte < 32 and byte not in b"\t\n\r\f\x1b" for byte in head):
        return None
    if path.stat().st_size > _JSON_MAX_BYTES:
        return None
    try:
        text = path.read_bytes().decode("utf-8")
    except UnicodeDecodeError:
        return None
    if text.lstrip("\ufeff \t\r\n")[:1] in ("{", "["):
        try:
            json.loads(text)
        except (ValueError, RecursionError):
            return "text/plain"
        return "application/json"
    return "text/plain"
