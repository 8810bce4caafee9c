"""How a sound-effects wish is fulfilled: words to recipes, recipes to one mixed, faded file."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np

from engines.contract import Product, Result, Task
from engines.draft.sounds import nature, things
from engines.draft.sounds.files import write_audio
from engines.draft.sounds.noise import RATE_HZ
from engines.draft.sounds.signal import Samples, convolve, faded, filtered, limited, room
from runtime.errors import InvalidRequest

_Recipe = Callable[[np.random.Generator, float], Samples]
_SHORTEST_S, _LONGEST_S, _DEFAULT_S = 0.1, 600.0, 5.0
_MOST_AT_ONCE = 3
_MOST_MADE_S, _CROSS_FADE_S = 60.0, 1.5
_PEAK_DB = -3.2
# recipe -> (how it is made, whether it goes on and on, the words that mean it)
_RECIPES: dict[str, tuple[_Recipe, bool, tuple[str, ...]]] = {
    "rain": (nature.rain, True, ("rain", "rainy", "raining", "drizzle", "shower", "downpour", "drops")),
    "wind": (
        nature.wind,
        True,
        ("wind", "windy", "breeze", "gust", "gusts", "blizzard", "desert", "mountain"),
    ),
    "sea": (
        nature.sea,
        True,
        ("sea", "ocean", "wave", "waves", "beach", "surf", "shore", "coast", "water", "river"),
    ),
    "thunder": (nature.thunder, False, ("thunder", "thunderstorm", "storm", "lightning")),
    "fire": (
        nature.fire,
        True,
        ("fire", "fireplace", "campfire", "flames", "burning", "crackling", "crackle"),
    ),
    "birds": (
        nature.birds,
        True,
        ("bird", "birds", "birdsong", "chirping", "forest", "nature", "garden", "morning", "park"),
    ),
    "city": (
        things.city,
        True,
        ("city", "traffic", "street", "urban", "cars", "car", "town", "road", "horn"),
    ),
    "crowd": (
        things.crowd,
        True,
        ("crowd", "people", "cafe", "restaurant", "market", "talking", "chatter", "office"),
    ),
    "room": (things.room_tone, True, ("room", "ambience", "ambient", "silence", "quiet", "indoor", "tone")),
    "whoosh": (
        things.whoosh,
        False,
        ("whoosh", "swoosh", "swish", "pass", "passing", "transition", "sweep", "fly", "flying"),
    ),
    "click": (
        things.click,
        False,
        ("click", "button", "switch", "tap", "mouse", "shutter", "camera", "snap"),
    ),
    "impact": (
        things.impact,
        False,
        ("impact", "boom", "hit", "explosion", "bang", "crash", "drum", "slam", "thud", "door"),
    ),
    "bell": (things.bell, False, ("bell", "bells", "church", "gong", "toll")),
    "footsteps": (
        things.footsteps,
        False,
        ("footsteps", "footstep", "steps", "step", "walking", "walk", "running"),
    ),
    "chime": (things.chime, False, ("chime", "notification", "alert", "ding", "message", "phone", "success")),
    "machine": (
        things.machine,
        True,
        ("machine", "engine", "motor", "factory", "train", "truck", "plane", "drone"),
    ),
    "applause": (things.applause, True, ("applause", "clapping", "clap", "cheering", "audience")),
}
_BY_WORD = {word: name for name, (_, _, words) in _RECIPES.items() for word in words}
# Words that ask for no sound of their own.
_PLAIN_WORDS = frozenset(
    """
    the and with from over into onto under near far away some through while then after before against for
    sound sounds noise effect background single many several two three four few day night evening
    heavy light loud quiet distant close slow fast big small old deep bright warm cold short long soft softly
    gentle gently hard dry wet calm strong summer winter spring autumn falling roof window glass wooden metal
    floor stone
    """.split()  # noqa: SIM905  sixty words read better than sixty quotes
)


def make_effect(task: Task, path: Path, step: Callable[[int, str], None]) -> Result:
    """Make the sounds that a prompt names, mixed, into `path` (without suffix); `step` may raise to cancel.

    48 kHz stereo, exactly `duration_s`, peak at most -3 dBFS.

    Raises: InvalidRequest, Unsupported (format), EngineFailed.
    """
    params = task.params
    duration_s = _DEFAULT_S if params.get("duration_s") is None else float(params["duration_s"])
    if not _SHORTEST_S <= duration_s <= _LONGEST_S:
        raise InvalidRequest(f"duration_s of a sound must be {_SHORTEST_S:g} to {_LONGEST_S:g}")
    degraded: list[str] = []
    names = _sounds_of(str(params["prompt"]), degraded)
    total: Samples | None = None
    for number, name in enumerate(names):
        step(0, f"making {name}")
        rng = np.random.default_rng([task.seed & 0xFFFFFFFF, task.seed >> 32, number])
        sound = _lasting(name, rng, duration_s) * np.float32(0.75**number)
        total = sound if total is None else total + sound
    assert total is not None  # noqa: S101  there is always one name
    step(1, "mixing")
    lasting = any(_RECIPES[name][1] for name in names)
    finished = _finished(total, duration_s, lasting=lasting)
    step(2, "writing")
    audio_format = params.get("format") or "wav"
    target = path.with_suffix(f".{audio_format}")
    media_type = write_audio(finished, RATE_HZ, target, audio_format)
    return Result((Product(target, media_type),), tuple(degraded))


def _lasting(name: str, rng: np.random.Generator, duration_s: float) -> Samples:
    """Make one sound; what goes on for longer than a minute repeats its first minute over a cross-fade."""
    recipe, goes_on, _ = _RECIPES[name]
    if duration_s <= _MOST_MADE_S:
        return _normal(recipe(rng, duration_s))
    count = round(duration_s * RATE_HZ)
    made = _normal(recipe(rng, _MOST_MADE_S))
    if not goes_on:
        return np.pad(made, ((0, 0), (0, count - made.shape[1])))
    edge = round(_CROSS_FADE_S * RATE_HZ)
    rise = np.sin(np.linspace(0, np.pi / 2, edge, dtype=np.float32))
    loop = made[:, :-edge].copy()
    loop[:, :edge] = loop[:, :edge] * rise + made[:, -edge:] * rise[::-1]
    return np.tile(loop, -(-count // loop.shape[1]))[:, :count]


def _sounds_of(prompt: str, degraded: list[str]) -> list[str]:
    """Return up to three recipes in the order of the prompt's words, for unknown words the nearest one."""
    words = re.findall(r"[^\W\d_]+", prompt.casefold())
    named = list(dict.fromkeys(_BY_WORD[word] for word in words if word in _BY_WORD))
    if len(named) > _MOST_AT_ONCE:
        degraded.append(
            f"only the first {_MOST_AT_ONCE} sounds are made, without {', '.join(named[_MOST_AT_ONCE:])}"
        )
    if named:
        unknown = sum(
            len(word) > 2 and word not in _BY_WORD and word not in _PLAIN_WORDS for word in set(words)
        )
        if unknown:
            degraded.append(f"{unknown} words of the prompt name nothing that the draft engine can make")
        return named[:_MOST_AT_ONCE]
    for word in words[:200]:
        close = difflib.get_close_matches(word, list(_BY_WORD), n=1, cutoff=0.75)
        if close:
            name = _BY_WORD[close[0]]
            degraded.append(f"the draft engine does not know that sound: {name} is the nearest")
            return [name]
    degraded.append("the draft engine does not know that sound: a quiet room takes its place")
    return ["room"]


def _normal(sound: Samples) -> Samples:
    peak = float(np.abs(sound).max(initial=0.0))
    return sound if peak <= 0 else (sound / np.float32(peak)).astype(np.float32)


def _finished(sound: Samples, duration_s: float, *, lasting: bool) -> Samples:
    """Put the sound into a little space, bring it to -3 dBFS and fade both ends."""
    clean = filtered(sound, RATE_HZ, lambda hz: 1.0 / (1.0 + (22.0 / np.maximum(hz, 1.0)) ** 4))
    wide = clean + np.float32(0.12) * convolve(clean, room(5, RATE_HZ, 0.7, 0.01))
    levelled = _normal(wide) * np.float32(1.1)
    edge_s = min(0.4, duration_s / 8) if lasting else min(0.004, duration_s / 8)
    return faded(limited(levelled, RATE_HZ, _PEAK_DB), RATE_HZ, edge_s, min(0.6, duration_s / 4))
