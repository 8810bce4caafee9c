"""Whether a whole system works over SASL_SSL with each role on a principal of its own, and none may do more."""

from __future__ import annotations

import asyncio
import json
import re
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from bus.admin import apply
from bus.publisher import Publisher
from bus.security import AccessDenied
from bus.tail import Tail
from schemas.rights import Right, rights_of
from schemas.topics import TopicSpec
from tests.guarded import GuardedBroker
from tests.system.system import TERMINAL, System, cli, job_id_of, running

pytestmark = [pytest.mark.stack, pytest.mark.slow, pytest.mark.timeout(900)]

PROCESSES = ("intake", "coordinator", "text", "image", "video", "audio", "composer")
TENANT_TOPIC = TopicSpec("requests.acme", "media.requests.acme", "any", 1, 1, "of a tenant")
FILM = {
    "kind": "film",
    "brief": "A kite over the hills.",
    "duration_s": 5,
    "resolution": "360p",
    "fps": 12,
}
LONG = FILM | {"duration_s": 60, "deadline_s": 12}
"""A film that takes longer than it may, so that a timer fires."""
NOT_USED = {
    (role, "Write", "media.dlq")
    for role in PROCESSES
    if role != "intake"  # nothing that they read is poison
} | {
    ("text", "Write", "media.progress"),  # a draft story is often written before there is progress to tell
    ("intake", "Read", "media.requests."),  # no tenant has a topic here when intake starts
    ("coordinator", "Read", "media.requests"),  # nothing waits for long
    ("coordinator", "Write", "media.deferred"),  # no engine here gives its work to a stranger
    ("coordinator", "Read", "media.tasks."),
    ("coordinator", "Alter", "media.tasks."),  # no lane has more workers than partitions here
}
FORBIDDEN = {
    "intake": "media.state",
    "coordinator": "media.requests",
    "text": "media.jobs",
    "image": "media.tasks.image.interactive",
    "video": "media.state",
    "audio": "media.requests",
    "composer": "media.assets",
    "gateway": "media.log",
    "requester": "media.log",
    "requester-acme": "media.requests",
    "reader": "media.requests",
}


@dataclass(frozen=True)
class Ran:
    """What was made and told, and what the authorizer said meanwhile."""

    system: System
    told: dict[str, dict[str, Any]]
    log: str


@pytest.fixture(scope="module")
def ran(guarded: GuardedBroker) -> Iterator[Ran]:
    """A system that made a film, cancelled one, gave up a late one, refused poison and folded its state again."""
    env = guarded.environment()
    home = guarded.stack.home.root
    cli(home, "topics", "apply", env=env)
    asyncio.run(apply(guarded.as_("operator"), [TENANT_TOPIC]))
    cli(home, "acls", "apply", "--json", env=env)
    cli(home, "acls", "apply", "--tenant", "acme", env=env)
    with running("rights", "--workers", "video=1", env=env) as system:
        told = asyncio.run(_make(guarded))
        system.cli("rebuild")
        yield Ran(system, told, guarded.log)


async def _make(guarded: GuardedBroker) -> dict[str, dict[str, Any]]:
    film, cancelled, late = (f"rights-{uuid.uuid4().hex}" for _ in range(3))
    jobs = {job_id_of(film): "film", job_id_of(cancelled): "cancelled", job_id_of(late): "late"}
    told: dict[str, dict[str, Any]] = {}
    deadline = time.monotonic() + 400.0
    async with (
        Tail(guarded.as_("reader"), ["media.jobs"], start="beginning") as tail,
        Publisher(guarded.as_("requester")) as publisher,
    ):
        await publisher.publish_record("media.requests", None, b"poison", [])
        for key in (film, cancelled):
            await _ask(publisher, "media.job.requested.v1", {**FILM, "idempotency_key": key})
        await _ask(publisher, "media.job.requested.v1", {**LONG, "idempotency_key": late})
        cancel_sent = False
        while len(told) < len(jobs):
            assert time.monotonic() < deadline, f"told {told}"
            for record in await tail.poll():
                data = json.loads(record.value)
                name, kind = jobs.get(data.get("job_id", "")), dict(record.headers)["ce_type"].decode()
                if name and kind in TERMINAL:
                    told[name] = {"type": kind, **data}
            if not cancel_sent:
                cancel_sent = True
                data = {"job_id": job_id_of(cancelled), "reason": "not wanted"}
                await _ask(publisher, "media.job.cancel-requested.v1", data)
    return told


