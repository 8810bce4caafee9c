"""OpenAI and those that speak as it does: Azure, Together, OpenRouter, xAI, Mistral."""

from __future__ import annotations

import base64
from typing import Any

from infra.fakes import media
from infra.fakes.wire import Asked, Reply, Wrong, needed
from infra.fakes.words import answer_to


def answer(asked: Asked) -> Reply:
    """Answer a request at one of them."""
    route = asked.route
    if asked.provider == "azure-openai":
        if route[:2] != ("openai", "deployments") or "api-version" not in asked.query:
            return unknown()
        route = route[3:]
    elif route[:1] in {("v1",), ("v2",)}:
        route = route[1:]
    match asked.method, route:
        case "POST", ("chat", "completions"):
            return _chat(asked)
        case "POST", ("images", "generations"):
            return _image(asked, asked.json())
        case "POST", ("images", "edits"):
            return _image(asked, asked.form())
        case "POST", ("audio", "speech"):
            return _speech(asked)
        case "POST", ("audio", "transcriptions" | "translations"):
            return _heard(asked)
        case "POST", ("videos",) | ("videos", "generations"):
            return _film(asked)
        case "GET", ("videos", job):
            return _film_stands(asked, job)
    return unknown()


def unknown() -> Reply:
    """Answer that there is no such thing."""
    return Reply(
        {"error": {"message": "Not found", "type": "invalid_request_error", "code": "not_found"}}, 404
    )


def _chat(asked: Asked) -> Reply:
    body = asked.json()
    needed(body, "model", "messages")
    prompt = str(body["messages"][-1]["content"])
    bought = asked.buy(body["model"], prompt, 0.001)
    schema = body.get("response_format", {}).get("json_schema", {}).get("schema")
    message: dict[str, Any] = {"role": "assistant", "content": answer_to(prompt, schema)}
    if "image" in body.get("modalities", ()):
        packed = base64.b64encode(media.picture(prompt)).decode()
        message["images"] = [{"type": "image_url", "image_url": {"url": f"data:image/png;base64,{packed}"}}]
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    usage = {
        "prompt_tokens": len(prompt.split()),
        "completion_tokens": 12,
        "total_tokens": 12 + len(prompt.split()),
    }
    return Reply(
        {
            "id": bought.job,
            "object": "chat.completion",
            "model": body["model"],
            "choices": [choice],
            "usage": usage,
        }
    )


def _image(asked: Asked, body: dict[str, Any]) -> Reply:
    needed(body, "model", "prompt")
    width, height = int(body.get("width", 0)), int(body.get("height", 0))
    if size := str(body.get("size", "")):
        width, height = (int(each) for each in size.split("x"))
    bought = asked.buy(body["model"], body["prompt"], 0.04)
    picture = media.picture(body["prompt"], width or 1024, height or 1024)
    if asked.provider == "together" and body.get("response_format") == "url":
        return Reply(
            {
                "id": bought.job,
                "object": "list",
                "data": [{"index": 0, "url": asked.file(bought, "picture.png")}],
            }
        )
    return Reply({"created": int(bought.at), "data": [{"b64_json": base64.b64encode(picture).decode()}]})


def _speech(asked: Asked) -> Reply:
    body = asked.json()
    needed(body, "model", "input", *(("voice_id",) if asked.provider == "mistral" else ("voice",)))
    bought = asked.buy(body["model"], body["input"], 0.01)
    is_mp3 = body.get("response_format") == "mp3"
    said = media.mp3() if is_mp3 else media.sound(media.spoken_s(body["input"]))
    headers = {"x-request-id": bought.job}
    if asked.provider == "mistral":
        return Reply({"audio_data": base64.b64encode(said).decode()}, headers=headers)
    return Reply(said, media_type="audio/mpeg" if is_mp3 else "audio/wav", headers=headers)


def _heard(asked: Asked) -> Reply:
    body = asked.form()
    needed(body, "model", "file")
    asked.buy(body["model"], f"{len(body['file'])} bytes of sound", 0.006)
    words = [
        {"word": word, "start": n * 0.5, "end": n * 0.5 + 0.4}
        for n, word in enumerate(("this", "is", "a", "tone"))
    ]
    return Reply(
        {
            "task": "transcribe",
            "language": "english",
            "duration": 2.0,
            "text": "this is a tone",
            "words": words,
        }
    )


def _film(asked: Asked) -> Reply:
    body = asked.json()
    needed(body, "model", "prompt")
    bought = asked.buy(body["model"], body["prompt"], 0.5)
    asked.ledger.begin(bought, asked.outcome, film=asked.file(bought, "film.mp4"))
    match asked.provider:
        case "xai":
            return Reply({"request_id": bought.job})
        case "openrouter":
            polling = f"{asked.base}/videos/{bought.job}"
            return Reply({"id": bought.job, "polling_url": polling, "status": "pending"}, 202)
        case "together":
            return Reply(
                {"id": bought.job, "object": "video", "model": body["model"], "status": "in_progress"}
            )
    raise Wrong("the videos of this API were shut down on 2026-09-24")


def _film_stands(asked: Asked, job: str) -> Reply:
    work = asked.ledger.work(asked.provider, job)
    if work is None or work.outcome == "forgotten":
        return unknown()
    failed, ended = work.outcome == "failed", work.ended
    why = {"message": "the model broke", "code": "internal_error"}
    film = work.about["film"]
    match asked.provider:
        case "xai":
            if failed and ended:
                return Reply({"status": "failed", "error": why})
            return Reply(
                {"status": "done", "video": {"url": film, "duration": 10}} if ended else {"status": "pending"}
            )
        case "openrouter":
            if failed and ended:
                return Reply({"id": job, "status": "failed", "error": "the model broke"})
            if ended:
                return Reply(
                    {"id": job, "status": "completed", "unsigned_urls": [film], "usage": {"cost": 0.5}}
                )
            return Reply({"id": job, "status": "in_progress"})
    if failed and ended:
        return Reply({"id": job, "object": "video", "status": "failed", "error": why})
    outputs = {"cost": 0.5, "video_url": film}
    return Reply(
        {"id": job, "object": "video", "status": "completed", "outputs": outputs}
        if ended
        else {"id": job, "status": "in_progress"}
    )
