"""Which settings a process has: one line each, with a default that works on one machine."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, SecretStr, ValidationError, model_validator
from pydantic_settings import (
    BaseSettings,
    InitSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
)

from runtime.budget_settings import BudgetSettings
from runtime.kafka_connection import KafkaConnection, SaslMechanism, SecurityProtocol
from runtime.setting_sources import NamedFiles, environment_variables, file_variables

DEVICES_PATTERN = r"^[A-Za-z][A-Za-z0-9:._-]*(=[0-9]+)?(,[A-Za-z][A-Za-z0-9:._-]*(=[0-9]+)?)*$"
_ENV_FILE = Path(".env")
_FROM_FILES = frozenset(
    {
        "s3_access_key", "s3_secret_key", "s3_session_token",
        "kafka_sasl_username", "kafka_sasl_password", "kafka_ssl_key_password",
    }
)  # fmt: skip
"""What may stand in a file that `<NAME>_FILE` names: secrets, and the names that are handed over with them."""
_OF_A_ROLE = (
    "kafka_sasl_username", "kafka_sasl_token_command", "kafka_ssl_certificate_file", "kafka_ssl_key_file",
)  # fmt: skip
"""In these `{role}` is the role of the process, so that each process can have a principal of its own."""


class Settings(BudgetSettings):
    """Every setting of every process, read from the environment with the prefix `REELBUS_`.

    What is not there is looked for in files (`<NAME>_FILE`, see `_FROM_FILES`), then in `.env` of the working folder.
    """

    model_config = SettingsConfigDict(
        env_prefix="REELBUS_",
        env_file=_ENV_FILE,
        env_file_encoding="utf-8",
        env_ignore_empty=True,
        hide_input_in_errors=True,
        frozen=True,
        extra="ignore",
    )

    role: str = Field(default="operator", description="what `{role}` stands for; each process sets its own")
    home: Path = Field(default=Path(".reelbus"), description="state of the local stack: data, logs, pids")
    environments: Path | None = Field(
        default=None, description="where environments of engines are built; default: in the home"
    )
    models: Path | None = Field(
        default=None, description="where weights that were pulled lie; default: in the home"
    )
    providers: str = Field(
        default="all",
        description="which providers may be asked, where their keys are: all, none, or names with commas",
    )
    bootstrap_servers: str = Field(default="127.0.0.1:19092", description="Kafka brokers, host:port,...")
    local_brokers: int = Field(
        default=1, ge=1, le=9, description="brokers of a new local stack: 1, or 3 or more"
    )
    topic_prefix: str = Field(default="media", description="first word of every topic")
    topic_partitions: int = Field(default=4, ge=1, description="partitions of log, state, jobs and assets")
    topic_replication_factor: int = Field(default=1, ge=1, description="3 in production")
    s3_endpoint: str = Field(default="http://127.0.0.1:19000", description="http(s)://host:port of the store")
    s3_access_key: str = Field(default="reelbus")
    s3_secret_key: SecretStr = Field(default=SecretStr("reelbus-local"))
    s3_region: str = Field(default="us-east-1")
    s3_session_token: SecretStr | None = Field(default=None, description="of temporary keys")
    s3_credentials: Literal["static", "environment", "file", "web-identity"] = Field(
        default="static", description="where the keys come from"
    )
    s3_ca_file: Path | None = Field(
        default=None, description="PEM certificates that an https store is checked with"
    )
    s3_public_endpoint: str | None = Field(default=None, description="what signed addresses begin with")
    kafka_security_protocol: SecurityProtocol = Field(default="PLAINTEXT")
    kafka_sasl_mechanism: SaslMechanism = Field(default="SCRAM-SHA-512")
    kafka_sasl_username: str = Field(default="")
    kafka_sasl_password: SecretStr = Field(default=SecretStr(""))
    kafka_sasl_token_command: str = Field(default="", description="prints a token for OAUTHBEARER")
    kafka_ssl_ca_file: Path | None = Field(
        default=None, description="PEM; default: the system's certificates"
    )
    kafka_ssl_certificate_file: Path | None = Field(default=None, description="PEM, for mutual TLS")
    kafka_ssl_key_file: Path | None = Field(
        default=None, description="PEM; default: in the certificate's file"
    )
    kafka_ssl_key_password: SecretStr = Field(default=SecretStr(""))
    bucket: str = Field(default="media")
    memo_across_tenants: bool = Field(default=False, description="share results between tenants")
    tenant: str = Field(
        default="",
        pattern=r"^([A-Za-z0-9][A-Za-z0-9._-]{0,62})?$",
        description="requests of this process go to this tenant's own topic",
    )
    allow_private_addresses: str = Field(
        default="", description="private addresses that may be called: host:port or networks, with commas"
    )
    allow_private_webhooks: bool = Field(
        default=False, description="for development: webhooks to this machine"
    )
    lease_s: float = Field(
        default=6.0, gt=0, description="a running task without a sign of life is lost after"
    )
    drain_s: float = Field(default=8.0, gt=0, description="time a stopping process gives its running work")
    obey_s: float = Field(
        default=10.0, gt=0, description="time that work gets to end after it was told to stop"
    )
    watchdog_s: float = Field(
        default=60.0, ge=0, description="a process that lives and does nothing is ended after; 0: never"
    )
    worker_pool: str = Field(default="", description="the pool of a worker; default: its modality")
    worker_engines: str = Field(default="", description="the only engines that a worker offers, a,b,...")
    fleet: Path | None = Field(default=None, description="TOML file of the pools of workers")
    policy: Path | None = Field(default=None, description="TOML file of what each tenant may use")
    worker_slots: int = Field(default=1, ge=1, description="tasks that one worker runs at the same time")
    host_idle_s: float = Field(
        default=300.0, gt=0, description="the process of an engine without work is ended after"
    )
    host_memory_bytes: int = Field(
        default=0, ge=0, description="resident memory of an engine's process; more ends it; 0: no limit"
    )
    hosts_memory_bytes: int = Field(
        default=0,
        ge=0,
        description="resident memory of all engines of a worker; who was not used for longest leaves; 0: no limit",
    )
    devices: str = Field(
        default="cpu",
        pattern=DEVICES_PATTERN,
        description="where a worker loads engines, and the bytes that all of them may hold there: cuda:0=80000000000,...",
    )
    host_work_bytes: int = Field(
        default=20_000_000_000, ge=1, description="what one task may write into its work folder"
    )
    given_asset_bytes: int = Field(
        default=2_000_000_000, ge=1, description="largest object of the store that intake reads for a request"
    )
    brake_s: float = Field(
        default=3600.0,
        ge=0,
        description="so long a partition stays paused where most fails by our own fault; 0: never",
    )
    log_level: str = Field(default="info")
    log_format: str = Field(default="json", pattern="^(json|text)$")
    log_bytes: int = Field(
        default=16 * 1024 * 1024, ge=4096, description="under `up` a log that is larger begins again"
    )
    health_host: str = Field(
        default="0.0.0.0",  # noqa: S104  # probes of an orchestrator come from outside; `up` says 127.0.0.1
        description="address of /health, /readyz and /metrics",
    )
    port: int = Field(default=0, ge=0, le=65535, description="/health, /readyz and /metrics; 0 = none")

    @property
    def models_folder(self) -> Path:
        """Where weights that were pulled lie, absolute."""
        return (self.models or self.home / "models").expanduser().resolve()

    @property
    def kafka(self) -> KafkaConnection:
        """The brokers and how to sign in to them."""
        return KafkaConnection(
            servers=self.bootstrap_servers,
            security_protocol=self.kafka_security_protocol,
            sasl_mechanism=self.kafka_sasl_mechanism,
            sasl_username=self.kafka_sasl_username,
            sasl_password=self.kafka_sasl_password.get_secret_value(),
            sasl_token_command=self.kafka_sasl_token_command,
            ssl_ca_file=self.kafka_ssl_ca_file,
            ssl_certificate_file=self.kafka_ssl_certificate_file,
            ssl_key_file=self.kafka_ssl_key_file,
            ssl_key_password=self.kafka_ssl_key_password.get_secret_value(),
        )

    def names(self, field: str) -> bool:
        """Say whether a setting was given, in whichever place, and is not the default."""
        return field in self.model_fields_set

    @model_validator(mode="before")
    @classmethod
    def _for_the_role(cls, given: Any) -> Any:
        if not isinstance(given, dict):
            return given
        role = str(given.get("role", cls.model_fields["role"].default))
        named = {name: str(given[name]).replace("{role}", role) for name in _OF_A_ROLE if given.get(name)}
        return {**given, **named}

    @model_validator(mode="after")
    def _signing_in_is_whole(self) -> Self:
        """Refuse what would be sent in plain text, or could never sign in."""
        kafka = self.kafka
        given = [name for name in _ENCRYPTED_ONLY if self.names(name)] if not kafka.encrypted else []
        given += [name for name in _SIGNED_IN_ONLY if self.names(name)] if not kafka.signs_in else []
        if given:
            raise ValueError(
                f"REELBUS_{given[0].upper()} is set, but REELBUS_KAFKA_SECURITY_PROTOCOL is "
                f"{kafka.security_protocol}, which does not use it"
            )
        needed = (
            ("sasl_token_command",)
            if kafka.sasl_mechanism == "OAUTHBEARER"
            else ("sasl_username", "sasl_password")
        )
        for name in needed if kafka.signs_in else ():
            if not getattr(kafka, name):
                raise ValueError(
                    f"REELBUS_KAFKA_{name.upper()} is missing: {kafka.security_protocol} with "
                    f"{kafka.sasl_mechanism} needs it"
                )
        if kafka.ssl_key_file and not kafka.ssl_certificate_file:
            raise ValueError(
                "REELBUS_KAFKA_SSL_CERTIFICATE_FILE is missing: REELBUS_KAFKA_SSL_KEY_FILE belongs to it"
            )
        return self

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Order the places: arguments, environment, files that it names, `.env`, files that that names."""
        told = init_settings() if isinstance(init_settings, InitSettingsSource) else {}
        role = str(told.get("role") or env_settings().get("role") or cls.model_fields["role"].default)
        variables = (environment_variables(), file_variables(_ENV_FILE))
        from_environment, from_env_file = (NamedFiles(cls, _FROM_FILES, found, role) for found in variables)
        return init_settings, env_settings, from_environment, dotenv_settings, from_env_file


_ENCRYPTED_ONLY = (
    "kafka_ssl_ca_file", "kafka_ssl_certificate_file", "kafka_ssl_key_file", "kafka_ssl_key_password",
)  # fmt: skip
_SIGNED_IN_ONLY = ("kafka_sasl_username", "kafka_sasl_password", "kafka_sasl_token_command")


def wrong_setting(error: ValidationError | SettingsError) -> str:
    """Return one sentence that names the variable which cannot be used, without its value: it may be a key."""
    if isinstance(error, SettingsError):
        return str(error).splitlines()[0]
    first = error.errors(include_url=False, include_input=False)[0]
    name = "_".join(str(part) for part in first["loc"]).upper()
    reason = first["msg"].removeprefix("Value error, ")
    return f"REELBUS_{name}: {reason}" if name else reason
