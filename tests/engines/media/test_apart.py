"""A foreign file is measured by a process that may die of it, and nobody else does."""

from __future__ import annotations

import asyncio
import os
import re
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from PIL import Image

from engines.media.apart import Confines, Prober
from engines.media.probe import probe
from runtime.alive import process_start
from runtime.errors import AssetInvalid

MIB = 1024 * 1024


@pytest.fixture
async def prober() -> AsyncIterator[Prober]:
    prober = Prober(Confines(512 * MIB, cpu_s=1, time_s=3.0, read_bytes_per_s=10**12), processes=1)
    yield prober
    await prober.close()


def picture(folder: Path) -> Path:
    path = folder / "picture.png"
    Image.new("RGB", (32, 16), "#204060").save(path)
    return path


async def test_a_file_is_measured_as_it_is_in_process(prober: Prober, tmp_path: Path) -> None:
    path = picture(tmp_path)
    assert await prober.probe(path) == probe(path)


@pytest.mark.parametrize(("bytes_per_s", "in_time"), [(10**12, False), (10, True)])
async def test_a_larger_file_may_take_longer(tmp_path: Path, bytes_per_s: int, *, in_time: bool) -> None:
    path = picture(tmp_path)
    prober = Prober(Confines(time_s=1e-6, read_bytes_per_s=bytes_per_s), processes=1)
    try:
        if in_time:
            assert await prober.probe(path) == probe(path)
        else:
            with pytest.raises(AssetInvalid, match=r"takes too long"):
                await prober.probe(path)
    finally:
        await prober.close()


async def test_a_relative_path_is_the_callers(
    prober: Prober, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    picture(tmp_path)
    await prober.probe(tmp_path / "picture.png")  # the child has started in another folder
    monkeypatch.chdir(tmp_path)
    assert (await prober.probe(Path("picture.png"))).width_px == 32


async def test_what_is_no_medium_is_refused_with_the_same_words(prober: Prober, tmp_path: Path) -> None:
    (path := tmp_path / "words").write_bytes(b"\x00\x01 nothing")
    with pytest.raises(AssetInvalid, match=r"no known media type"):
        await prober.probe(path)


async def test_a_picture_of_gigabytes_does_not_fill_the_memory(prober: Prober, tmp_path: Path) -> None:
    path = tmp_path / "huge.png"
    with path.open("wb") as file:  # sparse: it lies on no disk
        file.write(b"\x89PNG\r\n\x1a\n")
        file.truncate(3 * 1024 * MIB)
    with pytest.raises(AssetInvalid, match=r"more memory"):
        await prober.probe(path)
    assert (await prober.probe(picture(tmp_path))).media_type == "image/png"


async def test_a_file_that_computes_for_ever_is_given_up(prober: Prober, tmp_path: Path) -> None:
    # A marker may be preceded by any number of fill bytes (T.81, B.1.1.2), and each is looked at.
    (path := tmp_path / "fill.jpg").write_bytes(b"\xff\xd8" + b"\xff" * 150_000_000)
    with pytest.raises(AssetInvalid, match=r"crashes, or takes too long"):
        await prober.probe(path)
    assert (await prober.probe(picture(tmp_path))).media_type == "image/png"


async def test_a_file_that_never_comes_is_given_up(prober: Prober, tmp_path: Path) -> None:
    os.mkfifo(path := tmp_path / "pipe")
    with pytest.raises(AssetInvalid, match=r"takes too long"):
        await prober.probe(path)
    assert (await prober.probe(picture(tmp_path))).media_type == "image/png"


async def test_whoever_dies_of_a_file_takes_nobody_along(prober: Prober, tmp_path: Path) -> None:
    await prober.probe(picture(tmp_path))
    os.mkfifo(path := tmp_path / "pipe")
    asked = asyncio.create_task(prober.probe(path))
    held = []  # to the end: who reads sees no end of the file
    for _ in range(2):  # the child that had read another file before, and a fresh one
        held.append(await _is_read(path))
        for pid in _children():
            readers = _children_of(pid)
            os.kill(pid, signal.SIGSEGV)
            for ended in (pid, *readers):
                await _gone(ended)
    with pytest.raises(AssetInvalid, match=r"crashes"):
        await asked
    for number in held:
        os.close(number)
    assert (await prober.probe(picture(tmp_path))).media_type == "image/png"


async def test_an_innocent_file_is_not_blamed_for_a_child_that_was_killed(
    prober: Prober, tmp_path: Path
) -> None:
    path = picture(tmp_path)
    await prober.probe(path)
    (pid,) = _children()
    os.kill(pid, signal.SIGKILL)
    assert (await prober.probe(path)).media_type == "image/png"


async def test_whoever_reads_a_file_is_confined_to_it(prober: Prober, tmp_path: Path) -> None:
    """What that means, `tests/engines/host/test_sandbox.py` tries."""
    os.mkfifo(path := tmp_path / "pipe")
    asked = asyncio.create_task(prober.probe(path))
    held = await _is_read(path)
    (child,) = _children()
    (reader,) = _children_of(child)
    _check_confined(reader, path)
    os.close(held)
    with pytest.raises(AssetInvalid):
        await asked


async def test_files_are_measured_by_one_process_each(prober: Prober, tmp_path: Path) -> None:
    path = picture(tmp_path)
    await prober.probe(path)
    first = _children()
    await prober.probe(path)
    assert _children() == first  # the one that forks stays
    assert _children_of(first[0]) == []


def _check_confined(pid: int, path: Path) -> None:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    status = dict(line.split(":\t", 1) for line in lines if ":\t" in line)
    assert (status["Seccomp"], status["NoNewPrivs"], status["Threads"]) == ("2", "1", "1")
    limits = Path(f"/proc/{pid}/limits").read_text()
    assert re.search(rf"Max address space +{512 * MIB} +{512 * MIB} ", limits)
    assert re.search(r"Max file size +0 +0 ", limits)
    opened = {os.readlink(entry.path) for entry in os.scandir(f"/proc/{pid}/fd")}
    others = {name for name in opened if not name.startswith("pipe:")}
    assert others <= {os.devnull, f"/proc/{pid}", str(path)}


async def _is_read(path: Path) -> int:
    """Hold the pipe open for writing, once a process reads it: until then a writer finds nobody (ENXIO)."""
    async with asyncio.timeout(30):
        while True:
            try:
                return os.open(path, os.O_WRONLY | os.O_NONBLOCK)
            except OSError:
                await asyncio.sleep(0.01)


async def _gone(pid: int) -> None:
    """Return when a process has ended."""
    async with asyncio.timeout(30):
        while process_start(pid) is not None:  # noqa: ASYNC110  # it is another process, which tells nobody
            await asyncio.sleep(0.01)


def _children() -> list[int]:
    """The processes of this test that measure files."""
    listed = _children_of(os.getpid())
    return [pid for pid in listed if b"apart_child" in Path(f"/proc/{pid}/cmdline").read_bytes()]


def _children_of(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
