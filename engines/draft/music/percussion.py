"""How the beat is played: patterns by kind and energy, fills before new sections."""

from __future__ import annotations

from random import Random

from engines.draft.music.form import Bar, Form
from engines.draft.music.instruments import (
    CLOSED_HAT,
    CRASH,
    HIGH_TOM,
    KICK,
    LOW_TOM,
    MID_TOM,
    OPEN_HAT,
    SHAKER,
    SNARE,
    STICK,
    TAMBOURINE,
    TRIANGLE,
)
from engines.draft.music.score import Note
from engines.draft.music.styles import Style

# kind -> rows of (energy from which it is heard, instrument key, strength, eighths)
_Rows = tuple[tuple[float, int, int, tuple[float, ...]], ...]
_PATTERNS: dict[str, _Rows] = {
    "none": (),
    "pop": (
        (0.3, SHAKER, 46, (0, 1, 2, 3, 4, 5, 6, 7)),
        (0.42, KICK, 84, (0, 4, 5)),
        (0.5, STICK, 66, (2, 6)),
        (0.6, CLOSED_HAT, 60, (0, 1, 2, 3, 4, 5, 6, 7)),
        (0.68, SNARE, 80, (2, 6)),
        (0.78, TAMBOURINE, 56, (2, 6)),
    ),
    "soft": (
        (0.45, SHAKER, 42, (0, 1, 2, 3, 4, 5, 6, 7)),
        (0.55, KICK, 70, (0, 4)),
        (0.65, STICK, 58, (2, 6)),
        (0.8, SNARE, 66, (2, 6)),
        (0.85, CLOSED_HAT, 48, (0, 1, 2, 3, 4, 5, 6, 7)),
    ),
    "light": (
        (0.3, TRIANGLE, 44, (0, 4)),
        (0.45, STICK, 52, (2, 6)),
        (0.55, SHAKER, 44, (0, 1, 2, 3, 4, 5, 6, 7)),
        (0.7, TAMBOURINE, 54, (2, 6)),
    ),
    "shimmer": ((0.3, TRIANGLE, 34, (6,)), (0.5, SHAKER, 30, (0, 2, 4, 6))),
    "heartbeat": (
        (0.2, KICK, 74, (0, 1)),
        (0.5, CLOSED_HAT, 36, (0, 1, 2, 3, 4, 5, 6, 7)),
        (0.65, LOW_TOM, 72, (4, 5)),
        (0.85, SNARE, 54, (7, 7.5)),
    ),
    "orchestral": (
        (0.45, LOW_TOM, 82, (0, 3, 4)),
        (0.6, MID_TOM, 70, (6, 7)),
        (0.7, SNARE, 50, (1, 1.5, 2, 5, 5.5, 6)),
        (0.8, KICK, 92, (0, 4)),
        (0.9, HIGH_TOM, 70, (2, 7.5)),
    ),
}
_TIMPANI_FROM, _CRASH_FROM, _FILL_FROM = 0.35, 0.62, 0.6


def percussion(style: Style, form: Form, rng: Random) -> list[Note]:
    """Return the percussion of every bar, with timpani under the orchestral beat, and a last stroke."""
    rows = _PATTERNS[style.beat]
    eighth_s = form.bar_s / (2 * form.beats_per_bar)
    notes: list[Note] = []
    section = ""
    for bar in form.bars:
        new_section, section = bar.section != section, bar.section
        if bar.section != "intro" or bar.index > 1:
            notes.extend(_pattern(style, form, bar, rng))
        if style.beat == "orchestral" and bar.energy > _TIMPANI_FROM:
            notes.extend(_timpani(bar, eighth_s))
        loud = rows and bar.energy > _CRASH_FROM and style.beat in ("pop", "orchestral")
        if loud and new_section and bar.section != "intro":
            notes.append(Note("drums", bar.start_s, 1.5, CRASH, round(56 + 40 * bar.energy)))
        following = form.bars[bar.index + 1].section if bar.index + 1 < len(form.bars) else "final"
        if (
            rows
            and bar.energy > _FILL_FROM
            and following != bar.section
            and style.beat in ("pop", "orchestral")
        ):
            notes.extend(_fill(form, bar, eighth_s))
    if form.bars and style.beat == "orchestral" and form.bars[-1].energy > _TIMPANI_FROM:
        notes.append(Note("timpani", form.final_s, 2.0, _timpani_key(form.final.root), 104))
    if form.bars and rows and form.bars[-1].energy > _CRASH_FROM:
        notes.append(Note("drums", form.final_s, 2.0, CRASH, 84))
        notes.append(Note("drums", form.final_s, 0.4, KICK, 92))
    return notes


def _pattern(style: Style, form: Form, bar: Bar, rng: Random) -> list[Note]:
    eighth_s = form.bar_s / (2 * form.beats_per_bar)
    notes: list[Note] = []
    for threshold, key, strength, places in _PATTERNS[style.beat]:
        if bar.energy < threshold:
            continue
        for place in places:
            if place >= 2 * form.beats_per_bar:
                continue
            accent = 1.0 if place % 2 == 0 else 0.78
            velocity = strength * accent * (0.7 + 0.45 * bar.energy) + 5 * (rng.random() - 0.5)
            swung = place + (style.swing if place % 2 == 1 else 0.0)
            open_hat = key == CLOSED_HAT and place == 7 and bar.phrase_bar == 3
            begin = bar.start_s + swung * eighth_s
            notes.append(
                Note("drums", begin, 0.2, OPEN_HAT if open_hat else key, max(1, min(127, round(velocity))))
            )
    return notes


def _timpani(bar: Bar, eighth_s: float) -> list[Note]:
    key = _timpani_key(bar.chord.root)
    velocity = round(60 + 50 * bar.energy)
    notes = [Note("timpani", bar.start_s, 1.2, key, velocity)]
    if bar.phrase_bar == 3:
        notes += [
            Note("timpani", bar.start_s + (6 + place) * eighth_s, 0.5, key, velocity - 14 + 8 * place)
            for place in (0, 1)
        ]
    return notes


def _timpani_key(pitch_class: int) -> int:
    return 38 + (pitch_class - 38) % 12


def _fill(form: Form, bar: Bar, eighth_s: float) -> list[Note]:
    last = 2 * form.beats_per_bar
    toms = (HIGH_TOM, HIGH_TOM, MID_TOM, LOW_TOM)
    return [
        Note("drums", bar.start_s + (last - 2 + place / 2) * eighth_s, 0.3, key, round(60 + 10 * place))
        for place, key in enumerate(toms)
    ]
