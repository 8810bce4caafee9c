"""Whether keys come from where the settings say, are exchanged before they end, and are never shown."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from minio.credentials.credentials import Credentials

from runtime.errors import StoreUnreachable
from runtime.settings import Settings
from storage.connection import Connection
from storage.credentials import Keys
from storage.store import Store
from tests.storage.scripted import Answer, Script, content, serving, status

CONTENT = b"content"


def lent(access_key: str, lasts_s: float) -> Credentials:
    end = datetime.now(UTC) + timedelta(seconds=lasts_s)
    return Credentials(access_key, "hidden-secret", "a-token", end)


def sts(access_key: str, lasts_s: float = 3600.0) -> Answer:
    """The answer of a token service."""
    end = (datetime.now(UTC) + timedelta(seconds=lasts_s)).strftime("%Y-%m-%dT%H:%M:%SZ")
    return content(
        f'<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">'
        f"<AssumeRoleWithWebIdentityResult><Credentials><AccessKeyId>{access_key}</AccessKeyId>"
        f"<SecretAccessKey>s</SecretAccessKey><SessionToken>lent-token</SessionToken>"
        f"<Expiration>{end}</Expiration></Credentials></AssumeRoleWithWebIdentityResult>"
        f"</AssumeRoleWithWebIdentityResponse>".encode()
    )


def signed_with(headers: dict[str, str]) -> str:
    return headers["authorization"].partition("Credential=")[2].partition("/")[0]


def test_keys_are_kept_while_they_are_good_for_long() -> None:
    asked: list[int] = []

    def fetch() -> Credentials:
        asked.append(1)
        return lent("key", 3600)

    keys = Keys(fetch, "a test")
    assert {keys.retrieve().access_key for _ in range(5)} == {"key"}
    assert len(asked) == 1


@pytest.mark.parametrize("lasts_s", [0.0, -5.0])
def test_keys_that_end_are_exchanged(lasts_s: float) -> None:
    given = iter([lent("first", lasts_s), lent("second", 3600)])
    keys = Keys(lambda: next(given), "a test")
    assert [keys.retrieve().access_key for _ in range(3)] == ["first", "second", "second"]


def test_good_keys_go_on_while_whoever_gives_new_ones_is_away() -> None:
    given = [lent("first", 120.0)]

    def fetch() -> Credentials:
        if not given:
            raise OSError("away")
        return given.pop()

    keys = Keys(fetch, "a test")
    assert keys.retrieve().access_key == "first"
    keys.forget()
    assert keys.retrieve().access_key == "first"


def test_threads_that_need_new_keys_share_one_exchange() -> None:
    asked: list[int] = []
    waiting = threading.Barrier(8)

    def fetch() -> Credentials:
        asked.append(1)
        return lent("key", 3600)

    keys = Keys(fetch, "a test")

    def ask() -> None:
        waiting.wait(30)
        keys.retrieve()

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(asked) == 1


async def test_a_session_token_goes_with_requests_and_signed_addresses(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with serving(Script(content(CONTENT))) as endpoint:
        settings = Settings(s3_endpoint=endpoint, s3_session_token="of-the-session")  # type: ignore[arg-type]
        async with Store(settings) as store:
            await store.read_result("0" * 64)
            query = parse_qs(urlsplit(store.presign_get("a/b", 60)).query)
            assert query["X-Amz-Security-Token"] == ["of-the-session"]
            put = store.presign_put("a/b", "text/plain", 1, "0" * 64, 60)
            assert parse_qs(urlsplit(put.url).query)["X-Amz-Security-Token"] == ["of-the-session"]


async def test_keys_of_the_environment_are_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "from-environment")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "s")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "t")
    server = Script(content(CONTENT))
    with serving(server) as endpoint:
        async with Store(Settings(s3_endpoint=endpoint, s3_credentials="environment")) as store:
            await store.read_result("0" * 64)
    assert signed_with(server.heard[0][1]) == "from-environment"
    assert server.heard[0][1]["x-amz-security-token"] == "t"


async def test_a_file_that_is_written_anew_is_read_anew_when_its_keys_have_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "credentials"
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(file))
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    file.write_text("[default]\naws_access_key_id = old\naws_secret_access_key = s\n")
    server = Script(content(CONTENT), status(400, "ExpiredToken"), content(CONTENT))
    with serving(server) as endpoint:
        async with Store(Settings(s3_endpoint=endpoint, s3_credentials="file")) as store:
            await store.read_result("0" * 64)
            file.write_text("[default]\naws_access_key_id = new\naws_secret_access_key = s\n")
            assert await store.read_result("1" * 64) == CONTENT
    assert [signed_with(headers) for _, headers in server.heard] == ["old", "old", "new"]


async def test_a_web_identity_is_exchanged_for_keys_and_again_before_they_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = tmp_path / "token"
    token.write_text("first-identity\n")
    monkeypatch.setenv("AWS_WEB_IDENTITY_TOKEN_FILE", str(token))
    monkeypatch.setenv("AWS_ROLE_ARN", "arn:aws:iam::1:role/reelbus")
    service, server = Script(sts("lent-1", 0.0), sts("lent-2")), Script(content(CONTENT))
    with serving(service) as address, serving(server) as endpoint:
        monkeypatch.setenv("AWS_ENDPOINT_URL_STS", address)
        async with Store(Settings(s3_endpoint=endpoint, s3_credentials="web-identity")) as store:
            await store.read_result("0" * 64)
            token.write_text("second-identity\n")
            await store.write_result("1" * 64, b"{}")
            await store.read_result("2" * 64)
            assert "X-Amz-Credential=lent-2" in store.presign_get("a/b", 60)
    assert [signed_with(headers) for _, headers in server.heard] == ["lent-1", "lent-2", "lent-2"]
    asked = [parse_qs(urlsplit(asked.split()[1]).query) for asked in service.asked]
    assert [query["WebIdentityToken"] for query in asked] == [["first-identity"], ["second-identity"]]
    assert asked[0]["RoleArn"] == ["arn:aws:iam::1:role/reelbus"]


@pytest.mark.parametrize("mode", ["environment", "file", "web-identity"])
async def test_keys_that_are_not_there_are_told_with_where_they_should_be(
    mode: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_ACCESS_KEY", "AWS_WEB_IDENTITY_TOKEN_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    async with Store(Settings(s3_credentials=mode)) as store:  # type: ignore[arg-type]
        with pytest.raises(StoreUnreachable, match=r"come from .*AWS_.*check REELBUS_S3_CREDENTIALS"):
            await store.head("a/b")


async def test_a_refused_identity_does_not_show_in_the_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = tmp_path / "token"
    token.write_text("hidden-identity")
    monkeypatch.setenv("AWS_WEB_IDENTITY_TOKEN_FILE", str(token))
    with serving(Script(status(403))) as address:
        monkeypatch.setenv("AWS_ENDPOINT_URL_STS", address)
        connection = Connection(Settings(s3_credentials="web-identity"), patience_s=1.0)
        with pytest.raises(StoreUnreachable) as refused:
            await connection.call("a look", connection.client.bucket_exists, "media")
        connection.close()
    assert "hidden" not in str(refused.value)
    assert refused.value.__suppress_context__
