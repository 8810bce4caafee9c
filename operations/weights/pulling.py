"""What a pull of engines' weights does: fetch what hubs have, and look at what comes with packages."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal

from catalog.models import Model, install_command
from catalog.weights.source import Source, WeightsFile
from engines.local.weights import verified
from infra.environments.built import python_of
from operations.weights.declared import check, check_names
from operations.weights.locks import keep, pinned
from operations.weights.origins import NotPulled, Origin
from operations.weights.placing import Patience, folder_of, missing_bytes, place
from runtime.errors import EngineUnavailable, InvalidRequest

SPARE_BYTES = 256 * 1024 * 1024
"""A pull leaves so much of a disk free."""

State = Literal["fetched", "there", "missing"]
Said = Callable[[Source, WeightsFile, int], None]
"""Told how many bytes of a file are here."""


@dataclass(frozen=True, slots=True)
class Looked:
    """What a pull came to for one file of an engine's weights; `detail` says what brings a missing one."""

    engine: str
    source: Source
    path: str
    state: State
    detail: str = ""


def pull(
    rows: Sequence[Model],
    origin: Origin,
    root: Path,
    said: Said,
    patience: Patience | None = None,
    revision: str = "",
) -> Iterator[Looked]:
    """Bring the weights of these engines below `root`, and yield what each file came to; blocking.

    Everything is looked at before anything is fetched: names, formats and the room on the disk. What the operator pins
    is pinned first: at `revision`, or where the hub stands now.

    Raises:
        WeightsRefused: something that is declared may not be fetched.
        HubUnreachable: the origin gave nothing for too long; what is here is kept.
        NotPulled: there is no room, or a file is not what was pinned.
    """
    patience = patience or Patience()
    declared = list(dict.fromkeys(s for row in rows for s in row.weights if s.kind == "hub"))
    check_names(declared)
    _must_be_of_one(declared, revision)
    exact = {source: pinned(source, origin, root, patience, revision) for source in declared}
    check(exact.values())
    if exact:
        _must_fit(list(exact.values()), root)
    for source in declared:
        if source.by_operator:
            keep(exact[source], root)
    fetched: dict[Source, list[tuple[str, State]]] = {}
    for row in rows:
        for source in row.weights:
            if source.kind != "hub":
                yield from (_shipped(row, source, file) for file in source.files)
                continue
            if source not in fetched:
                fetched[source] = list(_fetch(exact[source], origin, root, said, patience))
            detail = "pinned by the operator" if source.by_operator else ""
            yield from (
                Looked(row.name, exact[source], path, state, detail) for path, state in fetched[source]
            )


def _fetch(
    source: Source, origin: Origin, root: Path, said: Said, patience: Patience
) -> Iterator[tuple[str, State]]:
    with folder_of(root, source) as folder:
        for file in source.files:
            anew = place(origin, source, file, folder, partial(said, source, file), patience)
            yield file.path, "fetched" if anew else "there"


def _must_be_of_one(sources: Sequence[Source], revision: str) -> None:
    """Let a revision be asked of one repository, which the catalogue does not pin."""
    if not revision:
        return
    open_ones = [source.name for source in sources if source.by_operator]
    if len(set(open_ones)) != 1:
        raise InvalidRequest(
            "--revision: it is of one repository, which the operator pins; "
            + (
                f"these are {', '.join(sorted(set(open_ones)))}"
                if open_ones
                else "the catalogue pins all of these"
            )
        )


def _must_fit(sources: Sequence[Source], root: Path) -> None:
    """Refuse what the disk has no room for."""
    root.mkdir(parents=True, exist_ok=True)
    needed = sum(
        missing_bytes(root / source.name / source.revision, file)
        for source in sources
        for file in source.files
    )
    free = shutil.disk_usage(root).free
    if needed and needed + SPARE_BYTES > free:
        raise NotPulled(
            f"{needed} bytes are to be fetched, and the disk of {root} has {free} left: "
            f"{SPARE_BYTES} shall stay free (REELBUS_MODELS names another folder)"
        )


def _shipped(row: Model, source: Source, file: WeightsFile) -> Looked:
    """Look at a file that comes with a package or with reelbus itself."""
    if row.environment and source.kind == "package":
        # Only that environment's own Python knows its packages: its host looks at the digest when it loads.
        try:
            python_of(row.environment)
        except EngineUnavailable as error:
            return Looked(row.name, source, file.path, "missing", error.message)
        return Looked(row.name, source, file.path, "there", f"its environment {row.environment} brings it")
    try:
        verified(source, file.path)
    except EngineUnavailable as error:
        return Looked(row.name, source, file.path, "missing", f"{error.message}; {install_command(row)}")
    return Looked(row.name, source, file.path, "there", "verified")
