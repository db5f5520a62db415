"""A real Chromium in front of a real site: one store is made for the whole run and served once for all tests that
only look; a test that writes gets a copy of the store with a site of its own."""

from __future__ import annotations

import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.conf import settings as site
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.machine import Machine

AXE = site.REPOSITORY / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
WIDTHS = (1366, 390, 320)
READINGS = ("standard", "elder")


@dataclass(frozen=True)
class Site:
    """A site that runs, and the store behind it."""

    address: str
    machine: Machine


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory, code_list: Path) -> Iterator[Machine]:
    """The store, made once."""
    machine = Machine.new(tmp_path_factory.mktemp("site") / "store", code_list)
    machine.shishi("init", "--demonstration")
    told = {**machine.environment, "PYTHONPATH": f"{site.REPOSITORY / 'src'}:{site.REPOSITORY}"}
    command = [sys.executable, "-m", "tests.e2e.making", str(machine.data), str(code_list)]
    subprocess.run(command, env=told, check=True)
    yield machine
    machine.remove()


@contextmanager
def served(machine: Machine) -> Iterator[Site]:
    """The site over a store, as an office starts it."""
    serving = machine.start("serve", "--port", "0")
    try:
        assert serving.stdout is not None
        found = re.search(r"http://127\.0\.0\.1:(\d+)/", serving.stdout.readline())
        assert found is not None, serving.communicate()[1]
        yield Site(f"http://localhost:{found[1]}", machine)
    finally:
        serving.send_signal(signal.SIGINT)
        serving.communicate(timeout=30)


@pytest.fixture(scope="session")
def looked_at(made: Machine) -> Iterator[Site]:
    """The site for tests that only look."""
    with served(made) as running:
        yield running


@pytest.fixture
def own_site(made: Machine, tmp_path: Path) -> Iterator[Site]:
    """A copy of the store with a site of its own, for a test that writes."""
    machine = made.copy(tmp_path / "own")
    with served(machine) as running:
        yield running
    machine.remove()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium; what is missing is said, never skipped."""
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        pytest.fail("There is no Chromium here. As root: apt-get install chromium; then make e2e.")
    if not AXE.is_file():
        pytest.fail("axe-core is not installed. Run make setup; then make e2e.")
    with sync_playwright() as playwright:
        # Chromium's own sandbox refuses to run as root, which is whom containers run as.
        yield playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])


def sign_in(page: Page, address: str, username: str) -> None:
    """Come in through the demonstration's door as that person."""
    page.goto(f"{address}/sign-in/?who={username}")
    door = page.locator("form").filter(has=page.locator(f'input[name=username][value="{username}"]'))
    door.locator("button").click()
    page.wait_for_url(lambda found: "sign-in" not in found)


Visitor = Callable[..., Page]


@pytest.fixture
def visitor(browser: Browser) -> Iterator[Visitor]:
    """Open a browser for somebody: ``visitor(site, "clerk_guangde", reading="elder")``; without a name nobody signs in.
    More is told to the browser's context (``java_script_enabled=False``)."""
    opened: list[BrowserContext] = []

    def visit(running: Site, username: str = "", reading: str = "standard", **told: object) -> Page:
        context = browser.new_context(locale="zh-CN", **told)  # type: ignore[arg-type]  # whatever a context takes
        context.set_default_timeout(60_000)
        context.add_cookies([{"name": "reading", "value": reading, "url": running.address}])
        opened.append(context)
        page = context.new_page()
        if username:
            sign_in(page, running.address, username)
        return page

    yield visit
    for context in opened:
        context.close()


def complaints_about(page: Page) -> list[str]:
    """What axe finds, one line each."""
    if not page.evaluate("typeof axe === 'object'"):
        page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("rules => axe.run({runOnly: rules})", RULES)["violations"]
    return [f"{fault['id']}: {fault['help']}: {fault['nodes'][0]['html']}" for fault in found]


def watch(page: Page, address: str) -> list[str]:
    """A list that fills with whatever the page's policy blocks, whatever is asked of another site, and every script's
    fault."""
    blocked: list[str] = []
    page.on("console", lambda told: blocked.append(told.text) if "Content Security Policy" in told.text else None)
    page.on(
        "request", lambda asked: blocked.append(asked.url) if not asked.url.startswith((address, "data:")) else None
    )
    page.on("pageerror", lambda fault: blocked.append(str(fault)))
    return blocked
