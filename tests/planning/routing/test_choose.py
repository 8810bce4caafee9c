"""One choice of an engine: the pinned one, else the first that runs here at the quality, else every reason why not."""

from __future__ import annotations

from typing import Any

import pytest

from catalog.models import MODELS, PLACEHOLDER, Model
from planning.intake import Accepted, examine
from planning.intake.offers import offers
from planning.job.acceptance import accept
from planning.routing.availability import Fleet
from planning.routing.choose import (
    BeyondLimit,
    Need,
    NotAtQuality,
    NotHere,
    OtherCapability,
    Policy,
    Reason,
    Refused,
    UnknownEngine,
    after_failure,
    choose,
    fallbacks_of,
    quality_of,
)
from runtime.errors import EngineUnavailable
from schemas.choices import QUALITIES
from schemas.requests import JOB_REQUESTED
from schemas.script import FilmScript


def row(name: str, *capabilities: str, **columns: Any) -> Model:
    return Model(name, capabilities, "local", "engines.nowhere:Nothing", "1", name, **columns)


QUICK = row("quick", "image-generation", "video-generation", limits=(("width_px", 1920.0), ("audio", 0)))
GOOD = row("good", "image-generation", qualities=("standard", "high"))
ALSO = row("also", "image-generation", qualities=("draft", "high"))
SPEAKER = row("speaker", "text-to-speech", limits=(("json_schema", 0),))
ROWS = (QUICK, GOOD, ALSO, SPEAKER)
PICTURE = {"kind": "task", "capability": "image-generation", "params": {"prompt": "a fox"}}


def why(need: Need, **given: Any) -> tuple[Reason, ...]:
    found = choose(need, ROWS, **given)
    assert isinstance(found, Refused)
    return found.reasons


def test_without_a_pin_the_first_that_offers_the_quality_does_it() -> None:
    found = [choose(Need("image-generation", quality), ROWS) for quality in QUALITIES]
    assert found == [QUICK, GOOD, GOOD]
    assert choose(Need("image-generation", "draft"), (ALSO, QUICK)) is ALSO


def test_a_pinned_engine_does_it_at_any_quality() -> None:
    assert choose(Need("image-generation", "high", "quick"), ROWS) is QUICK


def test_every_reason_is_given_with_what_would_do_instead() -> None:
    able = ("also", "good", "quick")
    assert why(Need("image-generation", "draft", "quik")) == (UnknownEngine("quik", able),)
    assert why(Need("image-generation", "draft", "speaker")) == (OtherCapability("speaker", able),)
    assert why(Need("video-generation", "high")) == (NotAtQuality(("draft",)),)
    assert why(Need("moderation", "draft")) == (NotAtQuality(()),)
    assert why(Need("image-generation", "nice")) == (NotAtQuality(QUALITIES),)
    assert why(Need("text-to-speech", "draft", "quick", {"width_px": 4000, "audio": True})) == (
        OtherCapability("quick", ("speaker",)),
        BeyondLimit("quick", "width_px", 1920.0),
        BeyondLimit("quick", "audio", 0),
    )


def test_a_limit_refuses_and_chooses_no_other() -> None:
    assert why(Need("image-generation", "draft", params={"width_px": 1921})) == (
        BeyondLimit("quick", "width_px", 1920.0),
    )


@pytest.mark.parametrize(
    ("params", "beyond"),
    [
        ({"width_px": 1920}, False),
        ({"width_px": 1920.5}, True),
        ({"width_px": True}, False),
        ({"width_px": "4000"}, False),
        ({"audio": False}, False),
        ({"audio": 1}, False),
        ({"other": 10**9}, False),
    ],
)
def test_values_of_a_wrong_type_are_left_to_others(params: dict[str, Any], beyond: bool) -> None:
    found = choose(Need("image-generation", "draft", params=params), ROWS)
    assert isinstance(found, Refused) == beyond


@pytest.mark.parametrize(
    ("schema", "beyond"),
    [
        ({"type": "object"}, True),
        ({}, True),
        ({"$from": "writer", "field": "json"}, False),
        (FilmScript.model_json_schema(), False),
    ],
)
def test_of_schemas_only_that_of_a_script_is_within_a_limit(schema: dict[str, Any], beyond: bool) -> None:
    found = choose(Need("text-to-speech", "draft", params={"json_schema": schema}), ROWS)
    assert isinstance(found, Refused) == beyond


