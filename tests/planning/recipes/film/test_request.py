"""A film's request is read as it was accepted: defaults stand in the model, and nothing is judged again."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from planning.recipes.film.request import film_of
from schemas.film import Film, Music
from schemas.requests import FilmRequested
from tests.planning.jobs import History, accepted

SCENES: list[dict[str, object]] = [
    {"picture": "a fox", "narration": "A fox lives here.", "duration_s": 4},
    {"picture": "the sea"},
]


def test_what_a_request_leaves_open_is_what_the_model_says() -> None:
    assert film_of({"kind": "film", "brief": "a fox"}, {}) == Film(brief="a fox")
    scenes = film_of({"kind": "film", "scenes": SCENES}, {}).scenes
    assert scenes == Film.model_validate({"scenes": SCENES}).scenes


def test_an_older_versions_choice_counts_only_where_the_request_is_silent() -> None:
    assert film_of({"brief": "a fox"}, {"captions": "both"}).captions == "both"
    assert film_of({"brief": "a fox", "captions": "none"}, {"captions": "both"}).captions == "none"


def test_no_music_is_not_the_same_as_nothing_said_of_it() -> None:
    assert film_of({"brief": "a fox", "music": None}, {}).music is None
    assert film_of({"brief": "a fox"}, {}).music == Music()


@pytest.mark.parametrize(
    "broken",
    [
        {"brief": "a fox", "scenes": SCENES, "duration_s": 9},
        {"scenes": SCENES, "duration_s": 2000, "forgotten": {"field": 1}},
        {"scenes": [{**SCENES[0], "narration": None}], "resolution": "90p"},
        {"brief": "a fox", "scenes": SCENES, "characters": [{"id": "f x", "description": ""}]},
    ],
)
def test_what_an_older_version_accepted_goes_on_though_today_it_would_be_refused(
    broken: dict[str, object],
) -> None:
    with pytest.raises(ValidationError):
        FilmRequested.model_validate({"kind": "film", **broken})
    history = History()
    event = accepted({"kind": "film", "music": None, **broken})
    assert event.request == {"kind": "film", "music": None, **broken}  # no default is stored
    history.add(event)
    history.work_off()
    assert history.job.status == "succeeded"
