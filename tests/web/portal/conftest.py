"""The citizens' side: a town with a catalogue, and a browser in which nobody is signed in."""

from __future__ import annotations

import pytest
from django.core.cache import cache
from django.test import Client

from shishi.web.portal import signing_in
from shishi.web.portal.pace import Pace
from tests.apps.town import Town
from tests.web.catalogued import catalogue_of, sign_in


@pytest.fixture
def hall(lived_in: Town, monkeypatch: pytest.MonkeyPatch) -> Town:
    """The town with items."""
    cache.clear()
    monkeypatch.setattr(signing_in, "asking", Pace(1000))
    monkeypatch.setattr(signing_in, "proving", Pace(1000))
    return catalogue_of(lived_in)


@pytest.fixture
def citizen(hall: Town) -> Client:
    """A browser in which a citizen has signed in by phone."""
    browser = Client(SERVER_NAME="localhost")
    sign_in(browser)
    return browser
