"""A real Chromium in front of a real site: one store is made for the whole run and served once by each of its
processes for all tests that only look; a test that writes gets a copy of the store with a site of its own."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
from django.conf import settings as site
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.e2e.entering import by_demonstration
from tests.machine import Machine

AXE = site.REPOSITORY / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
READINGS = ("standard", "elder")
DESK = 1366
WHOLE = os.environ.get("E2E_WHOLE") == "1"
"""``make e2e-whole``: at every width in both readings, journeys by mouse and keys. Otherwise a page is looked at where
it is read most and where it is tightest, and journeys are walked by keys alone."""
EVERYWHERE = tuple((reading, width) for reading in READINGS for width in (DESK, 390, 320))
VIEWS = EVERYWHERE if WHOLE else (EVERYWHERE[0], EVERYWHERE[-1])
THINGS = "things.json"
FOR_A_WALK = ("--cold",)
"""A site for a few pages need not have brought in what all others would ask for."""
PATIENCE_MS = 180_000
"""So long a busy machine may take to answer; nobody waits longer than it takes."""
expect.set_options(timeout=PATIENCE_MS)


@dataclass(frozen=True)
class Site:
    """A site that runs, and the store behind it. ``things``: the numbers of what the store holds, for addresses."""

    address: str
    machine: Machine
    things: dict[str, str]

    def at(self, path: str) -> str:
        """The address of a path in which things are named: ``/matters/{matter}/``."""
        return self.address + path.format(**self.things)


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory, initialised: Machine) -> Machine:
    """The store, made once for all processes of the run."""
    return initialised.further(tmp_path_factory, "made", _make, demonstration=True)


def _make(machine: Machine) -> None:
    told = {**machine.environment, "PYTHONPATH": f"{site.REPOSITORY / 'src'}:{site.REPOSITORY}"}
    command = [sys.executable, "-m", "tests.e2e.making", str(machine.data), str(machine.code_list)]
    subprocess.run(command, env=told, check=True)


@contextmanager
def served(machine: Machine, *words: str) -> Iterator[Site]:
    """The site over a store, as an office starts it; ``words`` of ``shishi serve``."""
    serving = machine.start("serve", "--port", "0", *words)
    try:
        assert serving.stdout is not None
        found = re.search(r"http://127\.0\.0\.1:(\d+)/", serving.stdout.readline())
        assert found is not None, serving.communicate()[1]
        kept = machine.data / THINGS
        things = json.loads(kept.read_text(encoding="utf-8")) if kept.is_file() else {}
        yield Site(f"http://localhost:{found[1]}", machine, things)
    finally:
        serving.send_signal(signal.SIGINT)
        serving.communicate(timeout=PATIENCE_MS / 1000)


@contextmanager
def copied(made: Machine, folder: Path, *words: str) -> Iterator[Site]:
    """A site over a copy of the store; the copy goes with it."""
    machine = made.copy(folder)
    with served(machine, *words) as running:
        yield running
    machine.remove()


@pytest.fixture(scope="session")
def looked_at(made: Machine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The site for tests that only look."""
    with copied(made, tmp_path_factory.mktemp("looked-at") / "store") as running:
        yield running


@pytest.fixture
def own_site(made: Machine, tmp_path: Path) -> Iterator[Site]:
    """A site of its own, for a test that writes."""
    with copied(made, tmp_path / "own", *FOR_A_WALK) as running:
        yield running


@pytest.fixture(scope="module")
def shared_site(made: Machine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site for the tests of one module that write, but leave each other's things alone."""
    with copied(made, tmp_path_factory.mktemp("shared") / "store", *FOR_A_WALK) as running:
        yield running


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
        yield playwright.chromium.launch(
            executable_path=program, args=["--no-sandbox", "--disable-gpu", "--lang=zh-CN"]
        )


Visitor = Callable[..., Page]


@contextmanager
def visiting(browser: Browser) -> Iterator[Visitor]:
    """Opens browsers for people and closes them in the end."""
    opened: list[BrowserContext] = []

    def visit(running: Site, username: str = "", reading: str = "standard", **told: object) -> Page:
        told.setdefault("viewport", {"width": 1366, "height": 900})
        context = browser.new_context(locale="zh-CN", **told)  # type: ignore[arg-type]  # whatever a context takes
        context.set_default_timeout(PATIENCE_MS)
        read_as(context, running, reading)
        opened.append(context)
        page = context.new_page()
        if username:
            by_demonstration(page, running.address, username)
        return page

    yield visit
    for context in opened:
        context.close()


@pytest.fixture
def visitor(browser: Browser) -> Iterator[Visitor]:
    """Open a browser for somebody: ``visitor(site, "clerk_guangde", reading="elder")``; without a name nobody signs in.
    More is told to the browser's context (``java_script_enabled=False``)."""
    with visiting(browser) as visit:
        yield visit


@pytest.fixture(scope="module")
def visitor_for_long(browser: Browser) -> Iterator[Visitor]:
    """The same for a whole module."""
    with visiting(browser) as visit:
        yield visit


def read_as(context: BrowserContext, running: Site, reading: str) -> None:
    """The way this browser likes to read, from the next page on."""
    context.add_cookies([{"name": "reading", "value": reading, "url": running.address}])


def complaints_about(page: Page, rules: Sequence[str] = ()) -> list[str]:
    """What axe finds, one line each; ``rules``: of these alone."""
    if not page.evaluate("typeof axe === 'object'"):
        page.evaluate(_axe())
    only = {"type": "rule", "values": list(rules)} if rules else {"type": "tag", "values": RULES}
    asked = {"runOnly": only, "resultTypes": ["violations"], "elementRef": False}
    found = page.evaluate("asked => axe.run(asked).then(told => told.violations)", asked)
    return [f"{fault['id']}: {fault['help']}: {fault['nodes'][0]['html']}" for fault in found]


@cache
def _axe() -> str:
    return AXE.read_text(encoding="utf-8")


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
