"""Which words of a prompt name things that are to be seen, told from camera, light, mood, place and verbs."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from engines.draft.scene import film_talk as talk
from engines.draft.scene import words as w
from engines.draft.scene.lexicon import Found, Lexicon, lexicon
from engines.draft.scene.people import GROUPS, OLD, OLDER
from language.sentences import judge

_PIECE = re.compile(r"[^\W_]+(?:['’][^\W_]+)?|[,;:.!?()\[\]|\n—–]")
_BREAKS = frozenset(",;:.!?()[]|\n—–")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_LEANING = _words("of with in on at by under over near and from through across into for to")
_LATE_GROUPS = frozenset(
    {"tool", "household", "other-object", "office", "lock", "clothing", "arts-crafts", "writing"}
)
_LONG = 6


@dataclass(frozen=True, slots=True)
class Reading:
    """A prompt read: its words, which of them are about the look alone, and the nouns to show."""

    words: list[str]
    looks: frozenset[int]
    nouns: list[Found]
    language: str


@dataclass(frozen=True, slots=True)
class _Segment:
    start: int
    words: list[str]
    capitals: list[bool]
    language: str


def read(prompt: str) -> Reading:
    """Return what a prompt shows; total over every text, the same for the same text."""
    segments = _segments(prompt)
    words = [word for segment in segments for word in segment.words]
    language = w.language_of(words)
    looks: set[int] = set()
    found: list[Found] = []
    for segment in segments:
        skipped = _about_looks(segment)
        looks |= {segment.start + index for index in skipped}
        seen = _things(segment, skipped)
        if found:
            seen = [noun for noun in seen if not _late(noun)]
        found += [replace(noun, start=noun.start + segment.start) for noun in seen]
    if len({noun.glyph for noun in found}) > 1:
        main = [noun for noun in found if not _is_dressing(words, noun)]
        found = main or found
    return Reading(words, frozenset(looks), found, language)


def _segments(prompt: str) -> list[_Segment]:
    pieces: list[tuple[list[str], list[bool]]] = [([], [])]
    count = 0
    prompt = prompt[:20_000]
    soft = judge(prompt).soft if "." in prompt else frozenset()
    for match in _PIECE.finditer(prompt):
        text = match.group()
        if text == "." and match.end() in soft:
            continue  # Mt. Everest
        if text in _BREAKS:
            if pieces[-1][0]:
                pieces.append(([], []))
            continue
        if count == 1000:
            break
        pieces[-1][0].append(text.casefold().replace("’", "'"))
        pieces[-1][1].append(text[0].isupper())
        count += 1
    everything = [word for words, _ in pieces for word in words]
    whole = w.language_of(everything)
    result, start = [], 0
    for words, capitals in pieces:
        known = any(word in w.SMALL_WORDS for word in words)
        result.append(_Segment(start, words, capitals, w.language_of(words) if known else whole))
        start += len(words)
    return result


def _about_looks(segment: _Segment) -> set[int]:
    """Return the indexes of the words that speak of camera, light, mood or dressing."""
    words = segment.words
    skipped: set[int] = set()
    for start in range(len(words)):
        for length in range(5, 0, -1):
            if tuple(words[start : start + length]) in talk.PHRASES:
                skipped.update(range(start, start + length))
                break
        if start and words[start - 1] in {"named", "called"}:
            skipped.add(start)
    if words and words[-1] in talk.HEADS:
        leaning = [index for index, word in enumerate(words) if word in _LEANING]
        # "a ship under a rose sky": only what follows the last preposition is about the look
        first = leaning[-1] if leaning else 0
        if leaning or len(words) <= _LONG:
            skipped.update(range(first, len(words)))
    if "shot" in words[:4] or "view" in words[:3]:
        at = next(index for index, word in enumerate(words) if word in {"shot", "view"})
        skipped.update(range(at + 1))
    return skipped


def _things(segment: _Segment, skipped: set[int]) -> list[Found]:
    known = lexicon()
    words = ["" if index in skipped else word for index, word in enumerate(segment.words)]
    found = [noun for noun in known.nouns(words, segment.language) if _is_noun(segment, noun)]
    if segment.language == "en":
        # "a coffee cup": the last of two nouns is the thing
        found = [
            noun
            for noun, after in zip(found, [*found, None][1:], strict=True)
            if after is None or noun.start + noun.length != after.start
        ]
    return [thing for noun in found for thing in _meant(known, segment.words, noun)]


def _is_noun(segment: _Segment, noun: Found) -> bool:
    words, at = segment.words, noun.start
    before = words[at - 1] if at else ""
    if talk.WITHOUT & set(words[max(0, at - 2) : at]):
        return False
    if noun.length > 1:
        return True
    if not talk.speaks(words[at], segment.language):
        return False
    if segment.language == "de" and sum(segment.capitals) > 1 and not segment.capitals[at]:
        return False
    if segment.language == "en" and at:
        return not _is_verb(words, at, before)
    return True


def _is_verb(words: list[str], at: int, before: str) -> bool:
    word = words[at]
    stems = {word, word.removesuffix("s"), word.removesuffix("es"), word.removesuffix("ies") + "y"}
    if not stems & talk.VERBS:
        return False
    if before in talk.PRONOUNS:
        return True
    if before in talk.OPENERS:
        return False
    after = words[at + 1] if at + 1 < len(words) else ""
    singular = not before.endswith("s")
    # "a runner trains for", "strangers watch the", against "a steam train", "old books"
    agrees = word.endswith("s") if singular else not word.endswith("s")
    return agrees and after in _AFTER_VERBS and before not in _ADJECTIVES


_AFTER_VERBS = _words(
    "a an the his her their its to for in on at with through over into across from by up down and"
) | {""}
_ADJECTIVES = _words(
    "old new red blue green white black yellow golden small little big tiny fresh warm hot cold many few wooden"
)


def _meant(known: Lexicon, words: list[str], noun: Found) -> list[Found]:
    """Return the things that one noun means: a family is three, an old man is another glyph than a man."""
    phrase = " ".join(words[noun.start : noun.start + noun.length])
    several = GROUPS.get(" ".join(words[max(0, noun.start - 1) : noun.start + noun.length])) or GROUPS.get(
        phrase
    )
    if several:
        glyphs = [part if part[0] == ":" else known.emoji.get(part, "") for part in several.split()]
        return [replace(noun, glyph=glyph, length=noun.length, counted=True) for glyph in glyphs if glyph]
    near = {*words[max(0, noun.start - 3) : noun.start], *words[noun.start + noun.length :][:1]}
    for young, old in OLDER.items():
        if noun.glyph == known.emoji.get(young) and near & OLD:
            return [replace(noun, glyph=known.emoji[old])]
    return [noun]


def _late(noun: Found) -> bool:
    return lexicon().groups.get(noun.glyph, "") in _LATE_GROUPS


def _is_dressing(words: list[str], noun: Found) -> bool:
    return noun.length == 1 and words[noun.start] in talk.DRESSING
