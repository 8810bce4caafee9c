"""ElevenLabs: speech with its alignment, effects, music."""

from __future__ import annotations

import base64

from infra.fakes import media
from infra.fakes.wire import Asked, Reply, needed


def answer(asked: Asked) -> Reply:
    """Answer a request at ElevenLabs."""
    output = asked.query.get("output_format", "mp3_44100_128")
    match asked.method, asked.route:
        case "POST", ("v1", "text-to-speech", _, "with-timestamps"):
            return _speech(asked, output)
        case "POST", ("v1", "sound-generation"):
            body = asked.json()
            needed(body, "text")
            asked.buy("eleven_text_to_sound_v2", body["text"], 0.02)
            return Reply(media.mp3(), media_type="audio/mpeg")
        case "POST", ("v1", "music"):
            body = asked.json()
            needed(body, "prompt", "music_length_ms")
            asked.buy("music_v1", body["prompt"], 0.3)
            return _sounds(body["music_length_ms"] / 1000, output)
    return Reply({"detail": {"status": "not_found", "message": "Not found"}}, 404)


def _sounds(duration_s: float, output: str) -> Reply:
    if output.startswith("pcm_"):
        return Reply(media.samples(duration_s, int(output.removeprefix("pcm_"))), media_type="audio/pcm")
    return Reply(media.mp3(), media_type="audio/mpeg")


def _speech(asked: Asked, output: str) -> Reply:
    body = asked.json()
    needed(body, "text", "model_id")
    text = body["text"]
    asked.buy(body["model_id"], text, 0.03)
    duration_s = media.spoken_s(text)
    step_s = duration_s / len(text)
    starts = [round(n * step_s, 3) for n in range(len(text))]
    times = {
        "characters": list(text),
        "character_start_times_seconds": starts,
        "character_end_times_seconds": [round(start + step_s, 3) for start in starts],
    }
    packed = base64.b64encode(_sounds(duration_s, output).content).decode()
    return Reply({"audio_base64": packed, "alignment": times, "normalized_alignment": times})