async def _ask(publisher: Publisher, kind: str, data: dict[str, Any]) -> None:
    await publisher.publish("media.requests", "key", kind, json.dumps(data).encode(), id=uuid.uuid4().hex)


def test_a_film_is_made_by_processes_that_each_have_their_own_principal(ran: Ran) -> None:
    assert ran.told["film"]["type"] == "media.job.succeeded.v1"
    assert ran.told["film"]["outputs"]["film"]["media_type"] == "video/mp4"


def test_every_process_signs_in_under_its_own_name(ran: Ran) -> None:
    assert {user for user, *_ in _judged(ran.log, "Allowed")} >= {*PROCESSES, "requester", "reader"}


def test_no_role_lacks_a_right(ran: Ran) -> None:
    assert [said for said in _judged(ran.log, "Denied") if said[0] in PROCESSES] == []


@pytest.mark.parametrize("role", PROCESSES)
def test_every_right_of_a_process_is_one_that_it_uses(ran: Ran, role: str) -> None:
    used = [said for said in _judged(ran.log, "Allowed") if said[0] == role]
    idle = {right for right in rights_of(role) if not any(_is_of(right, said) for said in used)}
    assert {(role, right.operation, right.name) for right in idle} <= NOT_USED


@pytest.mark.parametrize(("role", "topic"), FORBIDDEN.items())
async def test_a_role_cannot_write_what_another_writes(
    ran: Ran, guarded: GuardedBroker, role: str, topic: str
) -> None:
    async def forge() -> None:
        async with Publisher(guarded.as_(role)) as publisher:
            await publisher.publish_record(topic, b"key", b"forged", [])

    # One that may write to no topic is already refused a producer.
    with pytest.raises(
        AccessDenied, match=rf"Kafka refuses {role} (the topic {re.escape(topic)}|this operation)"
    ):
        await forge()


async def test_a_requester_of_a_tenant_is_bound_to_its_own_topic(ran: Ran, guarded: GuardedBroker) -> None:
    async with Publisher(guarded.as_("requester-acme")) as publisher:
        place = await publisher.publish_record("media.requests.acme", b"key", b"{}", [])
        assert place.topic == "media.requests.acme"


def test_a_command_without_the_right_ends_with_one_sentence(ran: Ran) -> None:
    done = cli(ran.system.home, "jobs", check=False, env={**ran.system.env, "REELBUS_ROLE": "stranger"})
    assert done.returncode == 3
    assert done.stderr.startswith("reelbus: Kafka refuses stranger the topic media.")
    assert "Traceback" not in done.stderr


def test_applying_rights_twice_adds_nothing(ran: Ran) -> None:
    again = ran.system.cli("acls", "apply", "--json")
    assert json.loads(again.stdout) == []


def test_who_has_no_right_to_give_rights_is_told_so(ran: Ran) -> None:
    done = cli(
        ran.system.home, "acls", "apply", check=False, env={**ran.system.env, "REELBUS_ROLE": "requester"}
    )
    assert (done.returncode, "Traceback" in done.stderr) == (3, False)
    assert "Kafka refuses requester" in done.stderr


def test_no_password_stands_in_any_log(ran: Ran, guarded: GuardedBroker) -> None:
    logs = [path.read_text("utf-8", "replace") for path in (ran.system.home / "logs").glob("*.log")]
    assert logs
    assert not [secret for secret in guarded.passwords.values() if any(secret in log for log in logs)]


_SAID = re.compile(
    r"Principal = User:(\S+) is (Allowed|Denied) operation = (\w+) .* on resource = (\w+):\w+:(\S+) "
)


def _judged(log: str, verdict: str) -> set[tuple[str, str, str, str]]:
    """What the authorizer said: principal, operation, resource type, name."""
    found = _SAID.findall(log)
    return {(user, operation, kind, name) for user, said, operation, kind, name in found if said == verdict}


def _is_of(right: Right, said: tuple[str, str, str, str]) -> bool:
    _, operation, kind, name = said
    return (
        operation.capitalize() == right.operation
        and kind.lower() == right.resource.replace(" ", "")
        and (name.startswith(right.name) if right.prefixed else name == right.name)
    )
