"""Which ids and seeds follow from which others: the same request, run and node always get the same ones."""

from __future__ import annotations

import hashlib
import uuid
from json.encoder import encode_basestring_ascii as quoted

DEFAULT_TENANT = "default"
"""Whose a request is that names nobody."""

LONGEST_SOURCE = 255
"""So many characters of a request's source are told: a header may have a megabyte."""

SEED_LIMIT = 2**53
"""Seeds are whole numbers below this: all that a double, and so every JSON reader, keeps exactly."""


def job_id(tenant: str, idempotency_key: str) -> str:
    """The id of the job that a tenant's key names, as a lower-case UUID."""
    return str(uuid.uuid5(uuid.uuid5(uuid.NAMESPACE_URL, "reelbus:" + tenant), idempotency_key))


def event_id(event_type: str, job: str, run: int, *parts: str | int) -> str:
    """The `ce_id` of a fact: equal facts have equal ids, so that a reader can drop repeats.

    `parts` say what else tells facts of one type apart: a node and a role, a sequence number.
    """
    return _uuid("event", event_type, job, run, *parts)


def terminal_event_id(job: str, run: int) -> str:
    """The one `ce_id` of the end of a run, whether it succeeded, failed or was cancelled."""
    return _uuid("end", job, run)


def rejected_event_id(request_id: str, mark: str = "") -> str:
    """The `ce_id` of the rejection of a request; without a `mark` that of one which an older version took in."""
    return _uuid("rejected", request_id, mark) if mark else _uuid("rejected", request_id)


def request_mark(source: str, request_id: str, kind: str, tenant: str | None, content: bytes) -> str:
    """What tells a request from every other: only who sends it again, unchanged, has the same one.

    An id is unique with its source alone (CloudEvents 1.0, section 3.1). `tenant` is that of the topic, if it has
    one; `content` are the bytes of the record.
    """
    return _uuid("request", source, request_id, kind, tenant or "", hashlib.sha256(content).hexdigest())


def told_source(source: str) -> str:
    """A source as it is told and compared: as it is, but for one that nobody would read, which is cut."""
    if len(source) <= LONGEST_SOURCE:
        return source
    digest = hashlib.sha256(source.encode("utf-8", "surrogatepass")).hexdigest()
    return f"{source[: LONGEST_SOURCE - len(digest) - 1]}#{digest}"


def task_id(job: str, run: int, node_id: str, attempt: int) -> str:
    """The id of one attempt at one node."""
    return _uuid("task", job, run, node_id, attempt)


def default_seed(job: str) -> int:
    """The seed of a job that was given none, 0 to 2^53 - 1."""
    return _seed("job", job)


def node_seed(job_seed: int, node_name: str) -> int:
    """The seed of a node, from its job's seed and its name, 0 to 2^53 - 1."""
    return _seed("node", job_seed, node_name)


def _uuid(*parts: str | int) -> str:
    """`uuid.uuid5` by hand: a coordinator makes some twenty ids for each job of five tasks."""
    digest = bytearray(
        hashlib.sha1(_NAMESPACE + _spelled(parts).encode(), usedforsecurity=False).digest()[:16]
    )
    digest[6] = digest[6] & 0x0F | 0x50
    digest[8] = digest[8] & 0x3F | 0x80
    text = digest.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def _seed(*parts: str | int) -> int:
    digest = hashlib.sha256(_spelled(parts).encode()).digest()
    return int.from_bytes(digest[:8], "big") % SEED_LIMIT


def _spelled(parts: tuple[str | int, ...]) -> str:
    # JSON keeps ("a", "b/c") and ("a/b", "c") apart, which joining them would not.
    return "[" + ",".join([quoted(part) if isinstance(part, str) else str(part) for part in parts]) + "]"


_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "reelbus").bytes
