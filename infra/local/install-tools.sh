#!/usr/bin/env bash
# Brings Java 17 or newer and Maven where they are missing and no password is needed; else says the one command that helps.
set -euo pipefail

new_enough() { # the first number of `java -version`; "1.8.0" is Java 8
    local version major
    version=$("$1" -version 2>&1 | sed -n 's/.*version "\([^"]*\)".*/\1/p' | head -n 1) || return 1
    major=${version%%[!0-9]*}
    [ -n "$major" ] && [ "$major" -ge 17 ]
}

has_java() { # where reelbus itself looks, in the same order
    if [ -n "${JAVA_HOME:-}" ] && [ -x "$JAVA_HOME/bin/java" ] && new_enough "$JAVA_HOME/bin/java"; then return 0; fi
    command -v java >/dev/null 2>&1 && new_enough java
}

if has_java && command -v mvn >/dev/null 2>&1; then exit 0; fi
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null 2>&1; then
    echo "Kafka and the object store need Java 17+ and Maven: sudo apt-get install openjdk-17-jre-headless maven" >&2
    exit 1
fi
echo "installing Java and Maven ..." >&2
apt-get update -qq
install() { DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null; }
if ! has_java; then
    # A distribution keeps one or two of these: 17 in older ones, 21 or 25 in newer ones.
    for number in 17 21 25; do
        package=openjdk-$number-jre-headless
        if apt-cache show "$package" 2>/dev/null | grep -q "^Package:" && install "$package"; then
            # An older Java may still be the one that `java` names.
            if ! has_java; then update-alternatives --set java "$(ls -d /usr/lib/jvm/java-$number-openjdk*/bin/java | head -n 1)" >/dev/null || true; fi
            break
        fi
    done
fi
command -v mvn >/dev/null 2>&1 || install maven
if ! has_java; then
    echo "Java 17 or newer could not be installed: install one and set JAVA_HOME to it" >&2
    exit 1
fi
