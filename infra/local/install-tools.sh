#!/usr/bin/env bash
# Brings Java and Maven where they are missing and no password is needed; else says the one command that helps.
set -euo pipefail
if command -v java >/dev/null 2>&1 && command -v mvn >/dev/null 2>&1; then exit 0; fi
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "installing Java and Maven ..." >&2
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends default-jre-headless maven >/dev/null
    exit 0
fi
echo "Kafka and the object store need Java 17+ and Maven: sudo apt-get install default-jre-headless maven" >&2
exit 1
