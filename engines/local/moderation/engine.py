"""How the moderation engine works: pictures, sampled films and a text are judged by a policy, and told in one JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engines.contract import Finished, Result, Task, one_by_one
from engines.local.answers import TEXT, Subject, answer, given, judged, severest
from engines.local.moderation.policies import VERDICTS, Policy, policy_of
from engines.local.moderation.words import scores_of
from engines.media.probe import probe
from runtime.errors import EngineUnavailable

if TYPE_CHECKING:
    from engines.local.moderation.network import Network

MOST_PICTURES = 32
"""So many pictures of one film are looked at."""
_MOST_TEXT_BYTES = 1 << 20
_STAGE = "judging"


class Moderation:
    """Says whether assets and a text may be shown: pass, review or block, with scores and reasons.

    Takes moderation: assets, text, policy. What is sexual in pictures is found by open_nsfw, which was trained on photos
    and never tried here on one that should be blocked; words are looked for by rules, English ones. Sound is not judged,
    which a reason says, and `review` follows.
    """

    def __init__(self) -> None:
        self._network: Network | None = None

    def load(self, device: str) -> None:
        """Load the weights; whatever the device is, they run on the CPU.

        Raises:
            EngineUnavailable: onnxruntime is missing, or the weights are not those that were pinned.
        """
        from engines.local.moderation.network import Network

        self._network = Network()

    def unload(self) -> None:
        """Let go of the weights."""
        self._network = None

    def generate(self, tasks: Sequence[Task]) -> Iterator[Finished]:
        """Judge what each task names.

        Raises: Unsupported for an unknown policy; AssetInvalid.
        """
        return one_by_one(tasks, self._one)

    def _one(self, task: Task) -> Result:
        policy = policy_of(task.params.get("policy"))
        assets, text = given(task)
        subjects = judged(task, _STAGE, lambda place, path: self._of_asset(task, place, path, policy), assets)
        if text is not None:
            subjects.append(_of_text(TEXT, text, policy))
        scores: dict[str, float] = {}
        for subject in subjects:
            for name, score in subject.scores.items():
                scores[name] = max(score, scores.get(name, 0.0))
        made = answer(task.workdir / "moderation.json", subjects, VERDICTS, scores=scores, policy=policy.name)
        done = len(assets) + 1
        task.report.step(done, done, "done")
        return made

    def _of_asset(self, task: Task, place: str, path: Path, policy: Policy) -> Subject:
        from engines.local.moderation.network import SMALL_PX
        from engines.media.sampling import samples

        if self._network is None:
            raise EngineUnavailable("the engine that judges pictures is not loaded")
        found = probe(path)
        subject = Subject(place, facts={"media_type": found.media_type})
        if found.media_type.startswith("text/") or found.media_type == "application/json":
            with path.open("rb") as file:
                words = file.read(_MOST_TEXT_BYTES).decode("utf-8", "replace")
            subject = _of_text(place, words, policy)
            subject.facts["media_type"] = found.media_type
            return subject
        if not found.width_px:
            subject.verdict = "review"
            subject.reasons.append({"code": "not_judged", "message": "no engine here judges what sound says"})
            return subject
        looked, highest, at_s = 0, -1.0, None
        for sample in samples(path, found, MOST_PICTURES, SMALL_PX):
            task.report.check()
            looked += 1
            if (score := self._network.score(sample.rgb)) > highest:
                highest, at_s = score, sample.at_s
        subject.verdict = policy.judge(highest)
        subject.scores["nsfw"] = highest
        subject.facts["pictures"] = looked
        if subject.verdict != "pass":
            subject.reasons.append(_reason("sexual_picture", highest, subject.verdict, policy, at_s))
        if found.audio_codec is not None:
            message = "pictures were judged, and not what its sound says"
            subject.reasons.append({"code": "not_judged", "message": message})
        return subject


def _of_text(place: str, text: str, policy: Policy) -> Subject:
    subject = Subject(place)
    for category, score in scores_of(text).items():
        code = f"words_{category}".replace("-", "_")
        subject.scores[code] = score
        verdict = policy.judge(score)
        subject.verdict = severest([subject.verdict, verdict], VERDICTS)
        if verdict != "pass":
            subject.reasons.append(_reason(code, score, verdict, policy))
    return subject


def _reason(
    code: str, score: float, verdict: str, policy: Policy, at_s: float | None = None
) -> dict[str, Any]:
    threshold = policy.block if verdict == "block" else policy.review
    message = f"{code.replace('_', ' ')}: {score:g}, and the policy {policy.name} says {verdict} from {threshold:g} on"
    reason: dict[str, Any] = {"code": code, "score": score, "threshold": threshold, "message": message}
    return reason if at_s is None else reason | {"at_s": at_s}
