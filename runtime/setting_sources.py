"""Where a setting's value may stand: in a variable, in a file that a variable names, or in `.env`."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dotenv import dotenv_values
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsError

_LONGEST_SECRET_BYTES = 64 * 1024


class NamedFiles(PydanticBaseSettingsSource):
    """Values in files that `<NAME>_FILE` names, as Docker and Kubernetes hand secrets over.

    `{role}` in such a name is the role of the process, so that each may have a file of its own.
    """

    def __init__(
        self,
        settings: type[BaseSettings],
        fields: frozenset[str],
        variables: Mapping[str, str | None],
        role: str,
    ) -> None:
        super().__init__(settings)
        self._fields = fields
        self._variables = {name.upper(): value for name, value in variables.items()}
        self._role = role

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """Return the content of the file that stands for a field, or None."""
        variable = f"{self.config.get('env_prefix', '')}{field_name}_FILE".upper()
        named = self._variables.get(variable) if field_name in self._fields else None
        return (
            (read_secret(variable, named.replace("{role}", self._role)) if named else None),
            field_name,
            False,
        )

    def __call__(self) -> dict[str, Any]:
        """Return every field that a file stands for."""
        found = {
            name: self.get_field_value(field, name)[0]
            for name, field in self.settings_cls.model_fields.items()
        }
        return {name: value for name, value in found.items() if value is not None}


def read_secret(variable: str, name: str) -> str:
    """Return the content of the file that `variable` names, without the line end behind it.

    Raises:
        SettingsError: It cannot be read, or is no text of at most 64 KiB.
    """
    try:
        with Path(name).open("rb") as source:
            content = source.read(_LONGEST_SECRET_BYTES + 1)
        text = content.decode("utf-8-sig")  # some editors write a mark
    except OSError as error:
        raise SettingsError(f"{variable}: the file {name} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise SettingsError(f"{variable}: the file {name} is not UTF-8 text") from None
    if len(content) > _LONGEST_SECRET_BYTES:
        raise SettingsError(f"{variable}: the file {name} has more than {_LONGEST_SECRET_BYTES} bytes")
    return text.removesuffix("\n").removesuffix("\r")


def environment_variables() -> Mapping[str, str | None]:
    """Return the variables of the environment."""
    return os.environ


def file_variables(env_file: Path) -> Mapping[str, str | None]:
    """Return the variables of a `.env` file; none when there is no such file.

    Raises:
        SettingsError: It cannot be read.
    """
    if not env_file.is_file():
        return {}
    try:
        return dotenv_values(env_file, encoding="utf-8-sig")
    except OSError as error:
        raise SettingsError(f"{env_file} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise SettingsError(f"{env_file} is not UTF-8 text") from None
