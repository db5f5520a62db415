"""The citizens' side: a town with a catalogue, and a browser in which nobody is signed in."""

from __future__ import annotations

import json
from collections.abc import Iterator
from threading import Thread

import pytest
from django.core.cache import cache
from django.core.handlers.wsgi import WSGIHandler
from django.core.servers.basehttp import ThreadedWSGIServer
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, connections
from django.test import Client
from django.test.testcases import QuietWSGIRequestHandler as QuietHandler

from shishi.web.portal import signing_in
from shishi.web.portal.pace import Pace
from tests.apps.town import Town
from tests.web.catalogued import catalogue_of, sign_in


@pytest.fixture
def hall(town: Town, monkeypatch: pytest.MonkeyPatch) -> Town:
    """A demonstration town with items, and nothing reported."""
    told = {"demonstration": True, "created_at": "2021-09-01T00:00:00Z"}
    (town.folder / "store.json").write_text(json.dumps(told))
    cache.clear()
    monkeypatch.setattr(signing_in, "asking", Pace(1000))
    monkeypatch.setattr(signing_in, "proving", Pace(1000))
    return catalogue_of(town)


class _Site(ThreadedWSGIServer):
    def _close_connections(self) -> None:
        """The one connection is the test's: it stays open when a request has ended."""


@pytest.fixture
def running(hall: Town) -> Iterator[str]:
    """The site of this town, answering on a free port; its threads see what the test wrote."""
    held = connections["default"]
    held.inc_thread_sharing()
    ends = (request_started, request_finished)
    for signal in ends:
        signal.disconnect(close_old_connections)
    shared = {"default": held}
    server = _Site(("127.0.0.1", 0), QuietHandler, connections_override=shared)
    server.set_app(WSGIHandler())
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()
    held.dec_thread_sharing()
    for signal in ends:
        signal.connect(close_old_connections)


@pytest.fixture
def citizen(hall: Town) -> Client:
    """A browser in which a citizen has signed in by phone."""
    browser = Client(SERVER_NAME="localhost")
    sign_in(browser)
    return browser
