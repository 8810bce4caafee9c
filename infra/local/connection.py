"""Which broker and store a command talks to: what the environment names, else the stack of the home folder."""

from __future__ import annotations

import os
from pathlib import Path

from pydantic import SecretStr

from infra.local.interpreter import module_path
from infra.local.stack import LocalStack
from runtime.errors import BusUnreachable
from runtime.settings import Settings

FLEET, POLICY = "fleet.toml", "policy.toml"
"""Files that lie in a home as what runs there was started with them."""


class NoStack(BusUnreachable):
    """There is no running stack here: start one with `reelbus up`, or set REELBUS_BOOTSTRAP_SERVERS."""


def home() -> Path:
    """Return the home folder of the local stack, absolute, so that every child finds the same one."""
    return Settings().home.expanduser().resolve()


def settings_here() -> Settings:
    """Return the settings with the endpoints of the stack in this home, where the environment names none.

    Raises:
        NoStack: the environment names no broker, and no stack was ever started in this home.
    """
    settings = Settings(home=home())
    if settings.names("bootstrap_servers") and settings.names("s3_endpoint"):
        return settings
    status = LocalStack(settings.home).status()
    if status.endpoints is None or not status.running:
        raise NoStack
    found = status.endpoints
    return settings.model_copy(
        update={
            "bootstrap_servers": found.bootstrap,
            "s3_endpoint": found.s3_endpoint,
            "s3_access_key": found.s3_access_key,
            "s3_secret_key": SecretStr(found.s3_secret_key),
            "bucket": found.bucket,
            "fleet": settings.fleet or kept(settings.home, FLEET),
            "policy": settings.policy or kept(settings.home, POLICY),
        }
    )


def keep(home: Path, name: str, file: Path | None) -> None:
    """Leave a file of what starts in this home (`FLEET`, `POLICY`) for whoever else works there, or leave none."""
    place = _place(home, name)
    place.parent.mkdir(parents=True, exist_ok=True)
    if file is None:
        place.unlink(missing_ok=True)
    elif not (place.exists() and place.samefile(file.expanduser())):
        place.write_bytes(file.expanduser().read_bytes())


def kept(home: Path, name: str) -> Path | None:
    """Return the file that was left in a home, or None."""
    return place if (place := _place(home, name)).exists() else None


def _place(home: Path, name: str) -> Path:
    return home.expanduser().resolve() / "run" / name


def environment(settings: Settings) -> dict[str, str]:
    """Return the environment in which a child finds the same stack."""
    return {
        **os.environ,
        **module_path(),
        "REELBUS_HOME": str(settings.home),
        "REELBUS_BOOTSTRAP_SERVERS": settings.bootstrap_servers,
        "REELBUS_S3_ENDPOINT": settings.s3_endpoint,
        "REELBUS_S3_ACCESS_KEY": settings.s3_access_key,
        "REELBUS_S3_SECRET_KEY": settings.s3_secret_key.get_secret_value(),
        "REELBUS_BUCKET": settings.bucket,
        "REELBUS_TOPIC_PREFIX": settings.topic_prefix,
        **({"REELBUS_FLEET": str(settings.fleet.expanduser().resolve())} if settings.fleet else {}),
        **({"REELBUS_POLICY": str(settings.policy.expanduser().resolve())} if settings.policy else {}),
    }
