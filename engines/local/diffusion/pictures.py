"""What goes into a diffusion model and comes out of it: pictures as latents, files, and small early views."""

from __future__ import annotations

import io
from pathlib import Path

import torch
from PIL import Image, ImageFilter

from engines.contract import Task
from engines.local.diffusion.loading import Pipeline
from engines.local.diffusion.sampling import LATENT_PX
from engines.local.reading.pictures import picture_of
from runtime.errors import AssetInvalid, Unsupported

LARGEST_PX = 2048
"""No side of a canvas is longer."""
PREVIEW_PX = 320
MEDIA_TYPES = {"png": "image/png", "jpeg": "image/jpeg", "webp": "image/webp"}

_RGB = ((60, -60, 25, -70), (60, -5, 15, -50), (60, 10, -5, -35))
_BIAS = (150, 140, 130)
"""About what colour a latent value of SDXL is (documentation of diffusers, "Pipeline callbacks")."""


def canvas(width_px: int, height_px: int, multiple_px: int = LATENT_PX) -> tuple[int, int]:
    """Return the canvas that a picture of this size is cut from: both sides are multiples of what the model says.

    Raises:
        Unsupported: a side is longer than the model can do.
    """
    longest = max(width_px, height_px)
    if longest > LARGEST_PX:
        raise Unsupported(f"this model makes pictures of at most {LARGEST_PX} px a side, not {longest}")
    return (-(-width_px // multiple_px) * multiple_px, -(-height_px // multiple_px) * multiple_px)


def opened(task: Task, pointer: str) -> Image.Image:
    """Return a given picture, upright and in RGB.

    Raises:
        AssetInvalid: it cannot be read, or is larger than this model can do.
    """
    return picture_of(task, pointer, largest_px=LARGEST_PX)


def opened_mask(task: Task, pointer: str, size: tuple[int, int]) -> Image.Image:
    """Return a mask, white where the picture changes; where it is transparent, nothing does.

    Raises:
        AssetInvalid: it cannot be read, or has another size than its picture.
    """
    mask = picture_of(task, pointer, largest_px=LARGEST_PX, behind=(0, 0, 0)).convert("L")
    if mask.size != size:
        raise AssetInvalid(
            f"{pointer}: the mask has {mask.width} x {mask.height} px, and its picture {size[0]} x {size[1]}"
        )
    return mask


def padded(picture: Image.Image, size: tuple[int, int]) -> Image.Image:
    """Return a picture on its canvas; what it lacks to the right and below repeats its edge."""
    if picture.size == size:
        return picture
    wide = Image.new(picture.mode, size)
    wide.paste(picture.resize(size), (0, 0))
    wide.paste(picture, (0, 0))
    return wide


def encoded(pipeline: Pipeline, picture: Image.Image, seed: int) -> torch.Tensor:
    """Return a picture as latents."""
    with torch.inference_mode():
        vae = pipeline.vae
        pixels = pipeline.image_processor.preprocess(picture).to(vae.device, vae.dtype)
        generator = torch.Generator("cpu").manual_seed(seed % 2**63)
        latents = vae.encode(pixels).latent_dist.sample(generator) * vae.config.scaling_factor
        return latents.to(pipeline.unet.dtype)


def latent_mask(pipeline: Pipeline, mask: Image.Image) -> torch.Tensor:
    """Return a mask at the size of latents."""
    small = mask.resize((mask.width // LATENT_PX, mask.height // LATENT_PX), Image.Resampling.BOX)
    values = torch.frombuffer(bytearray(small.tobytes()), dtype=torch.uint8).reshape(
        1, 1, small.height, small.width
    )
    return (values >= 128).to(pipeline.device, pipeline.unet.dtype)


def decoded(pipeline: Pipeline, latents: torch.Tensor) -> Image.Image:
    """Return latents as a picture."""
    with torch.inference_mode():
        vae = pipeline.vae
        pixels = vae.decode(latents.to(vae.dtype) / vae.config.scaling_factor, return_dict=False)[0]
        picture: Image.Image = pipeline.image_processor.postprocess(pixels.float(), output_type="pil")[0]
        return picture


def only_inside(made: Image.Image, given: Image.Image, mask: Image.Image) -> Image.Image:
    """Return the given picture with what was made inside its mask; the border is soft, and nothing else changes."""
    soft = mask.filter(ImageFilter.GaussianBlur(LATENT_PX / 2))
    return Image.composite(made, given, Image.composite(soft, Image.new("L", mask.size), mask.point(_grown)))


def _grown(value: int) -> int:
    return 255 if value else 0


def written(picture: Image.Image, path: Path, kind: str) -> Path:
    """Write a picture as png, jpeg or webp; equal pictures give equal bytes."""
    if kind == "jpeg":
        picture.save(path, "JPEG", quality=92, subsampling=0)
    elif kind == "webp":
        picture.save(path, "WEBP", quality=90, method=4)
    else:
        picture.save(path, "PNG", compress_level=4)
    return path


def view(latents: torch.Tensor) -> Image.Image:
    """Return about what latents of SDXL look like, without the decoder."""
    with torch.inference_mode():
        weights = torch.tensor(_RGB, dtype=torch.float32)
        values = torch.einsum("chw,rc->rhw", latents[0, :4].float().cpu(), weights)
        values = values + torch.tensor(_BIAS, dtype=torch.float32)[:, None, None]
        rgb = values.clamp(0, 255).to(torch.uint8).permute(1, 2, 0).contiguous()
        return Image.frombytes("RGB", (rgb.shape[1], rgb.shape[0]), rgb.numpy().tobytes())


def preview(seen: Image.Image, path: Path) -> Path:
    """Write a small early view of a picture."""
    scale = PREVIEW_PX / max(seen.size)
    small = seen.resize((max(round(seen.width * scale), 1), max(round(seen.height * scale), 1)))
    data = io.BytesIO()
    small.save(data, "WEBP", quality=70)
    path.write_bytes(data.getvalue())
    return path
