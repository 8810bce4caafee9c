"""A small installation whose offers the intake tests judge requests by."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from planning.intake import Accepted, Offers, Rejected, examine
from schemas.capabilities import Capability
from schemas.requests import JOB_REQUESTED

ALL = frozenset(capability.value for capability in Capability)
OFFERS = Offers(
    styles=frozenset({"watercolor", "noir"}),
    voices={"amy": "en-GB", "max": "de", "everyone": "mul"},
    languages=frozenset({"en", "en-GB", "de"}),
    transitions=frozenset({"crossfade", "wipe-left"}),
    moods=frozenset({"calm", "epic"}),
    motions=frozenset({"push-in", "pan-left"}),
    engines={
        "draft-painter": frozenset({"image-generation"}),
        "draft-speaker": frozenset({"text-to-speech"}),
        "draft-video": frozenset({"video-generation", "video-animation"}),
    },
    engines_elsewhere={"flux": "it needs a GPU with 24 GB"},
    qualities={"draft": ALL - {"voice-cloning"}, "standard": frozenset({"image-generation"})},
    chosen={"draft": {"video-generation": "draft-video"}},
    limits={"draft-video": {"width_px": 1920, "audio": 0}},
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
