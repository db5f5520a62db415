#!/bin/sh
# Installs what the Spark engine needs, safe to repeat: a Java runtime (from Debian's packages, as root) when there is
# none of 17 or newer, and PySpark as requirements-spark.lock names it, into .venv.
set -eu
cd "$(dirname "$0")/.."

say() { printf '%s\n' "$*" >&2; }

java_found() {
    java="${JAVA_HOME:+$JAVA_HOME/bin/}java"
    version=$("$java" -version 2>&1 | sed -n 's/.*version "\([0-9]*\).*/\1/p' | head -n 1)
    [ "${version:-0}" -ge 17 ]
}

install_java() {
    if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null 2>&1; then
        say "Spark needs a Java runtime, 17 or newer; none was found."
        say "On Debian: apt-get install openjdk-17-jre-headless (as root), then run this again."
        exit 1
    fi
    apt-get update -qq
    for package in openjdk-17-jre-headless openjdk-21-jre-headless default-jre-headless; do
        if apt-cache show "$package" >/dev/null 2>&1; then
            say "Installing $package"
            DEBIAN_FRONTEND=noninteractive apt-get install -qq --no-install-recommends "$package" >/dev/null
            return
        fi
    done
    say "Debian's packages offer no Java runtime of 17 or newer here."
    exit 1
}

java_found || install_java
tools/setup.sh spark
