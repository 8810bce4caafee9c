"""Where each subject of a scene stands, how large, in which colour, and how many of it."""

from __future__ import annotations

from dataclasses import replace

from engines.draft.scene import words as w
from engines.draft.scene.cast import Role, role_of
from engines.draft.scene.lexicon import Found, lexicon
from engines.draft.scene.noise import Dice
from engines.draft.scene.spec import SceneSpec, Subject

_MOST_SUBJECTS = 5
_SHOT_HEIGHT = {"wide": 0.27, "medium": 0.46, "close": 0.64, "": 0.42}
_BANKS = {"lake": 0.9, "river": 0.9, "beach": 0.83, "island": 0.83, "harbour": 0.88}
"""Where land begins at the foot of a picture of water."""
_NATURAL = frozenset(
    {
        ("1f98a", "#c8322b"),
        ("1f98a", "#e8792a"),
        ("1f43b", "#7b5234"),
        ("1f40b", "#2f6fc4"),
        ("1f42c", "#8b9097"),
        ("1f981", "#f0c22f"),
        ("1f33b", "#f0c22f"),
        ("1f339", "#c8322b"),
        ("1f9a2", "#f3f1ec"),
        ("1f418", "#8b9097"),
    }
)
"""Colours that a thing has of its own: a red fox needs no paint."""


def _tint(words: list[str], noun: Found) -> str | None:
    name = _colour_near(words, noun.start, noun.length)
    return None if name is None or (noun.glyph, name) in _NATURAL else name


def _colour_near(words: list[str], at: int, length: int) -> str | None:
    for _, name in _colours(words[max(0, at - 2) : at]):
        return name
    # Romance languages put the colour behind its noun
    after = _colours(words[at + length : at + length + 1])
    return after[0][1] if after and words[at + length] not in {"rose", "orange"} else None


def _colours(words: list[str]) -> list[tuple[int, str]]:
    return [(start, name) for start, _, name in reversed(w.spans(words, w.COLOURS))] if words else []


def cast(spec: SceneSpec, words: list[str], nouns: list[Found], dice: Dice) -> tuple[Subject, ...]:
    """Return the subjects of a scene, far ones first; the first thing named leads."""
    roles = [(noun, role_of(noun.glyph, spec.place)) for noun in nouns]
    if spec.place in {"room", "greenhouse"}:
        roles = [(noun, role) for noun, role in roles if noun.glyph != "1fa9f"]
    umbrella = lexicon().emoji.get("☂")
    held = next((noun for noun, _ in roles if noun.glyph == umbrella), None)
    holder = next((noun for noun, role in roles if role.holds), None)
    if held is not None and holder is not None:
        roles = [(noun, role) for noun, role in roles if noun is not held]
    roles = roles[:_MOST_SUBJECTS]
    # what is tall stands behind; the first thing named stays the hero
    side = dice.pick((0.36, 0.64))
    scale = _SHOT_HEIGHT[spec.shot] * (1.15 if len(roles) == 1 else 0.92 if len(roles) < 4 else 0.8)
    spots = [side, 1.02 - side, 0.5, 0.16, 0.86] if len(roles) != 1 or spec.shot != "close" else [0.5]
    result = []
    for rank, (noun, role) in enumerate(roles):
        size = role.size ** (0.45 if spec.shot == "close" else 0.8)
        # followers stand a little behind the hero, so that one thing leads
        height = min(0.86, scale * size * (1.0 if rank == 0 else 0.86))
        at = Subject(noun.glyph, 0.0, 0.0, height, role.stand, _tint(words, noun), body=role.body)
        if noun is holder and held is not None:
            at = replace(at, held=held.glyph, held_tint=_tint(words, held))
        count = _count(words, noun)
        for copy in range(count):
            result.append(
                _placed(
                    replace(at, height=at.height * 0.8**copy),
                    spec,
                    role,
                    spots[rank % len(spots)],
                    copy,
                    dice,
                )
            )
    return tuple(sorted(result[:12], key=lambda subject: subject.y))


def _count(words: list[str], noun: Found) -> int:
    before = words[max(0, noun.start - 3) : noun.start]
    for word in reversed(before):
        if word in w.COUNTS:
            return w.COUNTS[word]
    last = words[noun.start + noun.length - 1] if noun.start < len(words) else ""
    plural = (
        last.endswith("s")
        and not last.endswith("ss")
        and lexicon().groups.get(noun.glyph, "").startswith(("animal", "plant", "event"))
    )
    return 3 if plural else 1


def _placed(subject: Subject, spec: SceneSpec, role: Role, spot: float, copy: int, dice: Dice) -> Subject:
    x = (
        spot
        + (0.0 if copy == 0 else dice.between(0.1, 0.16) * ((copy + 1) // 2) * (1 if copy % 2 else -1))
        + dice.between(-0.03, 0.03)
    )
    floor = {"wide": 0.83, "medium": 0.91, "close": 0.97, "": 0.88}[spec.shot]
    y = floor - 0.05 * copy + dice.between(-0.015, 0.015)
    if role.size > 1.3 and spec.shot != "close":
        y -= 0.09
    if subject.stand == "air":
        y = dice.between(0.24, 0.36) + 0.06 * copy
        if spec.place in {"space", "sky"}:
            y = dice.between(0.45, 0.55)
    elif subject.stand == "deep":
        y = dice.between(0.42, 0.55) + 0.08 * copy
    elif subject.stand == "water":
        y = max(spec.horizon + 0.16, y - 0.1)
    elif subject.stand == "table":
        y = 0.86
    elif spec.place == "cliff":
        x, y = _on_cliff(spec, x, copy)
    elif spec.place in _BANKS:
        y = max(y, _BANKS[spec.place])
    if subject.stand == "ground":
        subject = replace(subject, height=min(subject.height, y - 0.05))
    return replace(
        subject,
        x=min(0.92, max(0.08, x)),
        y=min(y, 0.97),
        flip=x > 0.5 if subject.stand != "air" else spec.light < 0.5,
    )


def _on_cliff(spec: SceneSpec, x: float, copy: int) -> tuple[float, float]:
    # the headland stands opposite the light, so that its edge is drawn by the sky
    near = 0.74 if spec.light < 0.5 else 0.26
    return near + (x - 0.5) * 0.3 + 0.06 * copy, spec.horizon + 0.02
