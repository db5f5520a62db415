"""The site of a test, answering over HTTP on a free port while the test looks; its threads see what the test wrote."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread

from django.core.handlers.wsgi import WSGIHandler
from django.core.servers.basehttp import ThreadedWSGIServer
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, connections
from django.test.testcases import QuietWSGIRequestHandler as QuietHandler


class _Site(ThreadedWSGIServer):
    def _close_connections(self) -> None:
        """The one connection is the test's: it stays open when a request has ended."""


@contextmanager
def site_running() -> Iterator[str]:
    """Its address."""
    held = connections["default"]
    held.inc_thread_sharing()
    ends = (request_started, request_finished)
    for signal in ends:
        signal.disconnect(close_old_connections)
    server = _Site(("127.0.0.1", 0), QuietHandler, connections_override={"default": held})
    server.set_app(WSGIHandler())
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()
    held.dec_thread_sharing()
    for signal in ends:
        signal.connect(close_old_connections)
