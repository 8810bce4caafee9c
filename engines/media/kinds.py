"""Which kinds of files are read here, and what is said of one that is not: the one judge of a foreign file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from engines.media.sniff import sniff
from runtime.errors import AssetInvalid

if TYPE_CHECKING:
    from av.container import InputContainer

PICTURES = {
    "image/png": "PNG",
    "image/jpeg": "JPEG",
    "image/webp": "WEBP",
    "image/gif": "GIF",
    "image/avif": "AVIF",
    "image/bmp": "BMP",
    "image/tiff": "TIFF",
    "image/x-portable-anymap": "PPM",
}
"""Pictures, and what Pillow calls them."""
_DEMUXERS = {
    "video/mp4": "mov",
    "audio/mp4": "mov",
    "video/quicktime": "mov",
    "video/3gpp": "mov",
    "video/webm": "matroska",
    "video/x-matroska": "matroska",
    "video/ogg": "ogg",
    "audio/ogg": "ogg",
    "audio/flac": "flac",
    "audio/mpeg": "mp3",
    "audio/aac": "aac",
    "audio/wav": "wav",
    "audio/x-w64": "w64",
    "audio/aiff": "aiff",
    "audio/x-caf": "caf",
    "audio/amr": "amr",
    "audio/amr-wb": "amr",
    "audio/basic": "au",
    "audio/ac3": "ac3",
    "audio/eac3": "eac3",
    "audio/vnd.dts": "dts",
    "audio/x-wavpack": "wv",
    "audio/x-tta": "tta",
    "audio/x-ape": "ape",
    "audio/x-voc": "voc",
    "audio/x-tak": "tak",
    "audio/x-dsf": "dsf",
    "audio/x-musepack": "mpc8 mpc",
    "audio/x-xwma": "xwma",
    "audio/vnd.dts.hd": "dtshd",
    "audio/vnd.dolby.mlp": "truehd",
    "audio/x-loas": "loas",
    "video/x-msvideo": "avi",
    "video/mp2t": "mpegts",
    "video/mpeg": "mpeg mpegvideo",
    "video/x-flv": "flv",
    "video/x-ms-asf": "asf",
    "video/mxf": "mxf",
    "video/x-nut": "nut",
    "video/x-yuv4mpeg": "yuv4mpegpipe",
    "video/vnd.rn-realmedia": "rm",
    "video/x-dv": "dv",
    "video/h264": "h264",
    "video/h265": "hevc",
    "video/mp4v-es": "m4v",
    "video/x-ivf": "ivf",
    "video/av1": "obu av1",
}
"""Films and sounds, and FFmpeg's demuxers that may read them."""
_ANIMATIONS = {"image/gif": "gif", "image/png": "apng"}
"""Pictures that move, which FFmpeg reads as well."""
_BARE = {
    "h264": "video/h264",
    "hevc": "video/h265",
    "m4v": "video/mp4v-es",
    "ivf": "video/x-ivf",
    "obu": "video/av1",
    "av1": "video/av1",
    "loas": "audio/x-loas",
    "dts": "audio/vnd.dts",
    "ac3": "audio/ac3",
    "mp3": "audio/mpeg",
    "aac": "audio/aac",
    "mpegts": "video/mp2t",
    "mpeg": "video/mpeg",
    "mpegvideo": "video/mpeg",
    "wav": "audio/wav",
}
"""What has no mark at its beginning, or something in front of it, is found by FFmpeg."""
_OF_SOUND = {
    "video/mp4": "audio/mp4",
    "video/quicktime": "audio/mp4",
    "video/3gpp": "audio/3gpp",
    "video/webm": "audio/webm",
    "video/x-matroska": "audio/x-matroska",
    "video/ogg": "audio/ogg",
    "video/mp2t": "audio/mp2t",
    "video/x-msvideo": "audio/x-msvideo",
    "video/x-flv": "audio/x-flv",
    "video/x-ms-asf": "audio/x-ms-wma",
    "video/mpeg": "audio/mpeg",
    "video/mxf": "audio/mxf",
    "video/x-nut": "audio/x-nut",
    "video/vnd.rn-realmedia": "audio/vnd.rn-realaudio",
}
_OF_FILM = {"audio/mp4": "video/mp4", "audio/ogg": "video/ogg"}
EMPTY, UNKNOWN = "The file is empty.", "The file is of no known media type."
_AS = "give it as PNG, JPEG, WebP or AVIF"
_REFUSED = {
    "image/svg+xml": f"an SVG drawing, which is not drawn here: {_AS}",
    "image/heic": f"a HEIC picture, which is not read here: {_AS}",
    "image/heif": f"a HEIF picture, which is not read here: {_AS}",
    "image/jxl": f"a JPEG XL picture, which is not read here: {_AS}",
    "image/jp2": f"a JPEG 2000 picture, which is not read here: {_AS}",
    "image/vnd.adobe.photoshop": f"a Photoshop document, which is not read here: {_AS}",
    "image/vnd.microsoft.icon": f"an icon, which is not read here: {_AS}",
    "image/x-canon-cr3": f"a camera's raw picture, which is not developed here: {_AS}",
    "audio/midi": "a MIDI file, which has notes but no sound: give it as WAV, FLAC or MP3",
    "application/pdf": f"a PDF document, which is not read here; for a page of it, {_AS}",
    "application/zip": "a ZIP archive, or a document that is one inside: give the files in it one by one",
    "application/gzip": "compressed by gzip: give the file as it is inside",
    "application/x-7z-compressed": "a 7z archive: give the files in it one by one",
    "application/vnd.rar": "a RAR archive: give the files in it one by one",
}


