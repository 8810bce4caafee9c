"""A classifier says of a text what the library's own pipeline says, of long ones window by window."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
import transformers

from engines.contract import Result, Task
from engines.local.moderation.classifier import Classifier
from engines.local.moderation.toxicity import Toxicity
from runtime.errors import EngineUnavailable, Unsupported
from tests.engines.running import Quiet
from tests.models import tiny


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.set_num_threads(1)
    return tiny.classifier(tmp_path_factory.mktemp("models") / "classifier")


@pytest.fixture(scope="module")
def engine(folder: Path) -> Iterator[Toxicity]:
    made = Toxicity(folder)
    made.load("cpu")
    yield made
    made.unload()


def judged(engine: Toxicity, folder: Path, **params: Any) -> dict[str, Any]:
    (ended,) = engine.generate([Task("one", "moderation", params, 1, folder, Quiet())])
    if not isinstance(ended.outcome, Result):
        raise ended.outcome
    told: dict[str, Any] = json.loads(ended.outcome.products[0].path.read_text("utf-8"))
    return told


@pytest.mark.parametrize("text", ["a fox", "you are a bad fox", "x"])
def test_scores_are_those_of_the_pipeline(engine: Toxicity, folder: Path, tmp_path: Path, text: str) -> None:
    pipeline = transformers.pipeline("text-classification", model=str(folder), top_k=None)
    wanted = {each["label"]: each["score"] for each in pipeline([text])[0]}
    assert judged(engine, tmp_path, text=text)["scores"] == pytest.approx(wanted, abs=1e-4)


def test_of_a_long_text_the_worst_window_counts(engine: Toxicity, folder: Path, tmp_path: Path) -> None:
    classifier, text = Classifier(folder, "cpu"), "a fox sees it " * 40
    windows = classifier.windows(text)
    assert len(windows) > 5
    assert max(map(len, windows)) <= 64
    found = judged(engine, tmp_path, text=text)["scores"]
    each = [classifier.scores(window) for window in windows]
    assert found == {label: max(scores[label] for scores in each) for label in ("toxic", "threat")}


def test_verdicts_follow_the_policy(engine: Toxicity, tmp_path: Path) -> None:
    for policy, review, block in (("standard", 0.5, 0.8), ("strict", 0.2, 0.5)):
        told = judged(engine, tmp_path, text="you are a bad fox", policy=policy)
        worst = max(told["scores"].values())
        assert told["verdict"] == ("block" if worst >= block else "review" if worst >= review else "pass")
        assert len(told["reasons"]) == sum(score >= review for score in told["scores"].values())


def test_what_it_cannot_judge_is_refused_by_name(engine: Toxicity, tmp_path: Path) -> None:
    with pytest.raises(Unsupported, match="/assets"):
        judged(engine, tmp_path, assets=["a"], text="a fox")
    with pytest.raises(Unsupported, match=r"/policy.*standard"):
        judged(engine, tmp_path, text="a fox", policy="standart")


def test_a_classifier_of_one_label_at_a_time_is_not_loaded(tmp_path: Path) -> None:
    other = tiny.classifier(tmp_path / "other", problem_type="single_label_classification")
    with pytest.raises(EngineUnavailable, match="each for itself"):
        Classifier(other, "cpu")
