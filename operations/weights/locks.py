"""How an operator's pins are kept: what the first pull found out is written beside the weights, and holds from then on."""

from __future__ import annotations

import os
import random
from pathlib import Path

from catalog.weights.lock import lock_name, written
from catalog.weights.source import Source
from engines.local.weights import resolved
from operations.weights.origins import HubUnreachable, NotPulled, Origin, Passing
from operations.weights.placing import MOST_FAILURES, Patience
from runtime.errors import EngineUnavailable


def pinned(source: Source, origin: Origin, root: Path, patience: Patience, revision: str = "") -> Source:
    """Return a source with commit and files: as the catalogue or the lock says, else as it stands at its origin now.

    Raises:
        HubUnreachable: the origin gives no answer for too long.
        NotPulled: the lock does not fit or pins another revision, or the origin has nothing that is loaded.
    """
    if not source.by_operator:
        return source
    lock = root / source.name / lock_name(source)
    if lock.exists() or lock.is_symlink():
        try:
            found = resolved(source, root)
        except EngineUnavailable as error:
            raise NotPulled(f"{error.message}; remove {lock} to pin anew") from error
        if revision and revision != found.revision:
            raise NotPulled(
                f"{source.name} is pinned at {found.revision}, and not at {revision}; remove {lock} to pin anew"
            )
        return found
    for failures in range(1, MOST_FAILURES + 1):
        try:
            return origin.pin(source, revision)
        except Passing as error:
            last = error
        if failures < MOST_FAILURES:
            patience.sleep(patience.pauses.pause_s(failures, random.random(), last.asked_s))
    raise HubUnreachable(f"{source.name}: {last}") from last


def keep(source: Source, root: Path) -> None:
    """Write the lock of a source that was pinned, where there is none yet; it appears whole.

    Raises:
        NotPulled: part of the way there is a link, or no folder.
    """
    folder = root
    for part in source.name.split("/"):
        folder /= part
        folder.mkdir(parents=True, exist_ok=True)
        if folder.is_symlink() or not folder.is_dir():
            raise NotPulled(f"{folder} is a link or no folder")
    lock = folder / lock_name(source)
    if lock.exists():
        return
    new = lock.with_name(f".{lock.name}.{os.getpid()}.part")
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644)
    with os.fdopen(descriptor, "wb") as file:
        file.write(written(source))
        file.flush()
        os.fsync(descriptor)
    new.replace(lock)