def judge(path: Path) -> str:
    """Return the media type of a file that is read here: of a picture, a text, or a container of streams.

    Raises:
        AssetInvalid: it is empty, or of a kind that is not read here, which is named.
        OSError: it cannot be opened.
    """
    media_type = sniff(path)
    if media_type in _REFUSED:
        raise AssetInvalid(f"The file is {_REFUSED[media_type]}.")
    if media_type is None:
        if path.stat().st_size == 0:
            raise AssetInvalid(EMPTY)
        media_type = _found_by_ffmpeg(path)
    if media_type is None:
        raise AssetInvalid(UNKNOWN)
    return media_type


def has_streams(media_type: str) -> bool:
    """Say whether a file of this type, as `judge` gives it, is a film or sound."""
    return media_type in _DEMUXERS


def of_streams(media_type: str, *, pictures: bool) -> str:
    """Return what a container is, now that it is known whether it holds a film."""
    return (_OF_FILM if pictures else _OF_SOUND).get(media_type, media_type)


def container_of(media_type: str) -> str:
    """Return the type that `judge` gives for a file that `of_streams` calls this."""
    backwards = {sound: film for film, sound in _OF_SOUND.items() if sound not in _DEMUXERS}
    return backwards.get(media_type, media_type)


def open_media(path: Path, media_type: str, options: dict[str, str] | None = None) -> InputContainer:
    """Open a film, sound or animation with the demuxer of its type; only this very file can be read.

    Raises:
        AssetInvalid: it cannot be read as that type.
    """
    import av

    media_type = container_of(media_type)
    failure: Exception | None = None
    for demuxer in (_ANIMATIONS | _DEMUXERS).get(media_type, "").split():
        try:
            return av.open(
                f"file:{path}",
                format=demuxer,
                options={
                    "protocol_whitelist": "file",
                    "format_whitelist": demuxer,
                    "max_streams": "64",
                    **(options or {}),
                },
                metadata_errors="replace",
            )
        except (av.FFmpegError, OSError, ValueError) as error:
            failure = error
    raise AssetInvalid(f"The file cannot be read as {media_type}.") from failure


def _found_by_ffmpeg(path: Path) -> str | None:
    """Return what FFmpeg takes a file for, if it can decode the beginning: a name alone must not persuade it."""
    import av

    try:
        with path.open("rb") as file:
            nameless: Any = _Nameless(file)
            with av.open(
                nameless,
                options={"format_whitelist": ",".join(_BARE), "max_streams": "64"},
                metadata_errors="replace",
            ) as container:
                next(iter(container.decode(*container.streams.video[:1], *container.streams.audio[:1])))
                return _BARE.get(container.format.name)
    except (av.FFmpegError, OSError, ValueError, EOFError, StopIteration):
        return None


class _Nameless:
    """A file as FFmpeg needs one, without the name that it would ask."""

    def __init__(self, file: BinaryIO) -> None:
        self.read, self.seek, self.tell = file.read, file.seek, file.tell
