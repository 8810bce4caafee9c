"""How raw words become clean sentences, and how long they take to say."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from engines.draft.story.lexicon import words_of
from language.sentences import judge, sentences

CHARACTERS_PER_SECOND = {
    "en": 14.5, "de": 14.0, "fr": 15.0, "es": 15.5, "it": 15.0, "pt": 15.0, "nl": 14.5, "pl": 14.0,
    "ru": 13.5,
    "zh": 5.0, "ja": 6.0, "ko": 6.5, "ar": 11.0, "he": 11.0, "hi": 12.0, "th": 11.0,
}  # fmt: skip
"""Spoken characters a second at normal speed; ordinary narration, rounded down."""

_KEPT_FORMATS = "\u200c\u200d"  # joiners: Indic and Arabic letters and emoji need them
_ENDS = ".!?…。！？؟।॥"


def clean(text: str) -> str:
    """Return the text without control characters, lone surrogates or odd spaces; line breaks stay."""
    kept = []
    for character in unicodedata.normalize("NFC", text):
        category = unicodedata.category(character)
        if character in "\r\n\u2028\u2029":
            kept.append("\n")
        elif character.isspace():
            kept.append(" ")
        elif category[0] != "C" or character in _KEPT_FORMATS or category == "Co":
            kept.append(character)
    return re.sub(r" *\n[ \n]*", "\n", re.sub(r" +", " ", "".join(kept))).strip()


def split_sentences(text: str) -> list[str]:
    """Return the sentences of a clean text in order, none of them empty, without the bullets and numbers of lists."""
    pieces = [re.sub(r"^[-*•–—]\s+", "", re.sub(r"\s+", " ", piece)) for piece in sentences(text)]
    told = [piece for piece in pieces if any(character.isalnum() for character in piece)]
    counted = [re.match(r"(\d{1,2})[.)]\s+(?=\w)", piece) for piece in told]
    numbers = [int(match.group(1)) for match in counted if match]
    if len(numbers) > 1 and numbers == list(range(numbers[0], numbers[0] + len(numbers))) and numbers[0] < 2:
        return [piece[match.end() :] if match else piece for piece, match in zip(told, counted, strict=True)]
    return told


def speed_of(text: str, language: str) -> float:
    """Return how many characters of this text are spoken in a second, by its script before its language."""
    script = script_of(text)
    return CHARACTERS_PER_SECOND.get(
        script if script not in ("latin", "cyrillic", "none") else language, 14.0
    )


@lru_cache(maxsize=64)
def script_of(text: str) -> str:
    """Return latin, cyrillic, zh, ja, ko, ar, he, hi, th, other, or none where no letter is."""
    counts: dict[str, int] = {}
    for character in text:
        if character.isalpha():
            name = _script(ord(character))
            counts[name] = counts.get(name, 0) + 1
    if not counts:
        return "none"
    if counts.get("ja"):
        counts["ja"] += counts.pop("zh", 0)
    return max(counts, key=lambda name: counts[name])


_RANGES = (
    (0x0000, 0x024F, "latin"), (0x1E00, 0x1EFF, "latin"), (0x0400, 0x052F, "cyrillic"), (0x0590, 0x05FF,
        "he"),
    (0x0600, 0x077F, "ar"), (0x0900, 0x097F, "hi"), (0x0E00, 0x0E7F, "th"), (0x3040, 0x30FF, "ja"),
    (0x3400, 0x9FFF, "zh"), (0xF900, 0xFAFF, "zh"), (0x20000, 0x3FFFF, "zh"), (0xAC00, 0xD7AF, "ko"),
    (0x1100, 0x11FF, "ko"),
)  # fmt: skip


def _script(code: int) -> str:
    return next((name for low, high, name in _RANGES if low <= code <= high), "other")


def shorten(sentence: str, limit: int) -> str:
    """Return the sentence, or its longest good beginning of at most `limit` characters: cut at a clause,
    else a word."""
    if len(sentence) <= limit:
        return sentence
    floor = max(12, limit // 3)
    clauses = [
        match.start()
        for match in re.finditer(
            r"\s*[,;:–—、，；：،؛]|\s+(?=(?:and|but|who|which|while|until|because|when|so that|und|aber|et|mais|pero|ma|mas|och|maar)\b)",
            sentence,
        )
    ]
    fitting = [cut for cut in clauses if floor <= cut <= limit - 1]
    cut = max(fitting) if fitting else sentence.rfind(" ", 0, limit)
    if cut < 1:
        # One unbroken run of characters: a script without spaces may be cut anywhere, a word never is.
        cut = limit if script_of(sentence) in ("zh", "ja", "th") else _first_gap(sentence)
    words = sentence[:cut].rstrip(" ,;:–—、，；：،؛")
    soft = judge(sentence).soft
    while words.count(" ") > 2 and (
        words.rsplit(" ", 1)[1].lower() in _DANGLING
        or words.rsplit(" ", 2)[1].lower() == "to"
        or len(words) in soft  # "Dr." waits for its name
        or (words[-1].isdigit() and len(words) < len(sentence) and sentence[len(words)] == " ")
    ):
        words = words.rsplit(" ", 1)[0].rstrip(" ,;:–—")
    return words if words.endswith(tuple(_ENDS)) and len(words) not in soft else words + _full_stop(words)


def _first_gap(sentence: str) -> int:
    gap = sentence.find(" ")
    return gap if gap > 0 else len(sentence)


def _full_stop(words: str) -> str:
    return {"zh": "。", "ja": "。", "hi": "।"}.get(script_of(words), ".")


def in_halves(sentence: str) -> tuple[str, str] | None:
    """Return a sentence in two pieces, cut behind a comma or before a conjunction, as near to the middle as
    can be."""
    cuts = [
        match.end()
        for match in re.finditer(
            r"[,;:–—]\s+|[、，；：،؛]\s*|\s(?=(?:and|but|while|until|because|when)\s)", sentence
        )
    ]
    if not cuts and len(sentence) > 140:
        cuts = [match.end() for match in re.finditer(r"\s+", sentence)]
    if not cuts and len(sentence) > 40 and script_of(sentence) in ("zh", "ja", "th"):
        cuts = [len(sentence) // 2]
    cuts = [cut for cut in cuts if min(cut, len(sentence) - cut) >= len(sentence) / 5]
    if not cuts:
        return None
    cut = min(cuts, key=lambda place: abs(place - len(sentence) / 2))
    return sentence[:cut].strip(), sentence[cut:].strip()


def ended(sentence: str) -> str:
    """Return the sentence with an end mark."""
    bare = sentence.strip().rstrip(",;:–—-、，；： ")
    return bare if bare.rstrip("\"'”’»)」』").endswith(tuple(_ENDS)) else bare + _full_stop(bare)


_DANGLING = words_of(
    "a an the of to in on at by for from with and or but his her its their my your our is are was were "
    "that which who into through over under as so very this these those it than be been has have had "
    "ihr ihre ihren ihrem ihrer sein seine seinen son sa ses leur leurs su sus suo sua seu jusqu'à vers "
    "not no der die das ein eine einen und oder mit von zu im am le la les un une de du des et ou el "
    "los las y o il lo i gli e da di o os um uma het een en van i w z na do и в на с к"
)
