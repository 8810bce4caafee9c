"""Which English words the rules know: what can act, what can be done, where, when and in what mood."""

from __future__ import annotations

from engines.draft.tables import read_table


def words_of(text: str) -> frozenset[str]:
    """Return the words of a text as a set."""
    return frozenset(text.split())


_TABLE = read_table(__file__)
DETERMINERS = words_of(_TABLE["determiners"])
NUMBERS = words_of(_TABLE["numbers"])
PREPOSITIONS = words_of(_TABLE["prepositions"])
PLACE_PREPOSITIONS = words_of(_TABLE["place_prepositions"])
CONJUNCTIONS = words_of(_TABLE["conjunctions"])
RELATIVES = words_of(_TABLE["relatives"])
ADVERBS = words_of(_TABLE["adverbs"])
SUBJECT_PRONOUNS = words_of(_TABLE["subject_pronouns"])
AUXILIARIES = words_of(_TABLE["auxiliaries"])

VERBS = words_of(_TABLE["verbs"])
STATIVE = words_of(_TABLE["stative"])

PAST_TO_BASE: dict[str, str] = {
    pair.split()[1]: pair.split()[0]
    for line in _TABLE["irregular"].splitlines()
    for pair in line.split("|")
    if pair
}
PARTICIPLES = words_of(_TABLE["participles"])

ADJECTIVES = words_of(_TABLE["adjectives"])

HE = words_of(_TABLE["he"])
SHE = words_of(_TABLE["she"])
PEOPLE = words_of(_TABLE["people"])
CREATURES = words_of(_TABLE["creatures"])
GROUPS = words_of(_TABLE["groups"])

PLURALS: dict[str, str] = _TABLE["plurals"]

NAMES_SHE = words_of(_TABLE["names_she"])
NAMES_HE = words_of(_TABLE["names_he"])

TIMES: dict[str, tuple[str, ...]] = _TABLE["times"]
WEATHER: dict[str, tuple[str, ...]] = _TABLE["weather"]
TONES: dict[str, tuple[str, ...]] = _TABLE["tones"]
