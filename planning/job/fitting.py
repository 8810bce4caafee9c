"""What a fact leaves out so that its record has room for it: texts first, the longest of them first, never the job."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from typing import Any, TypeVar

from pydantic_core import to_json

from planning.job.state import Job, Product
from planning.recipes.table import recipe_of
from schemas.assets import Asset
from schemas.base import Fact
from schemas.codes import ErrorCode
from schemas.facts import (
    AssetReady,
    Degraded,
    JobAccepted,
    JobCancelled,
    JobFailed,
    JobRejected,
    JobSucceeded,
    Problem,
)
from schemas.log import NodeProduct, TaskSucceeded
from schemas.references import is_reference
from schemas.sizes import BUDGETS

KEPT_TEXTS_BYTES = 2_500_000
"""So much text of its results a job keeps for its last event; the rest of that record is for a thousand assets."""

_SHORT_CHARS = 120
_MOST_LACKS = 1_000
_TEXT_FIELD_BYTES = len(',"text":')

_LABELS_BYTES = 40_000
"""More than sixteen labels can have."""

Unhappy = TypeVar("Unhappy", JobFailed, JobCancelled)
Ending = TypeVar("Ending", JobSucceeded, JobFailed, JobCancelled)


class TooLarge(ValueError):
    """A record that a job needs does not fit its topic, whatever is left out of it."""


def product_of(made: NodeProduct) -> Product:
    """Return a worker's product as the state of a job has it."""
    text = made.asset.text
    return Product(made.role, made.asset.to_json(), _text_bytes(text) if text else 0)


def keep_texts(job: Job) -> None:
    """Leave the longest texts out of the state of a job while all that nobody asks for any more are too many.

    Whoever wants a text that is left out finds it in its blob, and the job's last event says so.
    """
    recipe = recipe_of(job)
    outputs = set(recipe.chosen_outputs(job))
    held = [
        (node.node_id in outputs, -(product.text_bytes or _text_bytes(text)), node.node_id, product)
        for node in job.nodes.values()
        for product in node.products
        if (text := product.asset.get("text"))
    ]
    total = -sum(minus_bytes for _, minus_bytes, _, _ in held)
    if total <= KEPT_TEXTS_BYTES or recipe.needs_texts(job):
        return
    asked = _asked_for(job, {node_id for _, _, node_id, _ in held})
    for _, minus_bytes, node_id, product in sorted(held, key=lambda each: each[:3]):
        if total <= KEPT_TEXTS_BYTES:
            return
        if node_id in asked:
            continue
        total += minus_bytes
        product.asset = {name: value for name, value in product.asset.items() if name != "text"}
        product.text_bytes = -minus_bytes


def _asked_for(job: Job, sources: Set[str]) -> set[str]:
    """Which of these nodes' texts a node that has not ended will ask for."""
    row: list[Any] = [
        node.params for node in job.nodes.values() if not node.ended and not sources.isdisjoint(node.needs)
    ]
    asked: set[str] = set()
    while row:
        value = row.pop()
        if isinstance(value, list | tuple):
            row.extend(value)
        elif is_reference(value) and value.get("field") == "text":
            asked.add(value["$from"])
        elif isinstance(value, Mapping):
            row.extend(value.values())
    return asked


def texts_left_out(job: Job) -> tuple[Degraded, ...]:
    """Say of each output whose text is in its blob alone."""
    chosen = recipe_of(job).chosen_outputs(job)
    outputs = (job.nodes[name] for name in chosen if name in job.nodes)
    return tuple(
        _left_out(node.node_id, product.role, product.text_bytes)
        for node in outputs
        for product in node.products
        if product.text_bytes and not product.asset.get("text")
    )


def fit_ending(fact: Ending, makers: Mapping[str, str]) -> Ending:
    """Return the last fact of a run as it fits its record; `makers` names the node of each output's role.

    Raises:
        TooLarge: it does not fit without a single text, and with the shortest of messages.
    """
    budget = BUDGETS["jobs"]
    over = len(fact.to_bytes()) - budget
    if over <= 0:
        return fact
    outputs, lacks = dict(fact.outputs), list(fact.degraded or ())
    texts = [(-_text_bytes(asset.text), role) for role, asset in outputs.items() if asset.text]
    for minus_bytes, role in sorted(texts):
        if over <= 0:
            break
        lack = _left_out(makers.get(role, role), role, -minus_bytes)
        lacks.append(lack)
        outputs[role] = without_text(outputs[role])
        over += minus_bytes - _TEXT_FIELD_BYTES + len(lack.to_bytes()) + 1
    if over > 0:
        lacks = [lack.model_copy(update={"message": _short(lack.message)}) for lack in lacks[:_MOST_LACKS]]
    degraded = tuple(lacks) if lacks or fact.degraded is not None else None
    fact = fact.model_copy(update={"outputs": outputs, "degraded": degraded})
    size = len(fact.to_bytes())
    if size > budget:
        raise TooLarge(f"the results of this job need {size} bytes in one event, and {budget} are the most")
    return fact


