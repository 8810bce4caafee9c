"""Whether the Compose file is valid and holds every process, unprivileged and watched."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from catalog.fleet import read_pools
from infra.environments.declared import declared

ROOT = Path(__file__).parents[2]
FILE = ROOT / "infra" / "kafka-compose.yml"
SCHEMA = Path(__file__).parent / "compose-spec" / "compose-spec.json"
PROCESSES = {
    "intake": ["intake"],
    "coordinator": ["coordinator"],
    "text": ["worker", "text"],
    "image": ["worker", "image"],
    "video": ["worker", "video"],
    "audio": ["worker", "audio"],
    "composer": ["worker", "assembly"],
}


def filled(text: str) -> str:
    """Put the defaults in place of the variables, as Compose does with an empty environment."""
    return re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", text)


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    return yaml.safe_load(filled(FILE.read_text("utf-8")))


def test_it_is_valid_by_the_compose_specification(compose: dict[str, Any]) -> None:
    schema = json.loads(SCHEMA.read_text("utf-8"))
    jsonschema.Draft202012Validator(schema).validate(compose)


def test_every_variable_has_a_default() -> None:
    assert "${" not in filled(FILE.read_text("utf-8"))


@pytest.mark.parametrize("name", PROCESSES)
def test_every_process_is_there_with_its_command(compose: dict[str, Any], name: str) -> None:
    service = compose["services"][name]
    assert service["command"] == ["reelbus", *PROCESSES[name]]
    assert service["restart"] == "unless-stopped"
    assert service["healthcheck"]["test"]
    assert {"topics", "bucket"} <= set(service["depends_on"])


def test_every_process_reads_the_one_fleet_file(compose: dict[str, Any]) -> None:
    mounted = compose["services"]["image"]["environment"]["REELBUS_FLEET"]
    for name in ("topics", *PROCESSES):
        (volume,) = compose["services"][name]["volumes"]
        assert volume.split(":") == ["./fleet.toml", mounted, "ro"]
    assert read_pools(FILE.parent / "fleet.toml").names == read_pools(None).names


def test_nothing_may_gain_rights(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        assert service["cap_drop"] == ["ALL"], name
        assert "no-new-privileges:true" in service["security_opt"], name
        assert not service.get("privileged"), name


def test_nothing_is_published_beyond_this_machine(compose: dict[str, Any]) -> None:
    for service in compose["services"].values():
        for port in service.get("ports", []):
            assert port.startswith("127.0.0.1:")


def test_no_image_floats(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        tag = service["image"].rpartition(":")[2]
        assert "/" not in tag, name
        assert tag != "latest", name


def test_every_build_target_is_a_stage_that_ends_without_root(compose: dict[str, Any]) -> None:
    stages: dict[str, str] = {}
    users: dict[str, str] = {}
    current = ""
    for line in (ROOT / "infra" / "Dockerfile").read_text("utf-8").splitlines():
        if stage := re.match(r"FROM (\S+) AS (\S+)", line):
            current = stage.group(2)
            stages[current] = stage.group(1)
            users[current] = users.get(stage.group(1), "root")
        elif user := re.match(r"USER (\S+)", line):
            users[current] = user.group(1)
    built = {service["build"]["target"] for service in compose["services"].values() if "build" in service}
    assert built == {"coordinator", "text", "image", "video", "audio", "assembly", "environment"}
    for target in built:
        assert users[target] == "10001:10001", target


def test_each_environment_of_engines_has_a_worker_that_starts_when_it_is_asked_for(
    compose: dict[str, Any],
) -> None:
    arguments = re.findall(r"^ARG (\w+)", (ROOT / "infra" / "Dockerfile").read_text("utf-8"), re.MULTILINE)
    for each in declared():
        service = compose["services"][f"environment-{each.name}"]
        assert service["profiles"] == [f"environment-{each.name}"]
        assert service["build"]["target"] == "environment"
        assert service["build"]["args"]["ENVIRONMENT"] == each.name
        assert set(service["build"]["args"]) <= set(arguments)
        assert service["command"] == ["reelbus", "worker", service["build"]["args"]["MODALITY"]]


def test_what_an_image_copies_is_let_through() -> None:
    ignored = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    for name in ("pyproject.toml", "uv.lock", "README.md", "LICENSE"):
        assert f"!{name}" in ignored
    packages = [path.parent.name for path in ROOT.glob("*/__init__.py") if path.parent.name != "tests"]
    for package in packages:
        assert f"!{package}/" in ignored


def test_an_open_transaction_holds_a_partition_back_for_a_minute_at_most(compose: dict[str, Any]) -> None:
    assert compose["services"]["kafka"]["environment"]["KAFKA_TRANSACTION_MAX_TIMEOUT_MS"] == 60000
