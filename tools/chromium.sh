#!/bin/sh
# Runs a command that needs Chromium; Debian's is installed when there is none: tools/chromium.sh COMMAND…
set -eu

if ! command -v chromium >/dev/null 2>&1 && ! command -v chromium-browser >/dev/null 2>&1; then
    if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
        echo "No Chromium was found, and only root can install it. On Debian, as root: apt-get install chromium" >&2
        exit 1
    fi
    echo "Installing Debian's Chromium (first time only) …" >&2
    export DEBIAN_FRONTEND=noninteractive
    { apt-get update -q && apt-get install -q -y --no-install-recommends chromium fonts-noto-cjk; } >&2 </dev/null
fi
exec "$@"
