"""How many answers a second come out of shared steps, beside one answer at a time; and whether they are equal.

`make bench-writing`, that is `.venv-models/bin/python -m benchmarks.writing`: a language model with random weights on the
CPU, both ways in turn in one run. Writes `benchmarks/results/writing.json`: [{name: alone | together, answers, took_s,
answers_per_s}, {name: ratio, ratio, different}]; `different` is how many answers are not the same to the byte.
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

import torch

from engines.contract import Result, Task
from engines.local.writing.writer import Writer
from engines.stepping import Stepped
from tests.engines.running import Quiet
from tests.models import tiny

OUT = Path(__file__).parent / "results" / "writing.json"


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--answers", type=int, default=32)
    parser.add_argument("--concurrency", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as scratch:
        writer = Writer(tiny.language(Path(scratch, "language")), largest_batch=asked.concurrency)
        writer.load("cpu")
        engine = Stepped(writer)
        run(engine, Path(scratch, "warm"), asked.concurrency, asked.concurrency)
        alone, together = [], []
        for number in range(asked.rounds):
            alone.append(run(engine, Path(scratch, f"alone{number}"), asked.answers, 1))
            together.append(run(engine, Path(scratch, f"together{number}"), asked.answers, asked.concurrency))
        pairs = [
            [Path(scratch, name, str(number), "text.txt").read_bytes() for name in ("alone0", "together0")]
            for number in range(asked.answers)
        ]
    rows = [row("alone", alone, asked.answers), row("together", together, asked.answers)]
    ratio = rows[1]["answers_per_s"] / rows[0]["answers_per_s"]
    different = sum(one != other for one, other in pairs)
    rows.append({"name": "ratio", "ratio": round(ratio, 2), "different": different})
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    for found in rows:
        print("  ".join(f"{name} {value}" for name, value in found.items()))


def run(engine: Stepped[Any], folder: Path, answers: int, concurrency: int) -> float:
    """Return how long it takes to write so many answers, so many at a time."""

    def one(number: int) -> None:
        workdir = folder / str(number)
        workdir.mkdir(parents=True)
        params = {
            "prompt": f"Tell of {'a fox ' * (number % 5 + 1)}",
            "max_tokens": 40 + number % 7,
            "temperature": 0.0,
        }
        (ended,) = engine.generate([Task(str(number), "text-generation", params, number, workdir, Quiet())])
        if not isinstance(ended.outcome, Result):
            raise ended.outcome

    begun_s = time.perf_counter()
    with ThreadPoolExecutor(concurrency) as pool:
        list(pool.map(one, range(answers)))
    return time.perf_counter() - begun_s


def row(name: str, took_s: list[float], answers: int) -> dict[str, Any]:
    """Return a row of the median round."""
    median_s = statistics.median(took_s)
    return {
        "name": name,
        "answers": answers,
        "took_s": round(median_s, 3),
        "answers_per_s": round(answers / median_s, 2),
    }


if __name__ == "__main__":
    main()
