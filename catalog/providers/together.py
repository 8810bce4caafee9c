"""Together.ai: open models for words, pictures, speech and films."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from catalog.providers.card import Asked, Call, Job, Offer, Provider, Yield
from catalog.providers.shapes import CHAT, TEXT, chat, seconds, with_style


def _chat(asked: Asked) -> Call:
    return replace(chat(asked), path="/v1/chat/completions")


def _image(asked: Asked) -> Call:
    params = asked.params
    body: dict[str, Any] = {
        "model": asked.model,
        "prompt": with_style(params),
        "width": params.get("width_px", 1024),
        "height": params.get("height_px", 1024),
        "n": 1,
        "seed": asked.seed % 2**31,
        "response_format": "base64",
    }
    if params.get("negative_prompt"):
        body["negative_prompt"] = params["negative_prompt"]
    return Call("/v1/images/generations", body)


def _speech(asked: Asked) -> Call:
    body = {"model": asked.model, "input": asked.params["text"], "voice": "af_heart"}
    return Call("/v1/audio/speech", {**body, "response_format": asked.params.get("format", "wav")})


def _film(asked: Asked) -> Call:
    params = asked.params
    body: dict[str, Any] = {
        "model": asked.model,
        "prompt": params.get("prompt") or "The picture comes to life.",
        "seconds": str(seconds(params, (5, 6, 8, 10), 5)),
        "seed": asked.seed % 2**31,
    }
    if params.get("width_px") and params.get("height_px"):
        body |= {"width": params["width_px"], "height": params["height_px"]}
    if (given := asked.given("/image")) is not None:
        body["media"] = {"frame_images": [{"input_image": given.data_url, "frame": "first"}]}
    return Call("/v2/videos", body)


TOGETHER = Provider(
    id="together",
    name="Together.ai",
    address="https://api.together.ai",
    key="TOGETHER_API_KEY",
    offers=(
        Offer("llama", "meta-llama/Llama-4-Maverick-17B-128E-Instruct-FP8", TEXT, _chat, CHAT, usd=0.001),
        Offer("flux-schnell", "black-forest-labs/FLUX.1-schnell", ("image-generation",), _image,
              Yield(base64="/data/*/b64_json", address="/data/*/url"), usd=0.003,
              limits=(("width_px", 1792), ("height_px", 1792), ("control", 0), ("references", 0))),
        Offer("flux-schnell-free", "black-forest-labs/FLUX.1-schnell-Free", ("image-generation",), _image,
              Yield(base64="/data/*/b64_json", address="/data/*/url"), free=True,
              limits=(("width_px", 1440), ("height_px", 1440), ("control", 0), ("references", 0))),
        Offer("kokoro", "hexgrad/Kokoro-82M", ("text-to-speech",), _speech, Yield(body=True), usd=0.004,
              limits=(("speed", 1.0), ("pitch", 1.0))),
        Offer("seedance", "ByteDance/Seedance-1.0-pro", ("video-generation", "video-animation"), _film,
              Yield(address="/outputs/video_url"),
              Job(id="/id", check="/v2/videos/{id}", status="/status", working=("queued", "in_progress"),
                  done=("completed",), failed=("failed", "cancelled"), error="/error/message", check_in_s=15.0),
              usd=0.57, limits=(("duration_s", 10),)),
    ),
)  # fmt: skip
