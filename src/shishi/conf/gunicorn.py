"""What gunicorn is told for the site (``-c python:shishi.conf.gunicorn``); its command line and ``GUNICORN_CMD_ARGS``
win over it.

Answers are kept in the memory of a process, so a few threads serve better than a few processes. ``post_worker_init``
warms each of them: what the first pages would wait for is brought in beside it.
"""

from __future__ import annotations

from shishi.commands.warming import warm_here, warmed_enough

workers = 1
worker_class = "gthread"
threads = 4
timeout = 120
graceful_timeout = 10
loglevel = "warning"
preload_app = False


def post_worker_init(worker: object) -> None:
    """A process is there and has loaded the site."""
    warm_here()


def worker_exit(server: object, worker: object) -> None:
    """A process goes: it is not ended in the middle of a step."""
    warmed_enough()
