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

from captions.cues import srt, vtt
from catalog.languagetags import iso639_2
from engines.composition.aac import CodedSound, master
from engines.composition.costs import check_film, check_inputs
from engines.composition.encode import Chunk, EncoderSettings, Paint, Painters, encode
from engines.composition.extras import Moments
from engines.composition.fonts import Fonts
from engines.composition.frames import Painter
from engines.composition.lettering import Lettering
from engines.composition.losses import Losses
from engines.composition.memory import Watch, told
from engines.composition.mux import mux
from engines.composition.planes import Planes
from engines.composition.render_plan import RenderPlan, even_up, plan
from engines.composition.sound import RATE_HZ, mix
from engines.composition.stillcache import Stills
from engines.composition.studio import Studio
from engines.contract import Product, Report, Result, Task
from runtime.errors import Cancelled, EngineUnavailable, InvalidRequest
from runtime.settings import Settings
from schemas.budget import CompositionBudget
from schemas.timeline import Timeline

DRAFT_COMMENT = "reelbus draft: made without models"
_REPORT_EVERY_S = 0.2
_NAMED = 20
"""How many of what could not be shown a note names."""
_SIDECARS = (("captions_srt", "application/x-subrip", srt), ("captions_vtt", "text/vtt", vtt))


class Composer:
    """Renders `params["timeline"]`; `params["draft"]` marks the file as a draft.

    A clip that is longer than its source holds its last frame and falls silent. What costs more than `budget`
    is refused; without one the settings say it.
    """

    def __init__(self, budget: CompositionBudget | None = None) -> None:
        self._fonts = Fonts()
        self._budget = budget or Settings().composition_budget

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
        try:
            check_inputs(task.inputs, self._budget)
            film = plan(timeline, task.inputs, lettering, self._budget.film_s)
            check_film(film, self._budget)
        except MemoryError as error:
            raise told(error, "the film") from error
        encoding = EncoderSettings(film.width_px, film.height_px, film.fps, film.output.quality)
        moments = Moments(film.frames if film.output.extras else 0)
        making = _Making(film, lettering, folder, Watch(self._budget.memory_bytes))
        chunks, sound = making.run(encoding, moments, part)
        main = folder / "film.mp4"
        comment = DRAFT_COMMENT if task.params.get("draft") is True else None
        mux(main, encoding, chunks, sound, comment, iso639_2(film.output.language))
        part.finish()
        products = (
            Product(main, "video/mp4"),
            *_extras(film, moments, folder, comment),
            *_captions(film, folder),
        )
        return Result(products, (*self._degraded(film, timeline), *making.losses.notes()))

    def _degraded(self, film: RenderPlan, timeline: Timeline) -> tuple[str, ...]:
        notes = []
        words = "\n".join((*film.titles, *(shown.text for shown in film.captions.burned)))
        if missing := self._fonts.missing(words):
            notes.append(f"unsupported: no font has {_some([_code_points(sign) for sign in missing])}")
        if apart := self._fonts.apart(words):
            notes.append(
                f"unsupported: shown as their parts: {_some([_code_points(sign) for sign in apart])}"
            )
        if words and not self._fonts.shapes:
            notes.append(
                "unsupported: the library FriBidi is not on this machine, so letters are not joined or set closer"
            )
        if film.captions.left_out:
            notes.append(
                "unsupported: the picture has no room for all captions of one time, so some of these are left out:"
                f" {_some(film.captions.left_out)}"
            )
        canvas = timeline.canvas
        if (film.width_px, film.height_px) != (canvas.width_px, canvas.height_px):
            size = f"{film.width_px}x{film.height_px}"
            notes.append(f"unsupported: H.264 4:2:0 has even sizes only, so the film is {size}")
        notes += _remarks(film)
        return tuple(notes)


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more


def _code_points(sign: str) -> str:
    return "U+" + "+".join(f"{ord(char):04X}" for char in sign)


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


class _Making:
    """Makes pictures and sound at the same time; whichever fails, or a cancellation, ends both."""

    def __init__(self, film: RenderPlan, lettering: Lettering, folder: Path, watch: Watch) -> None:
        self._film, self._folder, self._watch = film, folder, watch
        self._stop = threading.Event()
        self.losses = Losses()
        size = (film.width_px, film.height_px)
        self._studio = Studio(size, lettering, Stills(size), folder, self._go_on, self.losses)

    def run(self, encoding: EncoderSettings, moments: Moments, part: _Part) -> tuple[list[Chunk], CodedSound]:
        film = self._film
        with ThreadPoolExecutor(1, "compose-sound") as pool:
            sound = pool.submit(self._sound)

            def advance(done: int) -> None:
                self._watch.look()
                part.pictures(done, film.frames)
                if sound.done():
                    sound.result()

            try:
                painters = self._painters(moments)
                chunks = encode(encoding, film.frames, painters, self._folder, advance, self._stop)
                while not sound.done():
                    wait([sound], _REPORT_EVERY_S)
                    advance(film.frames)
                return chunks, sound.result()
            except BaseException:
                self._stop.set()
                raise

    def _go_on(self) -> None:
        if self._stop.is_set():
            raise Cancelled

    def _sound(self) -> CodedSound:
        film, folder = self._film, self._folder
        samples = round(film.frames / film.fps * RATE_HZ)
        try:
            heard = mix(film.sounds, samples, folder / "sound.f32", self._go_on, self.losses)
            try:
                return master(heard, film.output.loudness_lufs, folder / "sound.aac", self._go_on)
            finally:
                heard.close()
        except MemoryError as error:
            raise told(error, "the sound") from error

    def _painters(self, moments: Moments) -> Painters:
        film, studio = self._film, self._studio
        burned = film.output.captions in ("burned", "both")

        def painter() -> tuple[Paint, Callable[[], None]]:
            own = Painter(film, studio)

            def paint(frame: int, planes: Planes) -> None:
                own.paint(frame, planes)
                moments.see(frame, planes)
                if burned:
                    own.caption(frame, planes)

            return paint, own.close

        return painter


def _remarks(film: RenderPlan) -> list[str]:
    """Return what is told of the files, once for each clip."""
    seen = [(span.name, span.source) for spans in film.layers for span in spans if span.source is not None]
    heard = [(sound.source.name, sound.source) for sound in film.sounds]
    said = (f"asset_invalid: {name}: {remark}" for name, source in seen + heard for remark in source.remarks)
    return list(dict.fromkeys(said))


def _extras(film: RenderPlan, moments: Moments, folder: Path, comment: str | None) -> tuple[Product, ...]:
    made = []
    for role, write in (("poster", moments.poster), ("contact_sheet", moments.sheet)):
        if role in film.output.extras:
            path = folder / f"{role}.jpg"
            write(path, comment)
            made.append(Product(path, "image/jpeg", role))
    return tuple(made)


def _captions(film: RenderPlan, folder: Path) -> tuple[Product, ...]:
    if film.output.captions not in ("sidecar", "both") or not film.cues:
        return ()
    made = []
    for role, media_type, write in _SIDECARS:
        text = write(film.cues)
        path = folder / f"{role}.{role[-3:]}"
        path.write_text(text, encoding="utf-8", newline="\n")
        made.append(Product(path, media_type, role, text))
    return tuple(made)
