"""Weights are used only when they are the ones that were pinned."""

from __future__ import annotations

import hashlib
from importlib import metadata
from pathlib import Path

import pytest

from catalog.weights.source import Source, WeightsFile
from engines.local.weights import located, present, read_weights, verified
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


def pulled(
    folder: Path, content: bytes = b"weights", path: str = "a/model.safetensors"
) -> tuple[Source, Path]:
    file = WeightsFile(path, hashlib.sha256(content).hexdigest(), len(content))
    known = Source("hub", "acme/voice", "abc123", "MIT", (file,))
    place = folder / "acme" / "voice" / "abc123" / path
    place.parent.mkdir(parents=True)
    place.write_bytes(content)
    return known, place


def test_what_was_pulled_is_found_in_the_folder_that_a_host_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known, place = pulled(tmp_path / "models")
    monkeypatch.setenv("REELBUS_HOME", str(tmp_path))
    assert verified(known, "a/model.safetensors") == place
    monkeypatch.setenv("REELBUS_HOME", str(tmp_path / "elsewhere"))
    with pytest.raises(EngineUnavailable, match="reelbus models pull"):
        verified(known, "a/model.safetensors")
    monkeypatch.setenv("REELBUS_MODELS", str(tmp_path / "models"))
    assert read_weights(known, "a/model.safetensors") == b"weights"
    present(known)
    place.write_bytes(b"another")
    present(known)
    with pytest.raises(EngineUnavailable, match="another SHA-256"):
        verified(known, "a/model.safetensors")
    place.write_bytes(b"more than that")
    with pytest.raises(EngineUnavailable, match="14 bytes and not 7"):
        present(known)


def test_what_was_pulled_is_no_link_and_behind_none(tmp_path: Path) -> None:
    known, place = pulled(tmp_path / "models")
    elsewhere = tmp_path / "elsewhere"
    place.rename(elsewhere)
    place.symlink_to(elsewhere)
    with pytest.raises(EngineUnavailable, match="behind a link"):
        located(known, "a/model.safetensors", tmp_path / "models")
    place.unlink()
    elsewhere.rename(place)
    folder = tmp_path / "models" / "acme"
    folder.rename(tmp_path / "others")
    folder.symlink_to(tmp_path / "others")
    with pytest.raises(EngineUnavailable, match="behind a link"):
        present(known, tmp_path / "models")
