"""How a picture on its way is written down, so that another attempt goes on from there and ends with the same bytes."""

from __future__ import annotations

import json
from pathlib import Path

from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from engines.local.diffusion.network import Sample, Standing

MOST_BYTES = 256 << 20


def write_down(sample: Sample, about: str, path: Path) -> None:
    """Write where a sample stands. `about` names the very work."""
    standing = sample.standing()
    meant = {"about": about, "done": standing.done, "counters": dict(standing.counters)}
    part = path.with_suffix(".part")
    tensors = {name: tensor.contiguous() for name, tensor in standing.tensors.items()}
    save_file(tensors, part, {"reelbus": json.dumps(meant)})
    part.replace(path)


def go_on(sample: Sample, about: str, path: Path) -> bool:
    """Put a sample where another attempt left off; False when the file is of other work, or no good: it begins anew."""
    if not path.is_file() or path.stat().st_size > MOST_BYTES:
        return False
    try:
        with safe_open(path, framework="pt") as file:
            meant = json.loads((file.metadata() or {})["reelbus"])
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  # it is no mapping
        done = int(meant["done"])
        if meant["about"] != about or not 0 < done < sample.steps:
            return False
        counters = {str(name): int(value) for name, value in meant["counters"].items()}
        sample.go_on_from(Standing(done, tensors, counters))
    except (SafetensorError, OSError, ValueError, KeyError, TypeError, AttributeError):
        return False
    return True
