"""How a told story is brought within as many words as its brief allows, and what of a brief is not followed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from engines.draft.story.fit import Said
from engines.draft.story.text import ended
from language.instructions import Asked, count_words
from language.orders import Kind
from language.sentences import sentences
from schemas.script import Direction

_NAMES: dict[Kind, str] = {
    "length": "a length",
    "audience": "an audience",
    "tone": "a tone",
    "music": "a kind of music",
    "captions": "captions of its own kind",
    "language": "a language",
    "style": "a style",
    "shape": "a shape of the picture",
    "format": "a form",
}
_LEFT_OUT: dict[Kind, str] = {"hashtags": "hashtags", "address": "an address"}


def within(told: Sequence[Said], words_at_most: int | None) -> list[Said]:
    """Return the narrations with no more words together: first whole sentences go, then words."""
    scenes = list(told)
    if words_at_most is None:
        return scenes
    while (over := sum(count_words(said.narration) for said in scenes) - words_at_most) > 0:
        longest = max(range(len(scenes)), key=lambda index: count_words(scenes[index].narration))
        said = scenes[longest]
        pieces = sentences(said.narration)
        if len(pieces) > 1:
            shorter = " ".join(pieces[:-1])
        else:
            words = said.narration.split()
            if len(words) < 2:
                break
            shorter = ended(" ".join(words[: max(1, len(words) - over)]))
        scenes[longest] = replace(said, narration=shorter)
    return scenes


def not_followed(wanted: Asked, direction: Direction) -> tuple[str, ...]:
    """Say which instructions of a brief steer nothing here, in the words of `degraded`."""
    followed: set[Kind] = {"manner"}
    if wanted.words_at_most or wanted.scene_count:
        followed.add("length")
    if wanted.duration_s is not None and abs(wanted.duration_s - direction.duration_s) < 1.0:
        followed.add("length")
    if wanted.scene_count:
        followed.add("format")
    if wanted.tone:
        followed.add("tone")
    if wanted.music:
        followed.add("music")
    if wanted.captions == "none":
        followed.add("captions")
    if wanted.aspect_ratio and wanted.aspect_ratio == direction.aspect_ratio:
        followed.add("shape")
    open_ = [_NAMES[kind] for kind in wanted.kinds if kind in _NAMES and kind not in followed]
    left = [_LEFT_OUT[kind] for kind in wanted.kinds if kind in _LEFT_OUT]
    notes = []
    if open_:
        notes.append(
            f"the brief also asks for {_listed(open_)}: rules cannot follow that, and do not tell it"
        )
    if left:
        notes.append(f"{_listed(left)} of the brief: not told")
    return tuple(notes)


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
