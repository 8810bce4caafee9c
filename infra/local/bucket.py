"""How the bucket comes to be: asked for over the S3 API, so that it works with any server."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from infra.local.failures import ServerFailed
from runtime.errors import StoreUnreachable

_TRIES = 3


def ensure_bucket(
    endpoint: str,
    access_key: str,
    secret_key: str,
    region: str,
    bucket: str,
    *,
    session_token: str | None = None,
    ca_file: Path | None = None,
) -> None:
    """Create `bucket` when it does not exist.

    Raises:
        ServerFailed: the server refused.
        StoreUnreachable: it did not answer.
    """
    import urllib3
    from minio import Minio
    from minio.error import MinioException, S3Error

    url = urlsplit(endpoint)
    pool = urllib3.PoolManager(
        timeout=urllib3.Timeout(connect=2, read=10),
        retries=urllib3.Retry(_TRIES),
        ca_certs=str(ca_file) if ca_file else None,
    )
    client = Minio(
        url.netloc,
        access_key=access_key,
        secret_key=secret_key,
        session_token=session_token,
        secure=url.scheme == "https",
        region=region,
        http_client=pool,
    )
    try:
        if not client.bucket_exists(bucket):
            client.make_bucket(bucket)
    except S3Error as error:
        if error.code not in {"BucketAlreadyOwnedByYou", "BucketAlreadyExists"}:
            raise ServerFailed(
                f"the object store at {endpoint} refused the bucket {bucket}: {error.code}."
            ) from error
    except (MinioException, urllib3.exceptions.HTTPError, OSError) as error:
        if "certificate verify failed" in str(error):
            raise StoreUnreachable(
                f"the store at {endpoint} shows a certificate that is not trusted: set REELBUS_S3_CA_FILE"
            ) from error
        raise StoreUnreachable(
            f"cannot reach the object store at {endpoint}: start it with `reelbus stack start`"
        ) from error
    finally:
        pool.clear()
