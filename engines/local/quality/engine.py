"""How the quality engine works: assets and a text are measured, read and listened to, and told in one JSON."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from engines.contract import Finished, Result, Task, one_by_one
from engines.local.answers import TEXT, Subject, answer, given, judged, severest
from engines.media.probe import Probe, probe
from runtime.errors import EngineUnavailable, Unsupported

if TYPE_CHECKING:
    from engines.local.quality.pictures import Fault
    from engines.local.quality.reading import Reader
    from engines.local.quality.speech import Listener

VERDICTS = ("pass", "review", "fail")
"""From the mildest on: nothing found, a person should look, it cannot be used."""
POLICIES = ("standard", "speech")
"""With the second sound is also rated as speech; so it is where a text is given, as what is spoken or shown."""

_MOST_PICTURES, _MOST_READ = 24, 4
_SIDE_PX = 720
_LEAST_SPEECH, _LEAST_LEGIBLE = 2.5, 0.8
_MOST_TEXT_BYTES = 1 << 20
_STAGE = "judging"


class Quality:
    """Says how good assets and a text are technically: pass, review or fail, with scores and reasons.

    Takes quality-assessment: assets, text, policy. Pictures and films are measured (sharpness, exposure, contrast, black),
    and read where a text says what they should show; sound is measured (EBU R 128, silence, clipping), and rated as speech by
    DNSMOS. Whether anything is beautiful or true it does not know.
    """

    def __init__(self) -> None:
        self._reader: Reader | None = None
        self._listener: Listener | None = None

    def load(self, device: str) -> None:
        """Load the weights; whatever the device is, they run on the CPU.

        Raises:
            EngineUnavailable: a module is missing, or the weights are not those that were pinned.
        """
        from engines.local.quality.reading import Reader
        from engines.local.quality.speech import Listener

        self._reader, self._listener = Reader(), Listener()

    def unload(self) -> None:
        """Let go of the weights."""
        self._reader = self._listener = None

    def generate(self, tasks: Sequence[Task]) -> Iterator[Finished]:
        """Judge what each task names.

        Raises: Unsupported for an unknown policy; AssetInvalid.
        """
        return one_by_one(tasks, self._one)

    def _one(self, task: Task) -> Result:
        policy = _policy(task.params.get("policy"))
        assets, text = given(task)
        subjects = judged(
            task, _STAGE, lambda place, path: self._of_asset(task, place, path, text, policy), assets
        )
        if text is not None and not assets:
            subjects.append(_of_text(TEXT, text))
        made = answer(
            task.workdir / "quality.json",
            subjects,
            VERDICTS,
            scores=_means(subjects),
            policy=policy,
        )
        done = len(assets) + 1
        task.report.step(done, done, "done")
        return made

    def _of_asset(self, task: Task, place: str, path: Path, text: str | None, policy: str) -> Subject:
        found = probe(path)
        if found.media_type.startswith("text/") or found.media_type == "application/json":
            with path.open("rb") as file:
                subject = _of_text(place, file.read(_MOST_TEXT_BYTES).decode("utf-8", "replace"))
        else:
            subject = Subject(place)
            if found.width_px:
                self._look(task, subject, path, found, text)
            if found.audio_codec is not None:
                self._listen(task, subject, path, found, speech=policy == "speech" or text is not None)
        subject.facts["media_type"] = found.media_type
        return subject

    def _look(self, task: Task, subject: Subject, path: Path, found: Probe, text: str | None) -> None:
        from engines.local.quality import pictures
        from engines.media.sampling import samples

        numbers = []
        for sample in samples(path, found, _MOST_PICTURES, _SIDE_PX):
            task.report.check()
            numbers.append(pictures.measured(sample.rgb))
        scores = pictures.together(numbers)
        subject.facts["pictures"] = len(numbers)
        _note(subject, scores, pictures.faults(scores))
        if text is not None:
            self._read(task, subject, path, found, text)

    def _read(self, task: Task, subject: Subject, path: Path, found: Probe, text: str) -> None:
        from engines.local.quality.reading import READ_PX, legible
        from engines.media.sampling import samples

        if self._reader is None:
            raise EngineUnavailable("the engine that reads pictures is not loaded")
        lines: list[str] = []
        for sample in samples(path, found, _MOST_READ, READ_PX):
            task.report.check()
            lines += [line for line in self._reader.read(sample.rgb) if line not in lines]
        score = legible(text, lines)
        subject.facts["read"] = lines[:50]
        faults: list[Fault] = []
        if score < _LEAST_LEGIBLE and found.audio_codec is None:
            faults.append(("text_not_legible", "review", f"{score:.0%} of the text can be read in it"))
        _note(subject, {"text_legible": score}, faults)

    def _listen(self, task: Task, subject: Subject, path: Path, found: Probe, *, speech: bool) -> None:
        from engines.local.quality import sound

        if self._listener is None:
            raise EngineUnavailable("the engine that listens to sound is not loaded")
        heard = sound.listened(path, found.media_type, task.report.check, speech=speech)
        _note(subject, heard.scores, sound.faults(heard.scores))
        if not speech or heard.scores["silence"] == 1.0:
            return
        rated = self._listener.rate(heard.speech, task.report.check)
        faults: list[Fault] = []
        if rated and rated["speech_overall"] < _LEAST_SPEECH:
            told = f"as speech it would be rated {rated['speech_overall']:g} of 5"
            faults.append(("poor_speech", "review", told))
        _note(subject, rated, faults)


def _of_text(place: str, text: str) -> Subject:
    from engines.local.quality import words

    subject, scores = Subject(place), words.measured(text)
    _note(subject, scores, words.faults(scores))
    return subject


def _means(subjects: Sequence[Subject]) -> dict[str, float]:
    """Return the mean of each score over the subjects that have it."""
    names = {name for subject in subjects for name in subject.scores}
    values = {name: [one.scores[name] for one in subjects if name in one.scores] for name in names}
    return {name: round(sum(found) / len(found), 5) for name, found in values.items()}


def _note(subject: Subject, scores: dict[str, float], faults: Sequence[Fault]) -> None:
    subject.scores |= scores
    for code, verdict, message in faults:
        subject.reasons.append({"code": code, "message": message})
        subject.verdict = severest([subject.verdict, verdict], VERDICTS)


def _policy(name: str | None) -> str:
    if name is None or name in POLICIES:
        return name or POLICIES[0]
    near = difflib.get_close_matches(name, POLICIES, 1, 0.5)
    hint = f"the nearest is {near[0]}" if near else f"there are {', '.join(POLICIES)}"
    raise Unsupported(f"/policy: there is no such policy; {hint}")
