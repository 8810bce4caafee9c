"""Which token comes next: the choice that transformers' `generate` makes, by a generator of the task's own."""

from __future__ import annotations

from typing import Any

import torch
from transformers import (
    LogitsProcessorList,
    MinPLogitsWarper,
    RepetitionPenaltyLogitsProcessor,
    TemperatureLogitsWarper,
    TopKLogitsWarper,
    TopPLogitsWarper,
)

TOP_K = 50
"""What `generate` takes where a checkpoint says nothing."""


class Choice:
    """How one task chooses; `temperature` None leaves it to what the checkpoint says, 0 takes the likeliest."""

    def __init__(self, config: Any, temperature: float | None, seed: int, device: str) -> None:
        """`config` is the checkpoint's generation config."""
        self._random = bool(config.do_sample) if temperature is None else temperature > 0.0
        self._generator = torch.Generator(device).manual_seed(seed % (1 << 63))
        self._processors = LogitsProcessorList()
        if config.repetition_penalty not in (None, 1.0):
            self._processors.append(RepetitionPenaltyLogitsProcessor(config.repetition_penalty))
        if not self._random:
            return
        warmth = config.temperature if temperature is None else temperature
        if warmth not in (None, 1.0):
            self._processors.append(TemperatureLogitsWarper(float(warmth)))
        if top_k := TOP_K if config.top_k is None else config.top_k:
            self._processors.append(TopKLogitsWarper(top_k))
        if config.top_p is not None and config.top_p < 1.0:
            self._processors.append(TopPLogitsWarper(config.top_p))
        if config.min_p is not None:
            self._processors.append(MinPLogitsWarper(config.min_p))

    def next(self, ids: list[int], logits: torch.Tensor, allowed: torch.Tensor | None) -> int:
        """Return the token that follows `ids`; `logits` are (vocabulary), `allowed` says of each token whether it may come."""
        scores = logits.float()[None]
        if allowed is not None:
            scores = scores.masked_fill(~allowed[None], float("-inf"))
        scores = self._processors(torch.tensor([ids], device=scores.device), scores)
        if not self._random:
            return int(scores.argmax())
        return int(torch.multinomial(torch.softmax(scores, -1), 1, generator=self._generator))
