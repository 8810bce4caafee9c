"""What a media file holds: its type, size, length and streams, measured without trusting its name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engines.media.gaps import UNTIMED
from engines.media.kinds import PICTURES, has_streams, judge, of_streams, open_media
from engines.media.lasting import indexed_s, packets_s
from engines.media.limits import check_frame, check_still
from engines.media.pictures import read_header
from engines.media.wholeness import check_whole
from runtime.errors import AssetInvalid

if TYPE_CHECKING:
    from av.audio.stream import AudioStream
    from av.container import InputContainer
    from av.video.stream import VideoStream

_LONGEST_S = 7 * 24 * 3600.0
_NEAR_S = 0.1
"""So far a header may be from packets: priming samples, and the rest of the last packet."""
_OFF_S, _OFF_PART = 0.5, 0.02
"""So far a header may be from a table of samples: edit lists do that."""


@dataclass(frozen=True, slots=True)
class Probe:
    """What was measured about a file; None where it does not apply.

    `colour` is (primaries, transfer, matrix, range) in the numbers of ITU-T H.273, range 1 = tv and 2 = full.
    """

    media_type: str
    size_bytes: int
    width_px: int | None = None
    height_px: int | None = None
    duration_s: float | None = None
    fps: float | None = None
    frames: int | None = None
    sample_rate_hz: int | None = None
    channels: int | None = None
    video_codec: str | None = None
    audio_codec: str | None = None
    pix_fmt: str | None = None
    colour: tuple[int, int, int, int] | None = None
    comment: str | None = None

    def asset_facts(self) -> dict[str, Any]:
        """Return the fields that `schemas.assets.Asset` records, those that are known."""
        names = (
            "media_type",
            "size_bytes",
            "width_px",
            "height_px",
            "duration_s",
            "fps",
            "sample_rate_hz",
            "channels",
        )
        return {name: getattr(self, name) for name in names if getattr(self, name) is not None}


def probe(path: Path) -> Probe:
    """Return what a file holds, read by the decoder that its bytes call for and no other.

    No playlist or reference inside a file can make another file be opened.

    Raises:
        AssetInvalid: the file is empty, of a kind that is not read here, damaged, cut short, or larger than
            `limits` allow.
    """
    try:
        size_bytes = path.stat().st_size
        media_type = judge(path)
        if media_type in PICTURES:
            header = read_header(path, media_type)
            check = check_still if header.frames == 1 else check_frame
            check(header.width_px, header.height_px)
            return Probe(
                media_type,
                size_bytes,
                width_px=header.width_px,
                height_px=header.height_px,
                duration_s=header.duration_s,
                fps=header.frames / header.duration_s if header.duration_s else None,
                frames=header.frames,
                comment=header.comment,
            )
        if has_streams(media_type):
            check_whole(path, media_type)
            return _streams(path, media_type, size_bytes)
        return Probe(media_type, size_bytes)
    except OSError as error:
        raise AssetInvalid("The file cannot be read.") from error


def _streams(path: Path, media_type: str, size_bytes: int) -> Probe:
    import av

    try:
        with open_media(path, media_type) as container:
            video = next((s for s in container.streams.video if not _is_cover(s)), None)
            audio = heard_stream(container)
            if video is None and audio is None:
                raise AssetInvalid("The file holds neither pictures nor sound, or none that can be decoded.")
            if video is not None and video.codec_context is None:
                raise AssetInvalid("The file's pictures are of a kind that cannot be decoded.")
            if video is not None:
                check_frame(video.width, video.height)
            media_type = of_streams(media_type, pictures=video is not None)
            codec = video.codec_context if video is not None else None
            return Probe(
                media_type,
                size_bytes,
                width_px=video.width if video is not None else None,
                height_px=video.height if video is not None else None,
                duration_s=_duration_s(container, size_bytes, [one for one in (video, audio) if one]),
                fps=_fps(video),
                frames=video.frames or None if video is not None else None,
                sample_rate_hz=audio.sample_rate if audio is not None else None,
                channels=audio.channels if audio is not None else None,
                video_codec=codec.name if codec is not None else None,
                audio_codec=audio.codec_context.name if audio is not None else None,
                pix_fmt=_pix_fmt(video),
                colour=(
                    int(codec.color_primaries),
                    int(codec.color_trc),
                    int(codec.colorspace),
                    int(codec.color_range),
                )
                if codec is not None
                else None,
                comment=container.metadata.get("comment") or container.metadata.get("COMMENT"),
            )
    except (av.FFmpegError, ValueError, EOFError) as error:
        raise AssetInvalid(f"The file cannot be read as {media_type}.") from error


def heard_stream(container: InputContainer) -> AudioStream | None:
    """Return the sound of a file that is heard: its default track, else its first, of those that we can decode."""
    known = [stream for stream in container.streams.audio if stream.codec_context is not None]
    return next((stream for stream in known if int(stream.disposition) & 1), next(iter(known), None))


def _is_cover(stream: VideoStream) -> bool:
    """Say whether a video stream is only the cover picture of a sound file."""
    return bool(int(stream.disposition) & 0x400)


def _duration_s(
    container: InputContainer, size_bytes: int, streams: Sequence[VideoStream | AudioStream]
) -> float | None:
    """Return the running time: what a header says where it can be so, else what the packets have."""
    names = container.format.name.split(",")
    declared_s = None
    if container.duration is not None:
        # Matroska's is where the file ends on its clock, which need not begin at 0.
        begins = max(0, container.start_time or 0) if "matroska" in names else 0
        declared_s = round(max(0, container.duration - begins) / 1_000_000, 6)
    if declared_s is None or (UNTIMED | {"ogg"}) & set(names):
        found_s = packets_s(container, streams, _LONGEST_S)
        near = declared_s is not None and found_s is not None and abs(found_s - declared_s) <= _NEAR_S
        return declared_s if near else found_s and round(found_s, 6)
    if "mov" in names and (indexed := indexed_s(container)) is not None:
        # Tables of samples are what is played, whatever the header says.
        off_s = abs(indexed - declared_s)
        return round(indexed, 6) if off_s > max(_OFF_S, _OFF_PART * indexed) else declared_s
    if "wav" in names and (rate := sum(stream.bit_rate or 0 for stream in streams)):
        # A writer that could not go back left the length open.
        return min(declared_s, round(8 * size_bytes / rate, 6))
    return declared_s


def _pix_fmt(video: VideoStream | None) -> str | None:
    """FFmpeg's own decoders of VP8 and VP9 do not see the transparency that Matroska keeps beside the pictures."""
    if video is None:
        return None
    found = video.codec_context.pix_fmt
    beside = video.metadata.get("alpha_mode") == "1" and found == "yuv420p"
    return "yuva420p" if beside else found


def _fps(video: VideoStream | None) -> float | None:
    if video is None or not (rate := video.average_rate or video.guessed_rate):
        return None
    return float(rate)