def test_what_does_not_run_here_is_passed_over_and_named_when_it_is_pinned() -> None:
    fleet = Fleet(elsewhere={"quick": "it needs a GPU"})
    assert choose(Need("image-generation", "draft"), ROWS, fleet=fleet) is ALSO
    assert why(Need("video-generation", "draft"), fleet=fleet) == (
        NotAtQuality((), (("quick", "it needs a GPU"),)),
    )
    assert why(Need("image-generation", "draft", "quick"), fleet=fleet) == (
        NotHere("quick", "it needs a GPU"),
    )
    assert why(Need("image-generation", "draft", "speaker"), fleet=fleet) == (
        OtherCapability("speaker", ("also", "good")),
    )


def test_after_a_failure_the_next_one_does_it_then_a_stand_in_where_one_is_allowed() -> None:
    failed = frozenset({"quick"})
    allowed = Policy(stand_in=PLACEHOLDER)
    assert choose(Need("image-generation", "draft", failed=failed), ROWS, allowed) is ALSO
    failed |= {"also"}
    assert choose(Need("image-generation", "draft", failed=failed), ROWS, allowed) is PLACEHOLDER
    assert isinstance(choose(Need("image-generation", "draft", failed=failed), ROWS), Refused)
    failed |= {PLACEHOLDER.name}
    assert isinstance(choose(Need("image-generation", "draft", failed=failed), ROWS, allowed), Refused)


def test_the_best_is_the_first_of_the_highest_quality_that_runs_here() -> None:
    assert choose(Need("image-generation", "best"), ROWS) is GOOD
    assert choose(Need("image-generation", "best", "quick"), ROWS) is QUICK
    assert choose(Need("video-generation", "best"), ROWS) is QUICK
    fleet = Fleet(elsewhere={"good": "it is switched off"})
    assert choose(Need("image-generation", "best"), ROWS, fleet=fleet) is ALSO
    assert why(Need("moderation", "best"), fleet=fleet) == (NotAtQuality(()),)
    assert [quality_of(each, "best") for each in ROWS] == ["draft", "high", "high", "draft"]


def test_who_may_go_on_is_declared_runs_here_and_can_do_it() -> None:
    main = row("main", "image-generation", fallbacks=("quick", "main", "good", "speaker", "nobody", "also"))
    rows = (main, *ROWS)
    assert fallbacks_of(main, Need("image-generation", "draft"), rows) == ("quick", "also")
    assert fallbacks_of(main, Need("image-generation", "best"), rows) == ("quick", "good", "also")
    wide = Need("image-generation", "draft", params={"width_px": 4000})
    assert fallbacks_of(main, wide, rows, Fleet(elsewhere={"also": "it needs a GPU"})) == ()
    assert after_failure(("quick", "also"), frozenset({"main", "quick"})) == "also"
    assert after_failure(("quick",), frozenset({"main", "quick"})) is None


def test_intake_and_acceptance_choose_among_what_they_are_given() -> None:
    at_home = Fleet(elsewhere={"draft-scene": "it is switched off"})
    here = offers(at_home)
    verdict = examine(JOB_REQUESTED, PICTURE, offers=here, allow_private_webhooks=False)
    assert not isinstance(verdict, Accepted)
    assert [(p.path, p.code) for p in verdict.problems] == [("/capability", "engine_unavailable")]
    pinned = examine(
        JOB_REQUESTED,
        PICTURE | {"engines": {"image-generation": "draft-scene"}},
        offers=here,
        allow_private_webhooks=False,
    )
    assert not isinstance(pinned, Accepted)
    assert [p.message for p in verdict.problems] == [
        "no engine of this installation does image-generation at quality draft; "
        '"draft-scene" would: it is switched off'
    ]
    assert [p.message for p in pinned.problems] == [
        'the engine "draft-scene" cannot run here: it is switched off'
    ]

    def engines(**given: Any) -> dict[str, str]:
        made = accept(PICTURE, request_id="r", event_id="e", requested_ms=0, inputs={}, **given)
        return dict(made.engines)

    assert engines() == {"image-generation": "draft-scene"}
    assert engines(candidates=(QUICK, *MODELS)) == {"image-generation": "quick"}
    with pytest.raises(EngineUnavailable, match="does image-generation at quality draft"):
        engines(fleet=at_home)
