"""What every message has in common: frozen, closed, strict, and spelled the same way on the wire."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints


def _integral(value: object) -> object:
    """Let 24.0 pass as the integer that JSON says it is; a boolean or a string stays wrong."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


Integer = Annotated[int, BeforeValidator(_integral)]
"""An integer by JSON's meaning: 24 and 24.0, never "24" and never true."""

Name = Annotated[str, StringConstraints(pattern=r"\A[A-Za-z0-9][A-Za-z0-9._-]{0,62}\z")]
"""A tenant, an item id or a node name."""

TENANT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")
"""What is a `Name` as a whole: nothing that leads elsewhere where it becomes part of a topic or a key."""

JobId = Annotated[
    str, StringConstraints(pattern=r"\A[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\z")
]
"""A job: no other key of the state, and nothing that leads elsewhere."""

Fraction = Annotated[float, Field(ge=0.0, le=1.0)]
Seed = Annotated[int, BeforeValidator(_integral), Field(ge=0, le=2**53 - 1)]
Sha256 = Annotated[str, StringConstraints(pattern=r"\A[0-9a-f]{64}\z")]


class Message(BaseModel):
    """A frozen, closed and strict record: unknown fields are errors and nothing is converted."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, allow_inf_nan=False, serialize_by_alias=True
    )

    def to_json(self) -> dict[str, Any]:
        """Return the message as JSON values, absent fields left out."""
        return self.model_dump(mode="json", exclude_none=True)

    def to_bytes(self) -> bytes:
        """Return the message as compact UTF-8 JSON, absent fields left out."""
        return self.model_dump_json(exclude_none=True).encode()


class Fact(Message):
    """A message that we write and others read: readers of an older version skip fields they do not know."""

    model_config = ConfigDict(extra="ignore")


JsonObject = Mapping[str, Any]
