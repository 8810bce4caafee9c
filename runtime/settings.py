"""Which settings a process has: one line each, with a default that works on one machine."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Every setting of every process, read from the environment with the prefix `REELBUS_`."""

    model_config = SettingsConfigDict(env_prefix="REELBUS_", frozen=True, extra="ignore")

    home: Path = Field(default=Path(".reelbus"), description="state of the local stack: data, logs, pids")
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
    bucket: str = Field(default="media")
    memo_across_tenants: bool = Field(default=False, description="share results between tenants")
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
    worker_slots: int = Field(default=1, ge=1, description="tasks that one worker runs at the same time")
    brake_s: float = Field(
        default=3600.0,
        ge=0,
        description="so long a partition rests where most fails by our own fault; 0: never",
    )
    log_level: str = Field(default="info")
    log_format: str = Field(default="json", pattern="^(json|text)$")
    port: int = Field(default=0, ge=0, le=65535, description="/health, /readyz and /metrics; 0 = none")
