"""What a store's refusals and silences mean in our own errors."""

from __future__ import annotations

import http
import ssl
import time

from minio.error import InvalidResponseError, MinioException, S3Error, ServerError
from urllib3.exceptions import HTTPError

from runtime.errors import (
    AssetNotFound,
    InvalidRequest,
    ReelbusError,
    StorageFailed,
    StoreRefused,
    StoreUnreachable,
)
from runtime.retry import asked_s

FOREIGN = (MinioException, HTTPError, OSError, ssl.SSLError)
"""Every error by which the SDK and its HTTP client report."""

_MISSING = frozenset({"NoSuchKey", "NoSuchObject", "ResourceNotFound"})
KEYS_ENDED = frozenset({"ExpiredToken", "TokenRefreshRequired"})
"""Temporary keys that have ended, by the store's clock: others may be there already."""
_NO_ACCESS = frozenset({"AccessDenied", "AllAccessDisabled"})
_WRONG_KEYS = frozenset({"InvalidAccessKeyId", "SignatureDoesNotMatch"})
_PASSING = frozenset(
    {
        "InternalError", "ServiceUnavailable", "SlowDown", "SlowDownRead", "SlowDownWrite", "RequestTimeout",
        "OperationAborted", "ConditionalRequestConflict", "XMinioServerNotInitialized", "RetryHead",
    }
)  # fmt: skip
PRECONDITION_FAILED = "PreconditionFailed"


def code_of(error: BaseException) -> str:
    """Return the S3 error code, or an empty string."""
    return str(error.code or "") if isinstance(error, S3Error) else ""


def is_missing(error: BaseException) -> bool:
    """Say whether the object does not exist."""
    return code_of(error) in _MISSING


def is_passing(error: BaseException) -> bool:
    """Say whether the same request may succeed a moment later."""
    if isinstance(error, S3Error):
        return (
            code_of(error) in _PASSING | KEYS_ENDED or _status(error) >= http.HTTPStatus.INTERNAL_SERVER_ERROR
        )
    if isinstance(error, ServerError | InvalidResponseError):
        return _status(error) >= http.HTTPStatus.INTERNAL_SERVER_ERROR
    if _distrust(error) is not None:
        return False
    return isinstance(error, HTTPError | ConnectionError | TimeoutError)


def asked_pause_s(error: BaseException) -> float | None:
    """Return the pause that the store asked for, if it did."""
    headers = getattr(error.response, "headers", None) if isinstance(error, S3Error) else None
    return asked_s(headers.get("Retry-After"), time.time()) if headers else None


def converted(error: BaseException, what: str, endpoint: str) -> ReelbusError:
    """Return our error for a foreign one; its sentence holds no address with a signature and no secret."""
    if is_missing(error):
        return AssetNotFound(f"{what}: it is not in the store.")
    code = code_of(error)
    if code == "InvalidRange":
        return InvalidRequest(f"{what}: the range begins behind the end.")
    if code == "NoSuchBucket":
        return StorageFailed(f"{what}: the bucket does not exist; `reelbus stack start` creates it.")
    if code in _NO_ACCESS | _WRONG_KEYS | KEYS_ENDED:
        # Keys that are wrong are ours; what they may not do is a matter of what was asked for.
        kind = StoreRefused if code in _NO_ACCESS else StoreUnreachable
        return kind(
            f"{what}: the store at {endpoint} refused the keys ({code}); "
            "set REELBUS_S3_ACCESS_KEY and REELBUS_S3_SECRET_KEY, or what REELBUS_S3_CREDENTIALS names."
        )
    if (reason := _distrust(error)) is not None:
        return StoreUnreachable(
            f"{what}: the store at {endpoint} shows a certificate that is not trusted ({reason}); "
            "set REELBUS_S3_CA_FILE."
        )
    if isinstance(error, MinioException):
        answered = f"{what}: the store answered {code or _status(error) or type(error).__name__}."
        asked_wrongly = http.HTTPStatus.BAD_REQUEST <= _status(error) < http.HTTPStatus.INTERNAL_SERVER_ERROR
        if asked_wrongly and not is_passing(error):
            return StoreRefused(answered)
        return StorageFailed(answered, retry_after_s=asked_pause_s(error))
    if isinstance(error, HTTPError | ConnectionError | TimeoutError):
        return StoreUnreachable(
            f"{what}: the object store at {endpoint} does not answer; start it with `reelbus stack start`, "
            "or set REELBUS_S3_ENDPOINT."
        )
    reason = error.strerror if isinstance(error, OSError) and error.strerror else type(error).__name__
    return StorageFailed(f"{what}: {reason}.")


def _distrust(error: BaseException) -> str | None:
    """Return why a certificate was not trusted, or None when that was not the fault."""
    causes = [error, error.__cause__, error.__context__, *error.args]
    return next((c.verify_message for c in causes if isinstance(c, ssl.SSLCertVerificationError)), None)


def _status(error: BaseException) -> int:
    if isinstance(error, S3Error):
        return int(error.response.status)
    return int(getattr(error, "status_code", 0) or getattr(error, "_code", 0) or 0)
