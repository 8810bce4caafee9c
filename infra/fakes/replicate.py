"""Replicate's predictions."""

from __future__ import annotations

from infra.fakes.ledger import Work
from infra.fakes.wire import Asked, Reply, Wrong


def answer(asked: Asked) -> Reply:
    """Answer a request at Replicate."""
    match asked.method, asked.route:
        case "POST", (*_, "models", owner, name, "predictions"):
            return _submitted(asked, f"{owner}/{name}")
        case "GET", (*_, "predictions", job):
            work = asked.ledger.work(asked.provider, job)
            return Reply(_prediction(asked, work)) if work and work.outcome != "forgotten" else _unknown()
        case "POST", (*_, "predictions", job, "cancel"):
            work = asked.ledger.work(asked.provider, job)
            if work is None:
                return _unknown()
            if not work.ended:
                work.outcome = "cancelled"
            return Reply(_prediction(asked, work))
    return _unknown()


def _unknown() -> Reply:
    return Reply(
        {"title": "Not found", "detail": "The requested resource could not be found.", "status": 404}, 404
    )


def _submitted(asked: Asked, model: str) -> Reply:
    body = asked.json()
    wanted = body.get("input")
    if not isinstance(wanted, dict):
        raise Wrong("input is required")
    bought = asked.buy(model, str(wanted.get("prompt", "")), 0.02)
    name = "film.mp4" if "seedance" in model else "sound.wav" if "music" in model else "picture.png"
    address = asked.file(bought, name)
    work = asked.ledger.begin(
        bought, asked.outcome, output=[address] if "flux" in model else address, input=wanted, model=model
    )
    return Reply(_prediction(asked, work), 201)


def _prediction(asked: Asked, work: Work) -> dict[str, object]:
    job = work.purchase.job
    status, error, output = "processing" if work.asked > 1 else "starting", None, None
    if work.outcome == "cancelled":
        status = "canceled"
    elif work.ended and work.outcome == "failed":
        status, error = "failed", "the model broke"
    elif work.ended:
        status, output = "succeeded", work.about["output"]
    place = f"{asked.base}/predictions/{job}"
    return {
        "id": job,
        "model": work.about["model"],
        "version": "fake",
        "input": work.about["input"],
        "status": status,
        "error": error,
        "output": output,
        "urls": {"get": place, "cancel": f"{place}/cancel"},
    }
