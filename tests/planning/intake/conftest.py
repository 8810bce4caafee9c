"""A small installation whose offers the intake tests judge requests by."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from catalog.models import Model
from planning.intake import Accepted, Offers, Rejected, examine
from planning.routing.availability import Fleet
from schemas.capabilities import Capability
from schemas.requests import JOB_REQUESTED


def model(name: str, *capabilities: str, **row: Any) -> Model:
    """A row of a catalogue."""
    return Model(name, capabilities, "draft", "engines.nowhere:Nothing", "1", name, **row)


ALL = frozenset(capability.value for capability in Capability)
OFFERS = Offers(
    styles=frozenset({"watercolor", "noir"}),
    voices={"amy": "en-GB", "max": "de", "everyone": "mul"},
    languages=frozenset({"en", "en-GB", "de"}),
    transitions=frozenset({"crossfade", "wipe-left"}),
    moods=frozenset({"calm", "epic"}),
    motions=frozenset({"push-in", "pan-left"}),
    candidates=(
        model("draft-painter", "image-generation", qualities=("draft", "standard")),
        model("draft-speaker", "text-to-speech"),
        model(
            "draft-video", "video-generation", "video-animation", limits=(("width_px", 1920), ("audio", 0))
        ),
        model("draft-rest", *sorted(ALL - {"voice-cloning"})),
        model("flux", "image-generation", qualities=("standard", "high")),
    ),
    fleet=Fleet(elsewhere={"flux": "it needs a GPU with 24 GB"}),
    bucket="media",
    remedies={"voice-cloning": "set ELEVENLABS_API_KEY"},
)

Judge = Callable[..., dict[str, str]]


@pytest.fixture
def refused() -> Judge:
    """Judge a request and return {path: code} of what is wrong with it; empty when it is accepted."""

    def judge(request: Any, request_type: str = JOB_REQUESTED) -> dict[str, str]:
        verdict = examine(request_type, request, offers=OFFERS, allow_private_webhooks=False)
        return (
            {}
            if isinstance(verdict, Accepted)
            else {problem.path: problem.code for problem in verdict.problems}
        )

    return judge


@pytest.fixture
def told() -> Judge:
    """Judge a request and return {path: message} of what is wrong with it."""

    def judge(request: Any, request_type: str = JOB_REQUESTED) -> dict[str, str]:
        verdict = examine(request_type, request, offers=OFFERS, allow_private_webhooks=False)
        assert isinstance(verdict, Rejected)
        return {problem.path: problem.message for problem in verdict.problems}

    return judge


@pytest.fixture
def offers() -> Offers:
    return OFFERS
