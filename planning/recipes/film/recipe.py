"""What a film answers as a kind of job: from a brief or from scenes to one film, grown as results come."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from planning.job.state import Failure, Job
from planning.recipes.contract import CannotGrow, Pattern, Recipe
from planning.recipes.film import growth
from planning.recipes.film.request import film_of
from planning.recipes.film.steering import steered
from planning.recipes.film.timeline import FILM, MUSIC
from schemas.base import JsonObject
from schemas.codes import ErrorCode
from schemas.film import Film
from schemas.log import PlannedNode

SHARES: Mapping[str, float] = {
    growth.SCRIPT: 0.03,
    "picture": 0.17,
    "narration": 0.12,
    "clip": 0.33,
    MUSIC: 0.05,
    FILM: 0.30,
}
"""What a film spends its time on."""


@dataclass(frozen=True)
class FilmRecipe(Recipe):
    """A film from a brief or from given scenes.

    `defaults` stand where a request leaves a field open and this version's choice is not that of today's model;
    without `sentences_judged`, captions know neither abbreviations nor marks.
    """

    essentials: frozenset[str] = frozenset((growth.SCRIPT,))
    defaults: Mapping[str, Any] = field(default_factory=dict)
    sentences_judged: bool = True

    kind = "film"
    names: ClassVar[Mapping[Pattern, str]] = {
        ("style",): "style",
        ("voice",): "voice",
        ("language",): "language",
        ("transition",): "transition",
        ("music", "mood"): "mood",
        ("scenes", "*", "motion"): "motion",
    }
    assets = ((("characters", "*", "images", "*"), frozenset(("image",))),)
    grows_by = ("characters", "scenes")  # who is named in a scene is described in it

    def capabilities(self, request: JsonObject) -> Sequence[str]:
        """Return every capability that a film of this request may use."""
        needed = [] if "scenes" in request else ["text-generation"]
        needed += ["image-generation", "video-animation", "text-to-speech", "composition"]
        silent = "music" in request and request["music"] is None
        return needed if silent else [*needed, "audio-generation"]

    def works(self, request: JsonObject, capability: str) -> tuple[JsonObject, ...]:
        """Return what a narration will be asked for: language and voice, and the words where they are given."""
        if capability != "text-to-speech":
            return ()
        asked = {name: request[name] for name in ("language", "voice") if request.get(name) is not None}
        scenes = request.get("scenes")
        given = [scene for scene in scenes if isinstance(scene, dict)] if isinstance(scenes, list) else []
        texts = [scene["narration"] for scene in given if isinstance(scene.get("narration"), str)]
        return (asked, *({**asked, "text": text} for text in texts))

    def steered(self, request: JsonObject) -> dict[str, Any]:
        """Return the request with what its brief asks for beside its story."""
        return steered(request)

    def first_nodes(self, request: JsonObject) -> tuple[PlannedNode, ...]:
        """The script, or the given scenes' pictures and narrations."""
        return growth.first_nodes(film_of(request, self.defaults))

    def outputs(self, request: JsonObject, nodes: Sequence[PlannedNode]) -> tuple[str, ...]:
        """The film, which is planned last."""
        return (FILM,)

    def grow(self, job: Job) -> tuple[PlannedNode, ...]:
        """Script, then pictures and narrations, then clips and music, then the film."""
        try:
            return growth.grow(job, self._film(job), sentences_judged=self.sentences_judged)
        except ValueError as error:
            message = "the script is not one that can be filmed"
            raise CannotGrow(Failure(ErrorCode.ENGINE_FAILED, message, growth.SCRIPT)) from error

    def complete(self, job: Job) -> bool:
        """Whether the film itself is planned."""
        return FILM in job.grown

    def fraction(self, job: Job) -> float:
        """Weights by what a film spends its time on: nodes that are not planned yet count as not begun."""
        shares = dict(SHARES)
        if "scenes" in job.request:
            shares["picture"] += shares.pop(growth.SCRIPT)
        total = 0.0
        for part, share in shares.items():
            nodes = [n for n in job.nodes.values() if n.node_id.rsplit(".", 1)[-1] == part]
            if nodes:
                total += share * sum(1.0 if n.ended else n.fraction for n in nodes) / len(nodes)
            elif part in {MUSIC, "narration"} and "clips" in job.grown:
                total += share
        return total

    def needs_texts(self, job: Job) -> bool:
        """A film is planned from all of its words."""
        return not self.complete(job)

    def _film(self, job: Job) -> Film:
        """Return what the job's request says: read once, and not at each of a thousand events."""
        read: tuple[JsonObject, Film] | None = job.__dict__.get("film")
        if read is None or read[0] is not job.request:
            read = job.__dict__["film"] = job.request, film_of(job.request, self.defaults)
        return read[1]
