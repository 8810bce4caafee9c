"""What a program imports that asks for media and hears what comes of it.

from reelbus import Client, settings_here

async with Client(settings_here()) as client:
    job = await client.submit({"kind": "film", "brief": "A fox finds the sea."})
    async for fact in job.facts():
        print(fact.type, fact.data)
"""

from bus.cloudevents import Event
from infra.local.connection import settings_here
from producers.client import CANCEL, JOB, REPLAY, Client, Job
from runtime.errors import BusUnreachable, ReelbusError
from runtime.settings import Settings

__all__ = [
    "CANCEL",
    "JOB",
    "REPLAY",
    "BusUnreachable",
    "Client",
    "Event",
    "Job",
    "ReelbusError",
    "Settings",
    "settings_here",
]
