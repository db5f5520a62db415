#!/bin/sh
# Prepares the folder for work: tools/setup.sh python | node | pages | words | fonts | spark | extra NAME.
# Called by `make setup`, safe to repeat.
set -eu
cd "$(dirname "$0")/.."

say() { printf '%s\n' "$*" >&2; }

find_python() {
    for name in ${PYTHON:-} python3 python3.14 python3.13 python3.12 python3.11; do
        if command -v "$name" >/dev/null 2>&1 &&
            "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then
            echo "$name"
            return
        fi
    done
    say "shishi needs Python 3.11 or newer; none was found."
    say "On Debian 12 or newer: apt-get install python3 python3-venv. Elsewhere: make setup PYTHON=/path/to/python3"
    exit 1
}

make_venv() {
    if .venv/bin/python -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then
        return
    fi
    python=$(find_python)
    if ! "$python" -c 'import ensurepip, venv' >/dev/null 2>&1; then
        say "$python cannot make virtual environments: its venv package is missing."
        say "On Debian: apt-get install python3-venv (as root), then run make setup again."
        exit 1
    fi
    say "Making .venv with $("$python" --version)"
    "$python" -m venv --clear .venv
}

reach_the_mirror() {
    # A mirror that is set for pip is meant for uv, too; uv does not read pip's settings.
    if [ -z "${UV_DEFAULT_INDEX:-}${UV_INDEX_URL:-}" ]; then
        mirror=${PIP_INDEX_URL:-$(.venv/bin/python -m pip config get global.index-url 2>/dev/null || true)}
        if [ -n "$mirror" ]; then export UV_DEFAULT_INDEX="$mirror"; fi
    fi
    # An office behind its own proxy has its certificate in the system's store, where pip looks, too.
    export UV_SYSTEM_CERTS="${UV_SYSTEM_CERTS:-1}"
    export VIRTUAL_ENV="$PWD/.venv"
}

# uv does the installing; its version and every hash come from the lock.
setup_python() {
    make_venv
    uv=$(sed -n 's/^\(uv==[^ ]*\).*/\1/p' requirements.lock)
    if [ "$(.venv/bin/uv --version 2>/dev/null | cut -d' ' -f2)" != "${uv#uv==}" ]; then
        .venv/bin/python -m pip --version >/dev/null 2>&1 || .venv/bin/python -m ensurepip --upgrade >/dev/null
        .venv/bin/python -m pip install --quiet --disable-pip-version-check "$uv"
    fi
    reach_the_mirror
    # Compiled once here, every command starts in half the time, also where nothing may be written later.
    .venv/bin/uv pip sync --quiet --compile-bytecode --require-hashes requirements.lock
    .venv/bin/uv pip install --quiet --no-deps --no-build-isolation --editable .
    .venv/bin/python -m compileall -q src
}

# An extra of pyproject.toml, beside what is locked and never in another version than that.
setup_extra() {
    reach_the_mirror
    .venv/bin/uv pip install --quiet --python .venv/bin/python --constraint requirements.lock \
        --requirements pyproject.toml --extra "$1"
}

# The Spark engine's extra, which most offices never need: some 500 MB, by a lock of its own.
setup_spark() {
    reach_the_mirror
    .venv/bin/uv pip install --quiet --python .venv/bin/python --require-hashes --requirements requirements-spark.lock
}

setup_node() {
    if ! command -v npm >/dev/null 2>&1; then
        say "shishi needs Node with npm for its data and page packages; npm was not found."
        say "On Debian: apt-get install nodejs npm (as root), then run make setup again."
        exit 1
    fi
    npm ci --no-audit --no-fund --loglevel=error
}

# Sheets and scripts of the pages, out of Sass, our modules and what npm brought.
setup_pages() {
    node tools/pages.mjs
}

# The English words, as Django reads them.
setup_words() {
    .venv/bin/python tools/words.py
}

setup_fonts() {
    .venv/bin/python tools/fonts.py
}

case "${1:-}" in
python | node | pages | words | fonts | spark) "setup_$1" ;;
extra) setup_extra "$2" ;;
*)
    say "usage: tools/setup.sh python|node|pages|words|fonts|spark|extra NAME"
    exit 2
    ;;
esac
