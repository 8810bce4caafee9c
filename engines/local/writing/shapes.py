"""Which tokens may come next where an answer has to be JSON of a schema, by llguidance."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import llguidance
import llguidance.hf
import numpy as np
import torch

from runtime.errors import EngineFailed, Unsupported

_STYLE = {
    "whitespace_flexible": False,
    "item_separator": ", ",
    "key_separator": ": ",
    "coerce_one_of": True,
    "lenient": False,
}
"""One way to write JSON, so that no answer is spaces without end; of `oneOf` the worker finds out whether one fits alone."""


class Shapes:
    """Makes a shape for each task, over the tokens of one model."""

    def __init__(self, tokenizer: Any, ends: frozenset[int]) -> None:
        self._tokens = llguidance.hf.from_tokenizer(tokenizer, eos_token=sorted(ends))

    def of(self, schema: Mapping[str, Any]) -> Shape:
        """Return the shape of a schema.

        Raises:
            Unsupported: something in it cannot be followed.
        """
        try:
            grammar = llguidance.LLMatcher.grammar_from_json_schema(json.dumps(schema), overrides=_STYLE)
        except ValueError as error:
            raise Unsupported("/json_schema cannot be followed while it is written") from error
        matcher = llguidance.LLMatcher(self._tokens, grammar, log_level=0)
        if matcher.is_error():
            why = matcher.get_error().splitlines()[0][:200]
            raise Unsupported(f"/json_schema cannot be followed while it is written: {why}")
        return Shape(matcher)


class Shape:
    """Where one answer is in its schema."""

    def __init__(self, matcher: Any) -> None:
        self._matcher = matcher

    def allowed(self, size: int, device: str) -> torch.Tensor:
        """Return of each token of a vocabulary of this size whether it may come."""
        bits = np.unpackbits(np.frombuffer(self._matcher.compute_bitmask(), np.uint8), bitorder="little")
        allowed = np.zeros(size, bool)
        allowed[: len(bits)] = bits[:size]
        return torch.from_numpy(allowed).to(device)

    def take(self, token: int) -> None:
        """Go on by a token.

        Raises:
            EngineFailed: it is none that may come.
        """
        if not self._matcher.consume_token(token):
            raise EngineFailed("the answer does not fit its json_schema")

    @property
    def whole(self) -> bool:
        """Whether the answer may end here."""
        return bool(self._matcher.is_accepting())

    @property
    def ended(self) -> bool:
        """Whether nothing may follow."""
        return bool(self._matcher.is_stopped())
