"""What engines with pulled weights keep of the contract, as `tests/engines/test_every_engine.py` asks it of the others."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from pathlib import Path

import pytest

from engines.contract import Result, Task
from engines.local.diffusion.sdxl import Sdxl
from engines.local.writing.causal import Qwen3
from runtime.errors import Cancelled
from tests.models import tiny
from tests.models.test_sdxl import Watching, task


@pytest.fixture(scope="module")
def engine(checkpoint: Path) -> Iterator[Sdxl]:
    made = Sdxl(checkpoint)
    made.load("cpu")
    yield made
    made.unload()


def outcomes(engine: Sdxl, *tasks: Task) -> dict[str, Result | Exception]:
    return {ended.task_id: ended.outcome for ended in engine.generate(tasks)}


def test_every_task_ends_once_with_files_in_its_own_folder_and_fractions_that_rise(
    engine: Sdxl, tmp_path: Path
) -> None:
    reports = [Watching() for _ in range(3)]
    tasks = [task(tmp_path, f"t{n}", seed=n, report=report, steps=2 + n) for n, report in enumerate(reports)]
    ended = outcomes(engine, *tasks)
    assert ended.keys() == {"t0", "t1", "t2"}
    for each, report in zip(tasks, reports, strict=True):
        made = ended[each.task_id]
        assert isinstance(made, Result)
        for product in made.products:
            assert product.path.parent == each.workdir
            assert product.path.stat().st_size > 0
        assert report.fractions == sorted(report.fractions)
        assert report.fractions[-1] == 1.0


def test_a_cancel_of_one_leaves_the_others(engine: Sdxl, tmp_path: Path) -> None:
    stopped = task(tmp_path, "stopped", report=Watching(stop_at=1))
    ended = outcomes(engine, stopped, task(tmp_path, "other"))
    assert isinstance(ended["stopped"], Cancelled)
    assert isinstance(ended["other"], Result)


def test_equal_work_alone_gives_equal_bytes(engine: Sdxl, tmp_path: Path) -> None:
    made = [outcomes(engine, task(tmp_path, name))[name] for name in ("a", "b")]
    first, second = (each.products[0].path.read_bytes() for each in made if isinstance(each, Result))
    assert first == second


def test_two_side_by_side_do_not_disturb_each_other(checkpoint: Path, tmp_path: Path) -> None:
    engines = [Sdxl(checkpoint), Sdxl(checkpoint)]
    for each in engines:
        each.load("cpu")
    made = [outcomes(each, task(tmp_path, f"e{n}"))[f"e{n}"] for n, each in enumerate(engines)]
    first, second = (each.products[0].path.read_bytes() for each in made if isinstance(each, Result))
    assert first == second
    for each in engines:
        each.unload()
    gc.collect()


@pytest.fixture(scope="module")
def writer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Qwen3]:
    made = Qwen3(tiny.language(tmp_path_factory.mktemp("models") / "language"))
    made.load("cpu")
    yield made
    made.unload()


@pytest.mark.parametrize("capability", ["text-generation", "text-to-text", "prompt-refinement"])
def test_every_text_ends_once_in_its_own_folder_and_a_cancel_of_one_leaves_the_others(
    writer: Qwen3, tmp_path: Path, capability: str
) -> None:
    words = (
        {"text": "a fox", "target_language": "fr"} if capability == "text-to-text" else {"prompt": "a fox"}
    )
    tasks = []
    reports = [Watching(), Watching(), Watching(stop_at=1)]
    for number, report in enumerate(reports):
        workdir = tmp_path / str(number)
        workdir.mkdir()
        tasks.append(Task(str(number), capability, words, number, workdir, report))
    ended = {each.task_id: each.outcome for each in writer.generate(tasks)}
    assert ended.keys() == {"0", "1", "2"}
    assert isinstance(ended["2"], Cancelled)
    for each, report in zip(tasks[:2], reports[:2], strict=True):
        made = ended[each.task_id]
        assert isinstance(made, Result)
        (product,) = made.products
        assert product.path.parent == each.workdir
        assert product.path.read_text("utf-8") == product.text
        assert report.fractions == sorted(report.fractions)
        assert report.fractions[-1] == 1.0
