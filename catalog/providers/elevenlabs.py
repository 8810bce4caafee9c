"""ElevenLabs: speech with the time of every character, effects and music."""

from __future__ import annotations

from typing import Any

from catalog.providers.card import Asked, Call, Offer, Provider, Yield

_GEORGE = "JBFqnCBsd6RMkjVDRZzb"


def _speech(asked: Asked) -> Call:
    params = asked.params
    body: dict[str, Any] = {
        "text": params["text"],
        "model_id": asked.model,
        "seed": asked.seed % 2**32,
        "voice_settings": {"speed": params.get("speed", 1.0)},
    }
    if params.get("language"):
        body["language_code"] = str(params["language"]).partition("-")[0]
    return Call(f"/v1/text-to-speech/{_GEORGE}/with-timestamps?output_format={_output(asked)}", body)


def _output(asked: Asked) -> str:
    return "mp3_44100_128" if asked.params.get("format") == "mp3" else "pcm_44100"


def _spoken(asked: Asked) -> Yield:
    is_mp3 = asked.params.get("format") == "mp3"
    return Yield(base64="/audio_base64", words=_words, rate_hz=0 if is_mp3 else 44_100)


def _sounded(asked: Asked) -> Yield:
    return Yield(body=True, rate_hz=0 if asked.params.get("format") == "mp3" else 44_100)


def _words(answer: Any) -> list[dict[str, Any]]:
    """Put characters with their times together to words."""
    found = answer.get("alignment") or {}
    times = zip(
        found.get("characters", ()),
        found.get("character_start_times_seconds", ()),
        found.get("character_end_times_seconds", ()),
        strict=False,
    )
    words: list[dict[str, Any]] = []
    inside = False
    for character, start_s, end_s in times:
        if str(character).isspace():
            inside = False
        elif inside:
            words[-1] = {**words[-1], "text": words[-1]["text"] + character, "end_s": end_s}
        else:
            words.append({"text": character, "start_s": start_s, "end_s": end_s})
            inside = True
    return words


def _effect(asked: Asked) -> Call:
    wanted_s = asked.params.get("duration_s")
    length = {"duration_seconds": max(wanted_s, 0.5)} if wanted_s else {}
    return Call("/v1/sound-generation", {"text": asked.params["prompt"], **length})


def _music(asked: Asked) -> Call:
    params = asked.params
    words = params.get("prompt") or f"{params.get('mood') or 'calm'} music"
    return Call(
        "/v1/music", {"prompt": words, "music_length_ms": max(round(params["duration_s"] * 1000), 3000)}
    )


ELEVENLABS = Provider(
    id="elevenlabs",
    name="ElevenLabs",
    address="https://api.elevenlabs.io",
    key="ELEVENLABS_API_KEY",
    authorization=("xi-api-key", "{key}"),
    error=("/detail/message", "/detail/status", "/detail/*/msg", "/detail"),
    out_of_credit=("quota_exceeded",),
    offers=(
        Offer("multilingual", "eleven_multilingual_v2", ("text-to-speech",), _speech,
              _spoken, usd=0.03, limits=(("pitch", 1.0),)),
        Offer("flash", "eleven_flash_v2_5", ("text-to-speech",), _speech,
              _spoken, usd=0.015, limits=(("pitch", 1.0),)),
        Offer("sound-effects", "eleven_text_to_sound_v2", ("sound-effects",), _effect, Yield(body=True), usd=0.02,
              limits=(("duration_s", 30),)),
        Offer("music", "music_v1", ("audio-generation",), _music, _sounded, usd=0.3,
              limits=(("duration_s", 300),), longest_s=240.0),
    ),
)  # fmt: skip
