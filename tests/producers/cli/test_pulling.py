"""`reelbus models pull` knows whose weights are meant, and where they shall come from."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path

import pytest
from minio import Minio

from catalog.models import MODELS, Model
from catalog.pools import pools_of
from catalog.weights.lock import written
from catalog.weights.source import Source
from operations.weights.origins import NotPulled
from operations.weights.pulling import pull
from producers.cli.exits import DONE, WRONG_USE
from producers.cli.main import _run
from producers.cli.pulling import _bar, _origin, rows_named
from runtime.errors import InvalidRequest
from runtime.settings import Settings
from tests.operations.weights.hubserver import REVISION, hub_server, pinned

FILES = {"model.safetensors": bytes(range(256)) * 9000, "config.json": b"{}"}
WITHOUT = next(row for row in MODELS if not row.weights)


def voice(source: Source, pool: str = "") -> Model:
    return Model(
        "voice",
        ("text-to-speech",),
        "local",
        "engines.nowhere:Voice",
        "1",
        "Speaks.",
        weights=(source,),
        pool=pool,
    )


def test_engines_are_named_by_themselves_or_by_their_pool_and_wrong_names_are_all_told() -> None:
    row = voice(pinned(FILES), "voices")
    pools = pools_of(models=(*MODELS, row))
    assert rows_named(["voice", "voice"], "voices", pools) == [row]
    assert rows_named([], "voices", pools) == [row]
    with pytest.raises(InvalidRequest) as caught:
        rows_named(["vioce"], "vocies", pools)
    assert 'did you mean "voice"?' in str(caught.value)
    assert 'did you mean "voices"?' in str(caught.value)
    with pytest.raises(InvalidRequest, match="--pool"):
        rows_named([], None, pools)


def test_the_command_says_what_has_no_weights_and_what_is_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("REELBUS_HOME", str(tmp_path))
    assert _run(["models", "pull", WITHOUT.name]) == DONE
    assert f"{WITHOUT.name}: has no weights" in capfd.readouterr().err
    assert _run(["models", "pull", WITHOUT.name, "--json"]) == DONE
    assert json.loads(capfd.readouterr().out) == []
    for arguments in (
        [],
        ["nobody"],
        [WITHOUT.name, "--from", "nowhere"],
        [WITHOUT.name, "--from", "s3://"],
        ["--pool", "nobodys"],
    ):
        assert _run(["models", "pull", *arguments]) == WRONG_USE
        assert capfd.readouterr().err
    assert _run(["models", "--json", "pull", WITHOUT.name]) == WRONG_USE
    monkeypatch.setenv("HF_ENDPOINT", "ftp://hub")
    assert _run(["models", "pull", WITHOUT.name]) == WRONG_USE
    assert "HF_ENDPOINT: only http" in capfd.readouterr().err


def test_the_hub_of_the_environment_is_asked_and_each_file_is_told_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    with hub_server(FILES) as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        monkeypatch.setenv("HF_TOKEN", "hf_secret")
        with _origin("hub", Settings()) as origin, _bar() as said:
            found = list(pull([voice(pinned(FILES))], origin, tmp_path, said))
        assert {authorization for *_, authorization in hub.asked} == {"Bearer hf_secret"}
    assert [each.state for each in found] == ["fetched", "fetched"]
    assert capfd.readouterr().err.splitlines() == [
        f"acme/voice/{REVISION}/model.safetensors: 0 of {len(FILES['model.safetensors'])} bytes are here",
        f"acme/voice/{REVISION}/config.json: 0 of 2 bytes are here",
    ]


def test_a_bucket_is_a_mirror(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = settings.s3_secret_key.get_secret_value()
    endpoint = settings.s3_endpoint.removeprefix("http://")
    client = Minio(
        endpoint,
        access_key=settings.s3_access_key,
        secret_key=secret,
        secure=False,
        region=settings.s3_region,
    )
    mirror = f"{settings.bucket}-mirror"
    client.make_bucket(mirror)
    for path, content in FILES.items():
        key = f"models/acme/voice/{REVISION}/{path}"
        client.put_object(mirror, key, io.BytesIO(content), len(content))
    source = pinned(FILES)
    part = tmp_path / "acme" / "voice" / REVISION / f".model.safetensors.{source.files[0].sha256[:16]}.part"
    part.parent.mkdir(parents=True)
    part.write_bytes(FILES["model.safetensors"][:1_000_000])
    began: list[int] = []
    with _origin(f"s3://{mirror}/models/", settings) as origin:
        assert origin.name == f"s3://{mirror}/models"
        found = list(pull([voice(source)], origin, tmp_path, lambda _s, _f, here: began.append(here)))
        absent = voice(pinned({"other.json": b"{}"}))
        with pytest.raises(NotPulled, match="it is not in the store"):
            list(pull([absent], origin, tmp_path, lambda *_: None))
        by_operator = replace(source, revision="", files=())
        lock = written(replace(source, revision="c" * 40))
        client.put_object(mirror, "models/acme/voice/pinned.json", io.BytesIO(lock), len(lock))
        for path, content in FILES.items():
            key = f"models/acme/voice/{'c' * 40}/{path}"
            client.put_object(mirror, key, io.BytesIO(content), len(content))
        held = list(pull([voice(by_operator)], origin, tmp_path, lambda *_: None))
    assert [each.state for each in found] == ["fetched", "fetched"]
    assert [each.state for each in held] == ["fetched", "fetched"]
    assert (tmp_path / "acme" / "voice" / "pinned.json").read_bytes() == lock
    assert began[0] == 1_000_000
    assert (part.parent / "model.safetensors").read_bytes() == FILES["model.safetensors"]
