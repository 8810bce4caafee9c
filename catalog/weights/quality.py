"""Which weights read pictures and listen to speech. Standard library only: hosts read it too."""

from __future__ import annotations

from catalog.weights.source import Source, WeightsFile

FINDS = "rapidocr/models/PP-OCRv6_det_small.onnx"
READS = "rapidocr/models/PP-OCRv6_rec_small.onnx"
LISTENS = "speechmos/dnsmos_models/sig_bak_ovr.onnx"

PP_OCR = Source(
    "package",
    "rapidocr",
    "3.10.0",
    "Apache-2.0",
    (
        WeightsFile(FINDS, "090f04abcd9d9a7498bc4ebf677e4cb9bdce1fe4197ddb7e529f1ef44e1ff94f", 9_929_594),
        WeightsFile(READS, "6f327246b50388f3c176ae304bd95767ea6dc0c9ae92153ef8cbe210b3c14884", 21_234_383),
    ),
)
"""PaddleOCR's PP-OCRv6, small: where letters are, and which."""

DNSMOS = Source(
    "package",
    "speechmos",
    "0.0.1.1",
    "MIT",
    (WeightsFile(LISTENS, "269fbebdb513aa23cddfbb593542ecc540284a91849ac50516870e1ac78f6edd", 1_157_965),),
)
"""Microsoft's DNSMOS P.835: how listeners would rate speech, its noise, and both, from 1 to 5."""
