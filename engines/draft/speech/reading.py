"""What a voice is given to read for a written text, and where each of its characters stands in that text."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from engines.draft.speech import japanese
from engines.draft.speech.spelled.spell import changes
from engines.draft.speech.wording import readable
from language.marks import unmarked
from language.sentences import ENDS, judge

Change = tuple[int, int, str]

# A voice says of letters of these scripts the names of the scripts, unless it reads them itself.
_READ_BY = {
    "CJK": ("zh", "yue", "ja"),
    "HIRAGANA": ("ja",),
    "KATAKANA": ("ja",),
    "KATAKANA-HIRAGANA": ("ja",),
    "BOPOMOFO": ("zh",),
    "HANGUL": ("ko",),
    "THAI": ("th",),
    "LAO": (),
    "KHMER": (),
    "MYANMAR": (),
    "TIBETAN": (),
    "ETHIOPIC": (),
    "SINHALA": (),
    "MONGOLIAN": (),
    "ARABIC": ("ar", "fa", "ur"),
    "HEBREW": ("he",),
    "DEVANAGARI": ("hi", "mr", "ne"),
    "BENGALI": ("bn",),
    "GURMUKHI": ("pa",),
    "GUJARATI": ("gu",),
    "TAMIL": ("ta",),
    "TELUGU": ("te",),
    "KANNADA": ("kn",),
    "MALAYALAM": ("ml",),
    "ARMENIAN": ("hy",),
    "GEORGIAN": ("ka",),
    "CYRILLIC": ("ru", "az", "be", "bg", "bs", "kk", "mk", "sr", "uk", "uz"),
    "GREEK": ("el",),
}
_NAMED_ALONE = ("GREEK", "CYRILLIC")
"""Of these, one letter alone is a sign with a name: alpha."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What is said for a written text.

    `shown` is the text without marks, `shown_at[i]` where its character `i` stands in the written text; `said` is what
    the voice reads, `said_at[i]` the character of `shown` that its character `i` belongs to.
    """

    shown: str
    shown_at: tuple[int, ...]
    said: str
    said_at: tuple[int, ...]
    degraded: tuple[str, ...] = ()


def reading_of(written: str, language: str) -> Reading:
    """Return what a voice of that language says for a text: no marks, numbers in words, Japanese in kana."""
    plain = unmarked(written)
    degraded: list[str] = []
    base = language.split("-", maxsplit=1)[0]
    edits = _edits(plain.text, base, degraded)
    said: list[str] = []
    said_at: list[int] = []
    at = 0
    for start, end, replaced in [*edits, (len(plain.text), len(plain.text), "")]:
        said.extend(readable(plain.text[at:start]))
        said_at.extend(range(at, start))
        clean = readable(replaced)
        said.extend(clean)
        said_at.extend([min(start, len(plain.text) - 1)] * len(clean))
        at = end
    return Reading(plain.text, plain.places, "".join(said), tuple(said_at), tuple(degraded))


def _edits(text: str, language: str, degraded: list[str]) -> list[Change]:
    """What is replaced, in order and without overlaps; what comes first in the list wins."""
    if language == "ja" and japanese.needs_reading(text) and not japanese.can_read():
        degraded.append(
            "Japanese with Chinese characters is read by the extra 'japanese' (pip install 'reelbus[japanese]'): "
            "without it, it is not spoken"
        )
        return [(0, len(text), " ")]
    found: list[Change] = [*_unreadable(text, language, degraded)]
    found += japanese.kana(text) if language == "ja" else ()
    found += [(change.start, change.end, change.said) for change in changes(text, language)]
    found += _loose_marks(text)
    found += _pauses(text, language)
    taken = bytearray(len(text) + 1)
    kept: list[Change] = []
    for start, end, said in found:
        if not any(taken[start : max(end, start + 1)]):
            taken[start : max(end, start + 1)] = b"\x01" * (max(end, start + 1) - start)
            kept.append((start, end, said))
    return sorted(kept)


def _unreadable(text: str, language: str, degraded: list[str]) -> list[Change]:
    """Runs of letters that the voice would only name: left out, and told."""
    found: list[Change] = []
    scripts: dict[str, None] = {}
    for start, end, script in _runs(text):
        if language in _READ_BY[script] or (end - start == 1 and script in _NAMED_ALONE):
            continue
        scripts[script.split("-")[0]] = None
        found.append((start, end, " "))
    if found:
        names = ", ".join("Chinese" if name == "CJK" else name.capitalize() for name in scripts)
        degraded.append(
            f"words in another script ({names}) are not spoken: this voice only names their letters"
        )
    return found


def _runs(text: str) -> Iterator[tuple[int, int, str]]:
    """Yield runs of letters of one foreign script, with the marks that belong to them."""
    begin, current = 0, ""
    for at, char in enumerate(text):
        category = unicodedata.category(char)
        if current and category[0] == "M":
            continue
        script = unicodedata.name(char, "").partition(" ")[0] if category[0] == "L" else ""
        script = script if script in _READ_BY else ""
        if script != current:
            if current:
                yield begin, at, current
            begin, current = at, script
    if current:
        yield begin, len(text), current


def _loose_marks(text: str) -> list[Change]:
    """Marks that closed nothing have no sound at the edge of a word: *Note, hello_."""
    return [
        (match.start(), match.end(), " " * len(match.group()))
        for match in re.finditer(
            r"(?<![\w*_~`])[*_~`]+(?=\w)|(?<=[^\W\d_])[*_~`]+(?!\w)|^\s*[*_~`-]{3,}\s*$", text, re.MULTILINE
        )
    ]


def _pauses(text: str, language: str) -> list[Change]:
    """A line that ends a sentence without a mark gets a pause; a full stop that ends none gets no pause."""
    stops = judge(text, language)
    found: list[Change] = []
    for at in stops.ends:
        before = text[:at].rstrip()[-1:]
        if at < len(text) and before and before not in ENDS and (before.isalnum() or before in ")]\"'”’»"):
            found.append((at, at + 1, ". "))
    for at in stops.soft:
        if text[at - 1] == "." and at < len(text) and text[at].isspace():
            found.append((at - 1, at, " "))
    return found
