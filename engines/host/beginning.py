"""How a host begins: a process, a talk with it, and its engine loaded."""

from __future__ import annotations

from catalog.models import Model
from engines.host.bounds import Start
from engines.host.process import Host
from engines.host.warm_parent import WarmParent


async def begin(row: Model, warm: WarmParent, start: Start) -> Host:
    """Start a host and load its engine.

    Raises:
        EngineUnavailable: its environment or a module is missing.
        ReelbusError: it could not be started, or not be loaded.
    """
    process, talk = await warm.fork(str(start.python) if start.python is not None else None)
    host = Host(row, warm, process, talk, start)
    host.live()
    try:
        await host.load()
    except BaseException:
        await host.end()
        raise
    return host
