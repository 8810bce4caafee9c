"""When everything of a timeline is seen and heard, in frames, samples and files."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction

from captions.breaks import wrap
from captions.cues import Cue, SpokenLine, cues
from catalog import transitions
from engines.composition.clips import Files, Placed, placed_clips
from engines.composition.lettering import Lettering
from engines.composition.render_plan import RenderPlan, Sound, Span, even_up, frame_rate
from engines.composition.stacking import Caption, Stack, stack
from engines.contract import Input
from runtime.errors import InvalidRequest
from schemas.budget import CompositionBudget
from schemas.timeline import TextSource, Timeline

_BUDGET = CompositionBudget()


def plan(
    timeline: Timeline,
    inputs: Mapping[str, Input],
    lettering: Lettering,
    longest_s: float = _BUDGET.film_s,
) -> RenderPlan:
    """Look into every input and place every clip; the length of a source is read up to where no film is so long.

    Raises: AssetInvalid, AssetNotFound, InvalidRequest or Unsupported, naming the clip.
    """
    canvas = timeline.canvas
    fps = frame_rate(canvas.fps)
    burned = timeline.output.captions in ("burned", "both")
    placed = placed_clips(timeline, Files(inputs, longest_s))
    end_s = max((item.end_s for item in placed), default=0.0)
    if end_s <= 0.0:
        raise InvalidRequest("/timeline/tracks: there is no clip, so there is no film")
    frames = max(1, round(end_s * fps))
    pictures = [number for number, track in enumerate(timeline.tracks) if track.kind == "video"]
    layers = tuple(
        _spans([item for item in placed if item.track == number], fps, frames) for number in pictures
    )
    titles = tuple(
        item.clip.source.text
        for item in placed
        if item.track in pictures and isinstance(item.clip.source, TextSource)
    )
    captions = _captions(timeline, placed, float(frames / fps), lettering.line_columns)
    return RenderPlan(
        width_px=even_up(canvas.width_px),
        height_px=even_up(canvas.height_px),
        fps=fps,
        frames=frames,
        background=canvas.background,
        layers=layers,
        sounds=_sounds(timeline, placed),
        cues=tuple(caption.cue for caption in captions),
        captions=stack(captions, fps, lettering) if burned else Stack(),
        titles=titles,
        output=timeline.output,
        tracks=len(timeline.tracks),
    )


def _spans(items: list[Placed], fps: Fraction, frames: int) -> tuple[Span, ...]:
    spans: list[Span] = []
    for item in sorted(items, key=lambda item: item.start_s):
        first = round(item.start_s * fps)
        last = min(max(round(item.end_s * fps), first + 1), frames)
        if first >= frames:
            continue
        entry, name = 0, "cut"
        if item.clip.transition_in is not None:
            row = transitions.find(item.clip.transition_in.type)
            name = row.name if row else "cut"
            entry = 0 if name == "cut" else min(round(item.clip.transition_in.duration_s * fps), last - first)
        follows = bool(spans) and spans[-1].last >= first
        spans.append(Span(item.name, item.clip, item.source, first, last, name, entry, follows))
    return tuple(spans)


def _sounds(timeline: Timeline, placed: list[Placed]) -> tuple[Sound, ...]:
    sounds: list[Sound] = []
    for number, track in enumerate(timeline.tracks):
        items = sorted((item for item in placed if item.track == number), key=lambda item: item.start_s)
        for place, item in enumerate(items):
            if item.clip.duck is not None and not 0 <= item.clip.duck.by < len(timeline.tracks):
                raise InvalidRequest(f"{item.name}/duck/by: there is no track {item.clip.duck.by}")
            if item.source is None or not item.source.has_sound:
                continue
            fade_in_s, fade_out_s = item.clip.fade_in_s, item.clip.fade_out_s
            if track.kind == "video":
                # The sound of a film crosses over as its picture does.
                if item.clip.transition_in is not None:
                    fade_in_s = max(fade_in_s, item.clip.transition_in.duration_s)
                follower = items[place + 1] if place + 1 < len(items) else None
                if follower is not None and follower.start_s < item.end_s:
                    fade_out_s = max(fade_out_s, item.end_s - follower.start_s)
            length_s = item.end_s - item.start_s
            sounds.append(
                Sound(
                    item.source, item.clip, number, item.start_s, length_s,
                    min(fade_in_s, length_s), min(fade_out_s, length_s),
                )
            )  # fmt: skip
    return tuple(sounds)


def _captions(timeline: Timeline, placed: list[Placed], film_s: float, columns: int) -> list[Caption]:
    """Return the captions: a clip that fits two lines as it is, a longer one broken over its own time."""
    found: list[Caption] = []
    # One that does not say how long it lasts goes when the next of its track comes.
    begun = [sorted(clip.start_s for clip in track.clips) for track in timeline.tracks]
    for item in placed:
        if timeline.tracks[item.track].kind != "caption":
            continue
        text = item.clip.source.text if isinstance(item.clip.source, TextSource) else item.clip.source
        if not isinstance(text, str):
            raise InvalidRequest(f"{item.name}/source: a caption is words")
        start_s, end_s = item.start_s, min(item.end_s, film_s)
        after = bisect_right(begun[item.track], start_s)
        if item.clip.duration_s is None and after < len(begun[item.track]):
            end_s = min(end_s, begun[item.track][after])
        length_s = end_s - start_s
        if length_s < 0.001 or not text.strip():
            continue
        rows = [row.strip() for row in text.strip().split("\n")]
        if len(rows) == 2 and all(rows) and all(wrap(row, 42) == row for row in rows):
            said: tuple[Cue, ...] = (Cue(0.0, length_s, "\n".join(rows)),)
        elif (wrapped := wrap(text, 42)) is not None:
            said = (Cue(0.0, length_s, wrapped),)
        else:
            # In time of its own: beside others it would take theirs, as speech does that is read more slowly.
            said = cues([SpokenLine(0.0, text, (), length_s)], width_chars=max(columns, 24), end_s=length_s)
        found += [Caption(replace(cue, start_s=start_s + cue.start_s), item.track, item.name) for cue in said]
    return sorted(found, key=lambda caption: caption.cue.start_s)
