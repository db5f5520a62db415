"""Takes the pictures of the docs: ``make screenshots`` (``python -m tests.e2e.screenshots STORE``).

Pages are found by following links in a demonstration store, opened at two widths and written as small WebP files with
a page that shows them, so that pictures cannot fall behind the code.
"""

from __future__ import annotations

import base64
import shutil
import sys
from pathlib import Path

import django
from django.conf import settings
from playwright.sync_api import Page, sync_playwright

from tests.machine import Machine

FOLDER = settings.REPOSITORY / "docs" / "screenshots"
WIDTHS = {"desk": (1366, 1000), "phone": (390, 844)}
PERSON = "operator"
PICTURES = {
    "account_login": "Signing in",
    "office:home": "What waits for whoever looks, and every programme by the one figure that matters",
    "office:programmes": "Every programme at a glance",
    "office:programme": "One programme: what was promised, three truths apart, who is behind",
    "office:why": "Why a number is what it is: its question, and the rows behind it",
    "office:difference": "What changed between two moments, row by row",
    "office:ledger": "The ledger of a table",
    "office:row": "One row with everything that ever happened to it",
    "office:search": "Search by name, pinyin or the tail of a number",
    "office:imports": "Handing in a workbook: the first of three steps",
    "office:batch": "What a workbook changed, cell by cell",
    "office:proposals": "Hand-ins that wait for a second person",
    "office:stocktakes": "Stocktakes by day and programme",
    "office:stocktake": "One stocktake: findings, decisions, drafts",
    "office:matters": "Matters on their way to being closed",
    "office:matter": "One matter: bodies, milestones, progress",
    "office:notices": "Notices on their way",
    "office:notice": "One notice through its whole life",
    "office:briefs": "Briefs",
    "office:brief-page": "Writing a brief whose numbers are citations",
    "office:people": "Bodies, people and posts",
    "office:audit": "The audit trail",
    "office:jobs": "Jobs",
    "usersessions_list": "One's own sessions",
    "office:preferences": "How somebody likes to read",
    "office:design": "Every part that pages are made of",
    "portal:promise": "A promise as everybody sees it",
}
HEAD = """# Pictures

Taken by `make screenshots` from a demonstration store; the figures are invented.
Every page is shown as a desk and as a phone sees it.
"""
TO_WEBP = """async png => {
    const image = new Image();
    image.src = 'data:image/png;base64,' + png;
    await image.decode();
    const canvas = Object.assign(document.createElement('canvas'), {width: image.width, height: image.height});
    canvas.getContext('2d').drawImage(image, 0, 0);
    return canvas.toDataURL('image/webp', 0.82).split(',')[1];
}"""


def take(store: Path) -> list[str]:
    """All pictures; the names of those taken."""
    from tests.e2e.conftest import served, sign_in
    from tests.e2e.pages import pages_from

    program = shutil.which("chromium") or shutil.which("chromium-browser")
    FOLDER.mkdir(exist_ok=True)
    for old in FOLDER.glob("*.webp"):
        old.unlink()
    with served(Machine(store, settings.DIVISIONS_SOURCE)) as site, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        page, painter = browser.new_page(locale="zh-CN"), browser.new_page()
        page.set_default_timeout(180_000)
        _shoot(page, painter, site.address + "/sign-in/", "account_login")
        sign_in(page, site.address, PERSON)
        starts = ("/", "/me/sessions/", "/preferences/", "/design/", "/promises/")
        found = {"account_login": "", **pages_from(page, site.address, starts)}
        wanted = [route for route in PICTURES if route in found]
        for route in wanted[1:]:
            _shoot(page, painter, site.address + found[route], route)
        browser.close()
    return wanted


def _shoot(page: Page, painter: Page, address: str, route: str) -> None:
    for name, (width, height) in WIDTHS.items():
        page.set_viewport_size({"width": width, "height": height})
        page.goto(address)
        page.wait_for_load_state("networkidle")
        png = base64.b64encode(page.screenshot()).decode()
        (FOLDER / f"{_file(route)}-{name}.webp").write_bytes(base64.b64decode(painter.evaluate(TO_WEBP, png)))


def _file(route: str) -> str:
    return route.replace(":", "-").replace("office-", "")


def tell(taken: list[str]) -> None:
    """The page that shows them."""
    parts = [HEAD]
    for route in taken:
        name, words = _file(route), PICTURES[route]
        parts.append(
            f"## {words}\n\n![{words}, at a desk]({name}-desk.webp)\n\n![{words}, on a phone]({name}-phone.webp)\n"
        )
    (FOLDER / "index.md").write_text("\n".join(parts), encoding="utf-8")


if __name__ == "__main__":
    django.setup()
    tell(take(Path(sys.argv[1]).resolve()))
