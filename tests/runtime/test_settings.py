"""Where settings come from, which place counts first, and what is said of one that cannot be used."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError
from pydantic_settings import SettingsError

from runtime.settings import Settings, wrong_setting

SECRETS = sorted(
    name for name, field in Settings.model_fields.items() if field.annotation in (SecretStr, SecretStr | None)
)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder of the test's own, with no setting from outside."""
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        for variable in (f"REELBUS_{name}", f"REELBUS_{name}_FILE"):
            monkeypatch.delenv(variable.upper(), raising=False)
    return tmp_path


def wrong(**given: object) -> str:
    with pytest.raises((ValidationError, SettingsError)) as refused:
        Settings(**given)  # type: ignore[arg-type]
    return wrong_setting(refused.value)


def secret_of(found: Settings, name: str) -> str:
    value = getattr(found, name)
    return value.get_secret_value() if isinstance(value, SecretStr) else value


@pytest.mark.parametrize("name", SECRETS)
def test_every_secret_may_stand_in_a_file(folder: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    (folder / "secret").write_text("from the file\n")
    monkeypatch.setenv(f"REELBUS_{name}_FILE".upper(), str(folder / "secret"))
    if "sasl" in name:
        monkeypatch.setenv("REELBUS_KAFKA_SECURITY_PROTOCOL", "SASL_SSL")
        monkeypatch.setenv("REELBUS_KAFKA_SASL_USERNAME", "somebody")
    if "ssl" in name:
        monkeypatch.setenv("REELBUS_KAFKA_SECURITY_PROTOCOL", "SSL")
    assert secret_of(Settings(), name) == "from the file"


@pytest.mark.parametrize(
    ("content", "secret"),
    [
        (b"a b\n", "a b"),
        (b"word\r\n", "word"),
        (b"two\n\n", "two\n"),
        (b" spaced ", " spaced "),
        ("pässword".encode(), "pässword"),
    ],
)
def test_only_the_line_end_is_left_out(
    folder: Path, monkeypatch: pytest.MonkeyPatch, content: bytes, secret: str
) -> None:
    (folder / "secret").write_bytes(content)
    monkeypatch.setenv("REELBUS_S3_SECRET_KEY_FILE", "secret")
    assert secret_of(Settings(), "s3_secret_key") == secret


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "No such file or directory"),
        (b"\xff\xfe", "not UTF-8 text"),
        (b"x" * 70_000, "has more than 65536 bytes"),
    ],
    ids=["missing", "not text", "too long"],
)
def test_a_file_that_cannot_be_used_is_named_with_its_variable(
    folder: Path, monkeypatch: pytest.MonkeyPatch, content: bytes | None, reason: str
) -> None:
    if content is not None:
        (folder / "secret").write_bytes(content)
    monkeypatch.setenv("REELBUS_S3_SECRET_KEY_FILE", "secret")
    told = wrong()
    assert told.startswith("REELBUS_S3_SECRET_KEY_FILE: the file secret")
    assert reason in told


def test_the_places_count_in_their_order(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "outer").write_text("environment's file")
    (folder / "inner").write_text("env file's file")
    (folder / ".env").write_text("REELBUS_S3_SECRET_KEY_FILE=inner\nREELBUS_BUCKET=theirs\n")
    assert secret_of(Settings(), "s3_secret_key") == "env file's file"
    with (folder / ".env").open("a") as more:
        more.write("REELBUS_S3_SECRET_KEY='env file'\n")
    assert secret_of(Settings(), "s3_secret_key") == "env file"
    monkeypatch.setenv("REELBUS_S3_SECRET_KEY_FILE", "outer")
    assert secret_of(Settings(), "s3_secret_key") == "environment's file"
    monkeypatch.setenv("REELBUS_S3_SECRET_KEY", "environment")
    assert secret_of(Settings(), "s3_secret_key") == "environment"
    assert (Settings().bucket, Settings(bucket="ours").bucket) == ("theirs", "ours")


def test_an_empty_variable_is_one_that_is_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REELBUS_S3_SESSION_TOKEN", "")
    monkeypatch.setenv("REELBUS_BUCKET", "")
    assert (Settings().s3_session_token, Settings().bucket) == (None, "media")


