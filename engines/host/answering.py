"""How a host asks its remote engine, and puts what it answers into messages. Standard library only."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from engines.contract import Result, Task
from engines.remote_contract import (
    CHECKS_PER_S,
    Failed,
    NotTaken,
    NotYet,
    Pending,
    Ready,
    RemoteEngine,
    Ticket,
    TicketLost,
)
from runtime.errors import ReelbusError

AT_ONCE = 64
"""So many questions are asked at a time; each has a thread, which is kept: a connection may hang on it."""
_WORDS = 2000
_NOTHING = {"kind": "told"}
"""The word of a call that gives nothing, or what nobody understands."""


def threads() -> ThreadPoolExecutor:
    """Return the threads that questions are asked in."""
    return ThreadPoolExecutor(AT_ONCE, thread_name_prefix="ask")


def pace(engine: object) -> float:
    """Return how often a second an engine may be asked."""
    return float(getattr(engine, "checks_per_s", CHECKS_PER_S))


def asked(engine: RemoteEngine, message: dict[str, Any], task: Task | None) -> Result | dict[str, Any]:
    """Ask an engine, and return its result, or what is said to the worker.

    Raises:
        Exception: whatever the engine raises.
    """
    method, ticket = message["method"], message["ticket"]
    if method == "check":
        return _standing(engine.check(ticket))
    if method == "cancel":
        engine.cancel(ticket)
        return dict(_NOTHING)
    assert task is not None  # noqa: S101  # the worker sends one with what makes files
    if method == "fetch":
        result: object = engine.fetch(task, ticket)
        return result if isinstance(result, Result) else dict(_NOTHING)
    answer = engine.submit(task, message["submitted_before"])
    if isinstance(answer, Ticket) and isinstance(answer.text, str):
        times = {"check_in_s": float(answer.check_in_s), "expires_in_s": float(answer.expires_in_s)}
        return {"kind": "ticket", "text": answer.text, **times}
    if isinstance(answer, Result):
        return answer
    return dict(_NOTHING)


def _standing(standing: object) -> dict[str, Any]:
    match standing:
        case Pending(again_in_s):
            return {"kind": "standing", "standing": "pending", "again_in_s": again_in_s}
        case Ready():
            return {"kind": "standing", "standing": "ready"}
        case Failed(code, message, retry_after_s):
            words = {"code": str(code), "message": str(message)[:_WORDS], "retry_after_s": retry_after_s}
            return {"kind": "standing", "standing": "failed", **words}
    return dict(_NOTHING)


def answer_of(error: object) -> dict[str, Any] | None:
    """Return what a worker is told of an answer that an engine raised; None of what is an error.

    The reason of a `NotTaken` goes along where it is one of our errors.
    """
    words = str(error)[:_WORDS]
    if isinstance(error, NotTaken):
        cause = error.__cause__
        told: dict[str, Any] = {"answer": "not_taken", "message": words}
        if isinstance(cause, ReelbusError):
            because = {"code": cause.code.value, "message": cause.message[:_WORDS]}
            told["because"] = because | {"retry_after_s": cause.retry_after_s}
        return told
    if isinstance(error, NotYet):
        return {"answer": "not_yet", "again_in_s": float(error.again_in_s)}
    if isinstance(error, TicketLost):
        return {"answer": "ticket_lost", "message": words}
    return None
