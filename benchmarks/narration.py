"""How well narration is understood: word error rate of each voice, as Whisper tiny.en writes it down again.

Run: .venv/bin/python -m benchmarks.narration (needs `reelbus engines sync transcription`). Five sentences rank voices;
they certify nothing, and one pass moves by some percent with the decoder.
"""

from __future__ import annotations

import asyncio
import json
import re
import resource
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import Any

from catalog.models import Model, model
from engines.contract import Input, Task
from engines.host.bounds import Limits
from engines.host.hosts import Hosts
from infra.environments.built import python_of
from worker.confining import confined
from worker.folders import roots_of
from worker.report import TaskReport

SENTENCES = (
    "The old lighthouse keeper watched the storm roll in from the sea.",
    "A small red fox followed the river until it reached the quiet harbour.",
    "Nobody in the village remembered who had built the stone bridge.",
    "She opened the letter, read it twice, and smiled at the window.",
    "By morning the snow had covered every road between the mountains.",
)
VOICES = (
    ("draft-audio", "en-US-male"),
    ("draft-audio", "en-US-female"),
    ("kokoro", "af_heart"),
    ("kokoro", "am_michael"),
    ("kokoro", "bf_emma"),
)
RESULTS = Path(__file__).parent / "results" / "narration.json"


def words(text: str) -> list[str]:
    """Return the words of a text as they are compared: no case, no marks, one spelling."""
    return re.findall(r"[a-z']+", text.casefold().replace("harbor", "harbour"))


def errors(said: list[str], heard: list[str]) -> int:
    """Return how many words must be put in, taken out or replaced (Levenshtein)."""
    row = list(range(len(heard) + 1))
    for i, one in enumerate(said, 1):
        above, row[0] = row[0], i
        for j, other in enumerate(heard, 1):
            above, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, above + (one != other))
    return row[-1]


def _row(name: str) -> Model:
    found = model(name)
    if found is None:
        raise SystemExit(f"no engine {name}")
    return found


async def _measure(hosts: Hosts, folder: Path, engine: str, voice: str) -> dict[str, Any]:
    wrong = total = 0
    duration_s = wall_s = 0.0
    for number, sentence in enumerate(SENTENCES):
        workdir = folder / f"{engine}-{voice}-{number}"
        workdir.mkdir()
        begun_s = time.perf_counter()
        params = {"text": sentence, "voice": voice}
        made = await hosts.run(
            _row(engine), Task(workdir.name, "text-to-speech", params, 7, workdir, TaskReport())
        )
        wall_s += time.perf_counter() - begun_s
        sound = made.products[0]
        duration_s += json.loads(sound.text or "{}")["duration_s"]
        ear = _row("whisper-tiny-en")
        roots = roots_of(ear, folder)
        given, written = roots.given / workdir.name, roots.made / workdir.name
        given.write_bytes(sound.path.read_bytes())
        written.mkdir()
        heard = await hosts.run(
            ear,
            Task(
                "h" + workdir.name, "speech-to-text", {}, 7, written, TaskReport(), {"/audio": Input(given)}
            ),
        )
        told = json.loads(heard.products[0].path.read_text("utf-8"))["text"]
        wrong += errors(words(sentence), words(told))
        total += len(words(sentence))
    return {
        "engine": engine,
        "voice": voice,
        "word_error_rate": round(wrong / total, 4),
        "words": total,
        "speech_s": round(duration_s, 2),
        "wall_s_per_speech_s": round(wall_s / duration_s, 3),
    }


async def main() -> None:
    """Measure every voice and write the rows."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        confine = partial(confined, scratch=folder, limits=Limits())
        hosts = Hosts(confine=confine, python_of=python_of)
        try:
            rows = [await _measure(hosts, folder, engine, voice) for engine, voice in VOICES]
        finally:
            await hosts.close()
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(rows, indent=1) + "\n", "utf-8")
    for row in rows:
        print(json.dumps(row))
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(f"{used.ru_utime + used.ru_stime:.0f} s of computing in hosts")


if __name__ == "__main__":
    asyncio.run(main())
