from __future__ import annotations

import importlib
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from catalog.models import Model
from engines.contract import Finished, Task
from runtime.errors import Cancelled, EngineUnavailable
from worker.engines import Engines
from worker.report import TaskReport

ROW = Model("oracle", ("image-generation",), "draft", "engines.nowhere:Oracle", "1", "It is not there.")


class NeedsMore:
    """An engine whose loading imports what is not installed."""

    loads = 0

    def load(self, device: str) -> None:
        self.loads += 1
        importlib.import_module("a_module_that_nobody_has")

    def generate(self, tasks: Sequence[Task]) -> Iterator[Finished]:
        raise AssertionError("it cannot be loaded")


def test_an_engine_whose_code_is_missing_is_unavailable() -> None:
    with pytest.raises(EngineUnavailable, match=r"oracle needs engines\.nowhere"):
        Engines().get(ROW)


def test_an_engine_that_needs_a_missing_package_names_it_and_the_extra_that_brings_it() -> None:
    engine = NeedsMore()
    engines = Engines(lambda _: engine)
    with pytest.raises(EngineUnavailable, match=r"a_module_that_nobody_has.*install reelbus\[image\]"):
        engines.get(ROW)
    assert engines.resident == ()


OTHER = Model("seer", ("image-generation",), "draft", "engines.nowhere:Seer", "1", "It is not there.")


class Gated:
    """An engine that loads and works when it is let, and notes how many threads were in it at once."""

    def __init__(self) -> None:
        self.loads, self.at_once, self.most_at_once = 0, 0, 0
        self.load_now, self.work_now = threading.Event(), threading.Event()
        self.loading, self.both = threading.Event(), threading.Barrier(2)
        self._lock = threading.Lock()

    def load(self, device: str) -> None:
        self.loads += 1
        self.loading.set()
        assert self.load_now.wait(30)

    def generate(self, tasks: Sequence[Task]) -> Iterator[Finished]:
        with self._lock:
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
        assert self.work_now.wait(30)
        with self._lock:
            self.at_once -= 1
        return iter(())


class Shared(Gated):
    """One that bears many threads; each waits in it for another."""

    concurrent = True

    def generate(self, tasks: Sequence[Task]) -> Iterator[Finished]:
        self.both.wait(30)
        return iter(())


def at_work(engines: Engines) -> None:
    with engines.at_work(ROW) as engine:
        list(engine.generate([]))


def test_an_engine_that_loads_keeps_no_other_engine_waiting() -> None:
    slow, quick = Gated(), Gated()
    quick.load_now.set()
    engines = Engines(lambda row: slow if row is ROW else quick)
    with ThreadPoolExecutor(1) as pool:
        loading = pool.submit(engines.get, ROW)
        assert slow.loading.wait(30)
        assert engines.get(OTHER) is quick
        assert engines.resident == ("seer",)
        slow.load_now.set()
        assert loading.result(30) is slow


def test_an_engine_is_loaded_once_however_many_want_it() -> None:
    gated = Gated()
    engines = Engines(lambda _: gated)
    with ThreadPoolExecutor(4) as pool:
        wanted = [pool.submit(engines.get, ROW) for _ in range(4)]
        assert gated.loading.wait(30)
        gated.load_now.set()
        assert {id(one.result(30)) for one in wanted} == {id(gated)}
    assert gated.loads == 1


def test_an_engine_works_for_one_thread_at_a_time_unless_it_bears_more() -> None:
    for engine, most in ((Gated(), 1), (Shared(), 0)):
        engine.load_now.set()
        engine.work_now.set()
        engines = Engines(lambda _, engine=engine: engine)  # type: ignore[misc]  # bound for this turn
        with ThreadPoolExecutor(2) as pool:
            for one in [pool.submit(at_work, engines) for _ in range(2)]:
                one.result(30)  # two shared ones wait for each other: alone they would never end
        assert engine.most_at_once == most


def test_who_waits_for_an_engine_hears_that_it_shall_stop() -> None:
    gated = Gated()
    engines = Engines(lambda _: gated)
    report = TaskReport()
    with ThreadPoolExecutor(1) as pool:
        loading = pool.submit(engines.get, ROW)
        assert gated.loading.wait(30)
        report.cancel("no longer wanted")
        with pytest.raises(Cancelled):
            engines.get(ROW, report.check)
        gated.load_now.set()
        loading.result(30)