def test_each_role_has_a_principal_and_files_of_its_own(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "password-image").write_text("of the image worker")
    monkeypatch.setenv("REELBUS_KAFKA_SECURITY_PROTOCOL", "SASL_SSL")
    monkeypatch.setenv("REELBUS_KAFKA_SASL_USERNAME", "reelbus-{role}")
    monkeypatch.setenv("REELBUS_KAFKA_SASL_PASSWORD_FILE", "password-{role}")
    monkeypatch.setenv("REELBUS_KAFKA_SSL_CERTIFICATE_FILE", "/certificates/{role}.pem")
    kafka = Settings(role="image").kafka
    assert (kafka.sasl_username, kafka.sasl_password) == ("reelbus-image", "of the image worker")
    assert kafka.ssl_certificate_file == Path("/certificates/image.pem")
    assert "password-operator cannot be read" in wrong()


SIGNS_IN = {"kafka_security_protocol": "SASL_SSL", "kafka_sasl_username": "u", "kafka_sasl_password": "p"}


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"kafka_sasl_password": "p"}, "REELBUS_KAFKA_SASL_PASSWORD is set, but REELBUS_KAFKA_SECURITY_PROTOCOL is PLAINTEXT"),
        ({"kafka_ssl_ca_file": "x"}, "REELBUS_KAFKA_SSL_CA_FILE is set, but REELBUS_KAFKA_SECURITY_PROTOCOL is PLAINTEXT"),
        ({**SIGNS_IN, "kafka_security_protocol": "SSL"}, "REELBUS_KAFKA_SASL_USERNAME is set, but"),
        ({**SIGNS_IN, "kafka_sasl_password": ""}, "REELBUS_KAFKA_SASL_PASSWORD is missing"),
        ({**SIGNS_IN, "kafka_sasl_mechanism": "OAUTHBEARER"}, "REELBUS_KAFKA_SASL_TOKEN_COMMAND is missing"),
        ({**SIGNS_IN, "kafka_ssl_key_file": "x"}, "REELBUS_KAFKA_SSL_CERTIFICATE_FILE is missing"),
        ({**SIGNS_IN, "kafka_sasl_mechanism": "GSSAPI"}, "REELBUS_KAFKA_SASL_MECHANISM: Input should be 'PLAIN'"),
        ({"s3_credentials": "magic"}, "REELBUS_S3_CREDENTIALS: Input should be 'static'"),
    ],
)  # fmt: skip
def test_what_could_not_sign_in_is_refused_with_the_variable(given: dict[str, str], told: str) -> None:
    assert wrong(**given).startswith(told)


def test_no_secret_shows(folder: Path) -> None:
    found = Settings(**SIGNS_IN | {"kafka_sasl_password": "hidden", "s3_session_token": "hidden"})  # type: ignore[arg-type]
    assert "hidden" not in f"{found!r} {found} {found.kafka!r} {found.kafka}"
    with pytest.raises(ValidationError) as refused:
        Settings(kafka_sasl_password="hidden")  # type: ignore[arg-type]
    assert "hidden" not in str(refused.value)


@pytest.mark.parametrize("module", ["consumers.text", "consumers.assembly.coordinator", "producers.cli"])
def test_a_process_with_a_wrong_setting_says_so_in_one_line(folder: Path, module: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", module, *(["jobs"] if module == "producers.cli" else [])],
        env={"PYTHONPATH": str(Path(__file__).parents[2]), "REELBUS_S3_SECRET_KEY_FILE": "/nowhere"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr == (
        "reelbus: REELBUS_S3_SECRET_KEY_FILE: the file /nowhere cannot be read: No such file or directory\n"
    )


def test_a_byte_order_mark_of_an_editor_is_no_part_of_a_setting(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / ".env").write_bytes(b"\xef\xbb\xbfREELBUS_BUCKET=theirs\r\n")
    (folder / "secret").write_bytes(b"\xef\xbb\xbfshh\r\n")
    monkeypatch.setenv("REELBUS_S3_SECRET_KEY_FILE", "secret")
    assert (Settings().bucket, secret_of(Settings(), "s3_secret_key")) == ("theirs", "shh")
