"""Engines that do what no engine should: each costs its own task, with an error that says what it was, and the next one works."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio

from engines.host.bounds import Limits
from engines.host.hosts import Hosts
from engines.host.results import check_file
from runtime.errors import (
    Cancelled,
    EngineFailed,
    EngineUnavailable,
    OutOfMemory,
    ProviderRateLimited,
    ReelbusError,
)
from tests.engines.host.hosting import VILLAIN, alive, row, task
from worker.report import TaskReport

pytestmark = pytest.mark.asyncio(loop_scope="module")
MIB = 1024 * 1024


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def hosts() -> AsyncIterator[Hosts]:
    hosts = Hosts(limits=Limits(memory_bytes=256 * MIB, work_bytes=8 * MIB))
    yield hosts
    await hosts.close()


DEATHS = {
    "segfaults": r"ended by signal 11 \(SIGSEGV\)",
    "exits": r"ended with status 0",
    "is killed": r"ended by signal 9 \(SIGKILL\)",
    "forks": r"ended with status 5",
    "closes its socket": r"ended",
    "says garbage": r"said what it must not: a message is no JSON",
    "says a list": r"said what it must not: a message has no kind",
    "says a gigabyte": r"said what it must not: a message of 1073741823 bytes is longer than 16777216",
    "fills its folder": r"wrote more than 8388608 bytes into its work folder",
}
ERRORS = {
    "raises ValueError": r"^the engine villain failed \(ValueError\)$",
    "raises SystemExit": r"^the engine villain failed \(SystemExit\)$",
    "raises KeyboardInterrupt": r"^the engine villain failed \(KeyboardInterrupt\)$",
    "raises OSError": r"^the engine villain failed \(OSError\)$",
    "says too much": r"^the engine villain failed \(Garbled\)$",
}
FILES = {
    "outside": "a file outside its work folder",
    "climbs": "a file outside its work folder",
    "link": "a link, and no file",
    "below a link": "a file outside its work folder",
    "empty": "an empty file",
    "folder": "a folder, and no file",
    "nowhere": "a file that is not there",
    "pipe": "something that is no file",
}


async def _next_works(hosts: Hosts, folder: Path) -> None:
    result = await hosts.run(VILLAIN, task(folder))
    assert result.products[0].path.read_text() == "words"


@pytest.mark.parametrize("deed", DEATHS)
async def test_a_host_that_ends_costs_its_task_and_the_next_one_works(
    hosts: Hosts, tmp_path: Path, deed: str
) -> None:
    notes = tmp_path / "notes"
    notes.mkdir()
    with pytest.raises(EngineFailed, match=f"^the (process of the )?engine villain {DEATHS[deed]}"):
        await asyncio.wait_for(hosts.run(VILLAIN, task(tmp_path, deed, notes=str(notes))), 30)
    # Nothing of it is left, wherever it went.
    pids = [int(note.name.removeprefix("pid-")) for note in notes.iterdir()]
    assert len(pids) == (3 if deed == "forks" else 0)
    await _until(lambda: not any(map(alive, pids)))
    await _next_works(hosts, tmp_path)


@pytest.mark.parametrize("deed", ERRORS)
async def test_what_an_engine_raises_is_told_by_its_kind_alone_and_its_host_lives(
    hosts: Hosts, tmp_path: Path, deed: str
) -> None:
    pid = await _pid(hosts, tmp_path)
    with pytest.raises(EngineFailed, match=ERRORS[deed]):
        await hosts.run(VILLAIN, task(tmp_path, deed))
    assert await _pid(hosts, tmp_path) == pid


@pytest.mark.parametrize("deed", FILES)
async def test_a_product_that_is_no_file_of_its_task_is_refused(
    hosts: Hosts, tmp_path: Path, deed: str
) -> None:
    with pytest.raises(EngineFailed, match=f"^the engine villain gave {FILES[deed]}$"):
        await hosts.run(VILLAIN, task(tmp_path, deed))
    await _next_works(hosts, tmp_path)


async def test_a_product_that_is_too_large_is_refused_by_its_host_or_by_its_worker(
    hosts: Hosts, tmp_path: Path
) -> None:
    with pytest.raises(EngineFailed, match=r"failed \(OSError\)"):
        await hosts.run(VILLAIN, task(tmp_path, "huge", size_bytes=2**40))
    huge = tmp_path / "huge"
    with huge.open("wb") as file:
        file.truncate(2**34)
    with pytest.raises(EngineFailed, match="gave a file of 17179869184 bytes, and 1000 are allowed"):
        check_file("villain", huge, tmp_path, 1000)


async def test_errors_of_ours_keep_their_code_their_words_and_their_wait(
    hosts: Hosts, tmp_path: Path
) -> None:
    with pytest.raises(ProviderRateLimited, match="slowly") as limited:
        await hosts.run(VILLAIN, task(tmp_path, "raises ProviderRateLimited"))
    assert limited.value.retry_after_s == 7.5
    with pytest.raises(OutOfMemory, match="too large"):
        await hosts.run(VILLAIN, task(tmp_path, "raises OutOfMemory"))
    with pytest.raises(OutOfMemory, match="the engine villain ran out of memory"):
        await hosts.run(VILLAIN, task(tmp_path, "raises MemoryError"))
    with pytest.raises(EngineUnavailable, match=r"needs a_module, .* install reelbus\[image\]"):
        await hosts.run(VILLAIN, task(tmp_path, "raises ImportError"))
    with pytest.raises(Cancelled):
        await hosts.run(VILLAIN, task(tmp_path, "raises Cancelled"))


async def test_what_an_engine_prints_hurts_nobody(hosts: Hosts, tmp_path: Path) -> None:
    result = await hosts.run(VILLAIN, task(tmp_path, "prints"))
    assert result.products[0].text == "words"


async def test_an_engine_that_takes_all_memory_is_ended_and_told_from_one_that_breaks(
    hosts: Hosts, tmp_path: Path
) -> None:
    with pytest.raises(OutOfMemory, match=r"took \d+ KiB of memory, and 262144 are allowed"):
        await asyncio.wait_for(hosts.run(VILLAIN, task(tmp_path, "takes all memory")), 30)
    await _next_works(hosts, tmp_path)


@pytest.mark.parametrize("deed", ["waits for ever", "holds the interpreter", "ignores SIGTERM", "is stopped"])
async def test_an_engine_that_does_not_obey_is_ended_within_its_grace(
    hosts: Hosts, tmp_path: Path, deed: str
) -> None:
    report = TaskReport()
    working = asyncio.create_task(hosts.run(VILLAIN, task(tmp_path, deed, report)))
    await asyncio.wait([working], timeout=0.3)
    begun_s = time.monotonic()
    report.cancel("enough")
    with pytest.raises(Cancelled, match="enough"):
        await asyncio.wait_for(working, 20)
    assert (
        time.monotonic() - begun_s < VILLAIN.grace_s + 5.0
    )  # and one second where nobody else wants the machine
    await _next_works(hosts, tmp_path)


@pytest.mark.parametrize("deed", ["waits for ever", "holds the interpreter", "is stopped"])
async def test_an_engine_that_is_silent_for_too_long_is_ended(
    hosts: Hosts, tmp_path: Path, deed: str
) -> None:
    silent = replace(VILLAIN, name=f"silent {deed}", longest_silence_s=1.0)
    with pytest.raises(EngineFailed, match="said nothing for 1 s and was ended"):
        await asyncio.wait_for(hosts.run(silent, task(tmp_path, deed)), 20)
    assert (
        await hosts.run(silent, task(tmp_path, "works", for_s=1.5))
    ).products  # who speaks may take longer


GIVES = {
    "nothing": "gave no result",
    "another's": "gave no result",
    "a word": r"failed \(str\)",
    "exits": r"failed \(SystemExit\)",
    "interrupts": r"failed \(KeyboardInterrupt\)",
}


async def test_what_a_generate_gives_instead_of_results_is_a_failure_of_its_task(
    hosts: Hosts, tmp_path: Path
) -> None:
    gives = row(target="tests.engines.host.villains:Gives")
    for deed, words in GIVES.items():
        with pytest.raises(EngineFailed, match=words):
            await hosts.run(gives, task(tmp_path, deed))


async def test_an_engine_that_cannot_be_loaded_says_why_each_time(hosts: Hosts, tmp_path: Path) -> None:
    cases: list[tuple[str, type[ReelbusError], str]] = [
        ("tests.engines.host.villains:NeedsMore", EngineUnavailable, "needs a_module_that_nobody_has"),
        ("tests.engines.host.nowhere:Nobody", EngineUnavailable, r"needs tests\.engines\.host\.nowhere"),
        ("tests.engines.host.villains:Nobody", EngineFailed, r"failed \(AttributeError\)"),
        ("tests.engines.host.villains:DiesLoading", EngineFailed, "does not start: it ended with status 7"),
    ]
    for target, error, words in cases:
        broken = row(target=target)
        for _ in range(2):
            with pytest.raises(error, match=words):
                await asyncio.wait_for(hosts.run(broken, task(tmp_path)), 20)


async def test_secrets_of_the_worker_are_not_in_the_environment_of_an_engine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("REELBUS_S3_SECRET_KEY", "AWS_SECRET_ACCESS_KEY", "REELBUS_COMPOSE_CLIPS", "ANOTHER"):
        monkeypatch.setenv(name, "1")
    hosts = Hosts()
    try:
        result = await hosts.run(VILLAIN, task(tmp_path, "tells its environment"))
    finally:
        await hosts.close()
    names = set(result.products[0].path.read_text().splitlines())
    assert {"REELBUS_COMPOSE_CLIPS", "ANOTHER"} <= names
    assert not names & {"REELBUS_S3_SECRET_KEY", "AWS_SECRET_ACCESS_KEY"}


async def _pid(hosts: Hosts, folder: Path) -> int:
    result = await hosts.run(VILLAIN, task(folder, "tells its pid"))
    return int(result.products[0].path.read_text())


async def _until(holds: Callable[[], bool], within_s: float = 10.0) -> None:
    async with asyncio.timeout(within_s):
        while not holds():  # noqa: ASYNC110  # it happens in other processes
            await asyncio.sleep(0.02)
