"""What the film sounds like before its loudness is set: clips placed, faded, turned down under speech."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engines.composition import ducking
from engines.composition.ducking import Duck
from engines.composition.hearing import Heard
from engines.composition.losses import Losses
from engines.composition.pcm import BLOCK, RATE_HZ, Pcm, Samples
from engines.composition.render_plan import Sound

__all__ = ["RATE_HZ", "Samples", "mix"]


def mix(
    sounds: tuple[Sound, ...],
    samples: int,
    path: Path,
    go_on: Callable[[], None],
    losses: Losses | None = None,
) -> Pcm:
    """Return all clips together, exactly `samples` long, in a file at `path`.

    `go_on` is called between blocks and may raise. First come the clips that nothing turns down, and how loud
    each voice is; that decides the ducking, with which the others are added.
    What of the clips cannot be decoded is told to `losses`.
    """
    told = losses or Losses()
    mixed = Pcm(path, samples)
    try:
        powers = _undisturbed(sounds, mixed, go_on, told)
        if any(sound.clip.duck is not None for sound in sounds):
            voices = {voice: ducking.voiced(power) for voice, power in powers.items()}
            _ducked(sounds, mixed, voices, go_on, told)
    except BaseException:
        mixed.close()
        raise
    return mixed


def _undisturbed(
    sounds: tuple[Sound, ...], mixed: Pcm, go_on: Callable[[], None], losses: Losses
) -> dict[int, NDArray[np.float64]]:
    """Mix what is not turned down; return for each track that turns others down its power every 10 ms."""
    voices = sorted({sound.clip.duck.by for sound in sounds if sound.clip.duck is not None})
    powers: dict[int, list[NDArray[np.float64]]] = {voice: [] for voice in voices}
    wanted = [
        (number, sound)
        for number, sound in enumerate(sounds)
        if sound.clip.duck is None or sound.track in powers
    ]
    with _Stage(wanted, mixed.length, go_on, losses) as stage:
        for start in mixed.starts():
            go_on()
            count = min(BLOCK, mixed.length - start)
            block = np.zeros((2, count), np.float32)
            spoken = {voice: np.zeros((2, count), np.float32) for voice in voices}
            for sound, at, placed in stage.block(start, count):
                here = slice(at, at + placed.shape[1])
                if sound.track in spoken:
                    spoken[sound.track][:, here] += placed
                if sound.clip.duck is None:
                    block[:, here] += placed
            for voice in voices:
                powers[voice].append(ducking.powers(spoken[voice]))
            mixed.write(start, block)
    return {voice: np.concatenate(parts) if parts else np.zeros(0) for voice, parts in powers.items()}


def _ducked(
    sounds: tuple[Sound, ...],
    mixed: Pcm,
    voices: dict[int, NDArray[np.bool_]],
    go_on: Callable[[], None],
    losses: Losses,
) -> None:
    ducks: dict[tuple[int, float], Duck] = {}
    for sound in sounds:
        if (duck := sound.clip.duck) is not None and (duck.by, duck.amount_db) not in ducks:
            ducks[duck.by, duck.amount_db] = Duck(voices[duck.by], duck.amount_db)
    wanted = [(number, sound) for number, sound in enumerate(sounds) if sound.clip.duck is not None]
    with _Stage(wanted, mixed.length, go_on, losses) as stage:
        for start in mixed.starts():
            go_on()
            count = min(BLOCK, mixed.length - start)
            block: Samples | None = None
            curves: dict[tuple[int, float], NDArray[np.float32]] = {}
            for sound, at, placed in stage.block(start, count):
                duck = sound.clip.duck
                if duck is None or not placed.shape[1]:
                    continue
                key = (duck.by, duck.amount_db)
                if key not in curves:
                    curves[key] = ducks[key].curve(start, count)
                block = mixed.read(start) if block is None else block
                here = slice(at, at + placed.shape[1])
                block[:, here] += placed * curves[key][here]
            if block is not None:
                mixed.write(start, block)


class _Stage:
    """The clips that are heard now: opened when their first sample is near, closed after their last."""

    def __init__(
        self, sounds: list[tuple[int, Sound]], samples: int, go_on: Callable[[], None], losses: Losses
    ) -> None:
        self._go_on, self._losses = go_on, losses
        self._waiting: list[tuple[int, int, int, Sound]] = []
        for number, sound in sounds:
            start = min(round(sound.start_s * RATE_HZ), samples)
            length = min(round(sound.duration_s * RATE_HZ), samples - start)
            if length > 0:
                self._waiting.append((start, start + length, number, sound))
        self._waiting.sort(key=lambda item: item[0], reverse=True)
        self._heard: dict[int, tuple[int, int, Sound, Heard]] = {}

    def __enter__(self) -> _Stage:
        return self

    def __exit__(self, *_: object) -> None:
        for *_rest, heard in self._heard.values():
            heard.close()

    def block(self, start: int, count: int) -> Iterator[tuple[Sound, int, Samples]]:
        """Yield each clip's samples in a block and where in it they begin, in the order of the timeline."""
        while self._waiting and self._waiting[-1][0] < start + count:
            first, last, number, sound = self._waiting.pop()
            self._heard[number] = (first, last, sound, Heard(sound, last - first, self._go_on, self._losses))
        for number in sorted(self._heard):
            first, last, sound, heard = self._heard[number]
            at = max(0, first - start)
            wanted = min(last, start + count) - start - at
            placed = heard.take(wanted)
            yield sound, at, placed
            if placed.shape[1] < wanted or last <= start + count:
                heard.close()
                del self._heard[number]
