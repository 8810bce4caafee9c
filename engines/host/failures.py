"""What went wrong in a host, as our own errors: told by the engine, or seen from how its process ended."""

from __future__ import annotations

import signal

from catalog.models import Model, extra_of
from engines.host.wire import Message
from runtime.errors import BusUnreachable, EngineFailed, EngineMissing, OutOfMemory, ReelbusError
from schemas.codes import ErrorCode

_ERRORS = {
    error.code: error for error in reversed(ReelbusError.__subclasses__()) if error is not BusUnreachable
}
_TYPE_CHARACTERS = 60


class HandedBack(Exception):
    """The host of this task was ended for what another task did: it is as if this one had not begun."""


def failure(row: Model, told: Message) -> ReelbusError:
    """Return the error that a host tells of an engine, of which nothing is believed that could not be true."""
    code, message = str(told.get("code", "")), str(told.get("message", ""))
    if told.get("module") is not None:
        return not_installed(row, str(told["module"]))
    if code == ErrorCode.OUT_OF_MEMORY:
        return OutOfMemory(message or f"the engine {row.name} ran out of memory")
    known = _ERRORS.get(ErrorCode.known(code)) if code else None
    if known is not None:
        wait_s = told.get("retry_after_s")
        return known(message, retry_after_s=float(wait_s) if isinstance(wait_s, int | float) else None)
    name = str(told.get("type", ""))[:_TYPE_CHARACTERS]
    if name == "_NothingGiven":
        return EngineFailed(f"the engine {row.name} gave no result")
    failed = EngineFailed(f"the engine {row.name} failed ({name if name.isidentifier() else 'an error'})")
    if isinstance(told.get("errno"), int):
        failed.__cause__ = OSError(told["errno"], "")  # a full disk is recognised by it
    return failed


def not_installed(row: Model, module: str) -> EngineMissing:
    """Return the error that tells a user what to install when a module of an engine is missing."""
    needs = f"the engine {row.name} needs {module or 'a module'}, which is not installed "
    if row.environment:
        return EngineMissing(f"{needs}in its environment {row.environment}")
    return EngineMissing(f"{needs}on this worker: install reelbus[{extra_of(row) or 'draft'}]")


def cannot_start(row: Model, why: str) -> ReelbusError:
    """Return the error that tells that a host's Python does not start."""
    if not row.environment:
        return EngineFailed(f"the process of the engine {row.name} does not start: {why}")
    return EngineMissing(f"the environment {row.environment} of the engine {row.name} does not start: {why}")


def died(row: Model, status: int | None, *, for_memory: bool) -> ReelbusError:
    """Return the error of tasks whose host ended by itself."""
    if for_memory:
        return OutOfMemory(f"the system ended the process of the engine {row.name} for want of memory")
    return EngineFailed(f"the process of the engine {row.name} ended {ended_how(status)}")


def ended_how(status: int | None) -> str:
    """Say how a process ended: `by signal 11 (SIGSEGV)`, `with status 3`."""
    if status is None:
        return "with whoever had started it"
    if status >= 0:
        return f"with status {status}"
    try:
        return f"by signal {-status} ({signal.Signals(-status).name})"
    except ValueError:
        return f"by signal {-status}"
