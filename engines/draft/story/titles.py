"""What a film is called, and the one sentence that sums it up."""

from __future__ import annotations

from engines.draft.story import grammar
from engines.draft.story.idea import Idea
from engines.draft.story.lexicon import words_of
from engines.draft.story.lines.tongues import language_of
from engines.draft.story.slots import conjugate
from engines.draft.story.text import ended, shorten

_SMALL = words_of("a an the of in on at to and or for by with from into over under")


def title_of(idea: Idea) -> str:
    """Return a title of at most 80 characters, in the words of the brief."""
    subject = idea.subject
    if (
        idea.kind in ("tale", "view", "promo")
        and subject
        and subject.full not in ("he", "she", "it", "they", "I", "we", "you")
    ):
        words = subject.full.split(", ")[0].split()
        if words[0].lower() in ("a", "an"):
            words[0] = "The"
        place = idea.place.split() if idea.place and len(words) < 4 else []
        return _headline(" ".join([*words, *place]))
    matter = idea.clause or (idea.sentences[0] if idea.sentences else idea.brief)
    short = shorten(matter, 60).rstrip(".。।!?")
    english = idea.kind != "phrase" and language_of(matter.lower().split()) in ("", "en")
    return (_headline(short) if english else grammar.capitalised(short)[:80].strip()) or "…"


def _headline(text: str) -> str:
    words = [word if not word.islower() or (index and word in _SMALL) else grammar.capitalised(word)
             for index, word in enumerate(text.split())]  # fmt: skip
    return " ".join(words)[:80].strip()


def logline_of(idea: Idea) -> str:
    """Return the film in one sentence of at most 240 characters."""
    subject, action = idea.subject, idea.action
    if idea.kind == "tale" and subject and action:
        line = f"{subject.full} {idea.place or ''} {conjugate(action.base, subject)} {action.rest}"
        if idea.place and idea.place.split()[-1] in action.rest:
            line = f"{subject.full} {conjugate(action.base, subject)} {action.rest}"
        return shorten(grammar.sentence(line), 240)[:1000]
    matter = idea.clause or (idea.sentences[0] if idea.sentences else idea.brief)
    return ended(shorten(grammar.capitalised(matter), 240))[:1000].strip() or "…"
