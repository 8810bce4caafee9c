"""A partition whose state is lost or damaged is folded from its log again, and says nothing twice."""

from __future__ import annotations

import random

import pytest

from schemas.log import ReplayRequested
from tests.consumers.assembly.coordinator.test_loop import END, PICTURE, World, coordinate
from tests.planning.jobs import accepted


async def test_a_lost_state_is_made_again_byte_for_byte_and_nothing_is_told_twice() -> None:
    world = World()
    for number in range(20):
        world.append(accepted(PICTURE, key=f"k{number}"))
    await coordinate(world, 20)
    del world.log[world.next_offset :]  # what nobody has folded is no part of what is compared
    world.answered.clear()
    before, told = dict(world.state), len(world.facts)
    world.state, world.next_offset = {}, None
    world.append(accepted(PICTURE, key="new"))
    await coordinate(world, 21)
    assert {key: world.state[key] for key in before} == before
    assert len(world.facts) == told + 3


@pytest.mark.parametrize("seed", range(8))
async def test_a_damaged_state_is_mended_while_commits_fail(seed: int) -> None:
    world = World(luck=0.6, seed=seed)
    for number in range(10):
        world.append(accepted(PICTURE, key=f"k{number}"))
    await coordinate(world, 10)
    world.damaged = set(random.Random(seed).sample(sorted(world.state), 3))
    for key in world.damaged:
        del world.state[key]
    world.append(accepted(PICTURE, key="new"))
    await coordinate(world, 11)
    told = [tell.event_id for tell in world.facts]
    assert len(told) == len(set(told)) == 11 * 3


async def test_jobs_whose_beginning_the_log_has_lost_are_kept() -> None:
    world = World()
    old, damaged = accepted(PICTURE, key="old"), accepted(PICTURE, key="damaged")
    world.append(old)
    world.append(damaged)
    await coordinate(world, 2)
    world.first = len(world.log)  # retention has taken all of it
    world.damaged = {damaged.job_id}
    del world.state[damaged.job_id]
    world.append(ReplayRequested(job_id=old.job_id, request_id="again", tenant="default"))
    await coordinate(world, 3)
    assert [t.type for t in world.facts].count(END) == 3
