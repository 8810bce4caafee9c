"""Which files of a source may be fetched: those that are declared, by plain names, in formats that hold data alone."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from catalog.weights.source import Source, WeightsFile
from runtime.errors import Unsupported

SUFFIXES = (".safetensors", ".json", ".txt", ".model", ".jinja", ".onnx")
"""Formats that no reader executes."""
_PICKLED = (".bin", ".pt", ".pth", ".ckpt", ".pkl", ".pickle", ".joblib", ".npy", ".npz")
MOST_FILES, LARGEST_BYTES = 1000, 2 * 10**12
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,95}(/[A-Za-z0-9][A-Za-z0-9._-]{0,95})?")
_REVISION = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_SEGMENT = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._+-]{0,149}")
_SHA256 = re.compile(r"[0-9a-f]{64}")


class WeightsRefused(Unsupported):
    """What is declared is not fetched, whatever it holds."""


def check(sources: Iterable[Source]) -> None:
    """Look at what shall be fetched, before anybody is asked for it.

    Raises:
        WeightsRefused: something of it may not be; all of that is said.
    """
    problems = [problem for source in sources for problem in _problems(source)]
    if problems:
        raise WeightsRefused(
            "\n".join(("these weights are not fetched:", *(f"  {each}" for each in problems)))
        )


def check_names(sources: Iterable[Source]) -> None:
    """Look at how repositories are called, before a hub is asked what they hold.

    Raises:
        WeightsRefused: one is not called as a repository is.
    """
    for source in sources:
        if not _NAME.fullmatch(source.name):
            raise WeightsRefused(
                f"{source.name[:100]!r}: a repository is called owner/name, in letters, digits, ., _ and -"
            )


def _problems(source: Source) -> Iterator[str]:
    of = source.name[:100]
    if not _NAME.fullmatch(source.name):
        yield f"{of!r}: a repository is called owner/name, in letters, digits, ., _ and -"
    if not _REVISION.fullmatch(source.revision):
        yield f"{of}: the revision {source.revision[:60]!r} is no commit: letters, digits, ., _ and -"
    if not source.files:
        yield f"{of}: no file of it is declared"
    if len(source.files) > MOST_FILES:
        yield f"{of}: {len(source.files)} files, and {MOST_FILES} are the most"
    seen: set[str] = set()
    for file in source.files[:MOST_FILES]:
        yield from (f"{of}: {file.path[:100]!r}: {why}" for why in _wrong(file))
        if file.path.casefold() in seen:
            yield f"{of}: {file.path[:100]!r} is declared twice"
        seen.add(file.path.casefold())


def _wrong(file: WeightsFile) -> Iterator[str]:
    segments = file.path.split("/")
    if not all(_SEGMENT.fullmatch(segment) for segment in segments) or len(segments) > 8:
        yield "a path is plain names below its repository, 8 at most"
    suffix = "." + file.path.rpartition(".")[2].lower()
    if suffix in _PICKLED:
        yield f"{suffix} is a pickle, or may hold one, which runs code when it is read; safetensors do not"
    elif suffix not in SUFFIXES:
        yield f"only {', '.join(SUFFIXES)} are fetched"
    if not _SHA256.fullmatch(file.sha256):
        yield "its digest is no SHA-256"
    if not 0 < file.size_bytes <= LARGEST_BYTES:
        yield f"its size is 1 to {LARGEST_BYTES} bytes"
