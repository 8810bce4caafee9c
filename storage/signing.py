"""How a person without keys may read or write one object for a while: signed addresses."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import quote, urlencode, urlsplit

from minio import signer
from minio.credentials.credentials import Credentials
from minio.helpers import sha256_hash

_LONGEST_S = 7 * 24 * 3600


@dataclass(frozen=True)
class SignedPut:
    """An address that takes one upload; the client must send exactly these headers."""

    url: str
    headers: Mapping[str, str]


@dataclass(frozen=True)
class Signer:
    """Signs addresses of one bucket, with the keys of the moment; an address is good no longer than they are."""

    endpoint: str
    bucket: str
    region: str
    keys: Callable[[], Credentials]
    clock: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))

    def get_url(self, key: str, expires_s: int, download_name: str | None) -> str:
        """Return an address that anyone may read until it expires."""
        query = {}
        if download_name is not None:
            query["response-content-disposition"] = (
                f"attachment; filename*=UTF-8''{quote(download_name, safe='')}"
            )
        return self._sign("GET", key, expires_s, query, {})

    def put(self, key: str, media_type: str, size_bytes: int, sha256: str, expires_s: int) -> SignedPut:
        """Return an address that takes exactly this type, size and digest until it expires."""
        headers = {
            "content-length": str(size_bytes),
            "content-type": media_type,
            "x-amz-checksum-sha256": base64.b64encode(bytes.fromhex(sha256)).decode(),
        }
        return SignedPut(url=self._sign("PUT", key, expires_s, {}, headers), headers=headers)

    def _sign(
        self,
        method: str,
        key: str,
        expires_s: int,
        query: Mapping[str, str],
        headers: Mapping[str, str],
    ) -> str:
        """Sign as AWS Signature Version 4 in the query string.

        The SDK's own function signs the host alone, so that an upload could have any type and size.
        Format: https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
        """
        now = self.clock()
        scope = f"{now:%Y%m%d}/{self.region}/s3/aws4_request"
        place = urlsplit(self.endpoint)
        signed = {"host": place.netloc, **headers}
        names = ";".join(sorted(signed))
        keys = self.keys()
        parameters = {
            **query,
            "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
            "X-Amz-Credential": f"{keys.access_key}/{scope}",
            "X-Amz-Date": f"{now:%Y%m%dT%H%M%SZ}",
            "X-Amz-Expires": str(min(max(expires_s, 1), _LONGEST_S)),
            "X-Amz-SignedHeaders": names,
            **({"X-Amz-Security-Token": keys.session_token} if keys.session_token else {}),
        }
        text = urlencode(sorted(parameters.items()), quote_via=quote, safe="-_.~")
        path = f"/{self.bucket}/{quote(key, safe='/-_.~')}"
        lines = "".join(f"{name}:{' '.join(signed[name].split())}\n" for name in sorted(signed))
        request = f"{method}\n{path}\n{text}\n{lines}\n{names}\nUNSIGNED-PAYLOAD"
        to_sign = f"AWS4-HMAC-SHA256\n{now:%Y%m%dT%H%M%SZ}\n{scope}\n{sha256_hash(request)}"
        key_of_day = signer._get_signing_key(keys.secret_key, now, self.region, "s3")
        signature = signer._get_signature(key_of_day, to_sign)
        return f"{self.endpoint}{path}?{text}&X-Amz-Signature={signature}"
