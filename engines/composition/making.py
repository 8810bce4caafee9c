"""How the pictures and the sound of a film are made at the same time, and how far they are."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path

from engines.composition.aac import CodedSound, master
from engines.composition.encode import Chunk, EncoderSettings, Paint, Painters, encode
from engines.composition.extras import Moments
from engines.composition.frames import Painter
from engines.composition.lettering import Lettering
from engines.composition.losses import Losses
from engines.composition.memory import Watch, converted
from engines.composition.planes import Planes
from engines.composition.render_plan import RenderPlan
from engines.composition.sound import RATE_HZ, mix
from engines.composition.stillcache import Stills
from engines.composition.studio import Studio
from engines.contract import Report
from engines.media.previews import Previews
from runtime.errors import Cancelled

_REPORT_EVERY_S = 0.2


class Pace:
    """How far a film is, in thousandths, said a few times a second, and what it looks like."""

    def __init__(self, report: Report, folder: Path) -> None:
        self._report = report
        self._said_s = 0.0
        self._previews = Previews(report, folder)

    def seen(self, planes: Planes) -> None:
        """Show a finished frame to whoever watches; called by the threads that paint."""
        self._previews.see(planes.y, planes.u, planes.v)

    def pictures(self, done: int, frames: int) -> None:
        """Say how many of its frames are there."""
        self._say(0.98 * done / frames, "rendering")

    def finish(self) -> None:
        """Say that the film is there."""
        self._previews.close()
        self._said_s = 0.0
        self._say(1.0, "rendering")

    def _say(self, fraction: float, stage: str) -> None:
        now_s = time.monotonic()
        if now_s - self._said_s >= _REPORT_EVERY_S:
            self._said_s = now_s
            self._report.step(round(fraction * 1000), 1000, stage)


class Making:
    """Makes pictures and sound at the same time; whichever fails, or a cancellation, ends both."""

    def __init__(self, film: RenderPlan, lettering: Lettering, folder: Path, watch: Watch) -> None:
        self._film, self._folder, self._watch = film, folder, watch
        self._stop = threading.Event()
        self.losses = Losses()
        size = (film.width_px, film.height_px)
        self._studio = Studio(size, lettering, Stills(size), folder, self._go_on, self.losses)

    def run(self, encoding: EncoderSettings, moments: Moments, pace: Pace) -> tuple[list[Chunk], CodedSound]:
        """Return what was encoded.

        Raises: Cancelled, or what the pictures or the sound raised.
        """
        film = self._film
        with ThreadPoolExecutor(1, "compose-sound") as pool:
            sound = pool.submit(self._sound)

            def advance(done: int) -> None:
                self._watch.look()
                pace.pictures(done, film.frames)
                if sound.done():
                    sound.result()

            try:
                painters = self._painters(moments, pace)
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
            raise converted(error, "the sound") from error

    def _painters(self, moments: Moments, pace: Pace) -> Painters:
        film, studio = self._film, self._studio
        burned = film.output.captions in ("burned", "both")

        def painter() -> tuple[Paint, Callable[[], None]]:
            own = Painter(film, studio)

            def paint(frame: int, planes: Planes) -> None:
                own.paint(frame, planes)
                moments.see(frame, planes)
                if burned:
                    own.caption(frame, planes)
                pace.seen(planes)

            return paint, own.close

        return painter
