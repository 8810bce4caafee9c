"""How the moderation engine works: pictures, sampled films and a text are judged by a policy, and told in one JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engines.contract import Finished, Product, Result, Task, one_by_one
from engines.local.moderation.policies import Policy, Verdict, policy_of, worst
from engines.local.moderation.words import scores_of
from engines.media.probe import probe
from runtime.errors import AssetInvalid, EngineFailed, EngineUnavailable, InvalidRequest

if TYPE_CHECKING:
    from engines.local.moderation.network import Network

MOST_PICTURES = 32
"""So many pictures of one film are looked at."""
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
        given = sorted(task.inputs.items(), key=lambda item: int(item[0].rpartition("/")[2]))
        if len(given) != len(task.params.get("assets") or ()):
            raise AssetInvalid("/assets: not every asset that shall be judged is here")
        text = task.params.get("text")
        if not given and text is None:
            raise InvalidRequest("/assets: give something to judge: assets or text")
        total = len(given) + 1
        task.report.step(0, total, _STAGE)
        subjects = []
        for done, (pointer, asset) in enumerate(given, 1):
            subjects.append(self._of_asset(task, pointer, asset.path, policy))
            task.report.step(done, total, _STAGE)
        if text is not None:
            subjects.append(_of_text(str(text), policy))
        path = task.workdir / "moderation.json"
        told = json.dumps(_together(subjects, policy), ensure_ascii=False, sort_keys=True)
        try:
            path.write_text(told + "\n", "utf-8")
        except OSError as error:
            raise EngineFailed("The verdict could not be written to the work folder.") from error
        task.report.step(total, total, "done")
        return Result((Product(path, "application/json", text=told),))

    def _of_asset(self, task: Task, pointer: str, path: Path, policy: Policy) -> dict[str, Any]:
        from engines.local.moderation.network import SMALL_PX
        from engines.media.sampling import samples

        if self._network is None:
            raise EngineUnavailable("the engine that judges pictures is not loaded")
        found = probe(path)
        if found.media_type.startswith("text/") or found.media_type == "application/json":
            with path.open("rb") as file:
                words = file.read(_MOST_TEXT_BYTES).decode("utf-8", "replace")
            return _of_text(words, policy) | {"subject": pointer, "media_type": found.media_type}
        subject: dict[str, Any] = {
            "subject": pointer,
            "media_type": found.media_type,
            "scores": {},
            "reasons": [],
        }
        if not found.width_px:
            reason = {"code": "not_judged", "message": "no engine here judges what sound says"}
            return subject | {"verdict": "review", "reasons": [reason]}
        looked, highest, at_s = 0, -1.0, None
        for sample in samples(path, found, MOST_PICTURES, SMALL_PX):
            task.report.check()
            looked += 1
            if (score := self._network.score(sample.rgb)) > highest:
                highest, at_s = score, sample.at_s
        verdict = policy.judge(highest)
        if verdict != "pass":
            subject["reasons"].append(_reason("sexual_picture", highest, verdict, policy, at_s))
        if found.audio_codec is not None:
            message = "pictures were judged, and not what its sound says"
            subject["reasons"].append({"code": "not_judged", "message": message})
        return subject | {"verdict": verdict, "scores": {"nsfw": highest}, "pictures": looked}


_MOST_TEXT_BYTES = 1 << 20


def _of_text(text: str, policy: Policy) -> dict[str, Any]:
    scores = scores_of(text)
    verdicts = {category: policy.judge(score) for category, score in scores.items()}
    reasons = [
        _reason(f"words_{category}".replace("-", "_"), scores[category], verdict, policy)
        for category, verdict in verdicts.items()
        if verdict != "pass"
    ]
    return {
        "subject": "/text",
        "verdict": worst(list(verdicts.values())),
        "scores": {f"words_{category}".replace("-", "_"): score for category, score in scores.items()},
        "reasons": reasons,
    }


def _reason(
    code: str, score: float, verdict: Verdict, policy: Policy, at_s: float | None = None
) -> dict[str, Any]:
    threshold = policy.block if verdict == "block" else policy.review
    message = f"{code.replace('_', ' ')}: {score:g}, and the policy {policy.name} says {verdict} from {threshold:g} on"
    reason: dict[str, Any] = {"code": code, "score": score, "threshold": threshold, "message": message}
    return reason if at_s is None else reason | {"at_s": at_s}


def _together(subjects: list[dict[str, Any]], policy: Policy) -> dict[str, Any]:
    """Return the whole answer: the severest verdict, the highest score of each kind, all reasons, and each subject."""
    scores: dict[str, float] = {}
    for subject in subjects:
        for name, score in subject["scores"].items():
            scores[name] = max(score, scores.get(name, 0.0))
    reasons = [
        {"subject": subject["subject"]} | reason for subject in subjects for reason in subject["reasons"]
    ]
    return {
        "verdict": worst([subject["verdict"] for subject in subjects]),
        "policy": policy.name,
        "scores": scores,
        "reasons": reasons,
        "subjects": subjects,
    }
