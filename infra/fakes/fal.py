"""fal's queue: status and result lie under the first two segments of the model's name; unfinished is 202."""

from __future__ import annotations

from typing import Any

from infra.fakes.wire import Asked, Reply, needed


def answer(asked: Asked) -> Reply:
    """Answer a request at fal's queue."""
    route = asked.route
    if len(route) >= 4 and route[2] == "requests":
        return _stands(asked, route[3], route[4:])
    if asked.method == "POST" and len(route) >= 2:
        return _submitted(asked, "/".join(route))
    return Reply({"detail": "Not found"}, 404)


def _submitted(asked: Asked, model: str) -> Reply:
    body = asked.json()
    needed(body, *(("image_url",) if "esrgan" in model else ("prompt",)))
    bought = asked.buy(model, str(body.get("prompt", "")), 0.02)
    asked.ledger.begin(bought, asked.outcome, result=_result(asked, model, body, bought))
    app = "/".join(asked.route[:2])
    place = f"{asked.base}/{app}/requests/{bought.job}"
    return Reply(
        {
            "status": "IN_QUEUE",
            "request_id": bought.job,
            "gateway_request_id": f"gateway-{bought.job}",
            "response_url": place,
            "status_url": f"{place}/status",
            "cancel_url": f"{place}/cancel",
            "queue_position": 0,
        }
    )


def _result(asked: Asked, model: str, body: dict[str, Any], bought: Any) -> dict[str, Any]:
    if "audio" in model:
        return {"audio_file": {"url": asked.file(bought, "sound.wav"), "content_type": "audio/wav"}}
    if "video" in model or "seedance" in model:
        return {"video": {"url": asked.file(bought, "film.mp4")}, "seed": body.get("seed", 0)}
    picture = {
        "url": asked.file(bought, "picture.png"),
        "content_type": "image/png",
        "width": 1024,
        "height": 1024,
    }
    if "esrgan" in model:
        return {"image": picture}
    return {"images": [picture], "seed": body.get("seed", 0), "prompt": body.get("prompt", "")}


def _stands(asked: Asked, job: str, more: tuple[str, ...]) -> Reply:
    work = asked.ledger.work(asked.provider, job)
    if work is None or work.outcome == "forgotten":
        return Reply({"detail": "Request not found"}, 404)
    match asked.method, more:
        case "GET", ("status",):
            if not work.ended:
                status = "IN_QUEUE" if work.asked < 2 else "IN_PROGRESS"
                return Reply({"status": status, "request_id": job, "queue_position": 0}, 202)
            if work.outcome == "failed":
                return Reply(
                    {
                        "status": "COMPLETED",
                        "request_id": job,
                        "error": "the model broke",
                        "error_type": "runtime_error",
                    }
                )
            return Reply(
                {"status": "COMPLETED", "request_id": job, "logs": None, "metrics": {"inference_time": 0.2}}
            )
        case "GET", ():
            if not work.ended:
                return Reply({"detail": "Request is still in progress"}, 400)
            return (
                Reply(work.about["result"])
                if work.outcome != "failed"
                else Reply({"detail": "the model broke"}, 500)
            )
        case "PUT", ("cancel",):
            if work.ended:
                return Reply({"status": "ALREADY_COMPLETED"}, 400)
            work.outcome = "cancelled"
            return Reply({"status": "CANCELLATION_REQUESTED"}, 202)
    return Reply({"detail": "Method not allowed"}, 405)
