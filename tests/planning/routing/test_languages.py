"""An engine of a few languages and voices is chosen where it knows those of the work, and passed over elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from catalog.models import MODELS, Model, model
from planning.intake import Accepted, examine
from planning.intake.offers import offers
from planning.routing.choose import Need, Refused, choose, fallbacks_of
from planning.routing.languages import Foreign, foreign
from schemas.requests import JOB_REQUESTED

SPEECH = "text-to-speech"


def trained() -> Model:
    found = model("kokoro")
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("params", "stranger"),
    [
        ({}, None),
        ({"language": "en-AU"}, None),
        ({"language": "pt_br"}, None),
        ({"language": "de"}, "language"),
        ({"language": "es-MX"}, "language"),
        ({"language": "pt-PT"}, "language"),
        ({"language": {"$from": "text", "field": "text"}}, "language"),
        ({"language": "klingon"}, None),
        ({"voice": "am_michael"}, None),
        ({"voice": "narrator", "language": "it"}, None),
        ({"voice": "narrator", "language": "nl"}, "voice"),
        ({"voice": "it-IT-Elsa"}, None),
        ({"voice": "it-IT-Diego"}, "voice"),
        ({"voice": "elder"}, "voice"),
        ({"voice": "en-US-slt"}, "voice"),
        ({"voice": {"$from": "cast"}}, "voice"),
        ({"text": "Лиса видит море."}, "text"),
        ({"text": {"$from": "story"}}, None),
    ],
)
def test_the_trained_voice_says_what_it_does_not_know(
    params: Mapping[str, Any], stranger: str | None
) -> None:
    found = foreign(trained(), params)
    assert (found.parameter if found else None) == stranger
    draft = model("draft-audio")
    assert draft is not None
    assert foreign(draft, params) is None


def test_one_piece_of_work_in_another_language_is_enough_to_choose_another_engine() -> None:
    works: tuple[Mapping[str, Any], ...] = ({"language": "fr"}, {"language": "de"})
    chosen = [choose(Need(SPEECH, "best", works=works[:count]), MODELS) for count in (0, 1, 2)]
    assert [row.name for row in chosen if isinstance(row, Model)] == ["kokoro", "kokoro", "draft-audio"]


def test_where_only_it_offers_the_quality_the_reason_is_the_language() -> None:
    found = choose(Need(SPEECH, "high", works=({"language": "de"},)), MODELS)
    assert found == Refused((Foreign("kokoro", "language", trained().languages),))


def test_nobody_goes_on_in_a_language_that_he_does_not_speak() -> None:
    draft, speaker = model("draft-audio"), trained()
    assert draft is not None
    need = Need(SPEECH, "best", params={"language": "de"})
    assert fallbacks_of(speaker, need, MODELS) == ("draft-audio",)
    asking = Model("first", (SPEECH,), "local", "x:Y", "1", "x", fallbacks=("kokoro",))
    assert fallbacks_of(asking, need, MODELS) == ()


def refused(request: Mapping[str, Any]) -> dict[str, str]:
    found = examine(JOB_REQUESTED, request, offers=offers(), allow_private_webhooks=False)
    return {} if isinstance(found, Accepted) else {each.path: each.message for each in found.problems}


def speech(**params: Any) -> dict[str, Any]:
    return {"kind": "task", "capability": SPEECH, "params": {"text": "x", **params}}


def test_a_pinned_voice_that_does_not_speak_the_language_is_refused_by_name() -> None:
    pins = {"engines": {SPEECH: "kokoro"}}
    for request, path in (
        (speech(language="de", engine="kokoro"), "/params/language"),
        (speech(language="de") | pins, "/params/language"),
        (speech(voice="de-female") | pins, "/params/voice"),
        (speech(language="de") | {"quality": "standard"}, "/params/language"),
        ({"kind": "film", "brief": "a fox", "language": "de"} | pins, "/language"),
        ({"kind": "film", "brief": "a fox", "voice": "elder"} | pins, "/voice"),
    ):
        found = refused(request)
        assert list(found) == [path], request
        assert '"kokoro"' in found[path]
        assert "draft-audio (quality draft)" in found[path]


def test_what_no_pin_asks_for_is_refused_to_nobody() -> None:
    for params in ({"language": "de"}, {"voice": "elder"}, {"language": "fr"}, {"voice": "ff_siwis"}):
        for quality in ("draft", "best"):
            assert refused(speech(**params) | {"quality": quality}) == {}
    assert refused({"kind": "film", "brief": "a fox", "language": "de", "quality": "best"}) == {}
    assert refused(speech(language="fr") | {"quality": "high"}) == {}


def test_a_voice_of_ours_is_no_providers() -> None:
    theirs = next(row for row in MODELS if row.provider and SPEECH in row.capabilities)
    assert foreign(theirs, {"language": "de"}) is None
    found = foreign(theirs, {"voice": "am_michael"})
    assert found is not None
    assert found.parameter == "voice"
