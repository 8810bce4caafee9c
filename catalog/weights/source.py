"""Where the weights of an engine come from, and how they are known to be these. Standard library only: hosts read it too."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

SourceKind = Literal["package", "hub", "bundled"]
"""Inside an installed distribution, in a repository of a model hub, or in a folder of this project."""


@dataclass(frozen=True, slots=True)
class WeightsFile:
    """One file below the root of its source; `sha256` is of all its bytes."""

    path: str
    sha256: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Source:
    """Files that belong together: a distribution, a revision of a repository, or a folder.

    - `name`: the distribution, `owner/repository` of a hub, or the folder below `engines/`.
    - `revision`: the version of the distribution, or the commit of the repository.
    - `licence`: of the weights, as SPDX where there is one.
    """

    kind: SourceKind
    name: str
    revision: str
    licence: str
    files: tuple[WeightsFile, ...]
