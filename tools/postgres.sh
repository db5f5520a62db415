#!/bin/sh
# Runs a command with DATABASE_URL set to a PostgreSQL server of its own, which ends with it: tools/postgres.sh COMMAND…
# The server listens on a socket in a folder of its own, so it needs no port. POSTGRES_DURABLE=1 makes it keep what it
# was told through a power cut, as a real one does; otherwise it is made for speed. POSTGRES_CTL is told to the command:
# the words that stop and start this server.
set -eu

found() { ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1; }
programs=$(found)
if [ -z "$programs" ] || [ ! -x "$programs/initdb" ]; then
    if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
        echo "No PostgreSQL server was found, and only root can install it. On Debian, as root: apt-get install postgresql" >&2
        exit 1
    fi
    echo "Installing Debian's PostgreSQL (first time only) …" >&2
    export DEBIAN_FRONTEND=noninteractive
    { apt-get update -q && apt-get install -q -y --no-install-recommends postgresql; } >&2 </dev/null
    programs=$(found)
fi
folder=$(mktemp -d)
# The server refuses to run as root.
if [ "$(id -u)" = 0 ]; then
    chown postgres "$folder"
    as="setpriv --reuid=postgres --regid=postgres --clear-groups"
else
    as=""
fi
POSTGRES_CTL="$as $programs/pg_ctl --pgdata $folder/data --log $folder/log --wait"
# A folder that the server may not enter would only make it complain.
quietly() { (cd "$folder" && "$@" >/dev/null); }
finish() {
    quietly $POSTGRES_CTL --mode immediate stop 2>&1 || true
    rm -rf "$folder"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
quietly $as "$programs/initdb" --pgdata "$folder/data" --username shishi --auth trust --encoding UTF8 --no-locale
{
    echo "unix_socket_directories = '$folder'"
    echo "listen_addresses = ''"
    [ -n "${POSTGRES_DURABLE:-}" ] || printf '%s = off\n' fsync synchronous_commit full_page_writes
} >>"$folder/data/postgresql.conf"
quietly $POSTGRES_CTL start || { cat "$folder/log" >&2; exit 1; }
export POSTGRES_CTL
PATH="$PATH:$programs" DATABASE_URL="postgres://shishi@$(printf %s "$folder" | sed 's#/#%2F#g')/postgres" "$@"
