"""OpenAI: words, pictures, speech and what is heard. Its films ended on 2026-09-24; others of this catalogue make some."""

from __future__ import annotations

from typing import Any

from catalog.providers.card import Asked, Call, Offer, Part, Provider, Yield
from catalog.providers.shapes import chatting, file_part, nearest, with_style

_SIZES = {"1:1": "1024x1024", "3:2": "1536x1024", "2:3": "1024x1536"}


def image(asked: Asked) -> Call:
    """Ask for a picture."""
    size = _SIZES[nearest(asked.params, tuple(_SIZES))]
    body = {"model": asked.model, "prompt": with_style(asked.params), "n": 1, "size": size}
    return Call("/images/generations", {**body, "output_format": asked.params.get("format", "png")})


def edit(asked: Asked) -> Call:
    """Ask for a picture to be changed; a mask says where."""
    form: list[tuple[str, str | Part]] = [("model", asked.model), ("prompt", asked.params["prompt"])]
    for pointer, name in (("/image", "image"), ("/mask", "mask")):
        if (part := file_part(asked, pointer, name)) is not None:
            form.append((name, part))
    return Call("/images/edits", form=form)


def paint(asked: Asked) -> Call:
    """Ask for a new picture, or for a change of one."""
    return edit(asked) if asked.capability == "image-editing" else image(asked)


def speech(asked: Asked) -> Call:
    """Ask for a text to be said."""
    params = asked.params
    return Call(
        "/audio/speech",
        {
            "model": asked.model,
            "input": params["text"],
            "voice": "alloy",
            "response_format": params.get("format", "wav"),
            "speed": params.get("speed", 1.0),
        },
    )


def transcription(asked: Asked) -> Call:
    """Ask for what is said, word by word; or for it in English."""
    form: list[tuple[str, str | Part]] = [("model", asked.model)]
    if asked.params.get("translate"):
        return Call("/audio/translations", form=[*form, *_audio(asked)])
    form += [("response_format", "verbose_json"), ("timestamp_granularities[]", "word")]
    if asked.params.get("language"):
        form.append(("language", str(asked.params["language"]).partition("-")[0]))
    return Call("/audio/transcriptions", form=[*form, *_audio(asked)])


def _audio(asked: Asked) -> list[tuple[str, str | Part]]:
    part = file_part(asked, "/audio", "audio")
    return [("file", part)] if part is not None else []


def words(answer: Any) -> list[dict[str, Any]]:
    """Read the time of every word."""
    found = answer.get("words") or []
    return [{"text": each["word"], "start_s": each["start"], "end_s": each["end"]} for each in found]


PICTURE = Yield(base64="/data/*/b64_json", address="/data/*/url")

OPENAI = Provider(
    id="openai",
    name="OpenAI",
    address="https://api.openai.com/v1",
    key="OPENAI_API_KEY",
    offers=(
        chatting("gpt-5-mini", "gpt-5-mini", usd=0.002),
        chatting("gpt-4o-mini", "gpt-4o-mini", usd=0.0005),
        chatting("gpt-4", "gpt-4", lifecycle="retired", successor="openai-gpt-5-mini"),
        Offer("gpt-image-2", "gpt-image-2", ("image-generation", "image-editing"), paint, PICTURE, usd=0.042,
              limits=(("control", 0), ("references", 0))),
        Offer("dall-e-3", "dall-e-3", ("image-generation",), image, PICTURE, lifecycle="retired",
              successor="openai-gpt-image-2"),
        Offer("tts", "gpt-4o-mini-tts", ("text-to-speech",), speech, Yield(body=True), usd=0.015,
              limits=(("pitch", 1.0),)),
        Offer("whisper", "whisper-1", ("speech-to-text",), transcription, Yield(text="/text", words=words), usd=0.006),
        Offer("sora-2", "sora-2", ("video-generation",), image, PICTURE, lifecycle="retired",
              successor="gemini-veo-3.1"),
    ),
)  # fmt: skip
