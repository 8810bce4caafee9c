"""What a judge's answer looks like: a verdict, scores, reasons, and the same of each subject."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engines.contract import Input, Product, Result, Task
from runtime.errors import AssetInvalid, EngineFailed, InvalidRequest

TEXT = "/text"


@dataclass(slots=True)
class Subject:
    """One thing that is judged: an asset by its place among the parameters, or the text.

    `facts` are told beside its scores and reasons; each reason has a code and a message, and may have more.
    """

    place: str
    verdict: str = "pass"
    scores: dict[str, float] = field(default_factory=dict)
    reasons: list[Mapping[str, Any]] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)

    def told(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {
            "subject": self.place,
            "verdict": self.verdict,
            "scores": self.scores,
            "reasons": self.reasons,
            **self.facts,
        }


def given(task: Task) -> tuple[list[tuple[str, Input]], str | None]:
    """Return what a task shall judge: its assets in their order, and its text.

    Raises:
        AssetInvalid: an asset is not here.
        InvalidRequest: there is nothing.
    """
    assets = sorted(task.inputs.items(), key=lambda item: int(item[0].rpartition("/")[2]))
    if len(assets) != len(task.params.get("assets") or ()):
        raise AssetInvalid("/assets: not every asset that shall be judged is here")
    text = task.params.get("text")
    if not assets and text is None:
        raise InvalidRequest("/assets: give something to judge: assets or text")
    return assets, text


def judged(
    task: Task, stage: str, judge: Callable[[str, Path], Subject], assets: Sequence[tuple[str, Input]]
) -> list[Subject]:
    """Return what a judge says of each asset, in their order; its task is so far after each, and has its answer to write then."""
    total = len(assets) + 1
    task.report.step(0, total, stage)
    subjects = []
    for done, (place, asset) in enumerate(assets, 1):
        subjects.append(judge(place, asset.path))
        task.report.step(done, total, stage)
    return subjects


def answer(path: Path, subjects: Sequence[Subject], verdicts: Sequence[str], **facts: Any) -> Result:
    """Write the whole answer: the severest verdict, all reasons, each subject, and further facts.

    `verdicts` are from the mildest on. Equal answers are equal bytes.

    Raises:
        EngineFailed: it cannot be written.
    """
    told = {
        "verdict": severest([subject.verdict for subject in subjects], verdicts),
        "reasons": [{"subject": one.place, **reason} for one in subjects for reason in one.reasons],
        "subjects": [subject.told() for subject in subjects],
        **facts,
    }
    text = json.dumps(told, ensure_ascii=False, sort_keys=True)
    try:
        path.write_text(text + "\n", "utf-8")
    except OSError as error:
        raise EngineFailed("The answer could not be written to the work folder.") from error
    return Result((Product(path, "application/json", text=text),))


def severest(found: Iterable[str], verdicts: Sequence[str]) -> str:
    """Return the severest of verdicts, the mildest where there are none."""
    return max(found, key=verdicts.index, default=verdicts[0])
