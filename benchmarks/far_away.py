"""An engine that asks a stranger over HTTP, for a benchmark: in a file of its own, as its host holds nothing else."""

from __future__ import annotations

import http.client
import json
import os
import threading

from engines.remote_contract import Pending, Standing

PORT = "BENCHMARK_STRANGER"
"""The variable that says where the stranger is."""


class FarAway:
    """Asks over connections that stay open, one for each thread."""

    concurrent = True

    def __init__(self) -> None:
        self._port = int(os.environ[PORT])
        self._own = threading.local()

    def load(self, device: str) -> None:
        """There is nothing to load."""

    def check(self, ticket: str) -> Standing:
        connection = getattr(self._own, "connection", None)
        if connection is None:
            connection = self._own.connection = http.client.HTTPConnection(
                "127.0.0.1", self._port, timeout=5.0
            )
        connection.request("GET", f"/jobs/{ticket}")
        answer = json.loads(connection.getresponse().read())
        assert answer["state"] == "working"
        return Pending()
