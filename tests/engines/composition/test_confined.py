"""The composer makes in the sandbox what it makes outside."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
from PIL import Image

from tests.engines.host.confining import confined
from tests.field import foreign_files as foreign


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

    def do() -> list[str]:
        result = bench.compose(tracks, output={"quality": "draft", "captions": "both"})
        return [hashlib.sha256(product.path.read_bytes()).hexdigest() for product in result.products]

    inside = confined(do, bench.folder, inputs)
    bench.runs += 1  # the copy's folder is there
    assert inside == do()
    assert len(inside) >= 3
