"""How espeak-ng writes texts as sounds: a program of its own that reads JSON and writes JSON.

Run by path with `python -I -S`: it may import nothing but the standard library, and the GPL engine stays a separate
program. Reads {"library", "data", "voice", "texts"}; writes {"sounds": [...]}, one entry for each text, in the
International Phonetic Alphabet with "^" inside what is one sound, or {"error"}.
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
_IPA, _TIE = 0x02, 0x80
_MODE = _IPA | _TIE | ord("^") << 8


def _sounds(request: dict[str, Any]) -> dict[str, Any]:
    library = ctypes.CDLL(request["library"])
    if library.espeak_Initialize(_SYNCHRONOUS, 0, request["data"].encode(), _DONT_EXIT) <= 0:
        return {"error": "espeak-ng does not start"}
    if library.espeak_SetVoiceByName(request["voice"].encode()) != 0:
        return {"error": f"espeak-ng has no voice {request['voice']}"}
    library.espeak_TextToPhonemes.restype = ctypes.c_char_p
    return {"sounds": [_of(library, text) for text in request["texts"]]}


def _of(library: ctypes.CDLL, text: str) -> str:
    """Return the sounds of one text; each call of the library takes a clause off its beginning."""
    left = ctypes.c_char_p(text.replace("\0", " ").encode("utf-8", "replace"))
    found = []
    while left.value:
        said = library.espeak_TextToPhonemes(ctypes.byref(left), _UTF8, _MODE)
        found.append((said or b"").decode("utf-8", "replace").strip())
    return " ".join(each for each in found if each)


def main() -> int:
    """Write the texts on stdin as sounds on stdout."""
    answer = _sounds(json.loads(sys.stdin.buffer.read()))
    sys.stdout.buffer.write(json.dumps(answer).encode())
    sys.stdout.buffer.flush()
    return 1 if "error" in answer else 0


if __name__ == "__main__":
    raise SystemExit(main())
