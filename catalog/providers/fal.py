"""fal: a queue before a thousand models. A job's addresses have the first two segments of its model's name alone."""

from __future__ import annotations

from typing import Any

from catalog.providers.card import Asked, Call, Job, Offer, Provider, Yield
from catalog.providers.shapes import nearest, seconds, with_style

_QUEUE = Job(
    id="/request_id",
    check="/{app}/requests/{id}/status",
    status="/status",
    working=("IN_QUEUE", "IN_PROGRESS"),
    done=("COMPLETED",),
    error="/error",
    result="/{app}/requests/{id}",
    cancel=("PUT", "/{app}/requests/{id}/cancel"),
    check_in_s=2.0,
)


def _flux(asked: Asked) -> Call:
    params = asked.params
    size = {"width": params.get("width_px", 1024), "height": params.get("height_px", 1024)}
    body = {"prompt": with_style(params), "image_size": size, "num_images": 1, "seed": asked.seed % 2**31}
    return Call(f"/{asked.model}", {**body, "output_format": "png"})


def _edit(asked: Asked) -> Call:
    given = asked.given("/image")
    body = {
        "prompt": asked.params["prompt"],
        "seed": asked.seed % 2**31,
        "strength": asked.params.get("strength", 0.75),
    }
    return Call(f"/{asked.model}", {**body, "image_url": given.data_url if given else ""})


def _upscale(asked: Asked) -> Call:
    given = asked.given("/image")
    return Call(
        f"/{asked.model}", {"image_url": given.data_url if given else "", "scale": asked.params["factor"]}
    )


def _film(asked: Asked) -> Call:
    params = asked.params
    body: dict[str, Any] = {
        "prompt": params.get("prompt") or "The picture comes to life.",
        "duration": str(seconds(params, (5, 10), 5)),
        "seed": asked.seed % 2**31,
    }
    if (given := asked.given("/image")) is not None:
        return Call(f"/{asked.model}/image-to-video", {**body, "image_url": given.data_url})
    return Call(
        f"/{asked.model}/text-to-video",
        {**body, "aspect_ratio": nearest(params, ("16:9", "9:16", "1:1"), "16:9")},
    )


def _music(asked: Asked) -> Call:
    params = asked.params
    words = params.get("prompt") or f"{params.get('mood') or 'calm'} music"
    return Call(
        f"/{asked.model}", {"prompt": words, "seconds_total": min(params.get("duration_s") or 8, 190)}
    )


FAL = Provider(
    id="fal",
    name="FAL.ai",
    address="https://queue.fal.run",
    key="FAL_KEY",
    authorization=("Authorization", "Key {key}"),
    out_of_credit=("exhausted balance",),
    error=("/detail/*/msg", "/detail", "/error/message", "/error", "/message"),
    offers=(
        Offer("flux-schnell", "fal-ai/flux/schnell", ("image-generation",), _flux, Yield(address="/images/*/url"), _QUEUE,
              usd=0.003, limits=(("control", 0), ("references", 0))),
        Offer("flux-edit", "fal-ai/flux/dev/image-to-image", ("image-editing",), _edit, Yield(address="/images/*/url"),
              _QUEUE, usd=0.03, limits=(("mask", 0), ("references", 0))),
        Offer("esrgan", "fal-ai/esrgan", ("image-upscaling",), _upscale, Yield(address="/image/url"), _QUEUE, usd=0.002,
              limits=(("factor", 8),)),
        Offer("seedance", "fal-ai/bytedance/seedance/v1/pro", ("video-generation", "video-animation"), _film,
              Yield(address="/video/url"), _QUEUE, usd=0.62, limits=(("duration_s", 10), ("audio", 0))),
        Offer("stable-audio", "fal-ai/stable-audio", ("audio-generation", "sound-effects"), _music,
              Yield(address="/audio_file/url"), _QUEUE, usd=0.02, limits=(("duration_s", 190),)),
    ),
)  # fmt: skip
