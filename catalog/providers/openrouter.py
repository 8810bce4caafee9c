"""OpenRouter: the language models of many, some for nothing, and films that are asked about."""

from __future__ import annotations

from typing import Any

from catalog.providers.card import Asked, Call, Job, Offer, Provider, Yield
from catalog.providers.shapes import chatting, nearest, seconds, with_style


def _image(asked: Asked) -> Call:
    told = [{"role": "user", "content": with_style(asked.params)}]
    return Call(
        "/chat/completions", {"model": asked.model, "messages": told, "modalities": ["image", "text"]}
    )


def _film(asked: Asked) -> Call:
    params = asked.params
    body: dict[str, Any] = {
        "model": asked.model,
        "prompt": params.get("prompt") or "The picture comes to life.",
        "duration": seconds(params, (4, 5, 6, 8, 10), 5),
        "resolution": "720p",
        "aspect_ratio": nearest(params, ("16:9", "9:16", "1:1"), "16:9"),
        "generate_audio": bool(params.get("audio")),
        "seed": asked.seed % 2**31,
    }
    if (given := asked.given("/image")) is not None:
        body["frame_images"] = [
            {"type": "image_url", "image_url": {"url": given.data_url}, "frame_type": "first_frame"}
        ]
    return Call("/videos", body)


OPENROUTER = Provider(
    id="openrouter",
    name="OpenRouter",
    address="https://openrouter.ai/api/v1",
    key="OPENROUTER_API_KEY",
    headers={"X-Title": "reelbus"},
    out_of_credit=("insufficient credits", "credits"),
    offers=(
        chatting("auto", "openrouter/auto", usd=0.002),
        chatting("free", "meta-llama/llama-4-maverick:free", free=True),
        Offer("flash-image", "google/gemini-3-flash-image", ("image-generation",), _image,
              Yield(address="/choices/*/message/images/*/image_url/url"), usd=0.039,
              limits=(("control", 0), ("references", 0))),
        Offer("seedance", "bytedance/seedance-2.5", ("video-generation", "video-animation"), _film,
              Yield(address="/unsigned_urls/*", with_key=True),
              Job(id="/id", check="/videos/{id}", status="/status", working=("pending", "in_progress"),
                  done=("completed",), failed=("failed", "cancelled", "expired"), error="/error", check_in_s=15.0),
              usd=0.5, limits=(("duration_s", 10),)),
    ),
)  # fmt: skip
