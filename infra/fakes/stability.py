"""Stability AI (v2beta): forms in, pictures out."""

from __future__ import annotations

import base64

from infra.fakes import media
from infra.fakes.wire import Asked, Reply, needed


def answer(asked: Asked) -> Reply:
    """Answer a request at Stability."""
    match asked.method, asked.route:
        case "POST", ("v2beta", "stable-image", "generate", ("core" | "ultra" | "sd3") as model):
            return _made(asked, model, "prompt")
        case "POST", ("v2beta", "stable-image", "edit", "inpaint"):
            return _made(asked, "inpaint", "prompt", "image")
        case "POST", ("v2beta", "stable-image", "upscale", "fast"):
            return _made(asked, "fast", "image")
    return Reply({"id": "none", "name": "not_found", "errors": ["Not found"]}, 404)


def _made(asked: Asked, model: str, *needs: str) -> Reply:
    form = asked.form()
    needed(form, *needs)
    bought = asked.buy(model, str(form.get("prompt", "")), 0.03)
    picture = media.picture(str(form.get("prompt", model)))
    if asked.headers.get("accept") != "application/json":
        return Reply(picture, media_type="image/png", headers={"finish-reason": "SUCCESS"})
    packed = base64.b64encode(picture).decode()
    return Reply(
        {"image": packed, "finish_reason": "SUCCESS", "seed": int(form.get("seed", 0)), "id": bought.job}
    )
