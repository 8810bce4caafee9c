"""The best quality: of each capability the best that is there, and what is a draft all the same is named."""

from __future__ import annotations

from typing import Any

from catalog.models import MODELS, Model
from planning.job.acceptance import accept
from schemas.log import JobAccepted
from tests.planning.jobs import History, accepted, orders

FILM = {"kind": "film", "brief": "a fox", "duration_s": 6}
PAINTER = Model(
    "painter",
    ("image-generation",),
    "local",
    "engines.nowhere:Nothing",
    "1",
    "Paints well.",
    qualities=("standard", "high"),
)

DRAFTS = tuple(row for row in MODELS if "draft" in row.qualities)


def best(request: dict[str, Any], *more: Model, rows: tuple[Model, ...] = DRAFTS) -> JobAccepted:
    request = request | {"quality": "best"}
    candidates = (*rows, *more)
    return accept(request, request_id="k", event_id="k", requested_ms=0, inputs={}, candidates=candidates)


def test_where_only_drafts_are_the_orders_are_those_of_a_draft() -> None:
    drafts, bests = History(), History()
    drafts.add(accepted(FILM, key="k"))
    bests.add(best(FILM))
    for history in (drafts, bests):
        history.work_off()
    sent = [[order.model_dump() for order in _orders(history)] for history in (drafts, bests)]
    assert sent[0] == sent[1]
    assert best(FILM).quality == "draft"  # an older version knows no other word


def test_each_draft_part_is_named_and_only_where_the_best_was_wanted() -> None:
    for event, named in ((best(FILM), True), (accepted(FILM), False)):
        history = History()
        history.add(event)
        history.work_off()
        (end,) = history.told("media.job.succeeded.v1")
        told = end.to_json()
        made = {n for n, node in history.job.nodes.items() if node.family == "draft"}
        assert {lack["node_id"] for lack in told["degraded"]} == (made if named else set())
        assert made


def test_a_better_engine_does_its_part_and_the_whole_is_composed_at_its_quality() -> None:
    event = best(FILM, PAINTER)
    assert event.engines["image-generation"] == "painter"
    assert event.engines["text-to-speech"] == "draft-audio"
    assert event.quality == "high"
    assert accepted(FILM).engines["image-generation"] == "draft-scene"


def test_a_film_is_narrated_by_the_trained_voice_where_it_speaks_the_language() -> None:
    for asked, engine in (
        ({}, "kokoro"),
        ({"language": "fr-CA"}, "kokoro"),
        ({"voice": "af_heart"}, "kokoro"),
        ({"voice": "fr-FR-DeniseNeural"}, "kokoro"),
        ({"language": "de"}, "draft-audio"),
        ({"voice": "whisper"}, "draft-audio"),
        ({"voice": "fr-male"}, "draft-audio"),
    ):
        assert best(FILM | asked, rows=MODELS).engines["text-to-speech"] == engine, asked
    assert best(FILM, rows=MODELS).fallbacks == {"text-to-speech": ("draft-audio",)}


def test_a_film_is_encoded_for_its_pictures_whatever_its_voice_is() -> None:
    rows = tuple(row for row in MODELS if not row.environment)
    assert best(FILM, rows=rows).quality == "draft"
    speech = {"kind": "task", "capability": "text-to-speech", "params": {"text": "A fox."}}
    assert best(speech, rows=MODELS).quality == "high"


def test_the_voice_of_a_whole_job_is_one_that_speaks_all_of_it() -> None:
    def voice(*items: dict[str, Any]) -> str:
        said = [
            {"id": f"i{number}", "capability": "text-to-speech", "params": {"text": "One.", **params}}
            for number, params in enumerate(items)
        ]
        return best({"kind": "batch", "items": said}, rows=MODELS).engines["text-to-speech"]

    assert voice({}, {"language": "it"}) == "kokoro"
    assert voice({}, {"language": "de"}) == "draft-audio"
    assert voice({"language": "de", "engine": "draft-audio"}, {}) == "kokoro"
    assert voice({"text": "Лиса видит море."}, {}) == "draft-audio"
    scenes = [
        {"picture": "a fox", "narration": words, "duration_s": 3} for words in ("A fox.", "Лиса и море.")
    ]
    film = best({"kind": "film", "scenes": scenes}, rows=MODELS)
    assert film.engines["text-to-speech"] == "draft-audio"


def test_only_the_parts_that_are_drafts_are_named_beside_a_trained_voice() -> None:
    history = History()
    history.add(best(FILM, rows=MODELS))
    history.work_off()
    (end,) = history.told("media.job.succeeded.v1")
    named = {lack["node_id"] for lack in end.to_json()["degraded"]}
    assert named
    assert not any(node.endswith("narration") for node in named)


def test_a_composition_alone_is_made_as_well_as_it_can_be() -> None:
    timeline = {
        "canvas": {"width_px": 64, "height_px": 64, "fps": 24},
        "tracks": [
            {"kind": "video", "clips": [{"source": {"colour": "#000000"}, "start_s": 0, "duration_s": 1}]}
        ],
    }
    assert best({"kind": "composition", "timeline": timeline}).quality == "high"


def _orders(history: History) -> list[Any]:
    return list(orders(history.commands))
