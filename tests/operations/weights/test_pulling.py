"""Weights are fetched from a hub that cuts, lies and sends elsewhere, and lie there only when they are what was pinned."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from catalog.models import Model
from catalog.weights.source import Source, WeightsFile
from engines.local.weights import verified
from operations.weights.declared import WeightsRefused
from operations.weights.hub import Hub
from operations.weights.origins import Folder, HubUnreachable, NotPulled
from operations.weights.placing import MOST_FAILURES, Patience, folder_of
from operations.weights.pulling import Looked, pull
from runtime.errors import InvalidRequest
from tests.operations.weights.hubserver import REVISION, HubServer, hub_server, pinned

FILES = {
    "model.safetensors": os.urandom(3_000_000),
    "onnx/encoder.onnx": os.urandom(1000),
    "config.json": b"{}",
}
PLACE = Path("acme/voice") / REVISION
AT_ONCE = Patience(sleep=lambda _: None)


@pytest.fixture
def hub() -> Iterator[HubServer]:
    with hub_server(FILES) as server:
        yield server


def row(*sources: Source, name: str = "voice", **columns: Any) -> Model:
    return Model(
        name,
        ("text-to-speech",),
        "local",
        "engines.nowhere:Voice",
        "1",
        "Speaks.",
        weights=sources,
        **columns,
    )


def pulled(
    hub: HubServer | str, folder: Path, *rows: Model, token: str = "", progress: list[int] | None = None
) -> list[Looked]:
    origin = Hub(hub if isinstance(hub, str) else hub.url, token)
    told = progress if progress is not None else []
    try:
        return list(
            pull(
                rows or [row(pinned(FILES))], origin, folder, lambda _s, _f, here: told.append(here), AT_ONCE
            )
        )
    finally:
        origin.close()


def left(folder: Path) -> set[str]:
    return {str(path.relative_to(folder / PLACE)) for path in (folder / PLACE).rglob("*") if path.is_file()}


def test_what_is_declared_is_fetched_once_and_found_by_its_engine(
    hub: HubServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    progress: list[int] = []
    assert [each.state for each in pulled(hub, tmp_path, progress=progress)] == ["fetched"] * 3
    monkeypatch.setenv("REELBUS_MODELS", str(tmp_path))
    for path, content in FILES.items():
        assert verified(pinned(FILES), path).read_bytes() == content
    assert left(tmp_path) == FILES.keys()
    assert (progress[0], max(progress)) == (0, 3_000_000)
    asked = len(hub.asked)
    assert [each.state for each in pulled(hub, tmp_path)] == ["there"] * 3
    assert len(hub.asked) == asked


def test_a_connection_that_is_cut_is_gone_on_with_where_it_was(hub: HubServer, tmp_path: Path) -> None:
    hub.faults.cut_after, hub.faults.cuts, hub.faults.unavailable = 1_300_000, 2, 2
    assert [each.state for each in pulled(hub, tmp_path)] == ["fetched"] * 3
    assert (tmp_path / PLACE / "model.safetensors").read_bytes() == FILES["model.safetensors"]
    ranges = [ranged for path, ranged, _ in hub.asked if path.endswith("model.safetensors") and ranged]
    starts = [int(ranged.removeprefix("bytes=").removesuffix("-")) for ranged in ranges]
    assert starts == sorted(starts)
    assert len(starts) == 2
    assert starts[-1] >= 2_000_000


def test_a_pull_that_gave_up_is_gone_on_with_by_the_next(hub: HubServer, tmp_path: Path) -> None:
    hub.faults.cut_after, hub.faults.cuts = 1_500_000, 1

    class Away(Exception):
        """Somebody pulled the plug."""

    def unplug(_: float) -> None:
        raise Away

    origin = Hub(hub.url)
    with pytest.raises(Away):
        list(pull([row(pinned(FILES))], origin, tmp_path, lambda *_: None, Patience(sleep=unplug)))
    origin.close()
    (part,) = (tmp_path / PLACE).iterdir()
    assert part.name.endswith(".part")
    assert part.stat().st_size > 1_000_000
    assert [each.state for each in pulled(hub, tmp_path)] == ["fetched"] * 3
    assert any(ranged for _, ranged, _ in hub.asked)
    assert left(tmp_path) == FILES.keys()


def test_a_hub_without_ranges_is_asked_for_the_whole_again(hub: HubServer, tmp_path: Path) -> None:
    hub.faults.cut_after, hub.faults.cuts, hub.faults.no_ranges = 1_500_000, 1, True
    assert [each.state for each in pulled(hub, tmp_path)] == ["fetched"] * 3
    assert (tmp_path / PLACE / "model.safetensors").read_bytes() == FILES["model.safetensors"]


def test_a_hub_that_brings_nothing_more_is_given_up_and_what_is_here_is_kept(
    hub: HubServer, tmp_path: Path
) -> None:
    hub.faults.unavailable = 10**6
    with pytest.raises(HubUnreachable, match="answers 503; 0 of 3000000 bytes are kept"):
        pulled(hub, tmp_path)
    assert len(hub.asked) == MOST_FAILURES
    with pytest.raises(HubUnreachable, match="does not answer"):
        pulled("http://127.0.0.1:9", tmp_path)


@pytest.mark.parametrize(
    ("faults", "wrong", "words"),
    [
        ({"total": 5_000_000}, {}, "5000000 bytes.*3000000 were pinned"),
        ({"longer": True}, {}, "more bytes"),
        ({"spoilt": 1}, {}, "another SHA-256"),
        ({}, {"sha256": "0" * 64}, "another SHA-256"),
        ({}, {"size_bytes": 7}, "3000000 bytes.*and 7 were pinned"),
        ({}, {"path": "other.safetensors"}, "no such file at that revision"),
        ({"redirect": "file:///etc/passwd"}, {}, "not called"),
        ({"redirect": "http://user@example.com/{path}"}, {}, "not called"),
        ({"redirect": "/acme/voice/resolve/" + REVISION + "/model.safetensors"}, {}, "more than 5 times"),
    ],
)
def test_what_is_not_what_was_pinned_comes_to_no_place(
    hub: HubServer, tmp_path: Path, faults: dict[str, Any], wrong: dict[str, Any], words: str
) -> None:
    for name, value in faults.items():
        setattr(hub.faults, name, value)
    with pytest.raises(NotPulled, match=words):
        pulled(hub, tmp_path, row(pinned({"model.safetensors": FILES["model.safetensors"]}, **wrong)))
    assert all(name.endswith(".part") for name in left(tmp_path))
    assert sum(path.stat().st_size for path in (tmp_path / PLACE).iterdir()) == 0


def test_bytes_of_an_earlier_pull_that_are_wrong_cost_one_more_try(hub: HubServer, tmp_path: Path) -> None:
    source = pinned({"model.safetensors": FILES["model.safetensors"]})
    part = tmp_path / PLACE / f".model.safetensors.{source.files[0].sha256[:16]}.part"
    part.parent.mkdir(parents=True)
    for length in (1000, 3_000_000, 4_000_000):
        part.write_bytes(b"?" * length)
        (tmp_path / PLACE / "model.safetensors").unlink(missing_ok=True)
        assert [each.state for each in pulled(hub, tmp_path, row(source))] == ["fetched"]
    assert left(tmp_path) == {"model.safetensors"}


def test_what_lies_there_and_is_not_right_is_replaced(hub: HubServer, tmp_path: Path) -> None:
    pulled(hub, tmp_path)
    (tmp_path / PLACE / "model.safetensors").write_bytes(b"x" * 3_000_000)
    assert [each.state for each in pulled(hub, tmp_path)] == ["fetched", "there", "there"]


def test_a_token_signs_in_at_the_hub_and_where_it_sends_to_does_not_hear_of_it(tmp_path: Path) -> None:
    with hub_server(FILES) as hub, hub_server(FILES) as cdn:
        hub.faults.redirect = f"{cdn.url}/cdn{{path}}?signature=secret"
        cdn.files = {f"{path}?signature=secret": content for path, content in cdn.files.items()}
        pulled(hub, tmp_path, token="hf_secret")
        assert {authorization for *_, authorization in hub.asked} == {"Bearer hf_secret"}
        assert {authorization for *_, authorization in cdn.asked} == {""}
        cdn.files = {}
        with pytest.raises(NotPulled) as caught:
            pulled(hub, tmp_path / "again")
        assert "secret" not in str(caught.value)


def test_a_token_travels_over_https_alone() -> None:
    with pytest.raises(InvalidRequest, match="over https"):
        Hub("http://hub.example", "hf_secret")
    Hub("https://hub.example", "hf_secret").close()


def test_a_public_hub_cannot_send_to_this_machine_nor_off_https() -> None:
    public = Hub("https://hub.example")
    for url, words in (
        ("https://127.0.0.1/x", "no public address"),
        ("https://0x7f.1/x", "no public address"),
        ("https://localhost/x", "this machine"),
        ("https://[::1]/x", "no public address"),
        ("http://cdn.example/x", "only https://"),
        ("ftp://cdn.example/x", "only http"),
    ):
        with pytest.raises(NotPulled, match=words):
            public._must_be_good(url, "model")
    public._must_be_good("https://cdn.example/x", "model")


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (pinned({"pytorch_model.bin": b"x"}), ".bin is a pickle"),
        (pinned({"model.ckpt": b"x"}), ".ckpt is a pickle"),
        (pinned({"MODEL.PT": b"x"}), ".pt is a pickle"),
        (pinned({"modeling.py": b"x"}), "only .safetensors, .json, .txt, .model, .jinja, .onnx are fetched"),
        (pinned({"../../etc/x.json": b"x"}), "plain names"),
        (pinned({"/etc/x.json": b"x"}), "plain names"),
        (pinned({"a//x.json": b"x"}), "plain names"),
        (pinned({".hidden.json": b"x"}), "plain names"),
        (pinned({"a\\x.json": b"x"}), "plain names"),
        (pinned({"x.json": b"x"}, sha256="short"), "no SHA-256"),
        (pinned({"x.json": b"x"}, size_bytes=0), "its size"),
        (pinned({"x.json": b"x"}, size_bytes=10**15), "its size"),
        (Source("hub", "../voice", REVISION, "MIT", (WeightsFile("x.json", "0" * 64, 1),)), "owner/name"),
        (Source("hub", "a/b/c", REVISION, "MIT", (WeightsFile("x.json", "0" * 64, 1),)), "owner/name"),
        (Source("hub", "a/b", "../..", "MIT", (WeightsFile("x.json", "0" * 64, 1),)), "no commit"),
        (Source("hub", "a/b", REVISION, "MIT", ()), "no file"),
        (
            Source("hub", "a/b", REVISION, "MIT", (WeightsFile("x.json", "0" * 64, 1),) * 2),
            "declared twice",
        ),
    ],
)
def test_what_may_run_code_or_lead_elsewhere_is_refused_by_name_before_anybody_is_asked(
    hub: HubServer, tmp_path: Path, source: Source, words: str
) -> None:
    good = pinned(FILES)
    with pytest.raises(WeightsRefused) as caught:
        pulled(hub, tmp_path / "models", row(good), row(source, name="other"))
    assert words in str(caught.value)
    assert hub.asked == []
    assert not (tmp_path / "models").exists()


def test_all_that_may_not_be_fetched_is_said_at_once(hub: HubServer, tmp_path: Path) -> None:
    with pytest.raises(WeightsRefused) as caught:
        pulled(hub, tmp_path, row(pinned({"a.bin": b"x", "b.pkl": b"x"}), pinned({"../c.json": b""})))
    assert [words in str(caught.value) for words in ("a.bin", "b.pkl", "../c.json", "its size")] == [True] * 4


def test_links_in_the_folder_are_not_followed(hub: HubServer, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    models = tmp_path / "models"
    (models / "acme").mkdir(parents=True)
    (models / "acme" / "voice").symlink_to(outside)
    with pytest.raises(NotPulled, match="is a link"):
        pulled(hub, models)
    (models / "acme" / "voice").unlink()
    (models / PLACE).mkdir(parents=True)
    source = pinned(FILES)
    (models / PLACE / f".model.safetensors.{source.files[0].sha256[:16]}.part").symlink_to(outside / "part")
    with pytest.raises(NotPulled, match="cannot be written"):
        pulled(hub, models)
    assert list(outside.iterdir()) == []


def test_a_disk_without_room_is_said_before_anything_is_fetched(hub: HubServer, tmp_path: Path) -> None:
    with pytest.raises(NotPulled, match="1900000000000 bytes are to be fetched, and the disk of"):
        pulled(hub, tmp_path, row(pinned({"model.safetensors": b"x"}, size_bytes=1_900_000_000_000)))
    assert hub.asked == []


def test_two_pulls_of_one_source_do_not_write_into_each_other(hub: HubServer, tmp_path: Path) -> None:
    with folder_of(tmp_path, pinned(FILES)), pytest.raises(NotPulled, match="another `reelbus models pull`"):
        pulled(hub, tmp_path)
    assert [each.state for each in pulled(hub, tmp_path)] == ["fetched"] * 3


def test_a_models_folder_of_another_machine_is_a_source_and_no_link_in_it_is_followed(
    hub: HubServer, tmp_path: Path
) -> None:
    pulled(hub, tmp_path / "mirror")
    mirror = Folder(tmp_path / "mirror")
    rows = [row(pinned(FILES))]
    assert [e.state for e in pull(rows, mirror, tmp_path / "here", lambda *_: None)] == ["fetched"] * 3
    assert left(tmp_path / "here") == FILES.keys()
    place = tmp_path / "mirror" / PLACE / "config.json"
    place.rename(tmp_path / "config.json")
    with pytest.raises(NotPulled, match="cannot be read"):
        list(pull(rows, mirror, tmp_path / "more", lambda *_: None))
    place.symlink_to(tmp_path / "config.json")
    with pytest.raises(NotPulled, match="behind a link"):
        list(pull(rows, mirror, tmp_path / "more", lambda *_: None))
    place.unlink()
    os.mkfifo(place)
    with pytest.raises(NotPulled, match="no plain file"):
        list(pull(rows, mirror, tmp_path / "more", lambda *_: None))


def test_what_packages_ship_is_verified_and_its_command_is_named(hub: HubServer, tmp_path: Path) -> None:
    here = Source("bundled", "local", "1", "MIT", (WeightsFile("weights.py", "0" * 64, 1),))
    absent = Source("package", "no-such-package", "1", "MIT", (WeightsFile("x.onnx", "0" * 64, 1),))
    apart = row(absent, name="apart", environment="example")
    found = pulled(hub, tmp_path, row(here, absent), apart)
    assert [(each.engine, each.state) for each in found] == [
        ("voice", "missing"),
        ("voice", "missing"),
        ("apart", "missing"),
    ]
    assert "uv pip install 'reelbus[audio]'" in found[1].detail
    assert "reelbus engines sync example" in found[2].detail
    assert hub.asked == []
