"""What a model remembers of several answers of different lengths, as one cache: rows that end together on the right."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from transformers import DynamicCache

Layers = list[tuple[torch.Tensor, torch.Tensor]]
"""Keys and values of each layer, (1, heads, tokens, width)."""


def layers_of(cache: Any) -> Layers:
    """Return what a cache of transformers holds."""
    return [(layer.keys, layer.values) for layer in cache.layers]


class Rows:
    """The shared cache. Whoever comes or leaves has it laid out anew; between that a step only adds to it."""

    def __init__(self) -> None:
        self._owners: list[object] = []
        self._cache: Any = None
        self._lengths: list[int] = []

    def lay_out(
        self, owners: Sequence[object], lengths: Sequence[int], fresh: Sequence[Layers | None]
    ) -> None:
        """Let the rows be those of these owners, in this order.

        `lengths` are how many tokens of each are remembered; `fresh` is the cache of one that has just come.
        """
        self._lengths = list(lengths)
        if len(owners) == len(self._owners) and all(
            a is b for a, b in zip(owners, self._owners, strict=True)
        ):
            return
        before = {id(owner): row for row, owner in enumerate(self._owners)}
        old = layers_of(self._cache) if self._cache is not None else []
        made, longest = DynamicCache(), max(lengths)
        for index in range(max(len(old), *(len(each or ()) for each in fresh))):
            laid = []
            for part in (0, 1):
                sources = [
                    each[index][part][0] if each is not None else old[index][part][before[id(owner)]]
                    for owner, each in zip(owners, fresh, strict=True)
                ]
                heads, _, width = sources[0].shape
                whole = sources[0].new_zeros((len(owners), heads, longest, width))
                for row, (source, length) in enumerate(zip(sources, lengths, strict=True)):
                    whole[row, :, longest - length :] = source[:, source.shape[1] - length :]
                laid.append(whole)
            made.update(laid[0], laid[1], index)
            if old:
                old[index] = (laid[0][:0], laid[1][:0])
        self._cache, self._owners = made, list(owners)

    def forward(self, model: Any, tokens: Sequence[int]) -> torch.Tensor:
        """Add a token to each row; return the logits of what follows each, (rows, vocabulary)."""
        device = model.device
        lengths = torch.tensor(self._lengths, device=device)[:, None] + 1
        width = int(lengths.max())
        mask = torch.arange(width, device=device)[None] >= width - lengths
        logits: torch.Tensor = model(
            input_ids=torch.tensor(tokens, device=device)[:, None],
            attention_mask=mask.long(),
            position_ids=lengths - 1,
            cache=self._cache,
            use_cache=True,
        ).logits[:, -1]
        return logits

    def clear(self) -> None:
        """Forget all of it."""
        self._owners, self._cache, self._lengths = [], None, []
