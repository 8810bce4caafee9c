"""What the rules write when a plain text is wanted: titles, a tagline, an outline, or a short story."""

from __future__ import annotations

import random
import re

from engines.draft.story import grammar
from engines.draft.story.idea import Idea
from engines.draft.story.lines.promo import PROMO
from engines.draft.story.read import read_brief
from engines.draft.story.slots import render, slots_of, tagged
from engines.draft.story.text import clean, shorten
from engines.draft.story.titles import title_of
from engines.draft.story.write import settled, write_script
from language.marks import unmarked
from language.sentences import judge
from schemas.script import Direction

_QUESTION = re.compile(
    r"^(?:what|who|whom|whose|when|where|which|why|how|is|are|was|were|do|does|did|can|could|should|will)\b"
    r".*\?\s*$",
    re.IGNORECASE | re.DOTALL,
)
_ORDERED = re.compile(
    r"^(?:please\s+)?(?:write|give|make|create|suggest|draft|compose|generate)\s+(?:me\s+|us\s+)?(?:[\w'-]+\s+){0,4}?"
    r"(?:titles?|headlines?|slogans?|taglines?|copy|captions?|outlines?|plans?|steps|poems?|texts?|paragraphs?|"
    r"descriptions?|names?)\s+(?:for|about|of|on)\s+",
    re.IGNORECASE,
)
_UNKNOWING = (
    "This draft is written by rules that know no facts, so the question stays open. "
    "A language model engine can answer it."
)
_CHARACTERS_PER_TOKEN = 4
_TOKENS = 400


def write_prose(prompt: str, seed: int, max_tokens: int | None) -> str:
    """Return a short text about the subject of the prompt, of at most about `max_tokens` tokens.

    It does not answer questions of fact: rules know none. It tells, outlines or names what the prompt
    speaks of.
    """
    prompt = unmarked(prompt).text
    limit = max(8, (max_tokens or _TOKENS) * _CHARACTERS_PER_TOKEN)
    random_ = random.Random(f"prose/{seed}")
    asked = prompt.lower()
    if _QUESTION.match(clean(prompt)):
        return _limited(_UNKNOWING, limit)
    matter = _ORDERED.sub("", clean(prompt)) or prompt
    idea = settled(read_brief(matter), random_)
    if re.search(r"\btitles?\b|\bheadlines?\b|\bname ideas\b", asked):
        text = _titles(idea, asked, random_)
    elif re.search(r"\b(?:tagline|slogan|copy|caption|advert|ad)\b", asked):
        text = _copy(idea, random_)
    elif re.search(r"\b(?:outline|plan|steps|bullet)\b", asked):
        text = _outline(matter, seed)
    else:
        text = _story(matter, seed, limit)
    return _limited(text, limit)


def _titles(idea: Idea, asked: str, random_: random.Random) -> str:
    found = re.search(
        r"\b(\d{1,2}|a|one|two|three|four|five|six|seven|ten)\b[\w\s-]{0,30}\b(?:titles?|headlines?)\b", asked
    )
    words = {"a": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "ten": 10}
    count = (words.get(found.group(1)) or int(found.group(1))) if found else 5
    name = title_of(idea)
    bare = re.sub(r"^(?:The|A|An) ", "", name)
    shapes = [
        name,
        f"{bare}: A Beginning",
        f"Looking for {name}",
        f"Beyond {name}",
        f"{bare} and the Long Way Home",
        f"The Light of {name}",
        f"Once More, {name}",
        f"What {name} Knew",
        f"All About {name}",
        f"{bare}, at Last",
    ]
    rest = shapes[1:]
    random_.shuffle(rest)
    return "\n".join([name, *rest][: max(1, min(count, 10))])


def _copy(idea: Idea, random_: random.Random) -> str:
    slots = slots_of(idea)
    chosen = []
    for beat in ("hook", "reveal", "feature", "call"):
        lines = [
            line
            for line in (render(raw, slots, idea.subject) for raw in tagged(PROMO[beat], idea.tone)[0])
            if line
        ]
        if lines:
            chosen.append(random_.choice(lines))
    return " ".join(chosen)


def _outline(prompt: str, seed: int) -> str:
    script = write_script(prompt, Direction(duration_s=45), seed)
    steps = [f"{number}. {scene.narration}" for number, scene in enumerate(script.scenes, 1)]
    return "\n".join([script.title, "", *steps])


def _story(prompt: str, seed: int, limit: int) -> str:
    seconds = max(5.0, min(120.0, limit / 14.5))
    script = write_script(prompt, Direction(duration_s=seconds), seed)
    lines = [scene.narration for scene in script.scenes]
    paragraphs = [" ".join(lines[start : start + 4]) for start in range(0, len(lines), 4)]
    return grammar.capitalised("\n\n".join(paragraphs))


def _limited(text: str, limit: int) -> str:
    if len(text) <= limit:
        return text
    end = max((at for at in judge(text).ends if at <= limit), default=0)
    whole = re.sub(r"\n\d+\.$", "", text[:end].rstrip())
    return whole if end > limit // 3 else shorten(" ".join(text.split()), limit)
