"""What an asset is: bytes in the store, named by their digest, with what was measured about them."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from schemas.base import Fact, Integer, Sha256

TEXT_BYTES = 65_536
"""As much of a text stands in events, in UTF-8; the file has it whole."""


class Asset(Fact):
    """A durable result: where its bytes are, their digest, and the measured facts of its medium."""

    asset_id: Annotated[str, StringConstraints(pattern=r"\Asha256:[0-9a-f]{64}\z")]
    bucket: str
    key: str
    sha256: Sha256
    size_bytes: Annotated[Integer, Field(ge=0)]
    media_type: str
    width_px: Integer | None = None
    height_px: Integer | None = None
    duration_s: float | None = None
    fps: float | None = None
    sample_rate_hz: Integer | None = None
    channels: Integer | None = None
    text: Annotated[str, Field(max_length=TEXT_BYTES)] | None = None
