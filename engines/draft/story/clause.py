"""How one English clause is taken apart: subject, verb, what follows, wish and place."""

from __future__ import annotations

import re
from dataclasses import dataclass

from engines.draft.story import grammar
from engines.draft.story.idea import Action, Subject
from engines.draft.story.lexicon import (
    ADJECTIVES,
    ADVERBS,
    AUXILIARIES,
    CONJUNCTIONS,
    DETERMINERS,
    NUMBERS,
    PARTICIPLES,
    PREPOSITIONS,
    RELATIVES,
    STATIVE,
    SUBJECT_PRONOUNS,
    VERBS,
)
from engines.draft.story.subject import make_subject
from engines.draft.story.where import PLACE_WORDS, bare_word, place_of


@dataclass(frozen=True, slots=True)
class Parsed:
    """The parts that were found in a clause; None where there was none."""

    subject: Subject | None
    action: Action | None
    goal: str | None
    place: str | None
    nouns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Verb:
    start: int  # where the subject ends
    after: int  # where the rest begins
    base: str


def parse_clause(clause: str) -> Parsed:
    """Return the parts of one English clause. What the word lists do not know is taken for a noun."""
    words = clause.split()
    plain = [re.sub(r"^[^\w]+|[^\w]+$", "", word).lower() for word in words]
    if not any(plain):
        return Parsed(None, None, None, None, ())
    verb = _find_verb(words, plain)
    end = verb.start if verb else len(words)
    goal = None
    if verb is None:
        wish = _infinitive(plain, 1)
        if wish is not None:
            goal, end = " ".join(words[wish:]), wish
    core_end, modifiers = _noun_phrase(words, plain, end)
    rest = words[verb.after :] if verb else []
    place = place_of(modifiers) or place_of(rest)
    kept = [] if place_of(modifiers) else modifiers
    subject = (
        make_subject(words[:core_end], kept, clause) if core_end and _begins_well(plain[:core_end]) else None
    )
    action = _action(verb.base, rest, subject) if verb and subject else None
    if verb and goal is None:
        wish = _infinitive([bare_word(word) for word in rest], 0)
        if wish is not None:
            goal = _until_stop(rest[wish:])
    if action and goal and -1 < f" {action.rest}".find(" and ") < action.rest.find(goal):
        goal = None  # it belongs to a later step, and would tell the end first
    return Parsed(subject, action, goal.rstrip(",;: ") if goal else None, place, _nouns(words, plain))


def _begins_well(plain: list[str]) -> bool:
    """Whether the words can be a noun phrase at all."""
    odd = (
        PREPOSITIONS
        | CONJUNCTIONS
        | AUXILIARIES
        | RELATIVES
        | {"vs", "versus", "&", "+", "there", "let's", "not"}
    )
    return plain[0] not in odd and not odd & {"vs", "versus"} & set(plain) and any(plain)


def _find_verb(words: list[str], plain: list[str]) -> _Verb | None:
    plural = _opens_plural(plain)
    for index in range(1, len(plain)):
        word, before = plain[index], plain[index - 1]
        after = plain[index + 1] if index + 1 < len(plain) else ""
        if words[index - 1].endswith((";", ":")):
            return None
        if word in RELATIVES and word not in ("whose", "whom"):
            return _verb_at(plain, index + 1, index, plural=None)
        described = before in ADJECTIVES and word not in AUXILIARIES
        named = before in DETERMINERS or before in PREPOSITIONS or described
        if named and before not in SUBJECT_PRONOUNS | {"that"}:
            continue
        found = _verb_at(plain, index, index, plural=plural)
        if found is None:
            continue
        if (
            grammar.base_of_third(word)
            and after in VERBS
            and after not in DETERMINERS
            and not grammar.is_plural_noun(after)
        ):
            continue  # "sea waves crash": the next word is the verb
        return found
    return None


def _opens_plural(plain: list[str]) -> bool:
    head: list[str] = []
    for word in plain:
        if word in PREPOSITIONS or word in RELATIVES:
            break
        head.append(word)
    return (
        plain[0]
        in {
            "i",
            "you",
            "we",
            "they",
            "these",
            "those",
            "two",
            "three",
            "four",
            "five",
            "many",
            "several",
            "both",
        }
        or plain[0] in NUMBERS
        or "and" in head[:6]
        or (
            plain[0] not in ("a", "an", "one", "this", "every")
            and any(grammar.is_plural_noun(word) for word in head[:4])
        )
    )


def _verb_at(plain: list[str], index: int, start: int, plural: bool | None) -> _Verb | None:
    """Return the verb that stands at `index` (adverbs and auxiliaries skipped), or None."""
    position = index
    while position < len(plain) and plain[position] in ADVERBS:
        position += 1
    if position >= len(plain):
        return None
    word = plain[position]
    following = plain[position + 1] if position + 1 < len(plain) else ""
    if word in AUXILIARIES:
        return _auxiliary(plain, position, start)
    base = grammar.base_of_third(word)
    if base and (plural is not True or word not in PLACE_WORDS):
        return _Verb(start, position + 1, base)
    base = grammar.base_of_ing(word)
    if base and following not in PLACE_WORDS:
        return _Verb(start, position + 1, base)
    if word in VERBS and (plural or plural is None):
        return _Verb(start, position + 1, word)
    base = grammar.base_of_past(word)
    if word in PARTICIPLES and plural is False:
        if following in PREPOSITIONS and word in (
            "lost",
            "trapped",
            "stranded",
            "stuck",
            "hidden",
            "forgotten",
            "buried",
        ):
            return _Verb(start, position, "be")
        if word not in ("found", "told", "built", "made", "lost", "left", "seen"):
            return None
    loose = DETERMINERS | PREPOSITIONS | ADVERBS | NUMBERS | {""}
    if base and following in loose and following not in ("by", "of"):
        return _Verb(start, position + 1, base)
    return None


