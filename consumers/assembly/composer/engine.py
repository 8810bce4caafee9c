"""How a timeline becomes a film: the composition engine."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path

import cv2
from pydantic import ValidationError

from consumers.assembly.composer.aac import CodedSound, master
from consumers.assembly.composer.encode import Chunk, Paint, Painters, Recipe, encode
from consumers.assembly.composer.extras import Moments
from consumers.assembly.composer.fonts import Fonts
from consumers.assembly.composer.frames import Painter
from consumers.assembly.composer.lettering import Lettering
from consumers.assembly.composer.mux import mux
from consumers.assembly.composer.plan import Film, even_up, plan
from consumers.assembly.composer.planes import Planes
from consumers.assembly.composer.sound import RATE_HZ, mix
from engines.contract import Product, Report, Result, Task
from planning.captions import srt, vtt
from runtime.errors import Cancelled, EngineUnavailable, InvalidRequest
from schemas.timeline import Timeline

DRAFT_COMMENT = "reelbus draft: made without models"
_REPORT_EVERY_S = 0.2
_SIDECARS = (("captions_srt", "application/x-subrip", srt), ("captions_vtt", "text/vtt", vtt))


class Composer:
    """Renders `params["timeline"]`; `params["draft"]` marks the file as a draft.

    A clip that is longer than its source holds its last frame and falls silent.
    """

    def __init__(self) -> None:
        self._fonts = Fonts()

    def load(self) -> None:
        """Read the fonts.

        Raises: EngineUnavailable when they are not there.
        """
        # Each painting thread is one thread: OpenCV's own pool would only get in their way.
        cv2.setNumThreads(1)
        try:
            self._fonts.load()
        except OSError as error:
            raise EngineUnavailable("the fonts of the composer are missing") from error

    def generate(self, tasks: Sequence[Task], workdir: Path, report: Report) -> Sequence[Result]:
        """Render one film for each task."""
        results = []
        for number, task in enumerate(tasks):
            folder = workdir / f"film-{number}"
            folder.mkdir(parents=True, exist_ok=True)
            results.append(self._render(task, folder, _Part(report, number, len(tasks))))
        return results

    def _render(self, task: Task, folder: Path, part: _Part) -> Result:
        try:
            timeline = Timeline.model_validate_json(json.dumps(task.params.get("timeline")))
        except (ValidationError, TypeError, ValueError) as error:
            raise InvalidRequest("/timeline: this is not a timeline") from error
        canvas = timeline.canvas
        lettering = Lettering(self._fonts, even_up(canvas.width_px), even_up(canvas.height_px))
        film = plan(timeline, task.inputs, lettering)
        recipe = Recipe(film.width_px, film.height_px, film.fps, film.output.quality)
        moments = Moments(film.frames if film.output.extras else 0)
        chunks, sound = _made(film, recipe, _painters(film, lettering, moments), folder, part)
        main = folder / "film.mp4"
        mux(main, recipe, chunks, sound, DRAFT_COMMENT if task.params.get("draft") is True else None)
        part.finish()
        products = (Product(main, "video/mp4"), *_extras(film, moments, folder), *_captions(film, folder))
        return Result(products, self._degraded(film, timeline))

    def _degraded(self, film: Film, timeline: Timeline) -> tuple[str, ...]:
        notes = []
        words = "".join(film.titles)
        if film.output.captions in ("burned", "both"):
            words += "".join(cue.text for cue in film.cues)
        missing = self._fonts.missing(words)
        if missing:
            names = ", ".join(f"U+{ord(char):04X}" for char in missing[:20])
            more = f" and {len(missing) - 20} more" if len(missing) > 20 else ""
            notes.append(f"unsupported: no font has {names}{more}")
        canvas = timeline.canvas
        if (film.width_px, film.height_px) != (canvas.width_px, canvas.height_px):
            size = f"{film.width_px}x{film.height_px}"
            notes.append(f"unsupported: H.264 4:2:0 has even sizes only, so the film is {size}")
        return tuple(notes)


class _Part:
    """One film's part of the progress of a batch, in thousandths."""

    def __init__(self, report: Report, number: int, count: int) -> None:
        self._report, self._number, self._count = report, number, count
        self._said_s = 0.0

    def pictures(self, done: int, frames: int) -> None:
        self._say(0.98 * done / frames, "rendering")

    def finish(self) -> None:
        self._said_s = 0.0
        self._say(1.0, "rendering")

    def _say(self, fraction: float, stage: str) -> None:
        now_s = time.monotonic()
        if now_s - self._said_s >= _REPORT_EVERY_S:
            self._said_s = now_s
            self._report.step(round((self._number + fraction) * 1000), self._count * 1000, stage)


def _made(
    film: Film, recipe: Recipe, painters: Painters, folder: Path, part: _Part
) -> tuple[list[Chunk], CodedSound]:
    """Make pictures and sound at the same time; whichever fails, or a cancellation, ends both."""
    stop = threading.Event()
    with ThreadPoolExecutor(1, "compose-sound") as pool:
        sound = pool.submit(_sound, film, stop)

        def advance(done: int) -> None:
            part.pictures(done, film.frames)
            if sound.done():
                sound.result()

        try:
            chunks = encode(recipe, film.frames, painters, folder, advance)
            while not sound.done():
                wait([sound], _REPORT_EVERY_S)
                advance(film.frames)
            return chunks, sound.result()
        except BaseException:
            stop.set()
            raise


def _sound(film: Film, stop: threading.Event) -> CodedSound:
    def go_on() -> None:
        if stop.is_set():
            raise Cancelled

    samples = round(film.frames / film.fps * RATE_HZ)
    heard = mix(film.sounds, film.tracks, samples, go_on)
    return master(heard, film.output.loudness_lufs, go_on)


def _painters(
    film: Film, lettering: Lettering, moments: Moments
) -> Callable[[], tuple[Paint, Callable[[], None]]]:
    burned = film.output.captions in ("burned", "both")

    def painter() -> tuple[Paint, Callable[[], None]]:
        own = Painter(film, lettering)

        def paint(frame: int, planes: Planes) -> None:
            own.paint(frame, planes)
            moments.see(frame, planes)
            if burned:
                own.caption(frame, planes)

        return paint, own.close

    return painter


def _extras(film: Film, moments: Moments, folder: Path) -> tuple[Product, ...]:
    made = []
    for role, write in (("poster", moments.poster), ("contact_sheet", moments.sheet)):
        if role in film.output.extras:
            path = folder / f"{role}.jpg"
            write(path)
            made.append(Product(path, "image/jpeg", role))
    return tuple(made)


def _captions(film: Film, folder: Path) -> tuple[Product, ...]:
    if film.output.captions not in ("sidecar", "both") or not film.cues:
        return ()
    made = []
    for role, media_type, write in (
        ("captions_srt", "application/x-subrip", srt),
        ("captions_vtt", "text/vtt", vtt),
    ):
        text = write(film.cues)
        path = folder / f"{role}.{role[-3:]}"
        path.write_text(text, encoding="utf-8", newline="\n")
        made.append(Product(path, media_type, role, text))
    return tuple(made)
