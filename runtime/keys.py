"""Where the keys of providers come from: the environment, a file that `<NAME>_FILE` names, or `.env`; under their usual names."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from pydantic_settings import SettingsError

from runtime.setting_sources import file_variables, read_secret

_ENV_FILE = Path(".env")


def key_of(name: str, env_file: Path = _ENV_FILE) -> str:
    """Return a key; empty where there is none.

    Raises:
        SettingsError: a file that should hold it cannot be read.
    """
    if value := os.environ.get(name, "").strip():
        return value
    if path := os.environ.get(f"{name}_FILE"):
        return read_secret(f"{name}_FILE", path).strip()
    return (file_variables(env_file).get(name) or "").strip()


def has_key(name: str) -> bool:
    """Whether there is a key; one that cannot be read is none."""
    try:
        return bool(key_of(name))
    except SettingsError:
        return False


def bring(names: Iterable[str], env_file: Path = _ENV_FILE) -> None:
    """Put keys that stand in files into the environment of this process, where those find them that it starts.

    One that cannot be read stays away: whoever needs it says so.
    """
    for name in names:
        try:
            value = key_of(name, env_file)
        except SettingsError:
            continue
        if value:
            os.environ[name] = value
