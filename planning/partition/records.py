"""How the state of jobs lies in records of `media.state`: small, checked, and only what changed is written again."""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import msgspec

from planning.job.lifecycle import CALLED_FOR
from planning.job.state import NOT_BEGUN, STATE_VERSION, Degradation, Job, JobStatus, Node, due_ms
from planning.partition.deflate_dictionary import WORDS
from schemas.sizes import BUDGETS

NEXT_OFFSET = "offset"
"""Key of the record that says which log offset is read next; job ids and this never meet."""
REFUSED, OBEYED = "rejected/", "obeyed/"
"""Before the ids of requests that were refused, or that changed many jobs: their repeats change nothing."""

PARTED_ABOVE_NODES = 16
"""A larger job is one record for each node: its thousand results must not write a thousand nodes each."""

PARTED_ABOVE_BYTES = BUDGETS["state"] // 4
"""So is one with fewer nodes that would be a large record: its nodes may have long texts."""

RETENTION_MS = 30 * 24 * 3600 * 1000
"""What has ended is known for as long as the topics keep its events, in milliseconds."""

_FORMAT = 2
_JOB_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_HEADER = struct.Struct(">BIBQI")
"""Format, check sum of all that follows, flags, time, tenant."""
_SUMMED_FROM = _FLAGS_AT = 5
_OPEN, _HEAD, _CALLS = 1, 2, 4
"""The last one since version 3: a restore finds by it which of a million jobs have work for the placement."""


class StateUnreadable(ValueError):
    """Records of the state are damaged or missing: what they said must be folded from the log again."""


class StateIsNewer(ValueError):
    """A newer version wrote this state: only that version may go on with it."""


class RecordHeader(NamedTuple):
    """What can be told of a record without opening it; `due_ms` is its next timer, or when it may be forgotten."""

    is_head: bool
    open: bool
    due_ms: int
    tenant: int
    calls: bool = False
    """Whether it has nodes that are ready or at work; not known of what versions before 3 wrote."""


class _Frame(msgspec.Struct, omit_defaults=True, kw_only=True):
    """What a run of a large job begins with, and the names of its nodes: it changes when the graph grows."""

    request_id: str
    idempotency_key: str
    tenant: str
    kind: str
    request: dict[str, Any] = msgspec.field(name="wish")
    request_digest: str = msgspec.field(name="wish_digest")
    lane: str
    quality: str
    on_failure: str
    seed: int
    engines: dict[str, str]
    outputs: list[str]
    accepted_ms: int
    labels: dict[str, str]
    inputs: dict[str, dict[str, Any]]
    fresh: list[str]
    deadline_ms: int
    allowed_ms: int
    traceparent: str | None
    source: str = ""
    sources: list[str] = []
    fallbacks: dict[str, list[str]] = {}
    names: list[str]


class _Head(msgspec.Struct, omit_defaults=True, tag_field="parted", tag=1):
    """What moves with every event of a large job, but for its nodes."""

    job_id: str
    version: int
    run: int
    status: JobStatus
    grown: list[str]
    ended_ms: int
    obeyed: list[str]
    applied: int
    seq: int
    job_fraction: float
    stage: str
    plan_version: int = 1


class _Whole(msgspec.Struct):
    """Enough of a record to see which kind it is."""

    split: int = msgspec.field(name="parted", default=0)
    version: int = 1


class _JobOfVersion1(Job):
    """In version 1 the job knew what its nodes lacked."""

    degraded: list[_DegradationOfVersion1] = msgspec.field(default_factory=list)


class _DegradationOfVersion1(Degradation):
    node_id: str = ""


_encode = msgspec.json.Encoder().encode
_look = msgspec.json.Decoder(_Whole).decode
_job = msgspec.json.Decoder(Job).decode
_job_of_version_1 = msgspec.json.Decoder(_JobOfVersion1).decode
_head = msgspec.json.Decoder(_Head).decode
_frame = msgspec.json.Decoder(_Frame).decode
_node = msgspec.json.Decoder(Node).decode


def is_job(key: str) -> bool:
    """Whether a key is that of a job's first record."""
    return "/" not in key and key != NEXT_OFFSET


def job_of(key: str) -> str | None:
    """Return the job that a record belongs to, or None for one that belongs to no job."""
    if key == NEXT_OFFSET or key.startswith((REFUSED, OBEYED)):
        return None
    return key.partition("/")[0]


def is_ours(key: str) -> bool:
    """Whether a record with this key can be one of ours."""
    job_id = job_of(key)
    return job_id is None or _JOB_ID.fullmatch(job_id) is not None


