from __future__ import annotations

import importlib
from collections.abc import Sequence
from pathlib import Path

import pytest

from catalog.models import Model
from consumers.engines import Engines
from engines.contract import Report, Result, Task
from runtime.errors import EngineUnavailable

ROW = Model("oracle", ("image-generation",), "draft", "engines.nowhere:Oracle", "1", "It is not there.")


class NeedsMore:
    """An engine whose loading imports what is not installed."""

    loads = 0

    def load(self) -> None:
        self.loads += 1
        importlib.import_module("a_module_that_nobody_has")

    def generate(self, tasks: Sequence[Task], workdir: Path, report: Report) -> Sequence[Result]:
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
