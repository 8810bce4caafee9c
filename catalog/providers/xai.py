"""xAI: words and pictures in the usual shape, films by requests that are asked about."""

from __future__ import annotations

from typing import Any

from catalog.providers.card import Asked, Call, Job, Offer, Provider, Yield
from catalog.providers.shapes import chatting, nearest, seconds, with_style

_RATIOS = ("1:1", "16:9", "9:16", "4:3", "3:4", "3:2", "2:3")


def _image(asked: Asked) -> Call:
    ratio = nearest(asked.params, _RATIOS)
    body = {"model": asked.model, "prompt": with_style(asked.params), "n": 1, "aspect_ratio": ratio}
    return Call("/images/generations", {**body, "response_format": "b64_json"})


def _film(asked: Asked) -> Call:
    params = asked.params
    body: dict[str, Any] = {
        "model": asked.model,
        "prompt": params.get("prompt") or "The picture comes to life.",
        "duration": seconds(params, range(1, 16), 5),
        "resolution": "720p",
    }
    if (given := asked.given("/image")) is not None:
        body["image"] = {"url": given.data_url}
    else:
        body["aspect_ratio"] = nearest(params, _RATIOS, "16:9")
    return Call("/videos/generations", body)


XAI = Provider(
    id="xai",
    name="xAI",
    address="https://api.x.ai/v1",
    key="XAI_API_KEY",
    offers=(
        chatting("grok", "grok-4-fast", usd=0.001),
        Offer("grok-imagine", "grok-imagine-image", ("image-generation",), _image,
              Yield(base64="/data/*/b64_json", address="/data/*/url"), usd=0.02,
              limits=(("control", 0), ("references", 0))),
        Offer("grok-imagine-video", "grok-imagine-video", ("video-generation", "video-animation"), _film,
              Yield(address="/video/url"),
              Job(id="/request_id", check="/videos/{id}", status="/status", working=("pending",), done=("done",),
                  failed=("expired", "failed"), error="/error/message"),
              usd=0.35, limits=(("duration_s", 15),)),
    ),
)  # fmt: skip
