"""The composer makes in the sandbox what it makes outside."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from engines.composition.engine import Composer
from engines.contract import Input
from tests.engines.host.confining import confined
from tests.engines.running import Work, generate
from tests.field import foreign_files as foreign


def digests(said: list[Any]) -> list[str]:
    """Compose, and return the digest of each product."""
    params, paths, folder = said
    composer = Composer()
    composer.load("cpu")
    inputs = {pointer: Input(Path(path)) for pointer, path in paths.items()}
    (result,) = generate(composer, [Work("task", "composition", params, 1, inputs)], Path(folder))
    return [hashlib.sha256(product.path.read_bytes()).hexdigest() for product in result.products]


def test_a_film_of_a_picture_a_film_sound_and_captions_has_the_same_bytes(bench: Any) -> None:
    (inputs := bench.folder / "inputs").mkdir()
    pixels = np.random.default_rng(1).integers(0, 255, (180, 320, 3), np.uint8)
    Image.fromarray(pixels).save(still := inputs / "still.png")
    light = foreign.hdr(inputs / "light.mp4", [(v, v, v) for v in (0.0, 0.5, 1.0)])
    wave = 0.2 * np.sin(np.arange(24000) * 0.06)
    sound = bench.sound("inputs/sound.wav", wave)
    tracks = [
        {
            "kind": "video",
            "clips": [
                {"file": still, "start_s": 0, "duration_s": 0.5},
                {"file": light, "start_s": 0.5, "duration_s": 0.25},
            ],
        },
        {"kind": "audio", "clips": [{"file": sound, "start_s": 0, "duration_s": 0.5, "speed": 1.25}]},
        {
            "kind": "caption",
            "clips": [{"source": {"text": "Once upon a time"}, "start_s": 0, "duration_s": 0.7}],
        },
    ]

    task = bench.task(tracks, output={"quality": "draft", "captions": "both"})
    paths = {pointer: str(given.path) for pointer, given in task.inputs.items()}

    def said(folder: str) -> list[Any]:
        return [dict(task.params), paths, str(bench.folder / folder)]

    inside = confined(
        "tests.engines.composition.test_confined:digests", bench.folder, inputs, said=said("inside")
    )
    assert inside == digests(said("outside"))
    assert len(inside) >= 3
