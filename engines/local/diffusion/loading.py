"""How a checkpoint becomes a pipeline in memory: offline, from safetensors alone, and no code of its own."""

from __future__ import annotations

import gc
import logging
import os
import warnings
from pathlib import Path
from typing import Any

os.environ |= {
    "HF_HUB_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "DO_NOT_TRACK": "1",
}  # read when imported

import diffusers
import torch
import transformers

from engines.local.diffusion.checkpoint import examine
from runtime.errors import EngineUnavailable, OutOfMemory

Pipeline = Any
"""A pipeline of diffusers; its classes are no types here, for they are not installed where types are checked."""


def load_pipeline(folder: Path, device: str) -> Pipeline:
    """Load the SDXL pipeline of a folder: in half precision on a GPU, in single precision on a CPU.

    Raises:
        EngineUnavailable: the folder is not safe to load, or is no such checkpoint.
        OutOfMemory: it has no room.
    """
    on_gpu = not device.startswith("cpu")
    has_half = any(folder.glob("unet/*.fp16.safetensors"))
    pipeline = _loaded(
        folder,
        device,
        diffusers.StableDiffusionXLPipeline,
        torch.float16 if on_gpu else torch.float32,
        variant="fp16" if has_half else None,
        add_watermarker=False,
    )
    if on_gpu:
        pipeline.unet.to(memory_format=torch.channels_last)
    if pipeline.vae.config.force_upcast:
        pipeline.vae.to(torch.float32)  # in half precision it overflows
    pipeline.vae.enable_tiling()
    pipeline.scheduler = diffusers.DPMSolverMultistepScheduler.from_config(
        pipeline.scheduler.config, algorithm_type="dpmsolver++", solver_order=2
    )
    return pipeline


def load_flow_pipeline(folder: Path, device: str, kind: str) -> Pipeline:
    """Load the pipeline of a flow-matching transformer: in bfloat16 on a GPU, in single precision on a CPU.

    Raises:
        EngineUnavailable: the folder is not safe to load, or is no checkpoint of this kind.
        OutOfMemory: it has no room.
    """
    dtype = torch.float32 if device.startswith("cpu") else torch.bfloat16
    pipeline = _loaded(folder, device, getattr(diffusers, kind), dtype)
    pipeline.vae.enable_tiling()
    return pipeline


def _loaded(folder: Path, device: str, kind: Any, dtype: torch.dtype, **named: Any) -> Pipeline:
    examine(folder)
    _quiet()
    try:
        pipeline = kind.from_pretrained(
            folder,
            torch_dtype=dtype,
            use_safetensors=True,
            local_files_only=True,
            trust_remote_code=False,
            **named,
        )
        pipeline.to(device)
    except torch.OutOfMemoryError as error:
        raise OutOfMemory(f"the weights of {folder.name} have no room on {device}") from error
    except (OSError, ValueError, TypeError, KeyError, RuntimeError, AttributeError) as error:
        raise EngineUnavailable(
            f"the weights in {folder.name} cannot be loaded: {type(error).__name__}"
        ) from error
    return pipeline


def give_back() -> None:
    """Give freed memory back to device and system."""
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()


def device_bytes() -> int:
    """Return how many bytes of a GPU this process holds, with what it keeps for later."""
    return int(torch.cuda.memory_reserved()) if torch.cuda.is_available() else 0


def _quiet() -> None:
    """Keep the libraries' bars and advice to themselves: a host's output is nobody's."""
    diffusers.utils.logging.disable_progress_bar()
    diffusers.utils.logging.set_verbosity_error()
    transformers.utils.logging.set_verbosity_error()
    logging.getLogger("accelerate").setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", module=r"(diffusers|transformers|huggingface_hub|torch)\b.*")
