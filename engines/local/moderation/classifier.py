"""What a text classifier of transformers says of a text of any length, window by window."""

from __future__ import annotations

import os
from pathlib import Path

os.environ |= {
    "HF_HUB_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "DO_NOT_TRACK": "1",
    "TOKENIZERS_PARALLELISM": "false",
}  # read when imported

import torch
import transformers

from engines.local.diffusion.checkpoint import examine
from runtime.errors import EngineFailed, EngineUnavailable, OutOfMemory

_OVERLAP = 32
"""So many tokens stand in two windows, so that what is said across an edge is read whole."""


class Classifier:
    """The loaded checkpoint; each of its labels is judged for itself."""

    def __init__(self, folder: Path, device: str) -> None:
        """Load it.

        Raises:
            EngineUnavailable: the folder is not safe to load, or is no such checkpoint.
            OutOfMemory: it has no room.
        """
        examine(folder)
        transformers.utils.logging.disable_progress_bar()
        transformers.utils.logging.set_verbosity_error()
        try:
            self._tokenizer = transformers.AutoTokenizer.from_pretrained(
                folder, local_files_only=True, trust_remote_code=False
            )
            model = transformers.AutoModelForSequenceClassification.from_pretrained(
                folder,
                dtype=torch.float32,
                use_safetensors=True,
                local_files_only=True,
                trust_remote_code=False,
            )
            self._model = model.to(device).eval()
        except torch.OutOfMemoryError as error:
            raise OutOfMemory(f"the weights of {folder.name} have no room on {device}") from error
        except (OSError, ValueError, TypeError, KeyError, RuntimeError, AttributeError) as error:
            raise EngineUnavailable(
                f"the weights in {folder.name} cannot be loaded: {type(error).__name__}"
            ) from error
        if self._model.config.problem_type != "multi_label_classification":
            raise EngineUnavailable(f"the labels of {folder.name} are not judged each for itself")
        self._device = device

    def windows(self, text: str) -> list[list[int]]:
        """Return a text as the tokens of windows that the model can read, each with what begins and ends one."""
        told = self._tokenizer(
            text,
            truncation=True,
            max_length=int(self._model.config.max_position_embeddings),
            stride=_OVERLAP,
            return_overflowing_tokens=True,
        )
        return [list(ids) for ids in told.input_ids]

    def scores(self, window: list[int]) -> dict[str, float]:
        """Return how much each label fits a window, 0 to 1; four digits, for the last ones are the machine's.

        Raises:
            EngineFailed: the network gave no numbers.
        """
        with torch.inference_mode():
            logits = self._model(input_ids=torch.tensor([window], device=self._device)).logits[0]
        if not bool(torch.isfinite(logits).all()):
            raise EngineFailed("the network gave values that are no numbers")
        names = self._model.config.id2label
        return {
            str(names[number]): round(float(score), 4) for number, score in enumerate(torch.sigmoid(logits))
        }
