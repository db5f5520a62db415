"""A real Chromium in front of the demonstration town."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings as site
from django.db import DEFAULT_DB_ALIAS, connections
from django.test import Client
from django.test.testcases import LiveServerThread
from playwright.sync_api import Browser, Page, sync_playwright

from shishi.apps.accounts.selectors import person_named
from tests.web.conftest import lived_in, town

__all__ = ["lived_in", "town"]


def sign_in(page: Page, address: str, username: str) -> None:
    """Give the page's browser a session of that person."""
    client = Client(SERVER_NAME="localhost")
    client.force_login(person_named(username))
    held = client.cookies[site.SESSION_COOKIE_NAME].value
    page.context.add_cookies([{"name": site.SESSION_COOKIE_NAME, "value": held, "url": address}])


AXE = site.REPOSITORY / "node_modules" / "axe-core" / "axe.min.js"


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium; what is missing is said, never skipped."""
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        pytest.fail("There is no Chromium here. As root: apt-get install chromium; then make e2e.")
    if not AXE.is_file():
        pytest.fail("axe-core is not installed. Run make setup; then make e2e.")
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        # Playwright keeps a loop in this thread; Django would take every query of a test for one of that loop.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        # Chromium's own sandbox refuses to run as root, which is whom containers run as.
        yield playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])


@pytest.fixture
def address(lived_in: Any) -> Iterator[str]:
    """The site over the test's own transaction: its thread uses the same connection."""
    shared = connections[DEFAULT_DB_ALIAS]
    shared.inc_thread_sharing()
    # Style sheets and scripts come through the site itself, with its headers: a worker without them would not start.
    server = LiveServerThread("localhost", lambda site: site, connections_override={DEFAULT_DB_ALIAS: shared})
    server.daemon = True
    server.start()
    server.is_ready.wait()
    if server.error:
        raise server.error
    yield f"http://localhost:{server.port}"
    server.terminate()
    shared.dec_thread_sharing()


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    """An empty page as a Chinese reader's browser opens it, in which the operator has signed in."""
    opened = browser.new_page(locale="zh-CN")
    sign_in(opened, address, "operator")
    yield opened
    opened.close()
