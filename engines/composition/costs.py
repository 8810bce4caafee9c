"""Whether a film that was looked into costs more than a composition may."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from engines.composition.pcm import RATE_HZ
from engines.composition.render_plan import RenderPlan, Sound
from engines.contract import Input
from runtime.errors import Unsupported
from schemas.budget import CompositionBudget

FILMS_AT_ONCE = 64
"""Moving pictures in one frame: each painting thread has a decoder and an open file for each."""
SOUNDS_AT_ONCE = 256
VOICES = 16
"""Tracks that turn others down: each is followed on its own."""
DUCKS = 256


def check_inputs(inputs: Mapping[str, Input], budget: CompositionBudget) -> None:
    """Pass when the files of a film are not too large together.

    Raises: Unsupported, with the limit.
    """
    paths = {given.path for given in inputs.values()}
    size = sum(path.stat().st_size for path in paths if path.exists())
    if size > budget.input_bytes:
        raise Unsupported(
            f"/timeline/tracks: all files of a composition have at most {budget.input_bytes} bytes, "
            f"and these have {size}"
        )


def check_film(film: RenderPlan, budget: CompositionBudget) -> None:
    """Pass when a film is no more work than is allowed, now that the lengths of its sources are known.

    Raises: Unsupported, with the limit.
    """
    if film.duration_s > budget.film_s + 1:
        raise Unsupported(
            f"/timeline/tracks: a composition lasts at most {budget.film_s:g} s, "
            f"and this one {film.duration_s:.0f} s"
        )
    seen = sum(min(film.frames, sum(span.last - span.first for span in spans)) for spans in film.layers)
    frames = max(film.frames, seen)
    gigapixels = film.width_px * film.height_px * frames / 1e9
    if gigapixels > budget.gigapixels * 1.001:
        raise Unsupported(
            f"/timeline/canvas: a composition has at most {budget.gigapixels:g} gigapixels "
            f"(pixels x frames x video tracks), and {frames} frames of {film.width_px}x{film.height_px} px "
            f"are {gigapixels:.0f}"
        )
    sound_s = sum(_cost_s(sound) for sound in film.sounds)
    if sound_s > budget.sound_s:
        raise Unsupported(
            f"/timeline/tracks: a composition has at most {budget.sound_s:g} s of sound to decode, "
            f"and this one has {sound_s:.0f} s"
        )
    _check_at_once(film)


def _cost_s(sound: Sound) -> float:
    """Return how many seconds of a file are decoded for a clip."""
    skipped_s = 0.0 if sound.source.seeks else sound.clip.trim_in_s
    return skipped_s + sound.duration_s * max(1.0, sound.clip.speed)


def _check_at_once(film: RenderPlan) -> None:
    moving = most_at_once(
        (span.first, span.last)
        for spans in film.layers
        for span in spans
        if span.source is not None and span.source.kind == "video"
    )
    if moving > FILMS_AT_ONCE:
        raise Unsupported(f"/timeline/tracks: at most {FILMS_AT_ONCE} films may run at once, not {moving}")
    heard = most_at_once(
        (round(sound.start_s * RATE_HZ), round((sound.start_s + sound.duration_s) * RATE_HZ))
        for sound in film.sounds
    )
    if heard > SOUNDS_AT_ONCE:
        raise Unsupported(
            f"/timeline/tracks: at most {SOUNDS_AT_ONCE} clips may be heard at once, not {heard}"
        )
    ducks = {(sound.clip.duck.by, sound.clip.duck.amount_db) for sound in film.sounds if sound.clip.duck}
    voices = {by for by, _ in ducks}
    if len(voices) > VOICES or len(ducks) > DUCKS:
        raise Unsupported(
            f"/timeline/tracks: at most {VOICES} tracks may turn others down, in {DUCKS} ways; "
            f"these are {len(voices)} in {len(ducks)}"
        )


def most_at_once(spans: Iterable[tuple[int, int]]) -> int:
    """Return how many of these half-open spans share a moment at most."""
    turns = [turn for first, last in spans if last > first for turn in ((first, 1), (last, -1))]
    now = most = 0
    for _, change in sorted(turns):
        now += change
        most = max(most, now)
    return most
