"""Which processes a system is made of, and how many of each find work."""

from __future__ import annotations

import os

from catalog.models import MODELS
from runtime.settings import Settings
from schemas.topics import tasks_topics, topic, topics

MODULES = {
    "intake": "consumers.assembly.intake",
    "coordinator": "consumers.assembly.coordinator",
    "text": "consumers.text",
    "image": "consumers.image",
    "video": "consumers.video",
    "audio": "consumers.audio",
    "composer": "consumers.assembly.composer",
    "remote": "consumers.remote",
}
"""The module of each role: processes meet on topics, so whoever starts them knows nothing else of them."""


def most(role: str) -> int:
    """Return how many processes of a role find work: each needs a partition of its own."""
    settings = Settings()
    named = {spec.name: spec.partitions for spec in topics(settings.topic_prefix, settings.topic_partitions)}
    read = {
        "intake": [topic(settings.topic_prefix, "requests")],
        "coordinator": [topic(settings.topic_prefix, "log")],
        "composer": list(tasks_topics(settings.topic_prefix, "assembly")),
        "remote": [topic(settings.topic_prefix, "deferred")],
    }
    return sum(named[name] for name in read.get(role) or tasks_topics(settings.topic_prefix, role))


def default_counts() -> dict[str, int]:
    """Return how many processes of each role a machine like this one can use.

    There are tickets to follow only where the catalogue has an engine that gives its work away.
    """
    away = any(row.family == "remote" for row in MODELS)
    return dict.fromkeys(MODULES, 1) | {"video": 2 if (os.cpu_count() or 1) > 1 else 1, "remote": int(away)}