def _auxiliary(plain: list[str], position: int, start: int) -> _Verb | None:
    word = plain[position]
    following = plain[position + 1] if position + 1 < len(plain) else ""
    ing_base = grammar.base_of_ing(following)
    if word in ("is", "are", "am", "was", "were"):
        if ing_base:
            return _Verb(start, position + 2, ing_base)
        return _Verb(start, position + 1, "be")
    if word in ("has", "have", "had"):
        return _Verb(start, position + 1, "have")
    if (
        word in ("will", "would", "should", "must", "shall", "may", "might", "do", "does", "did")
        and following in VERBS
    ):
        return _Verb(start, position + 2, following)
    return None


def _infinitive(plain: list[str], first: int) -> int | None:
    for index in range(first, len(plain) - 1):
        if plain[index] == "to" and plain[index + 1] in VERBS | {"be", "have", "do"}:
            return index
    return None


def _noun_phrase(words: list[str], plain: list[str], end: int) -> tuple[int, list[str]]:
    """Return where the noun phrase itself ends, and the words that modify it up to `end`."""
    for index in range(1, end):
        if plain[index] in PREPOSITIONS or (
            plain[index] in PARTICIPLES and plain[index] in ("named", "called", "made")
        ):
            return index, words[index:end]
        if words[index - 1].endswith(","):
            return index, []
        if plain[index] in CONJUNCTIONS and plain[index] not in ("and", "or"):
            return index, []
    return end, []


def _until_stop(words: list[str]) -> str:
    kept: list[str] = []
    for index, word in enumerate(words):
        if index > 1 and bare_word(word) in (
            "but",
            "until",
            "while",
            "when",
            "because",
            "so",
            "before",
            "after",
            "only",
        ):
            break
        kept.append(word)
        if index > 2 and word.endswith((",", ";")):
            break
    return " ".join(kept)


def _action(base: str, rest: list[str], subject: Subject) -> Action:
    plain = [bare_word(word) for word in rest]
    cut = len(rest)
    steps: list[tuple[str, str]] = []
    for index, word in enumerate(plain):
        following = plain[index + 1] if index + 1 < len(plain) else ""
        boundary = word in (
            "until",
            "while",
            "but",
            "when",
            "who",
            "which",
            "because",
            "before",
            "after",
            "so",
            "then",
        )
        if word == "to" and following in VERBS and base not in STATIVE:
            boundary = index > 0
        if word in ("and", "then") and _step_base(following, subject):
            boundary = True
            steps.append((_step_base(following, subject) or "", " ".join(_upto_next(rest[index + 2 :]))))
        if index and rest[index - 1].endswith((",", ";")):
            boundary = True
            if _step_base(word, subject) and word not in ("and",):
                steps.append((_step_base(word, subject) or "", " ".join(_upto_next(rest[index + 1 :]))))
        if boundary:
            cut = min(cut, index)
    full = _in_present(rest, base, subject)
    return Action(base, " ".join(full).rstrip(",;: "), " ".join(full[:cut]).rstrip(",;: "), tuple(steps))


def _upto_next(words: list[str]) -> list[str]:
    for index, word in enumerate(words):
        if bare_word(word) in ("and", "then", "but", "until", "while") and index:
            return words[:index]
        if word.endswith((",", ";")):
            return [*words[:index], word.rstrip(",;")]
    return words


def _step_base(word: str, subject: Subject) -> str | None:
    if grammar.base_of_third(word):
        return grammar.base_of_third(word) if not subject.plural and subject.person == 3 else None
    if subject.plural or subject.person != 3:
        return word if word in VERBS else None
    past = grammar.base_of_past(word)
    return past if past and word not in PARTICIPLES | {"found"} else None


def _in_present(rest: list[str], base: str, subject: Subject) -> list[str]:
    """Return what follows the verb with its further past verbs in the present, so that one tense is heard."""
    changed: list[str] = []
    for index, word in enumerate(rest):
        bare, before = bare_word(word), bare_word(rest[index - 1]) if index else ""
        past = grammar.base_of_past(bare)
        if (
            past
            and base != "have"
            and bare not in PARTICIPLES | VERBS
            and before in ("and", "then", "he", "she", "it", "they", "who")
        ):
            plural = before == "they" or (
                before in ("and", "then") and (subject.plural or subject.person != 3)
            )
            changed.append(word.lower().replace(bare, grammar.agree(past, plural)))
        else:
            changed.append(word)
    return changed


def _nouns(words: list[str], plain: list[str]) -> tuple[str, ...]:
    skip = (
        DETERMINERS
        | PREPOSITIONS
        | CONJUNCTIONS
        | RELATIVES
        | AUXILIARIES
        | ADVERBS
        | SUBJECT_PRONOUNS
        | ADJECTIVES
    )
    kept: list[str] = []
    for word in plain:
        if (
            len(word) > 2
            and word not in skip | VERBS
            and not grammar.base_of_third(word)
            and word not in kept
        ):
            kept.append(word)
    return tuple(kept[:12])
