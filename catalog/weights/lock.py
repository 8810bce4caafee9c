"""What an operator pinned at the first pull, as the file beside the weights says it. Standard library only: hosts read it too."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import replace
from typing import Any

from catalog.weights.source import Source, WeightsFile

MOST_BYTES = 1 << 20
MOST_FILES = 1000
_COMMIT = re.compile(r"[0-9a-f]{40}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_SEGMENT = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._+-]{0,149}")


class NoLock(ValueError):
    """It is no lock of this source; the words say why."""


def lock_name(source: Source) -> str:
    """Return the name of a source's lock, which lies in the folder of its repository: one for each choice of files."""
    if not source.patterns:
        return "pinned.json"
    return f"pinned-{hashlib.sha256(json.dumps(source.patterns).encode()).hexdigest()[:12]}.json"


def locked(source: Source, content: bytes) -> Source:
    """Return a source as a lock pins it: with its commit, and each file by its digest.

    Raises:
        NoLock: it is damaged, or of something else.
    """
    try:
        said = json.loads(content[: MOST_BYTES + 1])
        found = tuple(WeightsFile(**each) for each in said["files"])
        about = said["repository"], said["licence"], tuple(said["patterns"])
        commit = said["commit"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise NoLock("it cannot be read") from error
    for name, is_said, wanted in zip(
        ("repository", "licence", "patterns"),
        about,
        (source.name, source.licence, source.patterns),
        strict=True,
    ):
        if is_said != wanted:
            raise NoLock(
                f"its {name} is {str(is_said)[:100]!r}, and the catalogue says {str(wanted)[:100]!r}"
            )
    if not isinstance(commit, str) or not _COMMIT.fullmatch(commit):
        raise NoLock("its commit is none")
    if not 0 < len(found) <= MOST_FILES:
        raise NoLock(f"it names {len(found)} files: 1 to {MOST_FILES} are possible")
    if len({file.path for file in found if _is_plain(file)}) != len(found):
        raise NoLock("its files are not each a plain path, once, with size and SHA-256")
    return replace(source, revision=commit, files=found)


def written(source: Source) -> bytes:
    """Return the lock of a source that is pinned."""
    said: dict[str, Any] = {
        "repository": source.name,
        "commit": source.revision,
        "licence": source.licence,
        "patterns": list(source.patterns),
        "files": [
            {"path": file.path, "sha256": file.sha256, "size_bytes": file.size_bytes} for file in source.files
        ],
    }
    return json.dumps(said, indent=1).encode() + b"\n"


def _is_plain(file: WeightsFile) -> bool:
    said: tuple[Any, Any, Any] = file.path, file.sha256, file.size_bytes
    path, sha256, size_bytes = said
    return (
        isinstance(path, str)
        and all(_SEGMENT.fullmatch(part) for part in path.split("/"))
        and isinstance(sha256, str)
        and _SHA256.fullmatch(sha256) is not None
        and type(size_bytes) is int
        and size_bytes > 0
    )
