"""What the retained facts say of what work took and cost."""

from __future__ import annotations

import uuid

from operations.costs import costs
from schemas.facts import Compute
from schemas.log import NodeProduct, TaskSucceeded
from tests.operations.world import World, made_by_bytes
from tests.planning.jobs import accepted, made_by, ready, started


def picture(tenant: str) -> dict[str, object]:
    return {
        "kind": "task",
        "tenant": tenant,
        "capability": "image-generation",
        "params": {"prompt": uuid.uuid4().hex},
    }


async def made(
    world: World, tenant: str, seconds: float, cost_usd: float | None, *, cached: bool = False
) -> str:
    """Let a worker make one picture with a second product, and return its job."""
    job = accepted(picture(tenant), key=uuid.uuid4().hex)
    await world.say(job)
    outbox = await world.coordinate()
    for command in outbox.orders:
        order = command.order
        await world.store.put_bytes(made_by_bytes(order), "image/png")
        word: TaskSucceeded = ready(order)
        changes: dict[str, object] = {
            "products": (*word.products, NodeProduct(role="thumbnail", asset=made_by(order))),
            "cached": cached,
            "compute": None if cached else Compute(device="cuda:0", seconds=seconds),
            "cost_usd": None if cached else cost_usd,
        }
        await world.say(started(order), word.model_copy(update=changes))
    told = await world.coordinate()
    for fact in told.facts:
        if "asset.ready" in fact.type:
            await world.repeat(fact)  # written once more: it counts once
    return job.job_id


async def test_seconds_bytes_and_dollars_are_summed_once_for_each_task(world: World) -> None:
    await made(world, "acme", 2.0, 0.5)
    await made(world, "acme", 3.0, 0.25)
    dear = await made(world, "zeta", 1.0, 2.0)
    await made(world, "zeta", 9.0, 9.0, cached=True)
    by_tenant = {cost.name: cost for cost in await costs(world.settings, "tenant")}
    assert dict(by_tenant["acme"].compute_s) == {"cuda:0": 5.0}
    assert (by_tenant["acme"].cost_usd, by_tenant["acme"].assets) == (0.75, 4)
    assert (by_tenant["zeta"].cost_usd, by_tenant["zeta"].remembered) == (2.0, 2)
    (model,) = await costs(world.settings, "model")
    assert (model.name, model.cost_usd, model.assets) == ("draft-scene", 2.75, 8)
    assert (await costs(world.settings, "job"))[0].name == dear
    assert await costs(world.settings, "job", since_ms=2**52) == []
