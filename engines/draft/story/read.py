"""How a brief is read: its kind, and then its subject, action, goal, place, time, weather and tone."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TypedDict

from engines.draft.story.clause import parse_clause
from engines.draft.story.grammar import sentence
from engines.draft.story.idea import Idea, Kind
from engines.draft.story.lexicon import TIMES, TONES, WEATHER, words_of
from engines.draft.story.lines.tongues import language_of
from engines.draft.story.places import scenery_of
from engines.draft.story.text import clean, script_of, split_sentences
from engines.draft.story.where import place_in
from language.instructions import asked

_FORMS = (
    r"(?:film|video|movie|clip|story|tale|short|animation|documentary|reel|trailer|ad|advert|advertisement|"
    r"commercial|promo|teaser|spot|fairy tale|fable|bedtime story|music video|sequence|scene|montage|cartoon|"
    r"explainer|vlog|tutorial|timelapse|time-lapse|footage|shot|portrait|script|screenplay|narration|voice-?over)"
)
_LEAD_IN = re.compile(
    r"^(?:please\s+|can you\s+|could you\s+|i (?:want|need|would like)\s+(?:you to\s+)?)*"
    r"(?:(?:make|create|generate|produce|write|tell|show|film|shoot|give|design|build|render)\s+(?:me\s+|us\s+)?)?"
    rf"(?:(?:a|an|the|some|my|our|one)\s+)?(?:[\w'-]+\s+){{0,5}}?{_FORMS}s?\s*"
    r"(?:,?\s*(?:about|of|on|for|showing|featuring|where|in which|that shows|that tells|with|telling|"
    r"starring)\b|:|-|–)\s*",
    re.IGNORECASE,
)
_ORDER = re.compile(
    r"^(?:please\s+)?(?:show|create|make|generate|film|tell|explain|describe)\s+(?:me\s+|us\s+)?(?:about\s+)?",
    re.I,
)
_PROMO = re.compile(
    r"\b(?:promo(?:tional)?|advert\w*|commercial|ad (?:for|about)|product|brand|launch of|introducing|"
    r"for sale|discount|"
    r"% off|our new|startup|marketing|teaser for|trailer for our|grand opening|new app|subscription)\b",
    re.IGNORECASE,
)
_TOPIC = re.compile(
    r"^(?:how|why|what)\b(?!ever)|^(?:when|where|who)\b.*\?\s*$|"
    r"^(?:the |a )?(?:brief |short )?(?:history|story of how|science|basics|benefits|"
    r"importance|origins?|life ?cycle|anatomy|art|future) of\b|"
    r"\b(?:explained|tutorial|explainer|tips|facts|lesson|guide)\b|"
    r"^(?:top )?\d+ (?:reasons|ways|tips|facts|things|steps)\b",
    re.IGNORECASE,
)
_OPENING = re.compile(
    r"^((?:once upon a time|long ago|one (?:day|night|morning)|every \w+|"
    r"(?:deep |far |high )?"
    r"(?:in|on|at|under|over|near|during|after|before|when|while|as|among|beneath|beyond)\b"
    r"[^,]{1,80}?)),\s+(?=\w)|"
    r"^once upon a time\s+(?:there (?:was|lived|were)\s+)?|"
    r"^there (?:was|is|were|are|lives|lived)(?: once)?\s+",
    re.IGNORECASE,
)
_GREETING = re.compile(
    r"\b(?:happy (?:birthday|new year|anniversary|easter|holidays|mother|father|wedding)|"
    r"merry christmas|congratulations|"
    r"thank you|get well|welcome to the team|good luck|farewell to)\b",
    re.IGNORECASE,
)
_STYLE_TAG = re.compile(
    r"^(?:very |highly )?(?:cinematic|4k|8k|hd|photo-?realistic|realistic|watercolou?r|anime|cartoon|"
    r"pixar|3d|noir|vintage|"
    r"\w+ (?:style|tone|mood|music|voice|colou?rs?|lighting|atmosphere|feeling|vibe)s?|style|hopeful|"
    r"sad|funny|epic|calm|scary|"
    r"dramatic|romantic|mysterious|inspiring|uplifting|emotional|slow|fast|beautiful|detailed|"
    r"ultra\w*|no text|16:9|9:16|"
    r"\d+ ?(?:s|sec|secs|seconds?|min|minutes?))(?: (?:and|&) \w+)?$",
    re.IGNORECASE,
)
_META = re.compile(
    r"^(?:style|tone|mood|music|format|length|duration|aspect|language|camera|voice|genre)\b\s*[:=-]", re.I
)


_NATURAL = words_of(
    "rise bloom set fall glow shine flow crash melt blow drift sparkle ripple grow burn turn break "
    "roll be change orbit "
    "float spin stand lie hold"
)


class _Facts(TypedDict):
    scenery: str
    time: str | None
    weather: str | None
    tone: str


def read_brief(brief: str) -> Idea:
    """Return what the rules understand of a brief in any language; never fails."""
    text = clean(asked(brief).told)
    sentences = [
        one
        for one in split_sentences(text)
        if not _META.match(one) and not _STYLE_TAG.match(one.rstrip(".!"))
    ]
    flat = re.sub(r"\s+", " ", text)
    facts = _facts(flat)
    if script_of(flat) != "latin" or not re.search(r"[A-Za-z]{2}", flat):
        return Idea(brief=flat, kind="phrase", sentences=tuple(sentences), **facts)
    words = flat.lower().split()
    if len(sentences) > 1 and len(words) >= 8:
        first = parse_clause(_core(sentences[0]))
        if _core(sentences[0]) not in (sentences[0], sentences[0].rstrip(".!?…")):
            told = (
                f"This is the story of {first.subject.full}" if first.subject and not first.action else None
            )
            sentences[0] = sentence(told or _core(sentences[0]))
        return Idea(
            brief=flat,
            kind="passage",
            sentences=tuple(sentences),
            subject=first.subject,
            place=first.place,
            clause=_core(sentences[0]),
            nouns=first.nouns,
            **facts,
        )
    core = _core(sentences[0] if sentences else flat)
    kind = _kind(flat, core)
    opening, main = _opened(core)
    parsed = parse_clause(main)
    if opening and parsed.place is None:
        parsed = replace(parsed, place=place_in(opening))
    if kind == "tale":
        if len(core.split()) > 60:
            kind = "passage"
        elif parsed.subject is None or (not parsed.action and language_of(words) not in ("", "en")):
            kind = "phrase"
        elif not parsed.subject.animate and (parsed.action is None or parsed.action.base in _NATURAL):
            kind = "view"
    subject = parsed.subject
    if kind == "promo" and subject and re.match(r"[^,]{1,40}, (?:the|a|an|our|your) [^,]{1,80}$", core):
        subject = replace(subject, full=core)  # "Zephyr, the smart fan that listens"
    return Idea(
        brief=flat,
        kind=kind,
        subject=subject,
        action=parsed.action,
        goal=parsed.goal,
        place=parsed.place,
        nouns=parsed.nouns,
        sentences=tuple(sentences) or (flat,),
        clause=core,
        opening=opening,
        **facts,
    )


def _opened(core: str) -> tuple[str, str]:
    """Return what stands before the main clause ("in a quiet village"), and the main clause."""
    match = _OPENING.match(core)
    if match is None:
        return "", core
    return match.group(1) or "", core[match.end() :]


def _kind(flat: str, core: str) -> Kind:
    if _GREETING.search(flat):
        return "greeting"
    if _PROMO.search(flat):
        return "promo"
    if _TOPIC.search(core):
        return "topic"
    return "tale"


def _core(raw: str) -> str:
    """Return the clause itself: no lead-in, no style tags behind it, no end mark."""
    bare = raw.strip().strip('"“”«»„ ').rstrip(".!?…,;: ")
    bare = re.sub(r"^introducing:?\s+", "", bare, flags=re.IGNORECASE)
    bare = re.sub(r"^(?:a |one )?day in the life of\s+", "", bare, flags=re.IGNORECASE)
    without = _LEAD_IN.sub("", bare, count=1)
    if without == bare:
        without = _ORDER.sub("", bare, count=1)
    pieces = re.split(r",\s*", without or bare)
    while len(pieces) > 1 and _STYLE_TAG.match(pieces[-1].strip()):
        pieces.pop()
    return ", ".join(piece for piece in pieces if piece).strip() or bare or raw.strip()


def _facts(text: str) -> _Facts:
    words = re.sub(r"[^\w\s-]", " ", text.lower()).split()
    lowered = " " + " ".join(words) + " "
    return {
        "scenery": scenery_of(words, ""),
        "time": _first_named(lowered, TIMES),
        "weather": _first_named(lowered, WEATHER),
        "tone": _tone(lowered),
    }


def _first_named(lowered: str, table: dict[str, tuple[str, ...]]) -> str | None:
    for name, words in table.items():
        if any(f" {word} " in lowered for word in words):
            return name
    return None


def _tone(lowered: str) -> str:
    scores = {name: sum(f" {word} " in lowered for word in words) for name, words in TONES.items()}
    best = max(scores, key=lambda name: scores[name])
    return best if scores[best] else ""
