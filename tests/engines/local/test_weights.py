"""Weights are used only when they are the ones that were pinned."""

from __future__ import annotations

import hashlib
from importlib import metadata
from pathlib import Path

import pytest

from catalog.weights.source import Source, WeightsFile
from engines.local.weights import located, read_weights, verified
from runtime.errors import EngineUnavailable

PACKAGE = "structlog"
PLAIN = "structlog/__init__.py"


def source(sha256: str | None = None, size_bytes: int | None = None, **fields: str) -> Source:
    content = Path(str(metadata.distribution(PACKAGE).locate_file(PLAIN))).read_bytes()
    file = WeightsFile(
        PLAIN,
        sha256 or hashlib.sha256(content).hexdigest(),
        len(content) if size_bytes is None else size_bytes,
    )
    known = {"name": PACKAGE, "revision": metadata.version(PACKAGE), **fields}
    return Source("package", known["name"], known["revision"], "MIT", (file,))


def test_pinned_bytes_are_found_in_the_package_that_ships_them() -> None:
    assert verified(source(), PLAIN).read_bytes() == read_weights(source(), PLAIN)


@pytest.mark.parametrize(
    ("wrong", "word"),
    [
        (source(sha256="0" * 64), "another SHA-256"),
        (source(size_bytes=3), "and not 3"),
        (source(name="no-such-package"), "not installed"),
        (source(revision="0.0.1"), "pinned at 0.0.1"),
    ],
)
def test_other_bytes_are_refused_by_name(wrong: Source, word: str) -> None:
    for ask in (verified, read_weights):
        with pytest.raises(EngineUnavailable, match=word):
            ask(wrong, PLAIN)


def test_a_folder_in_place_of_a_file_is_refused() -> None:
    wrong = Source("bundled", "local", "1", "MIT", (WeightsFile(".", "0" * 64, 4096),))
    assert located(wrong, ".").is_dir()
    with pytest.raises(EngineUnavailable, match="cannot be read"):
        verified(wrong, ".")
