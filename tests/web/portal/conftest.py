"""The citizens' side: a town with a catalogue, and a browser in which nobody is signed in."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from django.core.cache import cache
from django.test import Client

from shishi.web.portal import signing_in
from shishi.web.portal.pace import Pace
from tests.apps.town import Town
from tests.web.catalogued import catalogue_of, sign_in
from tests.web.running import site_running


@pytest.fixture
def hall(town: Town, monkeypatch: pytest.MonkeyPatch) -> Town:
    """A demonstration town with items, and nothing reported."""
    told = {"demonstration": True, "created_at": "2021-09-01T00:00:00Z"}
    (town.folder / "store.json").write_text(json.dumps(told))
    cache.clear()
    monkeypatch.setattr(signing_in, "asking", Pace(1000))
    monkeypatch.setattr(signing_in, "proving", Pace(1000))
    return catalogue_of(town)


@pytest.fixture
def running(hall: Town) -> Iterator[str]:
    """The site of this town, answering on a free port."""
    with site_running() as address:
        yield address


@pytest.fixture
def citizen(hall: Town) -> Client:
    """A browser in which a citizen has signed in by phone."""
    browser = Client(SERVER_NAME="localhost")
    sign_in(browser)
    return browser