def bare_ending(fact: Unhappy) -> Unhappy:
    """Return the last fact of a run without its outputs, and without labels that nobody could have given."""
    lack = Degraded(node_id="", code=ErrorCode.UNSUPPORTED, message="the outputs are too many for one event")
    degraded = (lack,) if fact.outputs else None
    return fact.model_copy(update={"outputs": {}, "labels": fair_labels(fact.labels), "degraded": degraded})


def fair_labels(labels: dict[str, str]) -> dict[str, str]:
    """Return the labels of a job, or none when they are more than anybody could have given."""
    return labels if len(to_json(labels)) <= _LABELS_BYTES else {}


def fit_asset(fact: AssetReady) -> AssetReady:
    """Return the fact of an asset as it fits its record: without its text if need be.

    Raises:
        TooLarge: it does not fit without it.
    """
    if _fits(fact, "assets"):
        return fact
    fact = fact.model_copy(update={"asset": without_text(fact.asset)})
    if not _fits(fact, "assets"):
        raise TooLarge(f"an asset of {fact.node_id} is described by more than {BUDGETS['assets']} bytes")
    return fact


def fit_accepted(fact: JobAccepted) -> JobAccepted:
    """Return the fact of an acceptance as it fits its record: without what its nodes need, without nodes."""
    if _fits(fact, "jobs"):
        return fact
    fact = fact.model_copy(update={"nodes": tuple(n.model_copy(update={"needs": ()}) for n in fact.nodes)})
    return fact if _fits(fact, "jobs") else bare_accepted(fact)


def bare_accepted(fact: JobAccepted) -> JobAccepted:
    """Return the fact of an acceptance without its nodes and labels."""
    return fact.model_copy(update={"nodes": (), "labels": {}})


def fit_rejected(fact: JobRejected) -> JobRejected:
    """Return the fact of a refusal as it fits its record: with the first of its problems."""
    return fact if _fits(fact, "jobs") else fact.model_copy(update={"errors": told_problems(fact.errors)})


def told_problems(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Return as many of the problems as have room, at least one; the last says that there are more."""
    told: list[Problem] = []
    room_bytes = BUDGETS["jobs"] // 2
    for problem in problems:
        size = len(problem.to_bytes()) + 1
        if told and size > room_bytes:
            told.append(Problem(code=ErrorCode.INVALID_REQUEST, path="", message="and there is more"))
            break
        fits = size <= room_bytes
        short = {"path": "", "message": _short(problem.message) or ""}
        told.append(problem if fits else problem.model_copy(update=short))
        room_bytes -= size
    return tuple(told)


def fit_result(event: TaskSucceeded) -> TaskSucceeded:
    """Return a worker's result as it fits the log: without its longest texts if need be, each named as a lack.

    Raises:
        TooLarge: it does not fit without them.
    """
    budget = BUDGETS["log"]
    over = len(event.to_bytes()) - budget
    if over <= 0:
        return event
    products, lacks = list(event.products), list(event.degraded)
    texts = [
        (-_text_bytes(product.asset.text), i) for i, product in enumerate(products) if product.asset.text
    ]
    for minus_bytes, i in sorted(texts):
        if over <= 0:
            break
        lack = _left_out(event.node_id, products[i].role, -minus_bytes)
        lacks.append(lack)
        products[i] = NodeProduct(role=products[i].role, asset=without_text(products[i].asset))
        over += minus_bytes - _TEXT_FIELD_BYTES + len(lack.to_bytes()) + 1
    if over > 0:
        lacks = [lack.model_copy(update={"message": _short(lack.message)}) for lack in lacks[:_MOST_LACKS]]
    event = event.model_copy(update={"products": tuple(products), "degraded": tuple(lacks)})
    size = len(event.to_bytes())
    if size > budget:
        raise TooLarge(
            f"the result of {event.node_id} is described by {size} bytes, and {budget} are the most"
        )
    return event


def without_text(asset: Asset) -> Asset:
    """Return an asset whose text is in its blob alone."""
    return asset.model_copy(update={"text": None})


def _fits(fact: Fact, topic: str) -> bool:
    return len(fact.to_bytes()) <= BUDGETS[topic]


def _text_bytes(text: str | None) -> int:
    """How much of a record a text takes, with its quotes and whatever is escaped in it."""
    return len(to_json(text))


def _left_out(node_id: str, role: str, size_bytes: int) -> Degraded:
    what = "its text" if role == node_id else f"the text of {role}"
    message = f"{what} ({size_bytes} bytes) is in its blob alone: with it this event would be too large"
    return Degraded(node_id=node_id, code=ErrorCode.UNSUPPORTED, message=message)


def _short(message: str | None) -> str | None:
    return message if message is None or len(message) <= _SHORT_CHARS else f"{message[: _SHORT_CHARS - 1]}…"
