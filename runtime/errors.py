"""What can go wrong, as our own errors: each has a public code and says whether another attempt may help."""

from __future__ import annotations

from typing import ClassVar

from schemas.codes import ErrorCode


class ReelbusError(Exception):
    """Something went wrong inside reelbus."""

    code: ClassVar[ErrorCode] = ErrorCode.INTERNAL

    def __init__(self, message: str = "", *, retry_after_s: float | None = None) -> None:
        """`retry_after_s` is what the one who failed asked for, as in Retry-After."""
        super().__init__(message or (self.__doc__ or "").strip())
        self.retry_after_s = retry_after_s

    @property
    def message(self) -> str:
        """The sentence that a user may read."""
        return str(self)

    @property
    def retryable(self) -> bool:
        """Whether the same work may succeed when it is tried again."""
        return self.code.retryable


class InvalidRequest(ReelbusError):
    """The request asks for something that has no meaning."""

    code = ErrorCode.INVALID_REQUEST


class Unsupported(ReelbusError):
    """The request is valid, but this installation does not offer that."""

    code = ErrorCode.UNSUPPORTED


class AssetNotFound(ReelbusError):
    """An input asset is not in the store."""

    code = ErrorCode.ASSET_NOT_FOUND


class AssetInvalid(ReelbusError):
    """An input asset cannot be read as what it should be."""

    code = ErrorCode.ASSET_INVALID


class EngineUnavailable(ReelbusError):
    """No engine of this installation can do that."""

    code = ErrorCode.ENGINE_UNAVAILABLE


class EngineMissing(EngineUnavailable):
    """This worker cannot run the engine, whatever the work is; another worker may."""


class EngineFailed(ReelbusError):
    """The engine did not finish its work."""

    code = ErrorCode.ENGINE_FAILED


class OutOfMemory(ReelbusError):
    """The engine ran out of memory."""

    code = ErrorCode.OUT_OF_MEMORY


class ModerationBlocked(ReelbusError):
    """The engine refuses to make this."""

    code = ErrorCode.MODERATION_BLOCKED


class ProviderAuth(ReelbusError):
    """The provider does not know the key, or does not let it do this."""

    code = ErrorCode.PROVIDER_AUTH


class ProviderRejected(ReelbusError):
    """The provider does not do this, however often it is asked."""

    code = ErrorCode.PROVIDER_REJECTED


class ProviderRateLimited(ReelbusError):
    """The provider takes no more requests for now."""

    code = ErrorCode.PROVIDER_RATE_LIMITED


class ProviderFailed(ReelbusError):
    """The provider did not answer as it should."""

    code = ErrorCode.PROVIDER_FAILED


class AddressRefused(ProviderRejected):
    """An address that somebody else gave is none that may be called."""


class TooLarge(ProviderRejected):
    """What somebody else gave is larger than is borne."""


class Unreachable(ProviderFailed):
    """Whoever has a file does not give it."""


class TimedOut(ReelbusError):
    """The work took longer than allowed."""

    code = ErrorCode.TIMEOUT


class Cancelled(ReelbusError):
    """The task was cancelled or given to another worker."""

    code = ErrorCode.CANCELLED


class StorageFailed(ReelbusError):
    """The object store did not answer as it should."""

    code = ErrorCode.STORAGE_FAILED


class BusUnreachable(ReelbusError):
    """The Kafka brokers cannot be reached."""


class StoreUnreachable(StorageFailed):
    """The object store cannot be reached."""


class StoreRefused(StorageFailed):
    """The object store answers, and refuses what it was asked for."""
