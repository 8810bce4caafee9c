"""How a timeline becomes a film: the composition engine."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
from pydantic import ValidationError

from captions.cues import srt, vtt
from catalog.languagetags import iso639_2
from engines.composition.costs import check_film, check_inputs
from engines.composition.encode import EncoderSettings
from engines.composition.extras import Moments
from engines.composition.fonts import Fonts
from engines.composition.lettering import Lettering
from engines.composition.making import Making, Pace
from engines.composition.memory import Watch, converted
from engines.composition.mux import mux
from engines.composition.render_plan import RenderPlan, even_up
from engines.composition.timing import plan
from engines.contract import Finished, Product, Result, Task, one_by_one
from runtime.budget_settings import BudgetSettings
from runtime.errors import EngineUnavailable, InvalidRequest
from schemas.budget import CompositionBudget
from schemas.timeline import Timeline

DRAFT_COMMENT = "reelbus draft: made without models"
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
        self._budget = budget or BudgetSettings().composition_budget

    def load(self, device: str) -> None:
        """Read the fonts.

        Raises: EngineUnavailable when they are not there.
        """
        # Each painting thread is one thread: OpenCV's own pool would only get in their way.
        cv2.setNumThreads(1)
        try:
            self._fonts.load()
        except OSError as error:
            raise EngineUnavailable("the fonts of the composer are missing") from error

    def unload(self) -> None:
        """Let go of the fonts."""
        self._fonts = Fonts()

    def generate(self, tasks: Sequence[Task]) -> Iterator[Finished]:
        """Render one film for each task."""
        return one_by_one(tasks, self._render)

    def _render(self, task: Task) -> Result:
        with tempfile.TemporaryDirectory(dir=task.workdir, prefix="parts-") as parts:
            return self._rendered(task, Path(parts))

    def _rendered(self, task: Task, parts: Path) -> Result:
        folder, pace = task.workdir, Pace(task.report, parts)
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
            raise converted(error, "the film") from error
        encoding = EncoderSettings(film.width_px, film.height_px, film.fps, film.output.quality)
        moments = Moments(film.frames if film.output.extras else 0)
        making = Making(film, lettering, parts, Watch(self._budget.memory_bytes))
        chunks, sound = making.run(encoding, moments, pace)
        main = folder / "film.mp4"
        comment = DRAFT_COMMENT if task.params.get("draft") is True else None
        mux(main, encoding, chunks, sound, comment, iso639_2(film.output.language))
        pace.finish()
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
