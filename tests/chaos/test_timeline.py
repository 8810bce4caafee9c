"""A job whose worker, coordinator and broker are killed once each: it ends, and `reelbus show` tells the story."""

from __future__ import annotations

import asyncio
import re
import signal
import uuid

import pytest

from tests.chaos.diary import Diary
from tests.chaos.ground import Ground, gone, send_signal
from tests.chaos.hearing import TERMINAL, Heard
from tests.chaos.listening import STARTED, listening, pid_of, until
from tests.chaos.wishing import Wish, Wishing, job_id_of

pytestmark = [pytest.mark.stack, pytest.mark.timeout(240), pytest.mark.asyncio(loop_scope="session")]

STORY: Wish = {
    "kind": "graph",
    "nodes": {
        "tale": {
            "capability": "text-generation",
            "params": {"prompt": "A fox and the sea.", "max_tokens": 40},
        },
        "picture": {
            "capability": "image-generation",
            "params": {"prompt": {"$from": "tale", "field": "text"}, "width_px": 640, "height_px": 360},
        },
        "clip": {
            "capability": "video-animation",
            "params": {"image": {"$from": "picture"}, "duration_s": 8},
        },
        "voice": {
            "capability": "text-to-speech",
            "params": {"text": {"$from": "tale", "field": "text"}},
            "needs": ["clip"],
        },
        "title": {
            "capability": "prompt-refinement",
            "params": {"prompt": {"$from": "tale", "field": "text"}},
            "needs": ["voice"],
        },
    },
    "outputs": ["clip", "voice", "title"],
}


async def test_show_tells_what_became_of_a_job_whose_worker_coordinator_and_broker_were_killed(
    ground: Ground, diary: Diary
) -> None:
    clip_attempts: dict[int, str] = {}
    ends: list[Heard] = []
    key = uuid.uuid4().hex
    job_id = job_id_of(key)

    def hear(heard: Heard) -> None:
        if heard.data.get("job_id") != job_id:
            return
        if heard.type == STARTED and heard.data["node_id"] == "clip":
            clip_attempts[heard.data["attempt"]] = heard.data["worker_id"]
        if heard.type in TERMINAL:
            ends.append(heard)

    async with (
        listening(ground, "log", hear),
        listening(ground, "jobs", hear),
        Wishing(ground.bootstrap) as wishing,
    ):
        await wishing.wish(STORY, key)
        await until(lambda: 1 in clip_attempts, 60, "the clip is being made")
        with diary.fault("kill", clip_attempts[1]):
            send_signal(pid_of(clip_attempts[1]), signal.SIGKILL)
        for coordinator in ground.members("coordinator"):
            with diary.fault("kill", coordinator.name):
                send_signal(coordinator.pid, signal.SIGKILL)
        await until(lambda: 2 in clip_attempts, 60, "the clip is being made elsewhere")
        broker = ground.server("broker")
        assert broker is not None
        with diary.fault("kill -9", "broker"):
            send_signal(broker.pid, signal.SIGKILL)
            await gone(broker.pid, 5.0)
            await ground.servers_back()
        await until(lambda: ends, 90, "the job has ended")
    await asyncio.sleep(0)
    assert [end.type for end in ends] == ["media.job.succeeded.v1"]
    shown = await ground.reelbus("show", job_id)
    diary.say(shown)
    assert re.search(r"task-started +clip attempt 1 on video-", shown)
    assert re.search(r"timer-fired", shown)
    assert re.search(r"task-started +clip attempt 2 on video-\S+, for video-\S+ fell silent", shown)
    assert re.search(r"asset-ready +clip: video/mp4 by draft-parallax", shown)
    assert len(re.findall(r"job\.succeeded", shown)) == 1
