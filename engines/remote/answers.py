"""What a provider's answer says: values by their places in it, and how work stands. Nothing in it is believed blindly."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from catalog.providers.card import Job, Provider
from engines.remote_contract import Failed, Pending, Ready, Standing
from schemas.codes import ErrorCode

MOST_WORDS = 500
"""So many characters of what a provider says are passed on."""


def values_at(answer: Any, place: str) -> Iterator[Any]:
    """Yield what stands at a JSON pointer; `*` is every entry of a list, in order."""
    found = [answer]
    for step in place.split("/")[1:]:
        found = [inner for each in found for inner in _inside(each, step)]
    yield from (each for each in found if each is not None)


def _inside(value: Any, step: str) -> Iterator[Any]:
    if isinstance(value, list):
        if step == "*":
            yield from value
        elif step.isdigit() and int(step) < len(value):
            yield value[int(step)]
    elif isinstance(value, dict) and step in value:
        yield value[step]


def text_at(answer: Any, place: str) -> str:
    """Return the first text at a place; empty where there is none."""
    return next((each for each in values_at(answer, place) if isinstance(each, str) and each), "")


def words_of(answer: Any, card: Provider) -> str:
    """Return why an answer is an error, in the provider's words."""
    for place in card.error:
        said = text_at(answer, place)
        if said:
            return " ".join(said.split())[:MOST_WORDS]
    return ""


def is_refusal(answer: Any, card: Provider) -> bool:
    """Whether an answer says that the provider will not make this."""
    return _mentions(answer, card.moderated)


def wants_money(answer: Any, card: Provider) -> bool:
    """Whether an answer says that somebody has to pay first."""
    return _mentions(answer, card.out_of_credit)


def _mentions(answer: Any, words: tuple[str, ...], depth: int = 6) -> bool:
    if isinstance(answer, str):
        said = answer[: 4 * MOST_WORDS].casefold()
        return any(word.casefold() in said for word in words)
    if depth and isinstance(answer, dict):
        return any(_mentions(each, words, depth - 1) for each in list(answer.values())[:50])
    if depth and isinstance(answer, list):
        return any(_mentions(each, words, depth - 1) for each in answer[:50])
    return False


def standing(answer: Any, job: Job, card: Provider) -> Standing:
    """Read how work stands from the answer to a check."""
    said = next(iter(values_at(answer, job.status)), None)
    word = said if isinstance(said, str) else str(said)
    if word in job.working:
        return Pending()
    why = " ".join(text_at(answer, job.error).split())[:MOST_WORDS] if job.error else ""
    if word in job.failed or (word in job.done and _has_failed(answer, job)):
        code = ErrorCode.MODERATION_BLOCKED if is_refusal(answer, card) else ErrorCode.PROVIDER_FAILED
        return Failed(code, f"{card.name}: {why or word}")
    if word in job.done:
        return Ready()
    return Pending()  # a word that only a newer version knows; its time ends it


def _has_failed(answer: Any, job: Job) -> bool:
    """Whether work that is done came to an error, as operations do that have an error in the place of a response."""
    return bool(job.error) and next(iter(values_at(answer, "/" + job.error.split("/")[1])), None) not in (
        None,
        "",
    )
