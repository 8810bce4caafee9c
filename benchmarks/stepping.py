"""How many pictures a second come out of shared steps, beside one picture at a time; and whether they are equal.

`make bench-stepping`, that is `.venv-models/bin/python -m benchmarks.stepping`: SDXL and a transformer (Z-Image) with
random weights on the CPU, both ways in turn in one run. Writes `benchmarks/results/stepping.json`: for each network
[{name: NETWORK alone | together, pictures, took_s, pictures_per_s}, {name: NETWORK ratio, ratio, largest_difference}].
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

os.environ.setdefault("HF_HUB_OFFLINE", "1")

import numpy as np
import torch
from PIL import Image

from engines.contract import Result, Task
from engines.local.diffusion.flow_networks import ZImage
from engines.local.diffusion.painting import Painter
from engines.local.diffusion.sdxl_network import SdxlNetwork
from engines.stepping import Stepped
from tests.engines.running import Quiet
from tests.models import tiny, tiny_flow

OUT = Path(__file__).parent / "results" / "stepping.json"


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pictures", type=int, default=32)
    parser.add_argument("--concurrency", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    torch.set_num_threads(1)
    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        networks: dict[str, Any] = {
            "sdxl": SdxlNetwork(tiny.sdxl(folder / "weights-sdxl")),
            "z-image": ZImage(tiny_flow.z_image(folder / "weights-z-image")),
        }
        for name, network in networks.items():
            rows += measured(name, network, folder / name, asked)
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    for found in rows:
        print("  ".join(f"{name} {value}" for name, value in found.items()))


def measured(name: str, network: Any, folder: Path, asked: argparse.Namespace) -> list[dict[str, Any]]:
    """Return the rows of one network."""
    painter: Painter[Any] = Painter(network, "tiny", largest_batch=asked.concurrency)
    painter.load("cpu")
    engine = Stepped(painter)
    run(engine, folder / "warm", asked.concurrency, asked.concurrency)
    alone, together = [], []
    for number in range(asked.rounds):
        alone.append(run(engine, folder / f"alone{number}", asked.pictures, 1))
        together.append(run(engine, folder / f"together{number}", asked.pictures, asked.concurrency))
    worst = difference(folder / "alone0", folder / "together0", asked.pictures)
    painter.unload()
    rows = [row(f"{name} alone", alone, asked.pictures), row(f"{name} together", together, asked.pictures)]
    ratio = rows[1]["pictures_per_s"] / rows[0]["pictures_per_s"]
    return [*rows, {"name": f"{name} ratio", "ratio": round(ratio, 2), "largest_difference": worst}]


def run(engine: Stepped[Any], folder: Path, pictures: int, concurrency: int) -> float:
    """Return how long it takes to make so many pictures, so many at a time."""

    def one(number: int) -> None:
        workdir = folder / str(number)
        workdir.mkdir(parents=True)
        params = {"prompt": f"a fox {number % 5}", "width_px": 64, "height_px": 64, "steps": 10 + number % 4}
        (ended,) = engine.generate([Task(str(number), "image-generation", params, number, workdir, Quiet())])
        if not isinstance(ended.outcome, Result):
            raise ended.outcome

    begun_s = time.perf_counter()
    with ThreadPoolExecutor(concurrency) as pool:
        list(pool.map(one, range(pictures)))
    return time.perf_counter() - begun_s


def difference(one: Path, other: Path, pictures: int) -> int:
    """Return by how much a value of a pixel differs at most, of 255."""
    most = 0
    for number in range(pictures):
        with (
            Image.open(one / str(number) / "picture.png") as a,
            Image.open(other / str(number) / "picture.png") as b,
        ):
            most = max(most, int(np.abs(np.asarray(a, np.int16) - np.asarray(b, np.int16)).max()))
    return most


def row(name: str, took_s: list[float], pictures: int) -> dict[str, Any]:
    """Return a row of the median round."""
    median_s = statistics.median(took_s)
    return {
        "name": name,
        "pictures": pictures,
        "took_s": round(median_s, 3),
        "pictures_per_s": round(pictures / median_s, 2),
    }


if __name__ == "__main__":
    main()
