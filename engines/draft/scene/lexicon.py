"""Which glyph shows a noun: names in fifteen languages, our synonyms, plurals, emoji themselves."""

from __future__ import annotations

import json
import re
import zipfile
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from engines.draft.scene.people import GROUPS, PEOPLE
from engines.draft.scene.synonyms import NOT_NOUNS, SYNONYMS, TAG_NOUNS
from engines.draft.scene.words import SETTINGS

ARCHIVE = Path(__file__).with_name("glyphs.zip")

_TAG_GROUPS = (
    "animal",
    "food",
    "transport",
    "place-building",
    "plant",
    "musical",
    "household",
    "clothing",
    "person-role",
)
_EMOJI = re.compile("[\U0001f000-\U0001faff\u2190-\u2bff\u3030-\u303d©®]")


@dataclass(frozen=True, slots=True)
class Found:
    """A noun of the prompt: where it stands among the words, and the glyph that shows it."""

    start: int
    length: int
    glyph: str
    counted: bool = False
    """Whether the phrase has already been taken apart into single things."""


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Phrases by language, emoji, and the group of each glyph."""

    phrases: dict[str, dict[tuple[str, ...], str]]
    emoji: dict[str, str]
    groups: dict[str, str]

    def nouns(self, words: list[str], language: str) -> list[Found]:
        """Return what the words name, in order; the longest phrase wins, a plural means its singular."""
        found, start = [], 0
        order = [
            self.phrases["ours"],
            *(self.phrases[x] for x in dict.fromkeys((language, "en")) if x in self.phrases),
        ]
        while start < len(words):
            hit = self._longest(words, start, order)
            if hit is None:
                start += 1
                continue
            found.append(hit)
            start += hit.length
        return found

    def _longest(self, words: list[str], start: int, order: list[dict[tuple[str, ...], str]]) -> Found | None:
        for length in range(min(4, len(words) - start), 0, -1):
            phrase = tuple(words[start : start + length])
            forms, english = _singulars(phrase[-1]), _english_singulars(phrase[-1])
            for last in forms:
                for table in order:
                    if table is self.phrases.get("en") and last not in english:
                        continue
                    glyph = table.get((*phrase[:-1], last))
                    vague = length == 1 and (last in NOT_NOUNS or last in SETTINGS)
                    if glyph is not None and (not vague or table is self.phrases["ours"]):
                        return Found(start, length, glyph)
        return None

    def pictured(self, text: str) -> list[str]:
        """Return the glyphs of the emoji that stand in a text, in order, at most 16."""
        found: list[str] = []
        at = 0
        while at < len(text) and len(found) < 16:
            if _EMOJI.match(text, at):
                for length in range(min(10, len(text) - at), 0, -1):
                    glyph = self.emoji.get(_bare(text[at : at + length]))
                    if glyph is not None:
                        found.append(glyph)
                        at += length - 1
                        break
            at += 1
        return found

    def without_spaces(self, text: str, language: str) -> list[str]:
        """Return the glyphs whose names a text of a script without spaces contains, in order, at most 4."""
        hits = []
        for words, glyph in (self.phrases.get(language, {}) | self.phrases["ours"]).items():
            if len(words) == 1 and not words[0].isascii() and ord(words[0][0]) > 0x2E80:
                at = text.find(words[0])
                if at >= 0:
                    hits.append((at, -len(words[0]), glyph))
        return [glyph for _, _, glyph in sorted(hits)][:4]


def _singulars(word: str) -> list[str]:
    forms = [word]
    if len(word) > 3 and "\u0400" <= word[0] <= "\u04ff":
        # Slavic cases: the commonest endings of the nominative
        forms += [
            stem + end
            for stem in (word[:-1], word[:-2])
            for end in ("", "а", "я", "о", "ь", "е")
            if len(stem) > 2
        ]
    if len(word) > 3:
        if word.endswith("'s"):
            forms.append(word[:-2])
        if word.endswith("ies"):
            forms.append(word[:-3] + "y")
        if word.endswith("ves"):
            forms += [word[:-3] + "f", word[:-3] + "fe"]
        if word.endswith("es"):
            forms.append(word[:-2])
        if word.endswith(("s", "n", "x", "i")):
            forms.append(word[:-1])
        if word.endswith(("en", "er")):
            forms.append(word[:-2])
    return forms


def _english_singulars(word: str) -> frozenset[str]:
    """Return the forms that an English plural may have come from: "runner" is none of "run"."""
    stems = {word, word.removesuffix("'s"), word.removesuffix("es"), word.removesuffix("s")}
    return frozenset(
        stems
        | {word.removesuffix("ies") + "y", word.removesuffix("ves") + "f", word.removesuffix("ves") + "fe"}
    )


def _bare(emoji: str) -> str:
    return emoji.replace("\ufe0f", "")


@lru_cache(maxsize=1)
def lexicon() -> Lexicon:
    """Read the names out of the glyph archive, once for each process (about 0.1 s)."""
    with zipfile.ZipFile(ARCHIVE) as archive:
        rows: dict[str, dict[str, Any]] = json.loads(archive.read("words.json"))
    emoji = {_bare(row["emoji"]): glyph for glyph, row in rows.items()}
    groups = {glyph: row["group"] for glyph, row in rows.items()}
    phrases: dict[str, dict[tuple[str, ...], str]] = {"ours": {}}
    for picture, line in [
        *((GROUPS[phrase].split()[0], phrase) for phrase in GROUPS),
        *PEOPLE.items(),
        *SYNONYMS.items(),
    ]:
        glyph = picture if picture.startswith(":") else emoji.get(_bare(picture), "")
        for phrase in line.split(", ") if glyph else ():
            phrases["ours"].setdefault(tuple(phrase.split()), glyph)
    owners: dict[str, list[str]] = {}
    for glyph, row in rows.items():
        for language, name in row["names"].items():
            words = tuple(re.findall(r"[^\W_]+(?:['’][^\W_]+)?", name))
            if words and not words[-1].isdigit():
                phrases.setdefault(language, {}).setdefault(words, glyph)
        for tag in row["tags"] if row["group"].startswith(_TAG_GROUPS) else ():
            owners.setdefault(tag.casefold(), []).append(glyph)
    for tag, glyphs in owners.items():
        if len(glyphs) == 1 and tag in TAG_NOUNS:
            phrases["en"].setdefault(tuple(tag.split()), glyphs[0])
    return Lexicon(phrases, emoji, groups)
