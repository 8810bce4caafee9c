"""How a JSON file that a person wrote becomes UTF-8: editors and shells put marks and other encodings into it."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from runtime.errors import InvalidRequest


def written(file: str) -> bytes:
    """Return the text of a file, or of standard input for `-`, as UTF-8 without a byte order mark.

    A file that is UTF-16 or UTF-32 (PowerShell's `>` writes UTF-16) is taken; one that is no text comes as it is.

    Raises:
        InvalidRequest: It cannot be read, or is not what its byte order mark says.
    """
    raw = _raw(file)
    encoding = json.detect_encoding(raw)
    if encoding == "utf-8":
        return raw
    try:
        return raw.decode(encoding.removesuffix("-sig")).removeprefix("\ufeff").encode()
    except UnicodeError:
        if encoding == "utf-8-sig":
            return raw.removeprefix(b"\xef\xbb\xbf")
        raise InvalidRequest(f"{file} looks like {encoding} and is not: save it as UTF-8") from None


def _raw(file: str) -> bytes:
    if file == "-":
        if sys.stdin is None:
            raise InvalidRequest("standard input is closed")
        return sys.stdin.buffer.read()
    path = Path(file).expanduser()
    if not path.exists():
        raise InvalidRequest(f"there is no file {file}")
    try:
        return path.read_bytes()
    except OSError as error:
        raise InvalidRequest(f"cannot read {file}: {error.strerror}") from error