def parts_of(job: Job) -> dict[str, bytes]:
    """Return the contents of a job's records, by key; equal jobs give equal bytes."""
    if len(job.nodes) <= PARTED_ABOVE_NODES:
        whole = _encode(job)
        if len(whole) <= PARTED_ABOVE_BYTES:
            return {job.job_id: whole}
    frame = _frame_of(job)
    head = _Head(**{name: getattr(job, name) for name in _Head.__struct_fields__})
    parts = {job.job_id: _encode(head), f"{job.job_id}/": _encode(frame)}
    parts |= {f"{job.job_id}/{name}": _encode(node) for name, node in job.nodes.items()}
    return parts


def too_large(job: Job, nodes: Iterable[Node]) -> bool:
    """Whether what has just been added to a job is too large for its records."""
    nodes = list(nodes)
    if not nodes:
        return False
    most = max(len(_encode(node)) for node in nodes)
    if len(nodes) == len(job.nodes):  # it begins, and its frame is new as well
        most = max(most, len(_encode(_frame_of(job))))
    return most > BUDGETS["state"]


def packed(job: Job, parts: Mapping[str, bytes], keys: Iterable[str]) -> dict[str, bytes]:
    """Return the records of some of a job's parts."""
    due = _wakes_ms(job)
    return {
        key: pack(
            parts[key],
            due_ms=due if key == job.job_id else 0,
            flags=_flags_of(job) if key == job.job_id else 0,
            tenant=job.tenant if key == job.job_id else "",
        )
        for key in keys
    }


def load(job_id: str, entries: Mapping[str, bytes]) -> tuple[Job, dict[str, bytes]] | None:
    """Return a job and the contents of its records, or None when there is no such job.

    Raises:
        StateUnreadable: a record is damaged or missing.
        StateIsNewer: a newer version wrote it.
    """
    value = entries.get(job_id)
    if value is None:
        return None
    first = unpack(value)
    try:
        kind = _look(first)
        if kind.version > STATE_VERSION:
            raise StateIsNewer(f"{job_id} is of version {kind.version}, and this one knows {STATE_VERSION}")
        if not kind.split:
            return (_of_version_1(first) if kind.version == 1 else _job(first)), {job_id: first}
        head, parts = _head(first), {job_id: first, f"{job_id}/": _content(f"{job_id}/", entries)}
        frame = _frame(parts[f"{job_id}/"])
        parts |= {f"{job_id}/{name}": _content(f"{job_id}/{name}", entries) for name in frame.names}
        nodes = {name: _node(parts[f"{job_id}/{name}"]) for name in frame.names}
    except (msgspec.DecodeError, KeyError) as error:
        raise StateUnreadable(f"the state of {job_id} cannot be read: {type(error).__name__}") from error
    fields = {name: getattr(frame, name) for name in _Frame.__struct_fields__[:-1]}
    fields |= {name: getattr(head, name) for name in _Head.__struct_fields__}
    fields["job_fraction"] = head.job_fraction or NOT_BEGUN  # as it would be if it had never been in parts
    return Job(nodes=nodes, **fields), parts


def read_job(job_id: str, entries: Mapping[str, bytes]) -> Job | None:
    """Return a job, or None when there is no such job.

    Raises:
        StateUnreadable: a record is damaged or missing.
        StateIsNewer: a newer version wrote it.
    """
    found = load(job_id, entries)
    return found[0] if found is not None else None


def pack(content: bytes, *, due_ms: int = 0, flags: int = 0, tenant: str = "") -> bytes:
    """Return a record: a header that can be read alone, and the content, deflated with our own dictionary."""
    deflate = zlib.compressobj(1, zlib.DEFLATED, -15, 8, zlib.Z_DEFAULT_STRATEGY, WORDS)
    body = deflate.compress(content) + deflate.flush()
    body = struct.pack(">BQI", flags, due_ms, tenant_mark(tenant) if tenant else 0) + body
    return struct.pack(">BI", _FORMAT, zlib.crc32(body, _FORMAT)) + body


def unpack(value: bytes) -> bytes:
    """Return the content of a record of any version.

    Raises:
        StateUnreadable: it is damaged.
        StateIsNewer: a newer version wrote it.
    """
    if value[:1] == b"{":
        return value  # version 1 wrote plain JSON
    _verify(value)
    try:
        return zlib.decompressobj(-15, WORDS).decompress(value[_HEADER.size :])
    except zlib.error as error:
        raise StateUnreadable("a record cannot be inflated") from error


