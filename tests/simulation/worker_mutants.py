"""Which mistakes in worker code the simulator must find."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
from aiokafka.structs import TopicPartition

from bus.lanes import LaneReader
from bus.task_consumer import TaskConsumer
from runtime.errors import BusUnreachable, Cancelled, ReelbusError
from storage import result_cache as stored_results
from storage.objects import Blob
from storage.store import Store
from storage.uploads import digest_of, put_whole
from tests.simulation.mutant import Mutant
from worker import ending, leases, perform, result_cache
from worker.consumer import Worker
from worker.events import TaskEvents
from worker.obedience import Obedience
from worker.stops import Stops

_admit, _consider, _hand_back = TaskConsumer._admit, TaskConsumer._consider, TaskConsumer._hand_back
_handle, _concerns = Worker._handle, Stops.concerns
_write_result, _put_file, _grant = Store.write_result, Store.put_file, Store.grant
_poll, _perform = LaneReader.poll, perform.perform
_leave, _look = TaskConsumer.leave, Obedience._look
_free_slots: Any = TaskConsumer.free_slots


# Claims and offsets.
async def _commits_before_it_claims(self: Any, records: Any) -> None:
    await self._reader.commit({TopicPartition(r.topic, r.partition): r.offset + 1 for r in records})
    await _admit(self, records)


async def _lets_a_doubtful_claim_go(self: Any, record: Any, seen: set[str]) -> Any:
    try:
        return await _consider(self, record, seen)
    except BusUnreachable:
        return None


async def _works_without_a_claim(self: Any, event: Any) -> bool:
    return True


async def _takes_more_than_it_has_slots_for(self: Any, most: int) -> Any:
    return await _poll(self, most + 2)


async def _serves_after_the_stop(self: Any) -> None:
    while True:
        if self.free_slots <= 0 and not self._stopping.is_set():
            await self._reader.idle()
        elif records := await self._reader.poll(1):
            await self._admit(records)


# Results.
_under_way: set[Any] = set()


async def _writes_the_result_after_the_event(self: Any, mark: str, body: bytes, replaces: Any) -> bytes:
    asyncio.get_running_loop().call_later(0.3, _begin, _write_result(self, mark, body, replaces))
    return body


async def _uploads_after_the_event(self: Any, path: Any, media_type: str) -> Blob:
    sha256, size_bytes = digest_of(path)
    body = path.read_bytes()
    asyncio.get_running_loop().call_later(0.3, _begin, self.put_bytes(body, media_type))
    return Blob(self.bucket, f"blobs/{sha256[:2]}/{sha256}", sha256, size_bytes)


async def _grants_after_the_event(self: Any, tenant: str, digests: Any) -> None:
    asyncio.get_running_loop().call_later(0.3, _begin, _grant(self, tenant, list(digests)))


def _begin(coroutine: Any) -> None:
    task = asyncio.ensure_future(coroutine)
    _under_way.add(task)
    task.add_done_callback(_under_way.discard)


def _overwrites(connection: Any, key: str, body: bytes, replaces: Any) -> bool:
    put_whole(connection, key, body, {"Content-Type": "application/json"})
    return True


async def _never_looks_a_result_up(mark: str, store: Any) -> None:
    return None


async def _believes_in_its_own_result(self: Any, mark: str, body: bytes, replaces: Any) -> bytes:
    await _write_result(self, mark, body, replaces)
    return body


async def _believes_what_is_gone(mark: str, body: bytes, store: Any) -> result_cache.CachedResult | None:
    try:
        return msgspec.json.decode(body, type=result_cache.CachedResult)
    except msgspec.DecodeError:
        return None


async def _lets_the_useless_stand(self: Any, mark: str, body: bytes, replaces: Any) -> bytes:
    return await _write_result(self, mark, body)


async def _gives_a_result_up_when_the_bus_is_away(self: Any, order: Any, result: Any) -> None:
    try:
        await self._append(order, result)
    except BusUnreachable:
        return


async def _tells_a_failed_upload_as_done(self: Any, path: Any, media_type: str) -> Blob:
    try:
        return await _put_file(self, path, media_type)
    except ReelbusError:
        sha256, size_bytes = digest_of(path)
        return Blob(self.bucket, f"blobs/{sha256[:2]}/{sha256}", sha256, size_bytes)


async def _swallows_failures(order: Any, context: Any, report: Any) -> Any:
    try:
        return await _perform(order, context, report)
    except Cancelled:
        raise
    except ReelbusError as error:
        raise Cancelled(error.message) from error  # "nobody wants it any more" is told to nobody


# Leases, stops, hand-backs.
async def _never_renews(self: Any, *_: Any) -> None:
    return


async def _hands_nothing_back(self: Any) -> None:
    self._release = None
    await _hand_back(self)


async def _forgets_stops(self: Any, event: Any) -> None:
    self._stops = Stops(self._context.worker_id)
    await _handle(self, event)


def _stops_the_winner_too(self: Any, stop: Any, order: Any) -> bool:
    return _concerns(self, stop.model_copy(update={"keep_worker_id": None}), order)


def _stops_every_attempt(self: Any, stop: Any, order: Any) -> bool:
    return _concerns(self, stop.model_copy(update={"attempt": None}), order)


def _stops_every_run(self: Any, stop: Any, order: Any) -> bool:
    return _concerns(self, stop.model_copy(update={"run": order.run}), order)


# Code that does not come back.
async def _waits_for_the_disobedient(self: Any) -> Any:
    await asyncio.Event().wait()


def _leaves_without_a_word(self: Any) -> None:
    self._release = None
    _leave(self)


def _counts_deaf_slots_as_free(self: Any) -> int:
    return int(_free_slots.__get__(self)) + int(self._handle.__self__.obedience.deaf)


def _blames_at_once(self: Any, attempt: Any, passed_s: float) -> bool:
    return _look(self, attempt, passed_s) or attempt.ran_s > 5.0


REAL = True
WORKER_MUTANTS = (
    Mutant(
        "the cached result is written after its event",
        ((Store, "write_result", _writes_the_result_after_the_event),),
        REAL,
    ),
    Mutant(
        "a result is told before its bytes are stored", ((Store, "put_file", _uploads_after_the_event),), REAL
    ),
    Mutant("a result is told before it is granted", ((Store, "grant", _grants_after_the_event),), REAL),
    Mutant("a failed upload is told as done", ((Store, "put_file", _tells_a_failed_upload_as_done),), REAL),
    Mutant(
        "an offset is committed before its claim",
        ((TaskConsumer, "_admit", _commits_before_it_claims),),
        REAL,
    ),
    Mutant(
        "a claim in doubt is not read again", ((TaskConsumer, "_consider", _lets_a_doubtful_claim_go),), REAL
    ),
    Mutant("work begins without a claim", ((Worker, "_claim", _works_without_a_claim),), REAL),
    Mutant(
        "a worker takes more than it has slots for",
        ((LaneReader, "poll", _takes_more_than_it_has_slots_for),),
        REAL,
    ),
    Mutant("a worker that stops takes new orders", ((TaskConsumer, "_serve", _serves_after_the_stop),), REAL),
    Mutant("a worker's hand-back is lost", ((TaskConsumer, "_hand_back", _hands_nothing_back),), REAL),
    Mutant("stops are ignored", ((Stops, "concerns", lambda *_: False),), REAL),
    Mutant("a stop that came before the work is forgotten", ((Worker, "_handle", _forgets_stops),), REAL),
    Mutant("the winner of a race is stopped too", ((Stops, "concerns", _stops_the_winner_too),), REAL),
    Mutant("a stop ends later attempts too", ((Stops, "concerns", _stops_every_attempt),), REAL),
    Mutant("a stop ends other runs too", ((Stops, "concerns", _stops_every_run),), REAL),
    Mutant("a lease is not renewed", ((TaskEvents, "renewed", _never_renews),), REAL),
    Mutant("a young attempt has the lease of an old one", ((leases, "lease_s", lambda *_: 60.0),), REAL),
    Mutant("a failure is swallowed", ((ending, "perform", _swallows_failures),), REAL),
    Mutant(
        "a result is given up when the bus is away",
        ((TaskEvents, "ended", _gives_a_result_up_when_the_bus_is_away),),
        REAL,
    ),
    Mutant("remembered work is made again", ((perform, "recall", _never_looks_a_result_up),), REAL),
    Mutant(
        "a cached result whose files are gone is believed",
        ((result_cache, "_usable", _believes_what_is_gone),),
        REAL,
    ),
    Mutant(
        "a useless cached result keeps its place", ((Store, "write_result", _lets_the_useless_stand),), REAL
    ),
    Mutant(
        "the loser of a race tells its own result",
        ((Store, "write_result", _believes_in_its_own_result),),
        REAL,
    ),
    Mutant(
        "a process whose engine never returns goes on",
        ((Obedience, "first_disobedient", _waits_for_the_disobedient),),
        REAL,
    ),
    Mutant(
        "orders beside a disobedient one are not handed back",
        ((TaskConsumer, "leave", _leaves_without_a_word),),
        REAL,
    ),
    Mutant(
        "a slot that does not obey counts as free",
        ((TaskConsumer, "free_slots", property(_counts_deaf_slots_as_free)),),
        REAL,
    ),
    Mutant("a worker ends itself for long work", ((Obedience, "_look", _blames_at_once),), REAL),
    Mutant("a cached result is overwritten", ((stored_results, "_claim", _overwrites),), REAL),
)
