"""Which keys requests are signed with: fixed ones, or such as are fetched and exchanged before they end."""

from __future__ import annotations

import configparser
import os
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from xml.etree.ElementTree import ParseError

import urllib3
from minio.credentials.credentials import Credentials
from minio.credentials.providers import (
    AWSConfigProvider,
    EnvAWSProvider,
    Provider,
    StaticProvider,
    WebIdentityProvider,
)

from runtime.errors import StoreUnreachable
from runtime.settings import Settings
from runtime.telemetry import get_logger

_log = get_logger("storage.credentials")

_KEPT_WITHOUT_END_S = 10.0
"""Keys of a file that names no end are read again after this: somebody may have exchanged them."""
_EXCHANGED_BEFORE_S = 300.0
_EXCHANGED_AT = 0.8
"""Keys are exchanged after this part of their life, and five minutes before their end at the latest."""
_FAILURES = (
    ValueError, KeyError, OSError, configparser.Error, ParseError, urllib3.exceptions.HTTPError,
)  # fmt: skip


class Keys(Provider):
    """The keys of one process; asked for before each request and each signature, from any thread."""

    def __init__(self, fetch: Callable[[], Credentials], where: str) -> None:
        """`fetch` may block for some seconds; `where` says in an error where the keys should come from."""
        self._fetch = fetch
        self._where = where
        self._asking = threading.Lock()
        self._kept: Credentials | None = None
        self._good_until_s = 0.0

    def retrieve(self) -> Credentials:
        """Return keys that are good for a while.

        Raises:
            StoreUnreachable: There are none.
        """
        with self._asking:
            if self._kept is None or time.time() >= self._good_until_s:
                self._kept = self._exchange(self._kept)
            return self._kept

    def forget(self) -> None:
        """Fetch keys anew for the next request: the store says that these have ended."""
        with self._asking:
            self._good_until_s = 0.0

    def _exchange(self, old: Credentials | None) -> Credentials:
        try:
            fresh = self._fetch()
        except _FAILURES as error:
            if old is not None and not old.is_expired():
                # They are good still, and whoever gives new ones may be away for a moment.
                _log.warning("storage.keys_not_exchanged", error=type(error).__name__)
                self._good_until_s = time.time() + _KEPT_WITHOUT_END_S
                return old
            # Not the error's own words: they can hold an address with a token.
            raise StoreUnreachable(
                f"no keys for the object store come from {self._where} ({type(error).__name__}): "
                "check REELBUS_S3_CREDENTIALS."
            ) from None
        self._good_until_s = _good_until_s(fresh, time.time())
        return fresh


def keys_of(settings: Settings, http: urllib3.PoolManager) -> Keys:
    """Return the keys that the settings name; nothing is fetched yet."""
    match settings.s3_credentials:
        case "environment":
            return Keys(EnvAWSProvider().retrieve, "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY")
        case "file":
            return Keys(AWSConfigProvider().retrieve, "the file AWS_SHARED_CREDENTIALS_FILE")
        case "web-identity":
            return Keys(lambda: _by_web_identity(settings, http), "the token in AWS_WEB_IDENTITY_TOKEN_FILE")
    token = settings.s3_session_token
    fixed = StaticProvider(
        settings.s3_access_key,
        settings.s3_secret_key.get_secret_value(),
        token.get_secret_value() if token else None,
    )
    return Keys(fixed.retrieve, "REELBUS_S3_ACCESS_KEY")


def _by_web_identity(settings: Settings, http: urllib3.PoolManager) -> Credentials:
    """Exchange the token of a file for keys (STS AssumeRoleWithWebIdentity), by the variables that AWS names."""
    token = Path(os.environ["AWS_WEB_IDENTITY_TOKEN_FILE"]).read_text("utf-8").strip()
    region = os.environ.get("AWS_REGION") or settings.s3_region
    provider = WebIdentityProvider(
        jwt_provider_func=lambda: {"access_token": token},
        sts_endpoint=os.environ.get("AWS_ENDPOINT_URL_STS") or f"https://sts.{region}.amazonaws.com",
        role_arn=os.environ.get("AWS_ROLE_ARN"),
        role_session_name=os.environ.get("AWS_ROLE_SESSION_NAME") or "reelbus",
        http_client=http,
    )
    return provider.retrieve()


def _good_until_s(keys: Credentials, now_s: float) -> float:
    if keys.expiration is None:
        return now_s + _KEPT_WITHOUT_END_S
    left_s = keys.expiration.replace(tzinfo=UTC).timestamp() - datetime.now(UTC).timestamp()
    return now_s + max(left_s * _EXCHANGED_AT, left_s - _EXCHANGED_BEFORE_S)
