"""How a picture on its way is written down, so that another attempt goes on from there and ends with the same bytes."""

from __future__ import annotations

import json
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from engines.local.diffusion.sampling import Sample

MOST_BYTES = 256 << 20


def write_down(sample: Sample, about: str, path: Path) -> None:
    """Write where a sample stands: its latents and what its solver remembers. `about` names the very work."""
    remembered = {
        f"model_output.{number}": output.contiguous()
        for number, output in enumerate(sample.scheduler.model_outputs)
        if output is not None
    }
    meant = {
        "about": about,
        "done": sample.done,
        "lower_order_nums": sample.scheduler.lower_order_nums,
    }
    part = path.with_suffix(".part")
    save_file({"latents": sample.latents.contiguous(), **remembered}, part, {"reelbus": json.dumps(meant)})
    part.replace(path)


def go_on(sample: Sample, about: str, path: Path) -> bool:
    """Put a sample where another attempt left off; False when the file is of other work, or no good: it begins anew."""
    if not path.is_file() or path.stat().st_size > MOST_BYTES:
        return False
    try:
        with safe_open(path, framework="pt") as file:
            meant = json.loads((file.metadata() or {})["reelbus"])
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  # it is no mapping
        done, lower, latents = int(meant["done"]), int(meant["lower_order_nums"]), tensors["latents"]
    except (SafetensorError, OSError, ValueError, KeyError, TypeError):
        return False
    if meant["about"] != about or latents.shape != sample.latents.shape or not 0 < done < sample.steps:
        return False
    place = {"device": sample.latents.device, "dtype": sample.latents.dtype}
    outputs: list[torch.Tensor | None] = [
        tensors[name].to(**place) if (name := f"model_output.{number}") in tensors else None
        for number in range(len(sample.scheduler.model_outputs))
    ]
    sample.go_on_from(done, latents.to(**place), outputs, lower)
    return True
