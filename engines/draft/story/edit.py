"""Which simple edits of a text rules can do honestly, and how."""

from __future__ import annotations

import re
from collections.abc import Callable

from engines.draft.story.lexicon import words_of
from engines.draft.story.text import clean, ended, shorten, split_sentences

EDITS = (
    "shorten", "summarise", "bullet points", "simplify", "uppercase", "lowercase", "title case",
    "sentence case",
    "title", "first sentence", "remove line breaks", "trim",
)  # fmt: skip

_SMALL = words_of("a an the of in on at to and or but for by with from into over as")
_SIMPLER = {
    "utilise": "use", "utilize": "use", "approximately": "about", "commence": "start", "terminate": "end",
    "purchase": "buy", "assist": "help", "demonstrate": "show", "sufficient": "enough", "numerous": "many",
    "additional": "more", "obtain": "get", "require": "need", "requires": "needs", "subsequently": "later",
    "prior to": "before", "in order to": "to", "due to the fact that": "because", "in the event that": "if",
    "at this point in time": "now", "a large number of": "many", "nevertheless": "still", "therefore": "so",
    "however": "but", "attempt": "try", "facilitate": "help", "endeavour": "try", "consequently": "so",
    "possesses": "has", "residence": "home", "individuals": "people", "regarding": "about",
}  # fmt: skip


def edit(text: str, instruction: str) -> str | None:
    """Return the edited text, or None where the instruction is not one that rules can follow."""
    asked = instruction.lower()
    kept = clean(text)
    if re.search(_TRANSLATE, asked):
        return None
    for pattern, how in _HOWS:
        found = re.search(pattern, asked)
        if found:
            return how(kept, asked) or kept
    return None


def _upper(text: str, _: str) -> str:
    return text.upper()


def _lower(text: str, _: str) -> str:
    return text.lower()


def _title_case(text: str, _: str) -> str:
    words = text.split(" ")
    return " ".join(
        word if index and word.lower() in _SMALL else word[:1].upper() + word[1:]
        for index, word in enumerate(words)
    )


def _sentence_case(text: str, _: str) -> str:
    return " ".join(sentence[:1].upper() + sentence[1:].lower() for sentence in split_sentences(text))


def _headline(text: str, _: str) -> str:
    first = (split_sentences(text) or [text])[0]
    return _title_case(shorten(first, 70).rstrip(" .。!?…"), "")


def _first_sentence(text: str, _: str) -> str:
    return (split_sentences(text) or [text])[0]


def _one_line(text: str, _: str) -> str:
    return " ".join(text.split())


def _shorten(text: str, asked: str) -> str:
    words = re.search(r"(\d+)\s*words?", asked)
    characters = re.search(r"(\d+)\s*(?:characters?|chars?|letters?)", asked)
    if characters:
        return _cut(text, int(characters.group(1)))
    if words:
        most = max(1, int(words.group(1)))
        pieces = text.split()
        return text if len(pieces) <= most else " ".join(pieces[:most]).rstrip(" ,;:–-") + "…"
    return _summary(text, asked)


def _cut(text: str, limit: int) -> str:
    flat = " ".join(text.split())
    if len(flat) <= limit:
        return flat
    kept = shorten(flat, max(1, limit))
    return kept if len(kept) <= limit else flat[: max(1, limit)]


def _summary(text: str, asked: str) -> str:
    sentences = split_sentences(text)
    if not sentences:
        return text
    number = re.search(r"\b(\d+|one|two|three|four|five)\s+sentences?", asked)
    counts = {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5}
    if number:
        count = counts.get(number.group(1)) or int(number.group(1))
    else:
        count = max(1, round(len(sentences) / 3))
    if len(sentences) == 1:
        return shorten(sentences[0], max(20, len(sentences[0]) // 2))
    return " ".join(ended(sentences[index]) for index in _weightiest(sentences, max(1, count)))


def _weightiest(sentences: list[str], count: int) -> list[int]:
    """Return the indexes of the sentences whose words the text repeats most (Luhn, 1958), the first always
    among them."""
    words = [
        [word for word in re.findall(r"\w+", sentence.lower()) if len(word) > 3] for sentence in sentences
    ]
    often: dict[str, int] = {}
    for group in words:
        for word in group:
            often[word] = often.get(word, 0) + 1
    weights = [sum(often[word] - 1 for word in group) / (len(group) + 2) for group in words]
    ranked = sorted(range(1, len(sentences)), key=lambda index: (-weights[index], index))
    return sorted([0, *ranked[: count - 1]])


def _bullets(text: str, _: str) -> str:
    return "\n".join(f"- {sentence.rstrip('.')}" for sentence in split_sentences(text)) or f"- {text}"


def _simplify(text: str, _: str) -> str:
    said = re.sub(r"\s*\([^)]*\)", "", text)
    hard_words = re.compile("|".join(rf"\b{re.escape(hard)}\b" for hard in _SIMPLER), re.IGNORECASE)
    said = hard_words.sub(lambda match: _as_cased(match.group(0), _SIMPLER[match.group(0).lower()]), said)
    said = re.sub(r";\s+(\w)", lambda match: f". {match.group(1).upper()}", said)
    return re.sub(r" +", " ", said)


def _as_cased(old: str, new: str) -> str:
    return new.capitalize() if old[:1].isupper() else new


_TRANSLATE = (
    r"\b(?:translat\w*|(?:in|into|to) "
    r"(?:german|french|spanish|italian|dutch|polish|russian|english|chinese|japanese))\b"
)
_HOWS: tuple[tuple[str, Callable[[str, str], str | None]], ...] = (
    (r"\b(?:bullet|bullets|bullet-?points?|as a list)\b", _bullets),
    (r"\b(?:upper ?-?case|all caps|capital letters)\b", _upper),
    (r"\blower ?-?case\b", _lower),
    (r"\btitle ?-?case\b|\bcapitali[sz]e\b", _title_case),
    (r"\bsentence case\b", _sentence_case),
    (r"\b(?:title|headline)\b", _headline),
    (r"\bfirst sentence\b", _first_sentence),
    (r"\b(?:remove|without|strip) (?:the )?(?:line breaks|newlines)\b|\bone line\b", _one_line),
    (r"\b(?:shorten|shorter|condense|trim to|cut to|at most|up to)\b", _shorten),
    (r"\btrim\b|\bclean(?: up)? (?:the )?(?:spaces|whitespace)\b", _one_line),
    (r"\b(?:summar\w+|tl;?dr|key points?|gist)\b", _summary),
    (r"\b(?:simplif\w+|simpler|plain (?:language|english)|easy words)\b", _simplify),
)
