"""``serve``: the site for one office PC, with its worker beside it. It listens on this machine alone, and prints a link
to enter by once."""

from __future__ import annotations

import argparse
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from shishi.commands.context import OPERATOR, Context, Outcome, data_folder, prepare
from shishi.core.errors import Misuse

if TYPE_CHECKING:
    from shishi.apps.accounts.models import Person
    from shishi.commands.warming import Warming

HOST = "127.0.0.1"
PATIENCE_SECONDS = 5
"""How long a job at hand may still come to its end when the site is closed."""


def configure(verb: str, parser: argparse.ArgumentParser) -> None:
    """Arguments of ``serve``."""
    prepare(parser, _serve)
    parser.add_argument("--cold", action="store_true", help="不预先读入台账；第一次打开页面会慢一些")
    parser.add_argument("--port", type=int, default=8000, help="端口，默认 8000；0 为任选一个空的")


def _serve(context: Context) -> Outcome:
    serve(context.arguments.port, context.reader.username, cold=context.arguments.cold)
    return Outcome({"status": "stopped"})


def serve(port: int, username: str = OPERATOR, *, cold: bool = False) -> None:
    """Serve until interrupted, with a one-time link for ``username`` to enter by. Django is set up already. Unless
    ``cold``, a thread brings in beforehand what the first pages ask for.

    Raises ``Misuse``: ``unknown_person``, ``port_taken``, ``duties_not_separated``.
    """
    from django.core.wsgi import get_wsgi_application
    from django.db import connections

    from shishi.apps.accounts.selectors import person_named
    from shishi.apps.accounts.separation import require_separated
    from shishi.commands.warming import Warming, without_pandas
    from shishi.core.calendars import day_of

    require_separated(day_of(datetime.now(UTC)))
    without_pandas()
    person = person_named(username)
    listening = _listen(port)
    _tell_the_way_in(f"http://{HOST}:{listening.getsockname()[1]}/", person)
    application = get_wsgi_application()
    # A connection of before the fork must not be shared with the worker.
    connections.close_all()
    with working():
        _run(application, listening, None if cold else Warming(person))


@contextmanager
def working() -> Iterator[None]:
    """Beside the block, a process of its own does the jobs that wait; it ends with the block, or with this process."""
    here = os.getpid()
    words = [sys.executable, "-m", "shishi.commands.main", "work", "--beside", str(here)]
    worker = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    try:
        yield
    finally:
        if os.getpid() == here:  # a process that was forked inside the block leaves it as well
            _end(worker)


def _end(worker: subprocess.Popen[bytes]) -> None:
    # gunicorn is done; its own handler would still complain of the children that it has ended itself.
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    worker.terminate()
    try:
        worker.wait(PATIENCE_SECONDS)
    except subprocess.TimeoutExpired:
        # What it wrote so far is undone by the store; another worker takes the job up again.
        worker.kill()
        worker.wait()


def _tell_the_way_in(address: str, person: Person) -> None:
    from django.conf import settings

    from shishi.adapters.crypto.keyring import site_secret
    from shishi.apps.accounts.links import entry_link

    # The settings may be older than the keys of the store.
    if not os.environ.get("SHISHI_SECRET_KEY"):
        settings.SECRET_KEY = site_secret(data_folder()) or settings.SECRET_KEY
    print(f"网页已打开：{address}　（只在本机；按 Ctrl+C 结束）", flush=True)
    entry = f"{address}sign-in/link/{entry_link(person, datetime.now(UTC))}/"
    print(f"以 {person} 的身份进入（15 分钟内用一次）：{entry}", flush=True)


def _listen(port: int) -> socket.socket:
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((HOST, port))
        listening.listen()
    except (OSError, OverflowError) as wrong:
        listening.close()
        raise Misuse(
            "port_taken", f"端口 {port} 用不了，可能已被占用。请用 --port 另选一个，--port 0 为任选。"
        ) from wrong
    listening.set_inheritable(True)
    return listening


def _run(application: object, listening: socket.socket, warming: Warming | None) -> None:
    from gunicorn.app.base import BaseApplication

    class Site(BaseApplication):  # type: ignore[misc]  # gunicorn carries no types
        """One worker with threads: answers are kept in its memory, and a browser's idle connection blocks nobody."""

        def load_config(self) -> None:
            """What gunicorn needs to know."""
            told: dict[str, Any] = {
                "bind": f"fd://{listening.fileno()}",
                "workers": 1,
                "worker_class": "gthread",
                "threads": 4,
                "timeout": 120,
                "graceful_timeout": 10,
                "loglevel": "warning",
                "control_socket_disable": True,
            }
            if warming is not None:
                told["post_worker_init"] = lambda worker: warming.begin()
                told["worker_exit"] = lambda server, worker: warming.end()
            for name, value in told.items():
                if name in self.cfg.settings:
                    self.cfg.set(name, value)

        def load(self) -> object:
            """The site itself."""
            return application

    os.environ.pop("GUNICORN_CMD_ARGS", None)
    Site().run()
