"""Which sentences of a brief tell the maker how to work, and what is left to tell when they are taken out.

Instructions steer: how long, how many words or scenes, which tone and music, captions, shape. They are never told
themselves. A sentence counts as one only where it is an order about the film, so that a story may use the same words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from language.marks import unmarked
from language.orders import (
    CAPTION_WORD,
    COUNT,
    MOOD_OF,
    MUSIC_WORD,
    NUMBERS,
    SCENE_UNITS,
    TIME_UNITS,
    WORD_UNITS,
    Kind,
    kind_of,
)
from language.sentences import judge


@dataclass(frozen=True, slots=True)
class Asked:
    """A brief, taken apart: what is to be told, which kinds of instruction it holds, and their values."""

    told: str
    kinds: tuple[Kind, ...] = ()
    words_at_most: int | None = None
    duration_s: float | None = None
    scene_count: int | None = None
    tone: str | None = None
    """A mood of the catalogue."""
    music: str | None = None
    """A mood of the catalogue, or "none"."""
    captions: str | None = None
    """"none" or "burned"."""
    aspect_ratio: str | None = None


_PLATFORM = re.compile(
    r"\s+for (?P<where>tik ?tok|instagram(?: reels?| stories)?|youtube shorts|youtube|reels|shorts|snapchat)\b"
    r"(?=\s+(?:about|of|showing|where)\b)",
    re.IGNORECASE,
)
_LEAD_SHAPE = re.compile(
    r"^.{0,40}?\b(?P<shape>vertical|portrait|square|horizontal|landscape|widescreen)\b.{0,20}?"
    r"\b(?:video|film|clip|movie|reel|ad)\b",
    re.IGNORECASE,
)
_TAGS = re.compile(
    r"(?:^|\s)(?:[Hh]ashtags?:?\s*)?(?:#[^\W\d_]\w*[\s,]*)+(?=$|\n|https?://|www\.)|(?:\s#[^\W\d_]\w*){2,}"
)
# An address behind the last sentence, or on a line of its own; one inside a sentence belongs to it.
_LOOSE_ADDRESS = re.compile(
    r"(?:(?<=[.!?…])|^)\s*(?:(?:link|url|website|web|source|site|see|visit|contact|e-?mail|more(?: info(?:rmation)?)?(?: at)?)\s*:?\s*)?"
    r"(?:https?://\S+|www\.\S+|[\w.+-]{1,64}@[\w-]{1,63}\.\S+)\s*$",
    re.IGNORECASE | re.MULTILINE,
)
# "Topic: bees" is about bees; "Erstelle ein Video über einen Fuchs" about a fox. English orders are read in the story.
_LABEL = re.compile(
    r"^(?:topic|subject|story|brief|plot|theme|idea|prompt|thema|sujet|tema|onderwerp|temat|тема) ?: ?",
    re.IGNORECASE,
)
_ORDER_ABROAD = re.compile(
    r"^(?:bitte |por favor,? |per favore,? )?(?:erstelle?|mache?|schreibe?|produziere|fais|faites|crée|créez|écris|écrivez|haz|crea|escribe|scrivi|"
    r"fai|faça|crie|escreva|maak|schrijf)\b(?: mir| uns| moi| nous| me)? (?:ein|eine|einen|une?|una?|uma?|een) (?:\w+ )?"
    r"(?:video|vídeo|vidéo|film|filme|skript|drehbuch|geschichte|histoire|script|historia|storia|história|verhaal|clip|guion|guión) "
    r"(?:über|von|mit|sur|de|sobre|su|di|over) (?=\w)",
    re.IGNORECASE,
)
_BRACKETS = re.compile(r"[\[(]([^\[\]()]{3,120})[\])]")
_LEAD = re.compile(
    rf"^(?:please |can you |could you |i (?:want|need|would like) (?:you to )?)*(?:(?:make|create|generate|produce|write|tell|film|shoot|give|design)\b.{{0,20}})?\b{COUNT}[ -]?(?P<unit>{WORD_UNITS}|{TIME_UNITS})\b[ -]?(?:long )?(?=.{{0,40}}\b(?:film|video|movie|clip|story|script|ad|advert|commercial|reel|short|trailer|tale|explainer|promo|spot|animation|documentary)\b)",
    re.IGNORECASE,
)


@lru_cache(maxsize=32)
def asked(brief: str) -> Asked:
    """Return a brief without its instructions, and what they ask for.

    A brief of nothing but instructions is told as it is: something must be.
    """
    text = unmarked(brief).text
    found = Asked(text)
    kinds: list[Kind] = []
    untagged = _TAGS.sub(" ", text)
    if untagged != text and untagged.strip():
        kinds.append("hashtags")
        text = untagged
    bare = _LOOSE_ADDRESS.sub(" ", text)
    if bare != text and any(char.isalnum() for char in bare):
        kinds.append("address")
        text = bare
    for match in reversed(list(_BRACKETS.finditer(text))):
        kind = kind_of(match.group(1).strip(" .!"), bare=True)
        if kind is not None:
            found, text = _noted(found, kind, match.group(1)), text[: match.start()] + text[match.end() :]
            kinds.append(kind)
    kept: list[str] = []
    for part in _parts(text):
        sentence, told = part.strip(), ""
        kind = kind_of(sentence.strip(" .!…")) or _tags_only(sentence.strip(" .!…"))
        if kind is None:
            told, orders = _without_orders(sentence)
        else:
            orders = [(kind, sentence)]
        for each, order in orders:
            found = _noted(found, each, order)
            kinds += [each, *_mentioned(order)]
        kept += [part.replace(sentence, told)] if told else []
    shape = _LEAD_SHAPE.match(text.strip())
    if shape and found.aspect_ratio is None:
        found = _noted(found, "shape", shape.group("shape"))
        kinds.append("shape")
    lead = _LEAD.match(text.strip())
    if lead:
        found = _measured(found, lead.group("count"), lead.group("unit"))
        kinds.append("length")
    platform = _PLATFORM.search(text)
    if platform:
        found = _noted(found, "shape", platform.group("where"))
        kept = [_PLATFORM.sub("", piece) for piece in kept]
    told = re.sub(r"\s+(?=[.,;!?])", "", re.sub(r"[^\S\n]+", " ", "".join(kept))).strip()
    lead_in = _LABEL.match(told) or _ORDER_ABROAD.match(told)
    if lead_in and told[lead_in.end() :]:
        told = told[lead_in.end() :]
        told = told[0].upper() + told[1:]
    if not any(char.isalnum() for char in told):
        return replace(found, told=unmarked(brief).text, kinds=tuple(dict.fromkeys(kinds)))
    return replace(found, told=told, kinds=tuple(dict.fromkeys(kinds)))


def _parts(text: str) -> Iterator[str]:
    """Yield the sentences with the space behind them."""
    at = 0
    for end in [*judge(text).ends, len(text)]:
        gap = end
        while gap < len(text) and text[gap].isspace():
            gap += 1
        if gap > at:
            yield text[at:gap]
        at = max(at, gap)


def _tags_only(sentence: str) -> Kind | None:
    """Return the kind of a sentence that is nothing but tags: "Upbeat tone", "Cinematic style, 4K"."""
    tags = [tag.strip() for tag in sentence.split(",")]
    kinds = [kind_of(tag, bare=True) for tag in tags if len(tag.split()) <= 4]
    return kinds[0] if len(kinds) == len(tags) and all(kinds) else None


def _without_orders(sentence: str) -> tuple[str, list[tuple[Kind, str]]]:
    """Take the orders from the end of a sentence: "a fox, keep it under 60 words, for kids"."""
    mark = re.search(r"[.!?…]+$", sentence)
    body, orders = sentence[: mark.start()] if mark else sentence, []
    while True:
        cut = max(
            (match for match in re.finditer(r"\s*[,;–—]\s+(?:and |but )?|\s+-\s+", body)),
            key=lambda m: m.start(),
            default=None,
        )
        if cut is None:
            break
        clause = body[cut.end() :]
        kind = kind_of(clause.strip(), bare=True)
        if kind in (None, "tone") and not re.match(r"(?:keep|make|use|tone)\b", clause, re.IGNORECASE):
            break
        if kind is None:
            break
        orders.append((kind, clause))
        body = body[: cut.start()]
    return (body + (mark.group() if mark else ""), orders) if orders else (sentence, [])


def _noted(found: Asked, kind: Kind, sentence: str) -> Asked:
    """Return what is asked for with the values that a sentence names; one may ask for several things."""
    lowered = sentence.casefold()
    match = re.search(
        rf"\b{COUNT}[ -]?(?P<unit>{WORD_UNITS}|{TIME_UNITS}|{SCENE_UNITS})\b", sentence, re.IGNORECASE
    )
    if match and kind in ("length", "format"):
        found = _measured(found, match.group("count"), match.group("unit"))
    mood = next(
        (MOOD_OF[word] for word in re.findall(r"[^\W\d_]+(?:-[^\W\d_]+)*", lowered) if word in MOOD_OF), None
    )
    musical = re.search(MUSIC_WORD, lowered) is not None
    if musical:
        silent = re.search(r"\b(?:no|without|don't|do not|ohne|sans|sin|senza|sem|zonder|bez|без)\b", lowered)
        found = replace(found, music="none" if silent else mood or found.music)
    elif kind == "tone" and mood:
        found = replace(found, tone=mood)
    if re.search(CAPTION_WORD, lowered):
        off = re.search(
            r"\b(?:no|without|don't|do not|off|ohne|keine|sans|sin|senza|sem|zonder|geen|bez|без)\b", lowered
        )
        found = replace(found, captions="none" if off else found.captions)
    shape = re.search(r"\b(9:16|16:9|1:1|4:5|21:9)\b", lowered)
    if shape:
        return replace(found, aspect_ratio=shape.group(1))
    for words, ratio in (
        (r"vertical|portrait|hochformat|tik ?tok|reels|shorts|stories|9x16", "9:16"),
        (r"square|1x1", "1:1"),
        (r"horizontal|landscape|widescreen|querformat|16x9", "16:9"),
    ):
        if kind == "shape" and re.search(rf"\b(?:{words})\b", lowered):
            return replace(found, aspect_ratio=ratio)
    return found


def _mentioned(order: str) -> list[Kind]:
    """What else an order speaks of: "use upbeat music and bold captions"."""
    found: list[Kind] = []
    if re.search(rf"\b{MUSIC_WORD}\b", order, re.IGNORECASE):
        found.append("music")
    if re.search(rf"\b{CAPTION_WORD}\b", order, re.IGNORECASE):
        found.append("captions")
    return found


def _measured(found: Asked, count: str, unit: str) -> Asked:
    number = NUMBERS.get(count.casefold()) or float(count.replace(",", "."))
    small = unit.casefold()
    if re.fullmatch(WORD_UNITS, small):
        return replace(found, words_at_most=max(1, int(number)))
    if re.fullmatch(SCENE_UNITS, small):
        return replace(found, scene_count=max(1, min(int(number), 100)))
    return replace(found, duration_s=number * (60.0 if small.startswith(("min", "мин")) else 1.0))


def count_words(text: str) -> int:
    """Return how many words a text has, as people count them."""
    return len(re.findall(r"\S*\w\S*", text))
