"""Runway's tasks: one too many waits as THROTTLED before it runs."""

from __future__ import annotations

from infra.fakes.wire import Asked, Reply, Wrong, needed

_VERSION = "2024-11-06"
_SUBMITS = {
    "image_to_video": ("promptImage",),
    "text_to_video": ("promptText",),
    "video_upscale": ("videoUri",),
}


def answer(asked: Asked) -> Reply:
    """Answer a request at Runway."""
    if asked.headers.get("x-runway-version") != _VERSION:
        raise Wrong(f"X-Runway-Version has to be {_VERSION}")
    match asked.method, asked.route:
        case "POST", ("v1", kind) if kind in _SUBMITS:
            body = asked.json()
            needed(body, "model", *_SUBMITS[kind])
            bought = asked.buy(body["model"], str(body.get("promptText", "")), 0.5)
            asked.ledger.begin(bought, asked.outcome, film=asked.file(bought, "film.mp4"))
            return Reply({"id": bought.job})
        case "GET", ("v1", "tasks", job):
            return _stands(asked, job)
        case "DELETE", ("v1", "tasks", job):
            work = asked.ledger.work(asked.provider, job)
            if work is not None and not work.ended:
                work.outcome = "cancelled"
            return Reply(b"", 204)
    return Reply({"error": "Not found"}, 404)


def _stands(asked: Asked, job: str) -> Reply:
    work = asked.ledger.work(asked.provider, job)
    if work is None or work.outcome == "forgotten":
        return Reply({"error": "Task not found"}, 404)
    about: dict[str, object] = {"id": job, "createdAt": work.purchase.at}
    if work.outcome == "cancelled":
        return Reply({**about, "status": "CANCELLED"})
    if not work.ended:
        waiting = {"status": "THROTTLED"} if work.asked < 2 else {"status": "RUNNING", "progress": 0.5}
        return Reply({**about, **waiting})
    if work.outcome == "failed":
        return Reply(
            {
                **about,
                "status": "FAILED",
                "failure": "the model broke",
                "failureCode": "INTERNAL.BAD_OUTPUT.CODE01",
            }
        )
    return Reply({**about, "status": "SUCCEEDED", "output": [work.about["film"]]})
