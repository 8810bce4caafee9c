"""Which errors a user can see, and which of them are worth another attempt."""

from __future__ import annotations

from enum import StrEnum


class ErrorCode(StrEnum):
    """The closed list of public error codes."""

    INVALID_REQUEST = "invalid_request"
    UNKNOWN_FIELD = "unknown_field"
    UNSUPPORTED = "unsupported"
    ASSET_NOT_FOUND = "asset_not_found"
    ASSET_INVALID = "asset_invalid"
    MODERATION_BLOCKED = "moderation_blocked"
    LICENCE_REFUSED = "licence_refused"
    ENGINE_UNAVAILABLE = "engine_unavailable"
    ENGINE_FAILED = "engine_failed"
    OUT_OF_MEMORY = "out_of_memory"
    PROVIDER_AUTH = "provider_auth"
    PROVIDER_RATE_LIMITED = "provider_rate_limited"
    PROVIDER_REJECTED = "provider_rejected"
    PROVIDER_FAILED = "provider_failed"
    TIMEOUT = "timeout"
    DEADLINE_EXCEEDED = "deadline_exceeded"
    CANCELLED = "cancelled"
    CRASH_LOOP = "crash_loop"
    STORAGE_FAILED = "storage_failed"
    INTERNAL = "internal"

    @classmethod
    def known(cls, code: str) -> ErrorCode:
        """Return the code that is so spelled, or `internal` for one that only a newer version knows."""
        try:
            return cls(code)
        except ValueError:
            return cls.INTERNAL

    @property
    def retryable(self) -> bool:
        """Whether the same work may succeed when it is tried again."""
        return self in _RETRYABLE


_RETRYABLE = frozenset(
    {
        ErrorCode.ENGINE_FAILED,
        ErrorCode.OUT_OF_MEMORY,
        ErrorCode.PROVIDER_RATE_LIMITED,
        ErrorCode.PROVIDER_FAILED,
        ErrorCode.TIMEOUT,
        ErrorCode.STORAGE_FAILED,
        ErrorCode.INTERNAL,
    }
)

OUTAGES = frozenset({ErrorCode.PROVIDER_RATE_LIMITED, ErrorCode.PROVIDER_FAILED, ErrorCode.STORAGE_FAILED})
"""Somebody else is away or has enough for now: time mends that, and not attempts."""
