"""What the catalogue leaves open is pinned by the first pull: commit and digests are kept, and nothing else is loaded."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from catalog.models import Model
from catalog.weights.lock import NoLock, locked, written
from catalog.weights.source import Source
from engines.local.weights import folder_of, present, read_weights, resolved, verified
from operations.weights.declared import WeightsRefused
from operations.weights.hub import Hub
from operations.weights.origins import Folder, HubUnreachable, NotPulled, Origin
from operations.weights.pinning import Entry, wanted
from operations.weights.placing import Patience
from operations.weights.pulling import Looked, pull
from runtime.errors import EngineUnavailable, InvalidRequest
from tests.operations.weights.hubserver import HubServer, Repository, hub_server

COMMIT, LATER = "a" * 40, "b" * 40
FILES = {
    "model_index.json": b'{"_class_name": "X"}',
    "unet/model.safetensors": os.urandom(300_000),
    "unet/model.fp16.safetensors": os.urandom(1000),
    "tokenizer/spiece.model": b"pieces",
    "chat_template.jinja": b"{{ messages }}",
    "whole.safetensors": os.urandom(1000),
    "unet/pytorch_model.bin": b"pickle",
    "README.md": b"# read me",
    ".hidden.json": b"{}",
    "pipeline.py": b"import os",
}
TAKEN = {"model_index.json", "unet/model.safetensors", "tokenizer/spiece.model", "chat_template.jinja"}
OPEN = Source("hub", "acme/voice", "", "MIT", ())
AT_ONCE = Patience(sleep=lambda _: None)
LOCK = Path("acme/voice/pinned.json")


@pytest.fixture
def hub() -> Iterator[HubServer]:
    with hub_server({}) as server:
        server.hold(Repository("acme/voice", COMMIT, FILES, lfs=(".safetensors", ".model")))
        yield server


def row(*sources: Source) -> Model:
    return Model(
        "voice", ("text-to-speech",), "local", "engines.nowhere:Voice", "1", "Speaks.", weights=sources
    )


def pulled(origin: HubServer | Origin, root: Path, *sources: Source, revision: str = "") -> list[Looked]:
    asked: Any = Hub(origin.url) if isinstance(origin, HubServer) else origin
    try:
        return list(
            pull([row(*sources or (OPEN,))], asked, root, lambda *_: None, AT_ONCE, revision=revision)
        )
    finally:
        if isinstance(origin, HubServer):
            asked.close()


def test_the_first_pull_pins_and_the_next_one_asks_for_nothing(
    hub: HubServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = pulled(hub, tmp_path)
    assert {each.path for each in found} == TAKEN
    assert {each.state for each in found} == {"fetched"}
    said = json.loads((tmp_path / LOCK).read_bytes())
    assert (said["repository"], said["commit"], said["licence"]) == ("acme/voice", COMMIT, "MIT")
    monkeypatch.setenv("REELBUS_MODELS", str(tmp_path))
    assert folder_of(OPEN) == tmp_path / "acme/voice" / COMMIT
    assert {str(p.relative_to(folder_of(OPEN))) for p in folder_of(OPEN).rglob("*") if p.is_file()} == TAKEN
    assert read_weights(OPEN, "tokenizer/spiece.model") == b"pieces"
    present(OPEN)
    hub.hold(Repository("acme/voice", LATER, {"model.safetensors": b"another"}, lfs=(".safetensors",)))
    asked = len(hub.asked)
    assert {each.state for each in pulled(hub, tmp_path)} == {"there"}
    assert len(hub.asked) == asked


def test_what_is_not_pinned_is_said_with_its_command(tmp_path: Path) -> None:
    with pytest.raises(EngineUnavailable, match=r"acme/voice are not yet pinned \(reelbus models pull\)"):
        present(OPEN, tmp_path)


def test_a_file_that_changed_or_went_is_refused_by_name(
    hub: HubServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pulled(hub, tmp_path)
    monkeypatch.setenv("REELBUS_MODELS", str(tmp_path))
    place = tmp_path / "acme/voice" / COMMIT / "chat_template.jinja"
    place.write_bytes(b"{{ evilness }}")
    with pytest.raises(EngineUnavailable, match=r"chat_template\.jinja .* another SHA-256"):
        folder_of(OPEN)
    place.unlink()
    with pytest.raises(EngineUnavailable, match=r"chat_template\.jinja"):
        present(OPEN)
    with pytest.raises(EngineUnavailable, match=r"no file other\.json"):
        verified(OPEN, "other.json")
    assert [each.path for each in pulled(hub, tmp_path) if each.state == "fetched"] == ["chat_template.jinja"]


@pytest.mark.parametrize(
    "change",
    [
        {"repository": "acme/other"}, {"licence": "CC-BY-NC-4.0"}, {"commit": "main"}, {"commit": "../../x"},
        {"files": []}, {"patterns": ["*"]}, {"files": [{"path": "../x", "sha256": "0" * 64, "size_bytes": 1}]},
        {"files": [{"path": "/etc/passwd", "sha256": "0" * 64, "size_bytes": 1}]},
        {"files": [{"path": "a.json", "sha256": "0", "size_bytes": 1}]}, {"files": [{"path": "a.json"}]},
        {"files": [{"path": "a.json", "sha256": "0" * 64, "size_bytes": -1}]}, {"files": [7]}, {"files": None},
    ],
)  # fmt: skip
def test_a_lock_that_does_not_fit_is_refused(tmp_path: Path, hub: HubServer, change: dict[str, Any]) -> None:
    pulled(hub, tmp_path)
    said = json.loads((tmp_path / LOCK).read_bytes())
    (tmp_path / LOCK).write_text(json.dumps(said | change), "utf-8")
    with pytest.raises(EngineUnavailable, match=r"the lock pinned\.json of acme/voice does not fit"):
        resolved(OPEN, tmp_path)
    with pytest.raises(NotPulled, match="to pin anew"):
        pulled(hub, tmp_path)


def test_a_lock_behind_a_link_is_not_read(tmp_path: Path, hub: HubServer) -> None:
    pulled(hub, tmp_path)
    (tmp_path / LOCK).rename(tmp_path / "elsewhere.json")
    (tmp_path / LOCK).symlink_to(tmp_path / "elsewhere.json")
    with pytest.raises(EngineUnavailable, match="behind a link"):
        resolved(OPEN, tmp_path)


def test_a_lock_is_read_as_it_was_written() -> None:
    at = locked(OPEN, _lock())
    assert locked(OPEN, written(at)) == at
    with pytest.raises(NoLock, match="cannot be read"):
        locked(OPEN, b"[" * 100_000)


def _lock() -> bytes:
    file = {"path": "a.json", "sha256": "0" * 64, "size_bytes": 1}
    return json.dumps(
        {"repository": "acme/voice", "commit": COMMIT, "licence": "MIT", "patterns": [], "files": [file]}
    ).encode()


def test_a_revision_may_be_chosen_once(hub: HubServer, tmp_path: Path) -> None:
    hub.hold(Repository("acme/voice", LATER, {"model.safetensors": b"another"}, (".safetensors",), ("v2",)))
    assert {each.source.revision for each in pulled(hub, tmp_path, revision="v2")} == {LATER}
    with pytest.raises(NotPulled, match=f"pinned at {LATER}, and not at v3"):
        pulled(hub, tmp_path, revision="v3")
    with pytest.raises(NotPulled, match="no such file at that revision"):
        pulled(hub, tmp_path / "other", revision="nobody")
    with pytest.raises(InvalidRequest, match="one repository"):
        pulled(hub, tmp_path, OPEN, Source("hub", "acme/two", "", "MIT", ()), revision="v2")


def test_a_hub_that_gives_another_commit_or_other_bytes_is_refused(hub: HubServer, tmp_path: Path) -> None:
    hub.lies["commit"] = LATER
    with pytest.raises(NotPulled, match=f"gives the commit {LATER} and not {COMMIT}"):
        pulled(hub, tmp_path, revision=COMMIT)
    hub.lies.clear()
    hub.files[f"acme/voice/resolve/{COMMIT}/model_index.json"] = b'{"_class_name": "Y"}'
    with pytest.raises(NotPulled, match=r"model_index\.json: .* other bytes than those of the commit"):
        pulled(hub, tmp_path)
    hub.files[f"acme/voice/resolve/{COMMIT}/model_index.json"] = FILES["model_index.json"]
    hub.files[f"acme/voice/resolve/{COMMIT}/unet/model.safetensors"] = b"x" * 300_000
    with pytest.raises(NotPulled, match=r"unet/model\.safetensors .* another SHA-256"):
        pulled(hub, tmp_path)
    assert (tmp_path / LOCK).exists(), "the next pull goes on at the same commit"


def test_a_hub_that_fails_for_a_moment_is_asked_again_and_then_given_up(
    hub: HubServer, tmp_path: Path
) -> None:
    hub.faults.unavailable = 2
    assert {each.state for each in pulled(hub, tmp_path)} == {"fetched"}
    hub.faults.unavailable = 99
    with pytest.raises(HubUnreachable, match="503"):
        pulled(hub, tmp_path / "other")
    assert not (tmp_path / "other" / LOCK).exists()


def test_a_repository_of_pickles_alone_is_refused(hub: HubServer, tmp_path: Path) -> None:
    hub.hold(Repository("acme/voice", LATER, {"pytorch_model.bin": b"p", "config.json": b"{}"}))
    with pytest.raises(NotPulled, match="holds no safetensors"):
        pulled(hub, tmp_path)


def test_a_list_of_many_pages_is_read_to_its_end(hub: HubServer, tmp_path: Path) -> None:
    hub.page_entries = 2
    assert {each.path for each in pulled(hub, tmp_path)} == TAKEN


def test_a_path_that_leads_elsewhere_is_refused(hub: HubServer, tmp_path: Path) -> None:
    hub.hold(Repository("acme/voice", LATER, {"x/../../evil.safetensors": b"1"}, (".safetensors",)))
    with pytest.raises((WeightsRefused, NotPulled)):
        pulled(hub, tmp_path)
    assert not (tmp_path / LOCK).exists()


def test_a_folder_of_another_machine_brings_its_lock(hub: HubServer, tmp_path: Path) -> None:
    pulled(hub, tmp_path / "there")
    origin = Folder(tmp_path / "there")
    assert {each.state for each in pulled(origin, tmp_path / "here")} == {"fetched"}
    assert (tmp_path / "here" / LOCK).read_bytes() == (tmp_path / "there" / LOCK).read_bytes()
    with pytest.raises(NotPulled, match=f"pinned at {COMMIT} .* not at {LATER}"):
        pulled(origin, tmp_path / "third", revision=LATER)
    (tmp_path / "there" / LOCK).unlink()
    with pytest.raises(NotPulled, match=r"pinned\.json"):
        pulled(origin, tmp_path / "third")


@pytest.mark.parametrize(
    ("paths", "patterns", "taken"),
    [
        (["model.safetensors", "model.fp16.safetensors", "config.json"], (), ["config.json", "model.safetensors"]),
        (["m.fp16.safetensors", "config.json"], (), ["config.json", "m.fp16.safetensors"]),
        (
            ["u/m-00001-of-00002.safetensors", "u/m-00002-of-00002.safetensors", "u/m.safetensors.index.json",
             "u/m.fp16-00001-of-00001.safetensors", "u/m.safetensors.index.fp16.json"], (),
            ["u/m-00001-of-00002.safetensors", "u/m-00002-of-00002.safetensors", "u/m.safetensors.index.json"],
        ),
        (["model_index.json", "all.safetensors", "u/m.safetensors"], (), ["model_index.json", "u/m.safetensors"]),
        (["model.safetensors", "consolidated.safetensors", "original/a.safetensors"], (), ["model.safetensors"]),
        (["a/m.safetensors", "b/m.onnx", "a/c.json", "x.py"], ("a/*.safetensors", "b/*"), ["a/m.safetensors", "b/m.onnx"]),
    ],
)  # fmt: skip
def test_of_what_is_there_twice_one_is_taken(
    paths: list[str], patterns: tuple[str, ...], taken: list[str]
) -> None:
    found = wanted([Entry(path, 1, "0" * 64, "") for path in paths], patterns)
    assert [entry.path for entry in found] == taken
