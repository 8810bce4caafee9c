"""Which sounds a text has, in the alphabet that the trained model reads.

Rules: misaki, espeak.py (hexgrad, Apache-2.0), by which the model's training texts were written.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from engines.draft.speech.child import run_child
from engines.draft.speech.espeak import EspeakPaths
from runtime.errors import EngineFailed

_CHILD = Path(__file__).with_name("phonemes_process.py")
_TEXTS_A_CALL = 2000

# What espeak-ng writes, and what the model reads; what is longer comes first.
_JOINED = (
    ("a^ɪ", "I"), ("a^ʊ", "W"), ("d^z", "ʣ"), ("d^ʒ", "ʤ"), ("e^ɪ", "A"), ("o^ʊ", "O"), ("ə^ʊ", "Q"),
    ("s^s", "S"), ("t^s", "ʦ"), ("t^ʃ", "ʧ"), ("ɔ^ɪ", "Y"),
)  # fmt: skip
_ENGLISH = (
    ("ʔˌn\u0329", "tn"), ("ʔn\u0329", "tn"), ("a^ɪ", "I"), ("a^ʊ", "W"), ("d^ʒ", "ʤ"), ("e^ɪ", "A"),
    ("t^ʃ", "ʧ"), ("ɔ^ɪ", "Y"), ("ə^l", "ᵊl"), ("ʲo", "jo"), ("ʲə", "jə"), ("ʲ", ""), ("ɚ", "əɹ"), ("r", "ɹ"),
    ("x", "k"), ("ç", "k"), ("ɐ", "ə"), ("ɬ", "l"), ("\u0303", ""), ("n\u0329", "ᵊn"), ("l\u0329", "ᵊl"),
    ("m\u0329", "ᵊm"), ("ʔ", "t"),
)  # fmt: skip
_BRITISH = (("e^ə", "ɛː"), ("iə", "ɪə"), ("ə^ʊ", "Q"), ("o", "ɔ"))
_AMERICAN = (
    ("o^ʊ", "O"), ("ə^ʊ", "O"), ("e^ə", "ɛ"), ("ɜːɹ", "ɜɹ"), ("ɜː", "ɜɹ"), ("ɪə", "iə"), ("ː", ""), ("o", "ɔ"),
    ("ɾ", "T"),
)  # fmt: skip
_DROPPED = (("^", ""), ("-", ""), ("\u0329", ""))
_SWITCHED = re.compile(r"\([a-z-]+\)")
"""espeak-ng says a foreign word by another language's rules, and writes which."""


def sounds_of(
    texts: Sequence[str], paths: EspeakPaths, espeak_voice: str, language: str, alive: Callable[[], None]
) -> list[str]:
    """Return the sounds of each text; `alive` is called several times a second and may raise.

    Raises: EngineUnavailable, EngineFailed, TimedOut, and what `alive` raises.
    """
    found: list[str] = []
    for begin in range(0, len(texts), _TEXTS_A_CALL):
        part = list(texts[begin : begin + _TEXTS_A_CALL])
        request = {"library": paths.library, "data": paths.data, "voice": espeak_voice, "texts": part}
        limit_s = 10.0 + sum(map(len, part)) / 100.0
        command = (sys.executable, "-I", "-S", str(_CHILD))
        out = run_child(command, json.dumps(request).encode(), limit_s, alive)
        try:
            answer = json.loads(out)
        except ValueError as error:
            raise EngineFailed("espeak-ng ended without a result") from error
        if "error" in answer:
            raise EngineFailed(answer["error"])
        found += answer["sounds"]
    return [as_read(each, language) for each in found]


def as_read(phonetic: str, language: str) -> str:
    """Return what espeak-ng wrote in the letters that the model reads."""
    phonetic = _SWITCHED.sub("", phonetic)
    if language.startswith("en"):
        rules = (*_ENGLISH, *(_BRITISH if language == "en-GB" else _AMERICAN))
    else:
        rules = _JOINED
    for written, read in (*rules, *_DROPPED):
        phonetic = phonetic.replace(written, read)
    return phonetic
