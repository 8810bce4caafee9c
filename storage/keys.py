"""Which names objects have, and which names no store may be asked for."""

from __future__ import annotations

import re

from runtime.errors import InvalidRequest

_SHA256 = re.compile(r"[0-9a-f]{64}\Z")
_LONGEST_KEY_BYTES = 1024
_LONGEST_SEGMENT_BYTES = 255  # a store over a file system keeps a segment as a file name
_LONGEST_OWN_SEGMENT_BYTES = 200  # and S3Proxy writes first under that name and 37 bytes more


SUBMISSIONS = "submissions/"
"""What is known of work that strangers were asked for."""
PREVIEWS = "previews/"
"""Early pictures of what is being made: nobody wants them after a day."""


def blob_key(sha256: str) -> str:
    """Return the key of the content with this digest.

    Raises:
        InvalidRequest: `sha256` is not 64 lower-case hexadecimal digits.
    """
    if not _SHA256.match(sha256):
        raise InvalidRequest("a digest has 64 lower-case hexadecimal digits.")
    return f"blobs/{sha256[:2]}/{sha256}"


def result_key(fingerprint: str) -> str:
    """Return the key of the cached result of a fingerprint, which is a sha256 in hexadecimal.

    Raises:
        InvalidRequest: it is not.
    """
    if not _SHA256.match(fingerprint):
        raise InvalidRequest("a fingerprint has 64 lower-case hexadecimal digits.")
    return f"memo/{fingerprint}.json"


def submission_key(key: str) -> str:
    """Return the key of what is noted of a submission, whose own key is a sha256 in hexadecimal.

    Raises:
        InvalidRequest: it is not.
    """
    if not _SHA256.match(key):
        raise InvalidRequest("the key of a submission has 64 lower-case hexadecimal digits.")
    return f"{SUBMISSIONS}{key}.json"


def is_valid(key: str, longest_segment_bytes: int = _LONGEST_SEGMENT_BYTES) -> bool:
    """Say whether a store may hold an object of this name."""
    segments = key.split("/")
    return (
        bool(key)
        and _encodable(key)
        and len(key.encode()) <= _LONGEST_KEY_BYTES
        and all(
            segment not in ("", ".", "..") and len(segment.encode()) <= longest_segment_bytes
            for segment in segments
        )
        and not any(ord(letter) < 0x20 or ord(letter) == 0x7F for letter in key)
    )


def checked(key: str) -> str:
    """Return `key` when every store can take an object of this name.

    Raises:
        InvalidRequest: it is empty, too long, or has an empty, `.` or `..` segment or a control character.
    """
    if not is_valid(key, _LONGEST_OWN_SEGMENT_BYTES):
        raise InvalidRequest(
            "an object key is 1 to 1024 bytes of segments, none empty, `.` or `..`, or over 200 bytes."
        )
    return key


def _encodable(key: str) -> bool:
    try:
        key.encode()
    except UnicodeEncodeError:  # half of a surrogate pair
        return False
    return True
