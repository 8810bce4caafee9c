"""How a language model serves its capabilities: many answers share the steps of one network, a token at a time."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from jinja2 import TemplateError
from transformers import DynamicCache

from engines.contract import Product, Result, Task
from engines.local.diffusion.loading import give_back
from engines.local.writing.asking import Messages, messages_of
from engines.local.writing.loading import Language, load_language
from engines.local.writing.rows import Layers, Rows, layers_of
from engines.local.writing.sampling import Choice
from engines.local.writing.shapes import Shape, Shapes
from runtime.errors import EngineFailed, OutOfMemory, ReelbusError, Unsupported

LARGEST_BATCH = 8
MOST_TOKENS = 2048
"""Of an answer where a request says nothing."""
TOLD_EVERY_S = 0.25


@dataclass(eq=False, slots=True)
class Writing:
    """One answer on its way: the tokens that were asked, then those that answer."""

    task: Task
    ids: list[int]
    asked: int
    most: int
    choice: Choice
    shape: Shape | None
    logits: torch.Tensor
    fresh: Layers | None
    told_s: float = 0.0
    whole: bool = False
    wrong: ReelbusError | None = None
    answer: list[int] = field(default_factory=list)


class Writer:
    """A stepping engine (`engines.stepping`) over one causal language model."""

    def __init__(self, folder: Path, *, largest_batch: int = LARGEST_BATCH) -> None:
        self._folder, self.largest_batch = folder, largest_batch
        self._language: Language | None = None
        self._shapes: Shapes | None = None
        self._rows = Rows()

    def load(self, device: str) -> None:
        """Load the checkpoint.

        Raises: EngineUnavailable, OutOfMemory.
        """
        self._language = load_language(self._folder, device)

    def unload(self) -> None:
        """Give the network's memory back."""
        self._language = self._shapes = None
        self._rows.clear()
        give_back()

    @property
    def language(self) -> Language:
        """What is loaded."""
        assert self._language is not None  # noqa: S101  # load() comes first
        return self._language

    def admit(self, task: Task) -> Writing:
        """Read what a task asks. What cannot be answered is refused before the network sees it.

        Raises: Unsupported, OutOfMemory.
        """
        language, params = self.language, task.params
        ids = self._tokens(messages_of(task.capability, params))
        most = self._most(task, len(ids))
        schema = params.get("json_schema") if task.capability == "text-generation" else None
        shape = self._shape(schema) if schema is not None else None
        warmth = params.get("temperature")
        choice = Choice(
            language.model.generation_config,
            float(warmth) if warmth is not None else None,
            task.seed,
            language.device,
        )
        task.report.step(0, most, "writing")
        logits, fresh = self._read(ids)
        return Writing(task, ids, len(ids), most, choice, shape, logits, fresh, time.monotonic())

    def _tokens(self, messages: Messages) -> list[int]:
        """Return the tokens of a chat. What is said in it cannot end a turn: signs that do are taken apart."""
        tokenizer = self.language.tokenizer
        said = [{**each, "content": self._plain(each["content"])} for each in messages]
        try:
            text = tokenizer.apply_chat_template(said, tokenize=False, add_generation_prompt=True)
        except TemplateError:  # some know no system message
            whole = "\n\n".join(each["content"] for each in said)
            text = tokenizer.apply_chat_template(
                [{"role": "user", "content": whole}], tokenize=False, add_generation_prompt=True
            )
        return list(tokenizer(text, add_special_tokens=False, verbose=False).input_ids)

    def _plain(self, text: str) -> str:
        for sign in self.language.tokenizer.all_special_tokens:
            if len(sign) > 1:
                text = text.replace(sign, f"{sign[0]} {sign[1:]}")
        return text

    def _most(self, task: Task, asked: int) -> int:
        """Return how many tokens the answer may have."""
        context, room = self.language.context, self.language.context - asked
        if room < 1:
            place = "/text" if task.capability == "text-to-text" else "/prompt"
            raise Unsupported(
                f"{place} has {asked} tokens with what is said around it: the model reads at most {context - 1}"
            )
        wanted = task.params.get("max_tokens")
        if wanted is not None and int(wanted) > room:
            raise Unsupported(
                f"/max_tokens is {wanted}: after a prompt of {asked} tokens the model writes at most {room}"
            )
        return int(wanted) if wanted is not None else min(room, MOST_TOKENS)

    def _shape(self, schema: Any) -> Shape:
        if self._shapes is None:
            self._shapes = Shapes(self.language.tokenizer, self.language.ends)
        return self._shapes.of(schema)

    def _read(self, ids: list[int]) -> tuple[torch.Tensor, Layers]:
        model = self.language.model
        named = {"logits_to_keep": 1} if model._supports_logits_to_keep() else {}
        cache, asked = DynamicCache(), torch.tensor([ids], device=self.language.device)
        try:
            with torch.inference_mode():
                made = model(input_ids=asked, cache=cache, use_cache=True, **named)
        except torch.OutOfMemoryError as error:
            give_back()
            raise OutOfMemory(f"the device has no room for a prompt of {len(ids)} tokens") from error
        return made.logits[0, -1], layers_of(cache)

    def step(self, states: Sequence[Writing]) -> Sequence[bool]:
        """Write one token of each.

        Raises: OutOfMemory when the answers have no room together.
        """
        with torch.inference_mode():
            ended = [self._write(state) for state in states]
        left = [state for state, last in zip(states, ended, strict=True) if not last]
        if not left:
            self._rows.clear()
            return ended
        try:
            with torch.inference_mode():
                self._rows.lay_out(left, [len(each.ids) - 1 for each in left], [each.fresh for each in left])
                logits = self._rows.forward(self.language.model, [each.ids[-1] for each in left])
        except torch.OutOfMemoryError as error:
            self._rows.clear()
            give_back()
            raise OutOfMemory(f"the device has no room for {len(left)} answers of this length") from error
        except Exception:
            self._rows.clear()
            raise
        for state, row in zip(left, logits, strict=True):
            state.logits, state.fresh = row, None
        return ended

    def _write(self, state: Writing) -> bool:
        """Choose the next token of one; return whether it was the last. What goes wrong is its own."""
        try:
            return self._chosen(state)
        except ReelbusError as error:
            state.wrong = error
        except (RuntimeError, ValueError) as error:
            state.wrong = EngineFailed(f"the next token could not be chosen: {type(error).__name__}")
            state.wrong.__cause__ = error
        return True

    def _chosen(self, state: Writing) -> bool:
        allowed = None
        if state.shape is not None:
            allowed = state.shape.allowed(state.logits.shape[-1], self.language.device)
        token = state.choice.next(state.ids, state.logits, allowed)
        if token in self.language.ends:
            state.whole = state.shape is None or state.shape.whole
            return True
        state.ids.append(token)
        state.answer.append(token)
        if state.shape is not None:
            state.shape.take(token)
            state.whole = state.shape.ended
        now_s = time.monotonic()
        if now_s - state.told_s >= TOLD_EVERY_S:
            state.told_s = now_s
            state.task.report.step(len(state.answer), state.most, "writing")
        return state.whole or len(state.answer) >= state.most

    def finish(self, state: Writing) -> Result:
        """Write the answer down.

        Raises: EngineFailed when there is none, or it is not the JSON that was asked for.
        """
        if state.wrong is not None:
            raise state.wrong
        text = self.language.tokenizer.decode(state.answer, skip_special_tokens=True).strip()
        count = len(state.answer)
        if not text:
            raise EngineFailed("the model answered nothing")
        kind, suffix = "text/plain", "txt"
        degraded: tuple[str, ...] = ()
        if state.shape is not None:
            kind, suffix = "application/json", "json"
            _whole_json(state, text, count)
        elif not state.whole:
            degraded = (f"the answer was cut off after {count} tokens (max_tokens)",)
        path = state.task.workdir / f"text.{suffix}"
        path.write_text(text, "utf-8")
        state.task.report.step(1, 1, "done")
        return Result((Product(path, kind, text=text),), degraded)


def _whole_json(state: Writing, text: str, count: int) -> None:
    """Look whether an answer is JSON to its end: one that was cut off may fit the schema so far."""
    if not (state.whole or (state.shape is not None and state.shape.whole)):
        raise EngineFailed(f"/max_tokens: the JSON was not whole after {count} tokens; allow more")
    try:
        json.loads(text)
    except (ValueError, RecursionError) as error:
        raise EngineFailed("the answer is no JSON, and its json_schema asks for it") from error
