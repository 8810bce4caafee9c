"""Whether the Kubernetes files are valid and hold every process, unprivileged and watched."""

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
from producers.cli.main import _run
from runtime.settings import Settings
from schemas.topics import topics

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "infra" / "kubernetes"
BASE = FOLDER / "base"
SCHEMA = json.loads((Path(__file__).parent / "kubernetes-schema" / "schema.json").read_text("utf-8"))
KINDS = {
    "Deployment": "io.k8s.api.apps.v1.Deployment",
    "Job": "io.k8s.api.batch.v1.Job",
    "PodDisruptionBudget": "io.k8s.api.policy.v1.PodDisruptionBudget",
    "Namespace": "io.k8s.api.core.v1.Namespace",
}


def read(path: Path) -> list[dict[str, Any]]:
    return list(yaml.safe_load_all(path.read_text("utf-8")))


def merged(base: Any, patch: Any) -> Any:
    """Merge as Kustomize does: objects by their keys, lists of named things by their names, anything else anew."""
    if isinstance(base, dict) and isinstance(patch, dict):
        return base | {key: merged(base[key], patch[key]) if key in base else patch[key] for key in patch}
    if isinstance(base, list) and isinstance(patch, list) and all("name" in each for each in patch):
        by_name = {each["name"]: each for each in base}
        for each in patch:
            by_name[each["name"]] = merged(by_name.get(each["name"], {}), each)
        return list(by_name.values())
    return patch


@pytest.fixture(scope="module")
def objects() -> dict[tuple[str, str], dict[str, Any]]:
    """The objects as `kubectl kustomize` gives them, by kind and name."""
    plan = read(BASE / "kustomization.yaml")[0]
    found = [each for name in plan["resources"] for each in read(BASE / name)]
    for patch in plan["patches"]:
        (content,) = read(BASE / patch["path"])
        own = {key: value for key, value in content.items() if key != "metadata"}
        found = [merged(each, own) if each["kind"] == patch["target"]["kind"] else each for each in found]
    return {(each["kind"], each["metadata"]["name"]): each for each in found}


Objects = dict[tuple[str, str], dict[str, Any]]


def pods(objects: Objects) -> dict[str, dict[str, Any]]:
    return {
        name: each["spec"]["template"]["spec"]
        for (kind, name), each in objects.items()
        if kind in {"Deployment", "Job"}
    }


def test_every_object_is_valid_by_the_schema_of_kubernetes(objects: Objects) -> None:
    for (kind, _), each in objects.items():
        jsonschema.Draft7Validator({"$ref": f"#/$defs/{KINDS[kind]}", **SCHEMA}).validate(each)


def test_every_file_is_named_by_its_kustomization() -> None:
    for folder in (BASE, FOLDER / "autoscale"):
        plan = read(folder / "kustomization.yaml")[0]
        named = {*plan["resources"], *(patch.get("path") for patch in plan["patches"])}
        assert {path.name for path in folder.glob("*.yaml")} - {"kustomization.yaml"} <= named


def test_every_role_and_environment_has_its_deployment(objects: Objects) -> None:
    commands = {name: pod["containers"][0]["command"] for name, pod in pods(objects).items()}
    assert commands.pop("topics") == ["reelbus", "topics", "apply"]
    roles = {"intake", "coordinator", "remote", "worker"}
    assert {command[1] for command in commands.values()} == roles
    assert {c[2] for c in commands.values() if c[1] == "worker"} == set(read_pools(None).names)
    environments = {f"environment-{each.name}" for each in declared()}
    assert {name for name in commands if name.startswith("environment-")} == environments


def test_every_command_is_one_of_ours(objects: Objects, capfd: pytest.CaptureFixture[str]) -> None:
    for pod in pods(objects).values():
        program, *words = pod["containers"][0]["command"]
        assert program == "reelbus"
        assert _run([*words, "--help"]) == 0, words
        assert " ".join(words[:1]) in capfd.readouterr().out


def test_images_are_those_of_the_dockerfile(objects: Objects) -> None:
    targets = set(re.findall(r" AS (\S+)", (ROOT / "infra" / "Dockerfile").read_text("utf-8")))
    tagged = {each["name"] for each in read(BASE / "kustomization.yaml")[0]["images"]}
    for pod in pods(objects).values():
        image = pod["containers"][0]["image"]
        assert image in tagged
        assert image.removeprefix("reelbus/").split("-")[0] in targets


def test_settings_are_ones_that_are_read() -> None:
    named = [line.split("=")[0] for line in (BASE / "config.env").read_text("utf-8").split()]
    known = {f"REELBUS_{name}".upper() for name in Settings.model_fields}
    assert [name for name in named if name not in known] == []


def test_nothing_may_gain_rights(objects: Objects) -> None:
    for name, pod in pods(objects).items():
        assert pod["securityContext"]["runAsNonRoot"], name
        assert pod["automountServiceAccountToken"] is False, name
        for container in pod["containers"]:
            security = container["securityContext"]
            assert security["capabilities"] == {"drop": ["ALL"]}, name
            assert security["readOnlyRootFilesystem"], name
            assert security["allowPrivilegeEscalation"] is False, name
            assert container["resources"]["limits"]["memory"], name


def test_a_process_has_time_to_finish_or_hand_back(objects: Objects) -> None:
    settings = dict(line.split("=", 1) for line in (BASE / "config.env").read_text("utf-8").split())
    for (kind, name), each in objects.items():
        if kind == "Deployment":
            pod = each["spec"]["template"]["spec"]
            assert pod["terminationGracePeriodSeconds"] > float(settings["REELBUS_DRAIN_S"]) + 10, name
            assert {"startupProbe", "livenessProbe", "readinessProbe"} <= set(pod["containers"][0]), name


def test_a_pool_is_scaled_by_its_own_topics_and_group() -> None:
    names = {each.name for each in topics(pools=read_pools(None).names)}
    for path in (FOLDER / "autoscale").glob("*.yaml"):
        for each in read(path):
            if each["kind"] != "ScaledObject":
                continue
            pool = each["spec"]["scaleTargetRef"]["name"]
            kafka = [t["metadata"] for t in each["spec"]["triggers"] if t["type"] == "kafka"]
            assert {t["consumerGroup"] for t in kafka} == {f"media-{pool}"}
            assert {t["topic"] for t in kafka} == {n for n in names if n.startswith(f"media.tasks.{pool}.")}
