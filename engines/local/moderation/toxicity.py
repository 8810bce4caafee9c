"""How toxic a text is, by a classifier of transformers: each of its labels is a score. Light: its libraries come with `load`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from catalog.weights.moderation import TOXIC_BERT
from engines.contract import Finished, Result, Task, one_by_one
from engines.local.answers import TEXT, Subject, answer, given, severest
from engines.local.moderation.policies import VERDICTS, policy_of
from runtime.errors import Unsupported

if TYPE_CHECKING:
    from engines.local.moderation.classifier import Classifier

_MOST_WINDOWS = 512


class Toxicity:
    """Toxic-BERT: toxic, obscene, threatening, insulting or hateful English. Takes moderation of a text; no assets."""

    ahead: ClassVar = ("engines.local.moderation.classifier",)

    def __init__(self, folder: Path | None = None) -> None:
        """`folder` holds a checkpoint in place of the one that the catalogue names."""
        self._folder = folder
        self._classifier: Classifier | None = None

    def load(self, device: str) -> None:
        """Load the checkpoint onto a device.

        Raises: EngineUnavailable, OutOfMemory.
        """
        from engines.local.moderation.classifier import Classifier
        from engines.local.weights import folder_of

        self._classifier = Classifier(self._folder or folder_of(TOXIC_BERT), device)

    def unload(self) -> None:
        """Give all memory back."""
        self._classifier = None

    def generate(self, tasks: Sequence[Task]) -> Iterator[Finished]:
        """Judge the text of each task.

        Raises: Unsupported for assets and for an unknown policy.
        """
        return one_by_one(tasks, self._one)

    def _one(self, task: Task) -> Result:
        assert self._classifier is not None  # noqa: S101  # load() comes first
        policy = policy_of(task.params.get("policy"))
        if task.params.get("assets"):
            raise Unsupported("/assets: this engine judges a text alone; the nearest is open-nsfw")
        _, text = given(task)
        subject, scores = Subject(TEXT), dict[str, float]()
        windows = self._classifier.windows(text or "")
        if len(windows) > _MOST_WINDOWS:
            raise Unsupported(f"/text is longer than {_MOST_WINDOWS} windows of the classifier")
        for done, window in enumerate(windows):
            task.report.check()
            task.report.step(done, len(windows) + 1, "judging")
            for label, score in self._classifier.scores(window).items():
                scores[label] = max(score, scores.get(label, 0.0))
        subject.scores = scores
        for label, score in sorted(scores.items()):
            verdict = policy.judge(score)
            if verdict == "pass":
                continue
            subject.verdict = severest([subject.verdict, verdict], VERDICTS)
            threshold = policy.block if verdict == "block" else policy.review
            message = f"{label}: {score:g}, and the policy {policy.name} says {verdict} from {threshold:g} on"
            subject.reasons.append(
                {"code": f"text_{label}", "score": score, "threshold": threshold, "message": message}
            )
        made = answer(
            task.workdir / "moderation.json", [subject], VERDICTS, scores=scores, policy=policy.name
        )
        task.report.step(1, 1, "done")
        return made
