#!/bin/sh
# Runs a command with DATABASE_URL set to a PostgreSQL server of its own, which ends with it: tools/postgres.sh COMMAND…
set -eu

programs=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1)
if [ -z "$programs" ]; then
    echo "No PostgreSQL server was found. On Debian: apt-get install postgresql (as root)." >&2
    exit 1
fi
folder=$(mktemp -d)
# The server refuses to run as root.
if [ "$(id -u)" = 0 ]; then
    chown postgres "$folder"
    as_server() { setpriv --reuid=postgres --regid=postgres --clear-groups "$@"; }
else
    as_server() { "$@"; }
fi
finish() {
    as_server "$programs/pg_ctl" --pgdata "$folder/data" --mode immediate stop >/dev/null 2>&1 || true
    rm -rf "$folder"
}
trap finish EXIT INT TERM
as_server "$programs/initdb" --pgdata "$folder/data" --username shishi --auth trust --encoding UTF8 --no-locale >/dev/null
as_server "$programs/pg_ctl" --pgdata "$folder/data" --log "$folder/log" --wait \
    --options "-k $folder -c listen_addresses= -c fsync=off" start >/dev/null
DATABASE_URL="postgres://shishi@$(printf %s "$folder" | sed 's#/#%2F#g')/postgres" "$@"
