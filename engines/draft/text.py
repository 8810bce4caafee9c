"""What the draft text engine makes: film scripts, short texts, better prompts and simple edits, by rules
alone."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from engines.contract import Finished, Product, Result, Task, one_by_one
from engines.draft.story.brevity import not_followed
from engines.draft.story.edit import EDITS, edit
from engines.draft.story.prose import write_prose
from engines.draft.story.refine import refine
from engines.draft.story.write import write_script
from language.instructions import asked
from runtime.errors import EngineUnavailable, InvalidRequest
from schemas.script import Direction, FilmScript, read_direction

_TEXT_LIMIT_BYTES = 64_000  # what an asset's `text` may hold


class DraftText:
    """Writes drafts by rules: no weights, no network, a few milliseconds each, the same bytes for the same
    seed."""

    concurrent = True

    def load(self, device: str) -> None:
        """Nothing to load: the rules are code."""

    def unload(self) -> None:
        """Nothing to give back."""

    def generate(self, tasks: Sequence[Task]) -> Iterator[Finished]:
        """Write one text for each task.

        Raises:
            EngineUnavailable: the task needs a language model; the message says so.
            InvalidRequest: the direction of a film script cannot be read.
        """
        return one_by_one(tasks, _written)


def _written(task: Task) -> Result:
    task.report.step(0, 1, "writing")
    text, media_type = _WRITERS[task.capability](task.params, task.seed)
    degraded = _not_followed(task.capability, task.params)
    path = task.workdir / f"text.{'json' if media_type == 'application/json' else 'txt'}"
    path.write_bytes(text.encode())
    task.report.step(1, 1, "writing")
    return Result((Product(path, media_type, text=_within_limit(text)),), degraded)


def _generation(params: Mapping[str, Any], seed: int) -> tuple[str, str]:
    schema = params.get("json_schema")
    if schema is None:
        return write_prose(str(params["prompt"]), seed, params.get("max_tokens")), "text/plain"
    if not _is_script_schema(schema):
        raise EngineUnavailable(
            "the draft text engine writes plain text and film scripts; "
            "another json_schema needs a language model engine"
        )
    try:
        direction = read_direction(params.get("system")) or Direction()
    except ValueError as error:
        raise InvalidRequest(str(error)) from error
    script = write_script(str(params["prompt"]), direction, seed)
    return script.model_dump_json(exclude_none=True, indent=1), "application/json"


def _not_followed(capability: str, params: Mapping[str, Any]) -> tuple[str, ...]:
    """What the brief of a film asks for that its script does not follow."""
    if capability != "text-generation" or params.get("json_schema") is None:
        return ()
    return not_followed(asked(str(params["prompt"])), read_direction(params.get("system")) or Direction())


def _refinement(params: Mapping[str, Any], seed: int) -> tuple[str, str]:
    return refine(str(params["prompt"]), str(params.get("purpose") or "image"), seed), "text/plain"


def _editing(params: Mapping[str, Any], seed: int) -> tuple[str, str]:
    target = params.get("target_language")
    if target:
        raise EngineUnavailable(
            f"the draft text engine does not translate; {target!r} needs a language model engine"
        )
    instruction = str(params.get("instruction") or "")
    edited = edit(str(params["text"]), instruction)
    if edited is None:
        raise EngineUnavailable(
            "the draft text engine knows only simple edits ("
            + ", ".join(EDITS)
            + "); this instruction needs a language "
            "model engine"
        )
    return edited, "text/plain"


_WRITERS = {"text-generation": _generation, "prompt-refinement": _refinement, "text-to-text": _editing}


def _is_script_schema(schema: object) -> bool:
    return isinstance(schema, Mapping) and json.loads(json.dumps(schema)) == FilmScript.model_json_schema()


def _within_limit(text: str) -> str:
    """Return the text, or as much of its beginning as an asset may carry."""
    data = text.encode()
    return text if len(data) <= _TEXT_LIMIT_BYTES else data[:_TEXT_LIMIT_BYTES].decode(errors="ignore")
