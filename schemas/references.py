"""How a parameter names an asset: by id, by address, or as the result of another node."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import ConfigDict, Field, StringConstraints, WrapValidator
from pydantic_core.core_schema import ValidatorFunctionWrapHandler

from schemas.base import Message, Name


class FromNode(Message):
    """Another node's asset, or one field of it: {"$from": "name"} or {"$from": "name", "field": "text"}."""

    model_config = ConfigDict(populate_by_name=True)

    from_: Annotated[Name, Field(alias="$from")]
    field: str | None = None


def is_reference(value: object) -> bool:
    """Whether a JSON value is meant as a reference to another node."""
    return isinstance(value, dict) and "$from" in value


def _or_reference(value: Any, handler: ValidatorFunctionWrapHandler) -> Any:
    return FromNode.model_validate(value) if is_reference(value) else handler(value)


AssetAddress = Annotated[
    str, StringConstraints(pattern=r"\A(sha256:[0-9a-f]{64}|s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]/.{1,1024})\z")
]
AssetRef = Annotated[str | FromNode, WrapValidator(_or_reference)]
"""An asset as a parameter: "sha256:...", "s3://bucket/key" in our bucket, or {"$from": ...}."""
