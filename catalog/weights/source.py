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
    - `files`: each by its digest. A repository without a revision and without files is pinned by the operator: the first
      pull writes commit and digests beside the weights (`catalog.weights.lock`), and they hold from then on.
    - `patterns`: which files of such a repository are taken, as `fnmatch` reads them; without any, what is not there twice.
    """

    kind: SourceKind
    name: str
    revision: str
    licence: str
    files: tuple[WeightsFile, ...]
    patterns: tuple[str, ...] = ()

    @property
    def by_operator(self) -> bool:
        """Whether the catalogue leaves it to the operator which commit is used."""
        return self.kind == "hub" and not self.revision and not self.files
