"""How a parameter names an asset: by id, by address, or as the result of another node."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import (
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    StringConstraints,
    WrapValidator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema
from pydantic_core.core_schema import ValidatorFunctionWrapHandler

from schemas.assets import Asset
from schemas.base import Message, Name
from schemas.fields import Maybe

ASSET_FIELDS = tuple(Asset.model_fields)
"""What `field` of a reference may name."""


class FromNode(Message):
    """Another node's asset, or one field of it: {"$from": "name"} or {"$from": "name", "field": "text"}."""

    model_config = ConfigDict(populate_by_name=True, serialize_by_alias=True)

    from_: Annotated[Name, Field(alias="$from")]
    field: Maybe[Annotated[str, Field(json_schema_extra={"enum": list(ASSET_FIELDS)})]] = None


def is_reference(value: object) -> bool:
    """Whether a JSON value is meant as a reference to another node."""
    return isinstance(value, FromNode) or (isinstance(value, dict) and "$from" in value)


def _reference(value: Any) -> FromNode:
    return (
        value if isinstance(value, FromNode) else FromNode.model_validate(value, by_alias=True, by_name=False)
    )


class OrReference:
    """Let any field also be a reference, without the variants of a union in the paths of its errors."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        inner = handler(source)
        return core_schema.no_info_wrap_validator_function(
            lambda value, read: _reference(value) if is_reference(value) else read(value),
            inner,
            serialization=core_schema.wrap_serializer_function_ser_schema(
                lambda value, write: value.to_json() if isinstance(value, FromNode) else write(value),
                schema=inner,
            ),
        )

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {"anyOf": [handler(schema), handler(FromNode.__pydantic_core_schema__)]}


def _asset(value: Any, handler: ValidatorFunctionWrapHandler) -> Any:
    if is_reference(value):
        return _reference(value)
    if not isinstance(value, str):
        raise PydanticCustomError("asset_expected", ASSET_EXPECTED)
    # The pattern is looked at here and not by a union, whose variants would stand in the path of the error.
    if ASSET_ADDRESS.fullmatch(value) is None:
        raise PydanticCustomError("asset_expected", ASSET_EXPECTED)
    return value


ASSET_EXPECTED = 'expected an asset: "sha256:<64 hex digits>", "s3://bucket/key" or {"$from": "node"}'
ASSET_PATTERN = r"sha256:[0-9a-f]{64}|s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]/[^\x00-\x1f]{1,1024}"
ASSET_ADDRESS = re.compile(ASSET_PATTERN)

AssetAddress = Annotated[str, StringConstraints(pattern=rf"\A({ASSET_PATTERN})\z")]
AssetRef = Annotated[AssetAddress | FromNode, WrapValidator(_asset)]
"""An asset as a parameter: "sha256:...", "s3://bucket/key" in our bucket, or {"$from": ...}."""
