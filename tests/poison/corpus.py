"""Which records nobody should ever send: a seeded corpus of mutants of real records, for every topic."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Any

Headers = tuple[tuple[str, bytes | None], ...]


@dataclass(frozen=True, slots=True)
class Sample:
    """One record: a real one, or a mutant, with what was done to it."""

    topic: str
    partition: int | None
    key: bytes | None
    value: bytes | None
    headers: Headers
    how: str = ""


Mutation = Callable[[Random, Sample], Sample]

BIG_BYTES = 1_000_000
EXTREMES: tuple[tuple[str, bytes | None], ...] = (
    ("tombstone", None),
    ("no bytes", b""),
    ("blanks", b" \n\t"),
    ("a megabyte of a", b"a" * BIG_BYTES),
    ("a megabyte of text", b'{"brief": "' + b"a" * (BIG_BYTES - 13) + b'"}'),
    ("deep lists", b"[" * 10_000 + b"]" * 10_000),
    ("deep objects", b'{"a":' * 10_000 + b"1" + b"}" * 10_000),
    ("deep, never closed", b'{"a":[' * 5_000),
    ("64 levels", b'{"a":' + b"[" * 63 + b"]" * 63 + b"}"),
    ("a name twice", b'{"kind": "task", "kind": "film"}'),
    ("a name twice, escaped", b'{"kind": "task", "\\u006bind": "film"}'),
    ("a lone surrogate", b'{"kind": "task", "tenant": "\\ud800"}'),
    ("a surrogate as a name", b'{"\\udfff": 1}'),
    ("surrogates in UTF-8", b'{"a": "\xed\xa0\x80"}'),
    ("NaN", b'{"kind": "film", "duration_s": NaN}'),
    ("minus infinity", b'{"kind": "film", "seed": -Infinity}'),
    ("a number beyond a double", b'{"seed": 1e999}'),
    ("a huge integer", b'{"seed": ' + b"9" * 100_000 + b"}"),
    ("an integer of 300 digits", b'{"seed": ' + b"9" * 300 + b"}"),
    ("minus zero", b'{"kind": "film", "brief": "a", "seed": -0}'),
    ("a byte order mark", b'\xef\xbb\xbf{"kind": "film"}'),
    ("UTF-16", '{"kind": "film"}'.encode("utf-16")),
    ("Latin-1", '{"brief": "é"}'.encode("latin-1")),
    ("overlong UTF-8", b'{"a": "\xc0\xaf"}'),
    ("a null byte", b'{"brief": "a\x00b"}'),
    ("an escaped null", b'{"kind": "film", "brief": "a\\u0000b"}'),
    ("a list", b"[1, 2]"),
    ("a string", b'"film"'),
    ("null", b"null"),
    ("true", b"true"),
    ("two objects", b"{} {}"),
    ("many names", json.dumps({str(n): n for n in range(20_000)}).encode()),
    ("many quotes", b'{"a": "' + b'\\"' * 200_000 + b'"}'),
    ("many brackets in text", b'{"a": "' + b"[{" * 200_000 + b'"}'),
    ("an empty object", b"{}"),
)

_LEAVES: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 1, 2**31, 2**53, -(2**63), 10**300, 0.5, -0.0, 1e308, 5e-324),
    *("", " ", "30", "true", "null", "\x00", "\u202e", "../../etc/passwd", "$from", "-1", "a" * 300),
    *("{{7*7}}", "'; DROP TABLE jobs; --", "%s%n", "ÿ" * 64, "\U0001f98a" * 40, "offset", "rejected/x"),
    *([], {}, [[]], [None], {"$from": "x"}, {"a": {"b": []}}, ["a"] * 1001, {"": ""}),
)

_HEADER_VALUES: tuple[bytes | None, ...] = (
    *(None, b"", b"\xff\xfe", b"0", b"1.1", b"media.of.tomorrow.v9", b"\x00", b"a" * 5_000, b" "),
    *(b"internal.job.accepted.v1", b"media.task.ordered.v1", b"media.job.cancel-requested.v1"),
)
_HEADER_NAMES = ("ce_specversion", "ce_id", "ce_source", "ce_type", "ce_time", "ce_subject", "traceparent")
_CONTENT_TYPES = (
    *(b"application/cloudevents+json", b"application/cloudevents-batch+json", b"text/plain", b"\xff"),
    *(b"application/cloudevents+json; charset=UTF-16", b"application/avro", b""),
)


def flip(draw: Random, sample: Sample) -> Sample:
    """Change a few bytes."""
    value = bytearray(sample.value or b"")
    for _ in range(draw.randint(1, 8)):
        if value:
            value[draw.randrange(len(value))] = draw.randrange(256)
    return replace(sample, value=bytes(value))


def cut(draw: Random, sample: Sample) -> Sample:
    """Lose the end, the beginning or the middle."""
    value = sample.value or b""
    at, to = sorted((draw.randint(0, len(value)), draw.randint(0, len(value))))
    return replace(sample, value=draw.choice((value[:at], value[at:], value[:at] + value[to:])))


def repeat(draw: Random, sample: Sample) -> Sample:
    """Say a piece twice."""
    value = sample.value or b""
    at, to = sorted((draw.randint(0, len(value)), draw.randint(0, len(value))))
    return replace(sample, value=value[:to] + value[at:])


def extreme(draw: Random, sample: Sample) -> Sample:
    """Say something else altogether; the large ones are rare, because they are slow to send."""
    how, value = draw.choice(EXTREMES)
    if value is not None and len(value) > 100_000 and draw.random() < 0.9:
        how, value = "an empty object", b"{}"
    return replace(sample, value=value, how=how)


def leaf(draw: Random, sample: Sample) -> Sample:
    """Change, drop, add or rename one value anywhere in the JSON."""
    try:
        document = json.loads(sample.value or b"")
    except (ValueError, RecursionError):
        return flip(draw, sample)
    if not isinstance(document, dict):
        return flip(draw, sample)
    place: Any = document
    while True:
        names = list(place) if isinstance(place, dict) else list(range(len(place)))
        if not names:
            break
        name = draw.choice(names)
        if isinstance(place[name], dict | list) and place[name] and draw.random() < 0.7:
            place = place[name]
            continue
        _change(draw, place, name)
        break
    return replace(sample, value=json.dumps(document).encode())


def _change(draw: Random, place: Any, name: Any) -> None:
    match draw.randrange(4):
        case 0:
            del place[name]
        case 1 if isinstance(place, dict):
            place[f"{name}_"] = place.pop(name)
        case 2 if isinstance(place, dict):
            place[draw.choice(("surprise", "", "$from", "job_id", "run"))] = draw.choice(_LEAVES)
        case _:
            old = place[name]
            near = [str(old)] if isinstance(old, int | float) else [old, [old]]
            if isinstance(old, int) and not isinstance(old, bool):
                near += [-old, old + 1, old + 1000, float(old)]
            place[name] = draw.choice((*_LEAVES, *near))


def number(draw: Random, sample: Sample) -> Sample:
    """Turn up runs, attempts and offsets that never were, in jobs that there are."""
    try:
        document = json.loads(sample.value or b"")
    except (ValueError, RecursionError):
        return sample
    known = ("run", "attempt", "seq", "lease_s", "due_ms", "fraction")
    names = [name for name in known if name in document] if isinstance(document, dict) else []
    if not names:
        return leaf(draw, sample)
    document[draw.choice(names)] = draw.choice((-1, 0, 2, 7, 1_000_000, 2**53, 2**63, 10**30, -0.5, 1e300))
    return replace(sample, value=json.dumps(document).encode())


def header(draw: Random, sample: Sample) -> Sample:
    """Lose, double, empty or spoil a header."""
    name = draw.choice(_HEADER_NAMES)
    others = [h for h in sample.headers if h[0] != name]
    match draw.randrange(5):
        case 0:
            headers = others
        case 1:
            headers = [*sample.headers, (name, draw.choice(_HEADER_VALUES))]
        case 2:
            headers = [*others, (draw.choice((name.upper(), name.title(), f"{name} ", name[3:])), b"x")]
        case 3:
            headers = [*sample.headers, ("x" * draw.choice((1, 2_000)), b"\xff" * 50)] * draw.choice((1, 30))
        case _:
            headers = [*others, (name, draw.choice(_HEADER_VALUES))]
    return replace(sample, headers=tuple(headers))


def content_type(draw: Random, sample: Sample) -> Sample:
    """Say that it is something else."""
    others = [h for h in sample.headers if h[0] != "content-type"]
    return replace(sample, headers=(*others, ("content-type", draw.choice(_CONTENT_TYPES))))


def bare(draw: Random, sample: Sample) -> Sample:
    """Come without an envelope."""
    return replace(sample, headers=())


def key(draw: Random, sample: Sample) -> Sample:
    """Come under another key, or none."""
    keys = (None, b"", b"\xff\xfe", b"offset", b"rejected/x", b"a" * 10_000, (sample.key or b"") + b"x")
    return replace(sample, key=draw.choice(keys))


def partition(draw: Random, sample: Sample) -> Sample:
    """Lie in a partition that is not the key's; every topic has a partition 0."""
    return replace(sample, partition=0)


