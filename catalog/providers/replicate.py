"""Replicate: predictions of models by many authors."""

from __future__ import annotations

from typing import Any

from catalog.providers.card import Asked, Call, Job, Offer, Provider, Yield
from catalog.providers.shapes import nearest, seconds, with_style

_PREDICTION = Job(
    id="/id",
    check="/predictions/{id}",
    status="/status",
    working=("starting", "processing"),
    done=("succeeded",),
    failed=("failed", "canceled", "aborted"),
    error="/error",
    cancel=("POST", "/predictions/{id}/cancel"),
    check_in_s=2.0,
)
_FIRST = Yield(address="/output/*")
_ONE = Yield(address="/output")
_RATIOS = ("1:1", "16:9", "9:16", "4:3", "3:4", "3:2", "2:3")


def _predict(asked: Asked, wanted: dict[str, Any]) -> Call:
    return Call(f"/models/{asked.model}/predictions", {"input": wanted})


def _flux(asked: Asked) -> Call:
    ratio = nearest(asked.params, _RATIOS)
    wanted = {"prompt": with_style(asked.params), "aspect_ratio": ratio, "seed": asked.seed % 2**31}
    return _predict(asked, {**wanted, "output_format": "png", "num_outputs": 1})


def _upscale(asked: Asked) -> Call:
    given = asked.given("/image")
    return _predict(asked, {"image": given.data_url if given else "", "scale": asked.params["factor"]})


def _music(asked: Asked) -> Call:
    params = asked.params
    words = params.get("prompt") or f"{params.get('mood') or 'calm'} music"
    return _predict(
        asked, {"prompt": words, "duration": round(params["duration_s"]), "seed": asked.seed % 2**31}
    )


def _film(asked: Asked) -> Call:
    params = asked.params
    wanted: dict[str, Any] = {"prompt": params.get("prompt") or "The picture comes to life."}
    if (given := asked.given("/image")) is not None:
        wanted["image"] = given.data_url
    return _predict(asked, {**wanted, "duration": seconds(params, (5, 10), 5), "seed": asked.seed % 2**31})


REPLICATE = Provider(
    id="replicate",
    name="Replicate",
    address="https://api.replicate.com/v1",
    key="REPLICATE_API_TOKEN",
    error=("/detail", "/title", "/error"),
    out_of_credit=("insufficient credit", "billing"),
    offers=(
        Offer("flux-schnell", "black-forest-labs/flux-schnell", ("image-generation",), _flux, _FIRST, _PREDICTION,
              usd=0.003, limits=(("control", 0), ("references", 0))),
        Offer("esrgan", "nightmareai/real-esrgan", ("image-upscaling",), _upscale, _ONE, _PREDICTION, usd=0.002,
              limits=(("factor", 10),)),
        Offer("musicgen", "meta/musicgen", ("audio-generation",), _music, _ONE, _PREDICTION, usd=0.06,
              limits=(("duration_s", 30),)),
        Offer("seedance", "bytedance/seedance-1-pro", ("video-generation", "video-animation"), _film, _ONE, _PREDICTION,
              usd=0.62, limits=(("duration_s", 10), ("audio", 0))),
    ),
)  # fmt: skip
