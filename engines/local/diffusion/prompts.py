"""What a prompt is to a diffusion model: the words that it reads, encoded once for all tasks that say the same."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch

from catalog.styles import find_style
from engines.local.diffusion.loading import Pipeline
from runtime.errors import Unsupported

NEGATIVE = "blurry, bad quality, distorted"
"""What is kept away from where a request says nothing."""
REMEMBERED = 64
"""So many encoded prompts are kept; one takes less than a megabyte."""


@dataclass(frozen=True, slots=True)
class Words:
    """What a task says; without `guided` nothing is kept away from, and the negative prompt is not read."""

    prompt: str
    negative: str
    guided: bool


@dataclass(frozen=True, slots=True)
class Encoded:
    """Rows of embeddings, what is kept away from first; `left_out` tokens of the prompt were more than the model reads."""

    embeddings: torch.Tensor
    pooled: torch.Tensor
    left_out: int


def prompt_of(params: Mapping[str, Any]) -> str:
    """Return the prompt of a task, its style in the words of the catalogue.

    Raises:
        Unsupported: there is no such style.
    """
    prompt, name = str(params["prompt"]), params.get("style")
    if name:
        style = find_style(str(name))
        if style is None:
            raise Unsupported(f"there is no style {str(name)[:60]!r}")
        prompt = f"{prompt}, {style.prompt_suffix}"
    return prompt


def words_of(params: Mapping[str, Any]) -> Words:
    """Return what a task says.

    Raises:
        Unsupported: there is no such style.
    """
    prompt, negative = prompt_of(params), params.get("negative_prompt")
    return Words(
        prompt, NEGATIVE if negative is None else str(negative), float(params.get("guidance", 7.5)) > 1.0
    )


class Prompts:
    """Encodes prompts by the pipeline's two encoders, and remembers the last ones."""

    def __init__(self, pipeline: Pipeline) -> None:
        self._pipeline = pipeline
        self._remembered: OrderedDict[Words, Encoded] = OrderedDict()

    def encoded(self, words: Words) -> Encoded:
        """Return the embeddings of these words: equal to the bit, whether they were remembered or not."""
        found = self._remembered.pop(words, None) or self._encode(words)
        self._remembered[words] = found
        if len(self._remembered) > REMEMBERED:
            self._remembered.popitem(last=False)
        return found

    def _encode(self, words: Words) -> Encoded:
        with torch.inference_mode():
            positive, negative, pooled, negative_pooled = self._pipeline.encode_prompt(
                words.prompt,
                device=self._pipeline.device,
                num_images_per_prompt=1,
                do_classifier_free_guidance=words.guided,
                negative_prompt=words.negative if words.guided else None,
            )
            if not words.guided:
                return Encoded(positive, pooled, self._left_out(words.prompt))
            return Encoded(
                torch.cat([negative, positive]),
                torch.cat([negative_pooled, pooled]),
                self._left_out(words.prompt),
            )

    def _left_out(self, prompt: str) -> int:
        """Return how many tokens of a prompt the encoders do not read."""
        tokenizer = self._pipeline.tokenizer
        ids = tokenizer(prompt, truncation=False, padding=False, verbose=False).input_ids
        return max(len(ids) - int(tokenizer.model_max_length), 0)
