"""Tasks that come at different times share the steps of an engine, shown with one that counts."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from engines.contract import Finished, Product, Result, Task
from engines.stepping import Stepped
from runtime.errors import Cancelled, EngineFailed, OutOfMemory
from tests.engines.running import Quiet


@dataclass
class Count:
    """How far one task has counted, and of how many others it was in each step."""

    task: Task
    shared: list[int]


class Counting:
    """Counts each task to its number, all of them together; `gate` lets a step begin."""

    largest_batch = 3

    def __init__(self) -> None:
        self.gate = threading.Semaphore(0)
        self.stepped = threading.Semaphore(0)
        self.open = False
        self.unloaded = False

    def load(self, device: str) -> None: ...

    def admit(self, task: Task) -> Count:
        if task.params.get("do") == "too large":
            raise OutOfMemory("it has no room")
        return Count(task, [])

    def step(self, states: Sequence[Count]) -> Sequence[bool]:
        if not self.open:
            assert self.gate.acquire(timeout=20)
        if any(state.task.params.get("do") == "breaks all" for state in states):
            raise EngineFailed("the step broke")
        for state in states:
            state.shared.append(len(states))
        self.stepped.release()
        return [len(state.shared) >= state.task.params["to"] for state in states]

    def finish(self, state: Count) -> Result:
        path = state.task.workdir / "count.txt"
        path.write_text(" ".join(map(str, state.shared)))
        return Result((Product(path, "text/plain", text=path.read_text()),))

    def unload(self) -> None:
        self.unloaded = True


def counting(folder: Path, name: str, to: int = 2, do: str = "", report: Quiet | None = None) -> Task:
    workdir = folder / name
    workdir.mkdir()
    return Task(name, "text-generation", {"to": to, "do": do}, 1, workdir, report or Quiet())


def told(ended: Sequence[Finished]) -> dict[str, str]:
    return {
        one.task_id: str(one.outcome.products[0].text)
        if isinstance(one.outcome, Result)
        else type(one.outcome).__name__
        for one in ended
    }


def test_a_call_is_stepped_to_its_end_and_no_step_has_too_many(tmp_path: Path) -> None:
    engine = Counting()
    engine.open = True
    tasks = [counting(tmp_path, name, to) for name, to in (("a", 1), ("b", 3), ("c", 2), ("d", 2))]
    assert told(list(Stepped(engine).generate(tasks))) == {"a": "3", "b": "3 3 2", "c": "3 3", "d": "3 2"}


def test_who_comes_later_joins_at_the_next_step_and_leaves_the_others_on_their_way(tmp_path: Path) -> None:
    engine = Counting()
    stepped = Stepped(engine)
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(lambda: list(stepped.generate([counting(tmp_path, "long", 4)])))
        engine.gate.release()
        assert engine.stepped.acquire(timeout=20)
        second = pool.submit(lambda: list(stepped.generate([counting(tmp_path, "short", 1)])))
        while not stepped.waiting:
            pass
        engine.gate.release(3)
        assert told(second.result(20)) == {"short": "2"}
        assert told(first.result(20)) in ({"long": "1 1 2 1"}, {"long": "1 2 1 1"})


def test_one_that_is_cancelled_or_has_no_room_ends_alone(tmp_path: Path) -> None:
    class Stopped(Quiet):
        def check(self) -> None:
            raise Cancelled("enough")

    engine = Counting()
    engine.open = True
    tasks = [
        counting(tmp_path, "stopped", report=Stopped()),
        counting(tmp_path, "large", do="too large"),
        counting(tmp_path, "other"),
    ]
    ended = told(list(Stepped(engine).generate(tasks)))
    assert ended == {"stopped": "Cancelled", "large": "OutOfMemory", "other": "1 1"}


def test_a_step_that_breaks_ends_all_that_are_in_it_and_the_next_call_works(tmp_path: Path) -> None:
    engine = Counting()
    engine.open = True
    stepped = Stepped(engine)
    tasks = [counting(tmp_path, "a", do="breaks all"), counting(tmp_path, "b")]
    assert told(list(stepped.generate(tasks))) == {"a": "EngineFailed", "b": "EngineFailed"}
    assert told(list(stepped.generate([counting(tmp_path, "c")]))) == {"c": "1 1"}
    stepped.unload()
    assert engine.unloaded
