"""Whether the rights of each role are written down as they are, and stand for the topics that there are."""

from __future__ import annotations

from pathlib import Path

import pytest

from schemas.rights import ROLES, rights_of, rights_table
from schemas.topics import topics

OPERATE = Path(__file__).parents[2] / "docs" / "operate.md"


def test_the_table_for_operators_is_the_one_in_the_code() -> None:
    assert rights_table() in OPERATE.read_text("utf-8")


@pytest.mark.parametrize("role", ROLES)
def test_every_right_on_a_topic_is_one_on_a_topic_that_exists(role: str) -> None:
    names = [spec.name for spec in topics("media")]
    for right in rights_of(role):
        if right.resource == "topic" and right.pattern != "media.requests.*":  # topics of tenants
            assert any(
                name.startswith(right.name) if right.prefixed else name == right.name for name in names
            )


@pytest.mark.parametrize("role", ROLES)
def test_every_name_begins_with_the_prefix(role: str) -> None:
    assert all("other" in right.name and "media" not in right.name for right in rights_of(role, "other"))


def test_only_the_coordinator_writes_state_and_facts() -> None:
    for name in ("state", "jobs", "assets", "control"):
        writers = [
            role
            for role in ROLES
            if any(r.operation == "Write" and r.name == f"media.{name}" for r in rights_of(role))
        ]
        assert writers == ["coordinator"]


def test_a_requester_of_a_tenant_may_nothing_but_write_to_its_topic() -> None:
    (right,) = rights_of("requester", "media", "acme")
    assert (right.operation, right.name, right.prefixed) == ("Write", "media.requests.acme", False)
