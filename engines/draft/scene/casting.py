"""Where each subject of a scene stands, how large, in which colour, and how many of it."""

from __future__ import annotations

import math
from dataclasses import replace

from engines.draft.scene import words as w
from engines.draft.scene.cast import Role, role_of
from engines.draft.scene.lexicon import Found, lexicon
from engines.draft.scene.noise import Dice
from engines.draft.scene.spec import SceneSpec, Subject

_MOST_SUBJECTS = 4
_SHOT_HEIGHT = {
    "vast": 0.2,
    "wide": 0.28,
    "full": 0.42,
    "": 0.4,
    "medium": 0.56,
    "close": 0.98,
    "detail": 1.25,
}
"""How tall a grown person stands in each shot, as a share of the frame."""
_FOOT = {"vast": 0.77, "wide": 0.78, "full": 0.8, "": 0.8, "medium": 0.9, "close": 1.2, "detail": 1.42}
"""Where the leading subject's feet are; captions lie over the lowest fifth, so faces stay above it."""
_NEAR = frozenset({"close", "detail"})
_SMALL = ("food", "drink", "dishware")
"""What a person can carry is drawn that small beside one."""
_ROOM_HEIGHT = {"vast": 0.36, "wide": 0.42, "full": 0.5, "": 0.48}
"""A room is never so wide that people get lost in it."""
_WHOLE_HEIGHT = 0.7
"""Things without a face stay whole even in a close-up."""
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
        # houses and trees stand outdoors, unless nothing else is named
        small = [(noun, role) for noun, role in roles if role.size <= 1.3]
        roles = small or roles
    umbrella = lexicon().emoji.get("☂")
    held = next((noun for noun, _ in roles if noun.glyph == umbrella), None)
    holder = next((noun for noun, role in roles if role.holds), None)
    if held is not None and holder is not None:
        roles = [(noun, role) for noun, role in roles if noun is not held]
    roles = roles[:_MOST_SUBJECTS]
    # the first thing named leads: it stands in front, and what is tall or many stands behind it
    side = dice.pick((0.34, 0.66))
    spots = [side, 1.0 - side, 0.5, 0.14 if side > 0.5 else 0.86]
    if len(roles) == 1 and spec.shot in _NEAR:
        spots = [dice.pick((0.42, 0.58))]
    result = []
    copies: dict[str, int] = {}
    for rank, (noun, role) in enumerate(roles):
        before = copies.get(noun.glyph, 0)
        count = 1 if noun.counted else _count(words, noun)
        copies[noun.glyph] = before + count
        if holder is not None and lexicon().groups.get(noun.glyph, "").startswith(_SMALL):
            role = replace(role, size=role.size * 0.62)  # noqa: PLW2901  # seen beside a person
        height = _height(spec, role, rank, len(roles))
        height *= 1.0 if count == 1 else 0.9 if count == 2 else 0.74
        at = Subject(noun.glyph, 0.0, 0.0, height, role.stand, _tint(words, noun), body=role.body)
        if noun is holder and held is not None:
            at = replace(at, held=held.glyph, held_tint=_tint(words, held))
        for copy in range(count):
            result.append(
                _placed(
                    replace(at, height=at.height * (0.94 if before else 1.0) * 0.88**copy),
                    spec,
                    role,
                    spots[rank % len(spots)],
                    copy,
                    dice,
                    lead=rank == 0,
                )
            )
    return tuple(sorted(result[:12], key=lambda subject: subject.y))


def _height(spec: SceneSpec, role: Role, rank: int, count: int) -> float:
    """Return how tall a thing stands: the leader as the shot says, the others behind it in full view."""
    scale = _SHOT_HEIGHT[spec.shot]
    if spec.place in {"room", "greenhouse"}:
        scale = _ROOM_HEIGHT.get(spec.shot, scale)
    if rank and spec.shot in _NEAR:
        scale = 0.5
    elif rank:
        scale *= 0.9
    if count > 2:
        scale *= 0.92
    size: float = role.size
    if size > 1.3:
        # towers and houses are far larger than people; they stand behind them, and fit the frame
        return min(0.66, max(0.36, scale * size * 1.25))
    if spec.shot in _NEAR and rank == 0:
        size = math.pow(size, 0.3)
        return scale * size if role.body in {"person", "child", "robot"} else min(_WHOLE_HEIGHT, scale * size)
    # even a mouse that leads can be found in a wide shot
    return min(0.8, max(0.14 if rank == 0 else 0.0, scale * math.pow(size, 0.85)))


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


def _placed(
    subject: Subject, spec: SceneSpec, role: Role, spot: float, copy: int, dice: Dice, *, lead: bool
) -> Subject:
    apart = max(0.1, 0.3 * subject.height) if spec.shot not in _NEAR else 0.2
    x = (
        spot
        + (0.0 if copy == 0 else apart * dice.between(0.9, 1.2) * ((copy + 1) // 2) * (1 if copy % 2 else -1))
        + dice.between(-0.03, 0.03)
    )
    cut_off = lead and spec.shot in _NEAR and subject.height > _WHOLE_HEIGHT
    floor = _FOOT[spec.shot] if cut_off or spec.shot not in _NEAR else 0.86 if lead else 0.8
    y = floor - (0.0 if lead else 0.04) - 0.03 * copy + dice.between(-0.012, 0.012)
    if role.size > 1.3:
        y = max(spec.horizon + 0.06, min(y, 0.74) - 0.04)
    if subject.stand == "air":
        y = dice.between(0.26, 0.38) + 0.06 * copy
        if spec.place in {"space", "sky"}:
            y = dice.between(0.42, 0.52) if lead else dice.between(0.34, 0.6)
    elif subject.stand == "deep":
        y = dice.between(0.42, 0.52) + 0.07 * copy
    elif subject.stand == "water":
        y = max(spec.horizon + 0.1, min(y, 0.8) - 0.06)
        if spec.place == "cliff":
            x = (0.3 if _headland(spec) > 0.5 else 0.7) + (x - 0.5) * 0.2
    elif cut_off:
        pass
    elif subject.stand == "table":
        y = 0.84
    elif spec.place == "cliff":
        x, y = _on_cliff(spec, x, copy)
        subject = replace(subject, height=min(subject.height, 0.5 if role.size > 1.3 else 0.3))
    elif spec.place in _BANKS:
        y = max(y, _BANKS[spec.place])
        if role.body != "none":
            # on a bank at the foot of the frame a face still has to stand above the captions
            subject = replace(subject, height=max(subject.height, y - 0.68))
    else:
        y = max(y, min(0.8, spec.horizon + 0.1))
    if subject.stand == "ground" and not cut_off:
        subject = replace(subject, height=min(subject.height, y - 0.05))
    return replace(
        subject,
        x=min(0.92, max(0.08, x)),
        y=y,
        flip=x > 0.5 if subject.stand != "air" else spec.light < 0.5,
    )


def _headland(spec: SceneSpec) -> float:
    # it stands opposite the light, so that its edge is drawn by the sky
    return 0.74 if spec.light < 0.5 else 0.26


def _on_cliff(spec: SceneSpec, x: float, copy: int) -> tuple[float, float]:
    return _headland(spec) + (x - 0.5) * 0.36 + 0.06 * copy, spec.horizon + 0.02
