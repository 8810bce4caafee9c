"""How a repository of a hub is pinned: its commit, which of its files are loaded, and the digest of each.

The hub's API: `/api/models/{repository}/revision/{revision}` names the commit, `.../tree/{commit}?recursive=true` the
files; large ones with the SHA-256 of their bytes (`lfs.oid`), others with that of Git's blob, by which they are checked
after they were read once (huggingface_hub, `HfApi.model_info` and `HfApi.list_repo_tree`).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import PurePosixPath
from typing import Any, Protocol
from urllib.parse import quote

from catalog.weights.source import Source, WeightsFile
from operations.weights.origins import NotPulled, Part

SUFFIXES = (".safetensors", ".json", ".txt", ".model", ".jinja")
"""Kinds of files that are taken; a pattern may choose among them and ONNX."""
LARGEST_PLAIN_BYTES = 64 << 20
"""Files without a digest are read once to have one: larger ones are kept by hubs with a digest."""
MOST_PAGES = 50
_COMMIT = re.compile(r"[0-9a-f]{40}")
_VARIANT = re.compile(r"\.(fp16|bf16|fp8|int8|non_ema|ema)(?=[.-])")


class Asked(Protocol):
    """As much of a hub as is needed to pin what it has."""

    @property
    def name(self) -> str:
        """Its host."""

    def ask(self, path: str, what: str) -> tuple[Any, str]:
        """Return an answer of its API, and where the next page is."""

    def open(self, source: Source, path: str, start_bytes: int) -> AbstractContextManager[Part]:
        """Open a file."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A file of a repository: its path and size, the SHA-256 of its bytes where the hub knows it, and Git's name of it."""

    path: str
    size_bytes: int
    sha256: str
    blob: str


def pin_at(hub: Asked, source: Source, revision: str) -> Source:
    """Return a source with the commit that a branch, tag or commit stands for, and its files by their digests.

    Raises:
        Passing: another try may mend it.
        NotPulled: the hub has no such thing, gives another commit than was asked for, or nothing in it is loaded.
    """
    asked = revision or "main"
    if revision == "":
        said, _ = hub.ask(quote(source.name), source.name)
    else:
        said, _ = hub.ask(
            f"{quote(source.name)}/revision/{quote(asked, safe='')}", f"{source.name} at {asked}"
        )
    commit = said.get("sha") if isinstance(said, dict) else None
    if not isinstance(commit, str) or not _COMMIT.fullmatch(commit):
        raise NotPulled(f"{source.name}: {hub.name} names no commit for {asked}")
    if _COMMIT.fullmatch(asked) and asked != commit:
        raise NotPulled(f"{source.name}: {hub.name} gives the commit {commit} and not {asked}")
    at = replace(source, revision=commit)
    chosen = wanted(list(_listed(hub, at)), source.patterns)
    if not any(entry.path.endswith((".safetensors", ".onnx")) for entry in chosen):
        raise NotPulled(
            f"{source.name}: at {commit} it holds no safetensors"
            + (f" that match {', '.join(source.patterns)}" if source.patterns else "")
            + ", and nothing else is loaded"
        )
    return replace(at, files=tuple(_pinned(hub, at, entry) for entry in chosen))


def wanted(entries: Iterable[Entry], patterns: tuple[str, ...]) -> list[Entry]:
    """Return which files are taken: those that match a pattern, or without any all that no other one stands for.

    A file of half precision is passed over beside that of full, and whatever holds the whole model once more.
    """
    safe = sorted(
        (e for e in entries if e.path.endswith((*SUFFIXES, ".onnx") if patterns else SUFFIXES)),
        key=lambda e: e.path,
    )
    safe = [e for e in safe if e.size_bytes and not any(part.startswith(".") for part in e.path.split("/"))]
    if patterns:
        return [e for e in safe if any(fnmatchcase(e.path, pattern) for pattern in patterns)]
    paths = {e.path for e in safe}
    is_pipeline = "model_index.json" in paths
    plain = {_stem(path) for path in paths if not _VARIANT.search(PurePosixPath(path).name)}
    return [e for e in safe if not _is_twice(e.path, paths, plain, is_pipeline=is_pipeline)]


def _is_twice(path: str, paths: set[str], plain: set[str], *, is_pipeline: bool) -> bool:
    name = PurePosixPath(path).name
    if _VARIANT.search(name) and _stem(path) in plain:
        return True
    if not path.endswith(".safetensors"):
        return False
    if is_pipeline:
        return "/" not in path
    is_whole = name.startswith("consolidated") or path.startswith("original/")
    return is_whole and bool(paths & {"model.safetensors", "model.safetensors.index.json"})


def _stem(path: str) -> str:
    """Return a path without its variant, its shard and its kind: what is equal holds the same numbers."""
    bare = _VARIANT.sub("", path)
    return re.sub(r"(-\d{5}-of-\d{5})?\.(safetensors\.index\.json|safetensors|json)$", "", bare)


def _listed(hub: Asked, source: Source) -> Iterator[Entry]:
    page = f"{quote(source.name)}/tree/{source.revision}?recursive=true"
    for _ in range(MOST_PAGES):
        said, page = hub.ask(page, f"{source.name} at {source.revision}")
        if not isinstance(said, list):
            raise NotPulled(f"{source.name}: {hub.name} does not list its files")
        yield from (_entry(each, source, hub) for each in said if _is_file(each))
        if not page:
            return
    raise NotPulled(f"{source.name}: {hub.name} lists its files on more than {MOST_PAGES} pages")


def _is_file(said: Any) -> bool:
    return isinstance(said, dict) and said.get("type") == "file"


def _entry(said: dict[str, Any], source: Source, hub: Asked) -> Entry:
    try:
        lfs = said.get("lfs") or {}
        return Entry(
            str(said["path"]), int(lfs.get("size", said["size"])), str(lfs.get("oid", "")), str(said["oid"])
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise NotPulled(f"{source.name}: {hub.name} lists a file without path, size or digest") from error


def _pinned(hub: Asked, source: Source, entry: Entry) -> WeightsFile:
    if entry.sha256:
        return WeightsFile(entry.path, entry.sha256, entry.size_bytes)
    what = f"{source.name}/{entry.path}"
    if entry.size_bytes > LARGEST_PLAIN_BYTES:
        raise NotPulled(f"{what}: {hub.name} knows no SHA-256 of its {entry.size_bytes} bytes")
    content = bytearray()
    with hub.open(source, entry.path, 0) as part:
        for chunk in part.chunks:
            content += chunk
            if len(content) > entry.size_bytes:
                break
    blob = hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()
    if len(content) != entry.size_bytes or blob != entry.blob:
        raise NotPulled(f"{what}: {hub.name} gives other bytes than those of the commit {source.revision}")
    return WeightsFile(entry.path, hashlib.sha256(content).hexdigest(), entry.size_bytes)
