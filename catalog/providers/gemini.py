"""Google Gemini: words, pictures and speech by one call, films (Veo) by operations that take minutes."""

from __future__ import annotations

from typing import Any

from catalog.providers.card import Asked, Call, Job, Offer, Provider, Yield
from catalog.providers.shapes import TEXT, messages, nearest, seconds, with_style


def _generate(asked: Asked, parts: list[dict[str, Any]], **config: Any) -> Call:
    body: dict[str, Any] = {"contents": [{"role": "user", "parts": parts}], "generationConfig": config}
    return Call(f"/models/{asked.model}:generateContent", body)


def _text(asked: Asked) -> Call:
    params = asked.params
    told = messages(asked)
    config: dict[str, Any] = {}
    if params.get("max_tokens"):
        config["maxOutputTokens"] = params["max_tokens"]
    if params.get("temperature") is not None:
        config["temperature"] = params["temperature"]
    if params.get("json_schema"):
        config |= {"responseMimeType": "application/json", "responseJsonSchema": params["json_schema"]}
    call = _generate(asked, [{"text": each["content"]} for each in told if each["role"] == "user"], **config)
    system = [{"text": each["content"]} for each in told if each["role"] == "system"]
    return Call(
        call.path, {**(call.body or {}), **({"systemInstruction": {"parts": system}} if system else {})}
    )


def _image(asked: Asked) -> Call:
    parts: list[dict[str, Any]] = [{"text": with_style(asked.params)}]
    for pointer in ("/image", *(f"/references/{number}" for number in range(16))):
        if (given := asked.given(pointer)) is not None:
            inline = {"mimeType": given.media_type, "data": given.data_url.partition(",")[2]}
            parts.append({"inlineData": inline})
    ratio = nearest(asked.params, ("1:1", "4:3", "3:4", "16:9", "9:16"))
    return _generate(asked, parts, responseModalities=["IMAGE"], imageConfig={"aspectRatio": ratio})


def _speech(asked: Asked) -> Call:
    voice = {"voiceConfig": {"prebuiltVoiceConfig": {"voiceName": "Kore"}}}
    return _generate(
        asked, [{"text": asked.params["text"]}], responseModalities=["AUDIO"], speechConfig=voice
    )


def _veo(asked: Asked) -> Call:
    params = asked.params
    instance: dict[str, Any] = {"prompt": params.get("prompt") or "The picture comes to life."}
    if (given := asked.given("/image")) is not None:
        data = given.data_url.partition(",")[2]
        instance["image"] = {"bytesBase64Encoded": data, "mimeType": given.media_type}
    wanted = {
        "aspectRatio": nearest(params, ("16:9", "9:16"), "16:9"),
        "durationSeconds": seconds(params, (4, 6, 8), 8),
        "resolution": "720p",
    }
    if params.get("negative_prompt"):
        wanted["negativePrompt"] = params["negative_prompt"]
    return Call(f"/models/{asked.model}:predictLongRunning", {"instances": [instance], "parameters": wanted})


_VEO = Job(
    id="/name",
    check="/{id}",
    status="/done",
    working=("False", "None"),
    done=("True",),
    error="/error/message",
    check_in_s=20.0,
    expires_in_s=1800.0,
)
_INLINE = "/candidates/*/content/parts/*/inlineData"
_FILM = Yield(address="/response/generateVideoResponse/generatedSamples/*/video/uri", with_key=True)

GEMINI = Provider(
    id="gemini",
    name="Google Gemini",
    address="https://generativelanguage.googleapis.com/v1beta",
    key="GOOGLE_API_KEY",
    authorization=("x-goog-api-key", "{key}"),
    out_of_credit=("BILLING_DISABLED",),
    offers=(
        Offer("flash", "gemini-3-flash", TEXT, _text, Yield(text="/candidates/*/content/parts/*/text"), usd=0.001),
        Offer("flash-image", "gemini-3-flash-image", ("image-generation", "image-editing"), _image,
              Yield(base64=f"{_INLINE}/data"), usd=0.039,
              limits=(("control", 0), ("mask", 0))),
        Offer("tts", "gemini-3-flash-tts", ("text-to-speech",), _speech,
              Yield(base64=f"{_INLINE}/data", rate_hz=24_000), usd=0.01,
              limits=(("speed", 1.0), ("pitch", 1.0))),
        Offer("veo-3.1", "veo-3.1-generate-001", ("video-generation", "video-animation"), _veo, _FILM, _VEO,
              usd=3.2, limits=(("duration_s", 8),)),
    ),
)  # fmt: skip
