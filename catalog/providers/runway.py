"""Runway: tasks that make films from words and pictures, and make films larger."""

from __future__ import annotations

from typing import Any

from catalog.providers.card import Asked, Call, Job, Offer, Provider, Yield
from catalog.providers.shapes import nearest, seconds

_TASK = Job(
    id="/id",
    check="/v1/tasks/{id}",
    status="/status",
    working=("PENDING", "THROTTLED", "RUNNING"),
    done=("SUCCEEDED",),
    failed=("FAILED", "CANCELLED"),
    error="/failure",
    cancel=("DELETE", "/v1/tasks/{id}"),
)
_RATIOS = {"16:9": "1280:720", "9:16": "720:1280", "1:1": "960:960", "4:3": "1104:832", "3:4": "832:1104"}
_FILE = Yield(address="/output/*")
_LONGEST_PROMPT = 1000


def _film(asked: Asked) -> Call:
    params = asked.params
    body: dict[str, Any] = {
        "model": asked.model,
        "promptText": str(params.get("prompt") or "The picture comes to life.")[:_LONGEST_PROMPT],
        "ratio": _RATIOS[nearest(params, tuple(_RATIOS), "16:9")],
        "duration": seconds(params, range(2, 11), 5),
        "seed": asked.seed % 2**32,
    }
    if (given := asked.given("/image")) is not None:
        return Call("/v1/image_to_video", {**body, "promptImage": given.data_url})
    return Call("/v1/text_to_video", body)


def _larger(asked: Asked) -> Call:
    given = asked.given("/video")
    return Call("/v1/video_upscale", {"model": asked.model, "videoUri": given.data_url if given else ""})


RUNWAY = Provider(
    id="runway",
    name="Runway",
    address="https://api.dev.runwayml.com",
    key="RUNWAYML_API_SECRET",
    headers={"X-Runway-Version": "2024-11-06"},
    error=("/error", "/issues/*/message"),
    moderated=("SAFETY.", "moderation"),
    offers=(
        Offer("gen4.5", "gen4.5", ("video-generation", "video-animation"), _film, _FILE, _TASK, usd=0.6,
              limits=(("duration_s", 10), ("audio", 0))),
        Offer("gen4-turbo", "gen4_turbo", ("video-animation",), _film, _FILE, _TASK, usd=0.25,
              limits=(("duration_s", 10),)),
        Offer("upscale", "upscale_v1", ("video-upscaling",), _larger, _FILE, _TASK, usd=0.1, limits=(("factor", 4),)),
    ),
)  # fmt: skip
