"""Which languages the rules speak besides rich English, how each quotes, and which small words give it
away."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from engines.draft.tables import read_table


@dataclass(frozen=True, slots=True)
class Tongue:
    """The lines of one language. {phrase} is the brief in that language's quotation marks.

    No line has to agree with anything in the brief: gender, case and number of its words stay unknown.
    """

    quotes: tuple[str, str]
    hook: tuple[str, ...]
    middle: tuple[str, ...]
    ending: tuple[str, ...]


TELLTALES = {
    "en": "the a an of and to in is who that with for his her on at from into by are",
    "de": "der die das und ein eine einen einem einer ist im auf mit nicht von zu den dem wie über sich für",
    "fr": "le la les un une des et est dans sur avec qui du au pour pas ne son sa elle il sous je",
    "es": "el la los las un una y es en con que del al por para su se lo sobre sus está yo",
    "it": "il lo la gli un una e è nel nella con che di del della per suo sua si sul in dei io",
    "pt": "o a os as um uma e é no na com que do da em por para seu sua se ao pela eu não",
    "nl": "de het een en is in op met van voor die dat zijn haar naar niet te aan door ik",
    "pl": "i w na z się jest do nie o po przez który która to jego jej za od pod swój swoją",
}
SPOKEN = ("en", "de", "fr", "es", "it", "pt", "nl", "pl", "ru")


@lru_cache(maxsize=16)
def tongue(language: str) -> Tongue | None:
    """Return the lines of a language code, or None where the rules do not speak it."""
    if language not in SPOKEN:
        return None
    row = read_table(__file__, language)
    return Tongue(row["quotes"], _lines(row["hook"]), _lines(row["middle"]), _lines(row["ending"]))


def language_of(words: list[str], likely: str = "en") -> str:
    """Return the language whose small words the text has most of, `likely` in a tie; empty without any."""
    scores = {name: sum(word in small.split() for word in words) for name, small in TELLTALES.items()}
    best = max(scores, key=lambda name: scores[name])
    if scores[best] == scores.get(likely):
        best = likely
    return best if scores[best] else ""


def _lines(block: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in block.strip().splitlines())
