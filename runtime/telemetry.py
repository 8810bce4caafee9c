"""How a process speaks of itself: structured log lines, each with who says it and in which trace."""

from __future__ import annotations

import logging
import sys
from collections.abc import Collection
from contextlib import AbstractContextManager
from typing import TextIO, cast

import structlog
from opentelemetry import trace

_who: dict[str, object] = {}
"""Who this process is: fields of its every line, whatever thread says it."""

_silent: set[str] = set()
"""Libraries that say nothing, for a person at a terminal wants the command's own words."""

_handlers: list[logging.Handler] = []


def identify(**who: object) -> None:
    """Let these fields stand in every line of this process: its role, its pid, its worker id."""
    _who.update(who)


def configure_logging(level: str, log_format: str, *, silent: Collection[str] = ()) -> None:
    """Send structured log lines to stderr: JSON for machines, text for people.

    Each has what `identify` was told, what is bound (`unit_of_work`), and the present trace. The libraries named by
    `silent` say nothing. It may be called again, as a process does that began as a copy of a command.
    """
    for name in {*_silent, *silent}:
        logging.getLogger(name).setLevel(logging.CRITICAL if name in silent else logging.NOTSET)
    _silent.clear()
    _silent.update(silent)
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer()
        if log_format == "json"
        else structlog.dev.ConsoleRenderer(colors=False)
    )
    level_and_time: list[structlog.typing.Processor] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    to_text: list[structlog.typing.Processor] = [structlog.processors.format_exc_info, renderer]
    structlog.configure(
        processors=[*_SAID_WITH, *level_and_time, *to_text],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper(), logging.INFO)),
        logger_factory=structlog.PrintLoggerFactory(file=cast("TextIO", _Stderr())),
        # A logger that was used keeps its settings for ever; those of a command are not a process's.
        cache_logger_on_first_use=not silent,
    )
    # What libraries say of their troubles takes the same shape.
    handler = logging.StreamHandler(cast("TextIO", _Stderr()))
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *to_text],
            foreign_pre_chain=[*_SAID_WITH, structlog.stdlib.add_logger_name, *level_and_time],
        )
    )
    for old in _handlers:
        logging.getLogger().removeHandler(old)
    _handlers[:] = [handler]
    logging.basicConfig(level=logging.WARNING, handlers=_handlers)


def unit_of_work(**ids: object) -> AbstractContextManager[None]:
    """Let these ids (job_id, node_id, task_id, request_id) stand in every line that the block says."""
    return structlog.contextvars.bound_contextvars(**ids)


def _with_who(_: object, __: str, line: structlog.typing.EventDict) -> structlog.typing.EventDict:
    for name, value in _who.items():
        line.setdefault(name, value)
    return line


def _with_trace(_: object, __: str, line: structlog.typing.EventDict) -> structlog.typing.EventDict:
    here = trace.get_current_span().get_span_context()
    if here.is_valid:
        line.setdefault("trace_id", f"{here.trace_id:032x}")
        line.setdefault("span_id", f"{here.span_id:016x}")
    return line


_SAID_WITH: tuple[structlog.typing.Processor, ...] = (
    structlog.contextvars.merge_contextvars,
    _with_who,
    _with_trace,
)


class _Stderr:
    """The standard error of the moment: loggers live longer than a stream that took its place for a while."""

    def write(self, text: str) -> int:
        return sys.stderr.write(text)

    def flush(self) -> None:
        sys.stderr.flush()


def get_logger(name: str) -> structlog.stdlib.BoundLogger:
    """Return a logger; events are dotted names with fields: `log.info("work.finished", job_id=...)`."""
    logger: structlog.stdlib.BoundLogger = structlog.get_logger(name)
    return logger
