"""What the trained voice says is written down again, in a confined host of an environment of its own."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from catalog.models import model
from engines.contract import Input, Result, Task
from engines.host.bounds import Limits
from engines.host.hosts import Hosts
from engines.local.speech.engine import KokoroSpeech
from runtime.errors import AssetInvalid, Unsupported
from tests.engines.running import Quiet, Work, generate
from tests.environments import python_of
from worker.confining import confined
from worker.folders import roots_of

SAID = "The quick brown fox jumps over the lazy dog."


@pytest.fixture(scope="module")
def spoken(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("spoken")
    work = Work("t", "text-to-speech", {"text": SAID, "format": "mp3"}, 7)
    return generate(KokoroSpeech(), [work], folder)[0].products[0].path


@pytest_asyncio.fixture
async def hosts(tmp_path: Path) -> AsyncIterator[Hosts]:
    hosts = Hosts(confine=partial(confined, scratch=tmp_path, limits=Limits()), python_of=python_of)
    yield hosts
    await hosts.close()


async def write_down(hosts: Hosts, folder: Path, sound: bytes, **params: Any) -> Result:
    row = model("whisper-tiny-en")
    assert row is not None
    roots = roots_of(row, folder)
    given, workdir = roots.given / "sound", roots.made / "task"
    given.write_bytes(sound)  # small
    workdir.mkdir(exist_ok=True)
    task = Task(
        "t",
        "speech-to-text",
        {"audio": "s3://media/given", **params},
        7,
        workdir,
        Quiet(),
        {"/audio": Input(given)},
    )
    return await hosts.run(row, task)


async def test_what_was_said_is_written_with_the_time_of_every_word(
    hosts: Hosts, spoken: Path, tmp_path: Path
) -> None:
    result = await write_down(hosts, tmp_path, spoken.read_bytes())  # noqa: ASYNC240  # small
    (product,) = result.products
    assert product.media_type == "application/json"
    told = json.loads(product.text or "")
    assert json.loads(product.path.read_text("utf-8")) == told
    assert told["text"].casefold() == SAID.casefold()
    assert told["language"] == "en"
    assert [word["text"].casefold() for word in told["words"]] == SAID.casefold().split()
    for rows in (told["words"], told["segments"]):
        times = [time for row in rows for time in (row["start_s"], row["end_s"])]
        assert times == sorted(times)
        assert 0.0 <= times[0] <= times[-1] <= told["duration_s"]


async def test_what_it_cannot_do_is_refused_by_name(hosts: Hosts, spoken: Path, tmp_path: Path) -> None:
    sound = spoken.read_bytes()  # noqa: ASYNC240  # small
    with pytest.raises(Unsupported, match="'de'"):
        await write_down(hosts, tmp_path, sound, language="de")
    with pytest.raises(Unsupported, match="translate"):
        await write_down(hosts, tmp_path, sound, translate=True)
    with pytest.raises(AssetInvalid, match="/audio"):
        await write_down(hosts, tmp_path, b"no sound at all" * 100)
