"""How a folder of weights becomes a language model in memory: offline, from safetensors alone, no code of its own."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

os.environ |= {
    "HF_HUB_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "DO_NOT_TRACK": "1",
    "TOKENIZERS_PARALLELISM": "false",
}  # read when imported

import torch
import transformers

from engines.local.diffusion.checkpoint import examine
from runtime.errors import EngineUnavailable, OutOfMemory

_PLAIN_ATTENTION = {"full_attention", "sliding_attention"}


@dataclass(frozen=True, slots=True)
class Language:
    """A loaded model, what turns words into its tokens, and how it is meant to be asked.

    `ends` are the tokens that end an answer; `context` is how many tokens it bears, asked and answered together.
    The classes of transformers are no types here, for they are not installed where types are checked.
    """

    model: Any
    tokenizer: Any
    ends: frozenset[int]
    context: int
    device: str


def load_language(folder: Path, device: str) -> Language:
    """Load any causal language model of transformers that has a chat template.

    Raises:
        EngineUnavailable: the folder is not safe to load, or is no such checkpoint.
        OutOfMemory: it has no room.
    """
    examine(folder)
    transformers.utils.logging.disable_progress_bar()
    transformers.utils.logging.set_verbosity_error()
    try:
        tokenizer = transformers.AutoTokenizer.from_pretrained(
            folder, local_files_only=True, trust_remote_code=False
        )
        model = transformers.AutoModelForCausalLM.from_pretrained(
            folder,
            dtype="auto" if not device.startswith("cpu") else torch.float32,
            use_safetensors=True,
            local_files_only=True,
            trust_remote_code=False,
        )
        model = model.to(device).eval()
    except torch.OutOfMemoryError as error:
        raise OutOfMemory(f"the weights of {folder.name} have no room on {device}") from error
    except (OSError, ValueError, TypeError, KeyError, RuntimeError, AttributeError, ImportError) as error:
        raise EngineUnavailable(
            f"the weights in {folder.name} cannot be loaded: {type(error).__name__}"
        ) from error
    if not tokenizer.chat_template:
        raise EngineUnavailable(f"the model in {folder.name} has no chat template: it cannot be asked")
    text_config = model.config.get_text_config()
    unusual = set(getattr(text_config, "layer_types", None) or ()) - _PLAIN_ATTENTION
    if unusual:
        raise EngineUnavailable(f"the model in {folder.name} has layers that cannot share steps: {unusual}")
    return Language(
        model, tokenizer, _ends(model, tokenizer), int(text_config.max_position_embeddings), device
    )


def _ends(model: Any, tokenizer: Any) -> frozenset[int]:
    said = model.generation_config.eos_token_id
    ends = said if isinstance(said, list | tuple) else [said]
    return frozenset(int(each) for each in (*ends, tokenizer.eos_token_id) if each is not None)
