"""How tasks and results are written into messages, on the worker's side."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from catalog.models import Model
from engines.contract import Product, Result, Task
from engines.host.failures import failure
from engines.host.results import check_result
from engines.host.wire import Message


def task_fields(task: Task, call: int) -> dict[str, Any]:
    """Return a task as its host is told of it, under the number `call`."""
    return {
        "call": call,
        "task_id": task.task_id,
        "capability": task.capability,
        "params": dict(task.params),
        "seed": task.seed,
        "workdir": str(task.workdir),
        "inputs": {pointer: [str(one.path), one.media_type] for pointer, one in task.inputs.items()},
        "idempotency_key": task.idempotency_key,
        "checkpoint": str(task.checkpoint) if task.checkpoint is not None else None,
    }


def result_of(message: Message) -> Result:
    """Return what a host says that an engine made.

    Raises:
        KeyError, TypeError, ValueError: it is no result.
    """
    products = tuple(
        Product(Path(str(one["path"])), str(one["media_type"]), _text(one["role"]), _text(one["text"]))
        for one in message["products"]
    )
    return Result(products, tuple(str(note) for note in message["degraded"]))


def read_result(row: Model, workdir: Path, limit_bytes: int, message: Message) -> Result:
    """Return what a task gave, as its host's last word about it says.

    Raises:
        ReelbusError: it failed, or gave what it must not.
        KeyError, TypeError, ValueError: it is no such word.
    """
    if message["kind"] == "failed":
        raise failure(row, message)
    result = result_of(message)
    check_result(row.name, result, workdir, limit_bytes)
    return result


def _text(value: object) -> str | None:
    return None if value is None else str(value)
