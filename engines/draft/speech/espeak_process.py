"""How espeak-ng speaks one line: a program of its own that reads JSON and writes samples and word events.

Run by path with `python -I -S`: it may import nothing but the standard library, so that it starts in 20 ms.
espeak-ng keeps state between utterances, so a fresh process is what makes equal requests give equal samples;
it is also what keeps the GPL engine a separate program.
Reads {"library", "data", "voice", "text", "rate_wpm", "pitch", "range"}; writes one JSON line
{"sample_rate_hz", "sample_count", "words": [[char, length, time_ms], ...]} or {"error"}, then int16 samples.
API: espeak-ng/src/include/espeak-ng/speak_lib.h.
"""

from __future__ import annotations

import ctypes
import json
import sys
from typing import Any

_SYNCHRONOUS = 2
_DONT_EXIT = 0x8000
_UTF8 = 1
_WORD_EVENT = 1
_RATE, _PITCH, _RANGE = 1, 3, 4


class _EventId(ctypes.Union):
    _fields_ = (("number", ctypes.c_int), ("name", ctypes.c_char_p), ("string", ctypes.c_char * 8))


class _Event(ctypes.Structure):
    _fields_ = (
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", _EventId),
    )


def _speak(request: dict[str, Any]) -> tuple[dict[str, Any], list[bytes]]:
    library = ctypes.CDLL(request["library"])
    rate_hz = library.espeak_Initialize(_SYNCHRONOUS, 0, request["data"].encode(), _DONT_EXIT)
    if rate_hz <= 0:
        return {"error": "espeak-ng does not start"}, []
    samples: list[bytes] = []
    words: list[list[int]] = []

    def collect(wave: Any, count: int, events: Any) -> int:
        if wave and count > 0:
            samples.append(ctypes.string_at(wave, count * 2))
        index = 0
        while events[index].type:
            event = events[index]
            if event.type == _WORD_EVENT:
                words.append([event.text_position - 1, event.length, event.audio_position])
            index += 1
        return 0

    kind = ctypes.CFUNCTYPE(
        ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event)
    )
    callback = kind(collect)
    library.espeak_SetSynthCallback(callback)
    # An unknown voice answers 2 and would go on in whatever voice came before.
    if library.espeak_SetVoiceByName(request["voice"].encode()) != 0:
        return {"error": f"espeak-ng has no voice {request['voice']}"}, []
    for parameter, name in ((_RATE, "rate_wpm"), (_PITCH, "pitch"), (_RANGE, "range")):
        library.espeak_SetParameter(parameter, int(request[name]), 0)
    text = request["text"].encode("utf-8", "replace")
    size = ctypes.c_size_t(len(text) + 1)
    if library.espeak_Synth(text, size, 0, 1, 0, _UTF8, None, None) != 0:
        return {"error": "espeak-ng does not speak this text"}, []
    count = sum(len(block) for block in samples) // 2
    return {"sample_rate_hz": rate_hz, "sample_count": count, "words": words}, samples


def main() -> int:
    """Speak the request on stdin to stdout."""
    head, samples = _speak(json.loads(sys.stdin.buffer.read()))
    out = sys.stdout.buffer
    out.write(json.dumps(head).encode() + b"\n")
    for block in samples:
        out.write(block)
    out.flush()
    return 1 if "error" in head else 0


if __name__ == "__main__":
    raise SystemExit(main())