def again(draw: Random, sample: Sample) -> Sample:
    """Say the same once more."""
    return sample


_OF_BYTES = (flip, cut, repeat, extreme)
_OF_FIELDS = (leaf, number)
_OF_ENVELOPES = (header, content_type, bare)
_OF_PLACES = (key, partition, again)


def mutants(seeds: Mapping[str, Sequence[Sample]], count: int, draw: Random) -> Iterator[Sample]:
    """Yield `count` mutants, spread evenly over the topics; all lanes of orders together count as one.

    Of what looks like the work of another version of ours (whole, but with wrong fields or of an unknown
    type) there is never most: that would rightly open a breaker, and has tests of its own.
    """
    families: dict[str, list[str]] = {}
    for name in sorted(seeds):
        families.setdefault(name.split(".")[0], []).append(name)
    turns = list(families.values())
    kinds = (_OF_BYTES, _OF_BYTES, _OF_FIELDS, _OF_ENVELOPES, _OF_PLACES)
    for turn in range(count):
        seed = draw.choice(seeds[draw.choice(turns[turn % len(turns)])])
        mutation: Mutation = draw.choice(draw.choice(kinds))
        sample = mutation(draw, seed)
        if draw.random() < 0.2:
            mutation = draw.choice(_OF_BYTES + _OF_ENVELOPES)
            sample = mutation(draw, sample)
        yield replace(sample, how=sample.how or mutation.__name__)
