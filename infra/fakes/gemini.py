"""Google Gemini: one call for words, pictures and speech, and operations for films."""

from __future__ import annotations

import base64
from typing import Any

from infra.fakes import media
from infra.fakes.wire import Asked, Reply, Wrong, needed
from infra.fakes.words import answer_to


def answer(asked: Asked) -> Reply:
    """Answer a request at Gemini."""
    match asked.method, asked.route:
        case "POST", ("v1beta" | "models", *_, call) | (call,) if call.endswith(":generateContent"):
            return _content(asked, call.partition(":")[0])
        case "POST", (*_, call) if call.endswith(":predictLongRunning"):
            return _film(asked, call.partition(":")[0])
        case "GET", (*_, "operations", job):
            return _stands(asked, job)
    return Reply({"error": {"code": 404, "message": "Not found", "status": "NOT_FOUND"}}, 404)


def _content(asked: Asked, model: str) -> Reply:
    body = asked.json()
    needed(body, "contents")
    parts = body["contents"][-1]["parts"]
    prompt = " ".join(str(part["text"]) for part in parts if "text" in part)
    config = body.get("generationConfig", {})
    bought = asked.buy(model, prompt, 0.01)
    made: dict[str, Any]
    match config.get("responseModalities"):
        case ["IMAGE"]:
            made = {"inlineData": {"mimeType": "image/png", "data": _packed(media.picture(prompt))}}
        case ["AUDIO"]:
            said = media.samples(media.spoken_s(prompt))
            made = {"inlineData": {"mimeType": "audio/L16;codec=pcm;rate=24000", "data": _packed(said)}}
        case _:
            made = {"text": answer_to(prompt, config.get("responseJsonSchema"))}
    candidate = {"content": {"role": "model", "parts": [made]}, "finishReason": "STOP", "index": 0}
    return Reply({"candidates": [candidate], "responseId": bought.job, "modelVersion": model})


def _packed(content: bytes) -> str:
    return base64.b64encode(content).decode()


def _film(asked: Asked, model: str) -> Reply:
    body = asked.json()
    needed(body, "instances")
    if body.get("parameters", {}).get("durationSeconds") not in {4, 6, 8}:
        raise Wrong("durationSeconds has to be 4, 6 or 8")
    bought = asked.buy(model, str(body["instances"][0].get("prompt", "")), 3.2)
    asked.ledger.begin(bought, asked.outcome, film=asked.file(bought, "film.mp4"))
    return Reply({"name": f"models/{model}/operations/{bought.job}"})


def _stands(asked: Asked, job: str) -> Reply:
    work = asked.ledger.work(asked.provider, job)
    if work is None or work.outcome == "forgotten":
        return Reply({"error": {"code": 404, "message": "Operation not found", "status": "NOT_FOUND"}}, 404)
    name = "/".join(asked.route)
    if not work.ended:
        return Reply({"name": name})
    if work.outcome == "failed":
        return Reply({"name": name, "done": True, "error": {"code": 13, "message": "Internal error"}})
    samples = [{"video": {"uri": work.about["film"]}}]
    return Reply(
        {"name": name, "done": True, "response": {"generateVideoResponse": {"generatedSamples": samples}}}
    )
