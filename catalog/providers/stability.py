"""Stability AI (v2beta): pictures, their change and enlargement, always by forms."""

from __future__ import annotations

from catalog.providers.card import Asked, Call, Offer, Part, Provider, Yield
from catalog.providers.shapes import file_part, nearest, with_style

_RATIOS = ("16:9", "1:1", "21:9", "2:3", "3:2", "4:5", "5:4", "9:16", "9:21")
_JSON = {"Accept": "application/json"}
_PICTURE = Yield(base64="/image")


def _core(asked: Asked) -> Call:
    params = asked.params
    form = [
        ("prompt", with_style(params)),
        ("aspect_ratio", nearest(params, _RATIOS)),
        ("seed", str(asked.seed % 4_294_967_294)),
        ("output_format", str(params.get("format", "png"))),
    ]
    if params.get("negative_prompt"):
        form.append(("negative_prompt", params["negative_prompt"]))
    return Call(f"/v2beta/stable-image/generate/{asked.model}", form=form, headers=_JSON)


def _inpaint(asked: Asked) -> Call:
    form: list[tuple[str, str | Part]] = [("prompt", asked.params["prompt"]), ("output_format", "png")]
    for pointer, name in (("/image", "image"), ("/mask", "mask")):
        if (part := file_part(asked, pointer, name)) is not None:
            form.append((name, part))
    return Call("/v2beta/stable-image/edit/inpaint", form=form, headers=_JSON)


def _upscale(asked: Asked) -> Call:
    part = file_part(asked, "/image", "image")
    form: list[tuple[str, str | Part]] = [("output_format", "png"), *((("image", part),) if part else ())]
    return Call("/v2beta/stable-image/upscale/fast", form=form, headers=_JSON)


STABILITY = Provider(
    id="stability",
    name="Stability AI",
    address="https://api.stability.ai",
    key="STABILITY_API_KEY",
    error=("/errors/*", "/message", "/name"),
    moderated=("content_moderation", "CONTENT_FILTERED", "moderation"),
    out_of_credit=("payment_required", "credits"),
    offers=(
        Offer("core", "core", ("image-generation",), _core, _PICTURE, usd=0.03, limits=(("control", 0), ("references", 0))),
        Offer("ultra", "ultra", ("image-generation",), _core, _PICTURE, usd=0.08, limits=(("control", 0), ("references", 0))),
        Offer("inpaint", "inpaint", ("image-editing",), _inpaint, _PICTURE, usd=0.05, limits=(("references", 0),)),
        Offer("upscale-fast", "fast", ("image-upscaling",), _upscale, _PICTURE, usd=0.02, limits=(("factor", 4),)),
    ),
)  # fmt: skip