def header_of(value: bytes) -> RecordHeader:
    """Return what a record that was checked says of itself; those of version 1 have to be opened for it."""
    if value == b"{}":
        return RecordHeader(
            is_head=False, open=False, due_ms=0, tenant=0
        )  # version 1 noted a refused request so
    if value[:1] == b"{":
        job = _of_version_1(value)
        return RecordHeader(
            is_head=True, open=job.open, due_ms=_wakes_ms(job), tenant=tenant_mark(job.tenant)
        )
    _, _, flags, due, tenant = _HEADER.unpack_from(value)
    return RecordHeader(bool(flags & _HEAD), bool(flags & _OPEN), due, tenant, bool(flags & _CALLS))


def calls(value: bytes) -> bool:
    """Return the `calls` of a record's header: all that a look for it over a million of them needs."""
    return value[:1] != b"{" and value[_FLAGS_AT] & _CALLS != 0


def waits_of(value: bytes) -> tuple[bool, int]:
    """Return `open` and `due_ms` of a record's mark: all that a look over a million of them needs."""
    if value[:1] == b"{":
        mark = header_of(value)
        return mark.open, mark.due_ms
    _, _, flags, due_ms, _ = _HEADER.unpack_from(value)
    return flags & _OPEN != 0, due_ms


def check(key: str, value: bytes) -> None:
    """Look whether a record can be what its key says.

    Raises:
        StateUnreadable: it is damaged, or not ours.
        StateIsNewer: a newer version wrote it.
    """
    if value[:1] == b"{":
        is_head = header_of(value).is_head
    else:
        _verify(value)
        is_head = bool(value[_FLAGS_AT] & _HEAD)
    if is_head != is_job(key):
        raise StateUnreadable(f"the record of {key} is something else")


def tenant_mark(tenant: str) -> int:
    """Return what stands for a tenant in the header of a job's record."""
    return zlib.crc32(tenant.encode())


class Checkpoint(NamedTuple):
    """How far a state has come: the log offset that is read next, and how many other records there are by then.

    The count is what tells that a state has lost records without a trace; None where nobody counted.
    """

    next_offset: int
    entries: int | None = None


def pack_offset(checkpoint: Checkpoint) -> bytes:
    """Return the record that says how far its state has come."""
    counted = b"" if checkpoint.entries is None else b',"entries":%d' % checkpoint.entries
    return pack(b'{"next_offset":%d%b}' % (checkpoint.next_offset, counted))


def unpack_offset(value: bytes) -> Checkpoint:
    """Return how far the state has come.

    Raises:
        StateUnreadable: it is damaged.
        StateIsNewer: a newer version wrote it.
    """
    try:
        found = msgspec.json.decode(unpack(value), type=dict[str, int])
        checkpoint = Checkpoint(found["next_offset"], found.get("entries"))
    except (msgspec.DecodeError, KeyError) as error:
        raise StateUnreadable("the offset cannot be read") from error
    if checkpoint.next_offset < 0:
        raise StateUnreadable("the offset cannot be negative")
    return checkpoint


def pack_note(at_ms: int) -> bytes:
    """Return the record of a request that was answered at this time."""
    return pack(b"{}", due_ms=at_ms + RETENTION_MS)


def _flags_of(job: Job) -> int:
    if not job.open:
        return _HEAD
    called_for = any(node.status in CALLED_FOR for node in job.nodes.values())
    return _HEAD | _OPEN | (_CALLS if called_for else 0)


def _wakes_ms(job: Job) -> int:
    """Return when an open job next needs a timer, or when an ended one may be forgotten; 0 is never."""
    return (due_ms(job) or 0) if job.open else job.ended_ms + RETENTION_MS


def _verify(value: bytes) -> None:
    if len(value) < _HEADER.size:
        raise StateUnreadable("a record is too short")
    version, crc, *_ = _HEADER.unpack_from(value)
    if crc != zlib.crc32(value[_SUMMED_FROM:], version):
        raise StateUnreadable("a record does not have its check sum")
    if version > _FORMAT:
        raise StateIsNewer(f"a record is of format {version}, and this version knows {_FORMAT}")


def _frame_of(job: Job) -> _Frame:
    return _Frame(
        names=list(job.nodes), **{name: getattr(job, name) for name in _Frame.__struct_fields__[:-1]}
    )


def _content(key: str, entries: Mapping[str, bytes]) -> bytes:
    return unpack(entries[key])


def _of_version_1(content: bytes) -> Job:
    try:
        old = _job_of_version_1(content)
    except msgspec.DecodeError as error:
        raise StateUnreadable("a record of version 1 cannot be read") from error
    job = Job(**{name: getattr(old, name) for name in Job.__struct_fields__})
    for lack in old.degraded:
        if lack.node_id in job.nodes:
            job.nodes[lack.node_id].degraded.append(Degradation(lack.code, lack.message))
    return job
