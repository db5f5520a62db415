"""Takes the pictures of the docs: ``make screenshots`` (``python -m tests.e2e.screenshots STORE``).

Pages of a demonstration store are opened at two widths and written as small WebP files, with a page that shows
them, so that pictures cannot fall behind the code. The store itself is left as it is: a copy is served.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

import django
from django.conf import settings
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.machine import Machine

DOCS = settings.REPOSITORY / "docs"
FOLDER = DOCS / "screenshots"
WIDTHS = {"desk": (1366, 1000), "phone": (390, 844)}
SETTLED_MS = 400
"""Until a drawing has found its new width."""
MOST_BYTES = 6 * 2**20
TITLES = "xuancheng/2021/title_certificates"
ESTATES = "mohurd/2021/estate_renovation"
DAY = date(2021, 9, 30)
CLERK = "title-certificates-341825"


@dataclass(frozen=True)
class Picture:
    """A page to show. ``who`` opens ``path``, follows the links in ``follow`` (by their words, or by a selector that
    begins with ``css=``) and, where ``prepare`` is given, does that before."""

    name: str
    words: str
    path: str
    who: str = ""
    follow: tuple[str, ...] = ()
    reading: str = "standard"
    prepare: Callable[[Page, str], None] | None = None


def hand_in(page: Page, address: str) -> None:
    """As 旌德县's clerk: a workbook with three news, looked at and not yet confirmed."""
    book = _filled(page, address, {"原因说明": "资料已补正，等领证"})
    _send(page, address, book)


def hand_in_faults(page: Page, address: str) -> None:
    """The same with what is refused: a certificate of the future."""
    book = _filled(page, address, {"领证日期": "2022-02-30"})
    _send(page, address, book)


def _filled(page: Page, address: str, cells: dict[str, str]) -> Path:
    from openpyxl import load_workbook

    from tests.e2e.workbooks import header_of

    answer = page.context.request.get(f"{address}/imports/template.xlsx?table={TITLES}/units&prefill=1")
    path = Path(_SCRATCH[0]) / "旌德县房屋台账.xlsx"
    path.write_bytes(answer.body())
    book = load_workbook(path)
    sheet = book.worksheets[0]
    header = header_of(sheet, next(iter(cells)))
    for row in range(header.row + 2, header.row + 5):
        sheet.cell(row, header.column).value = next(iter(cells.values()))
    book.save(path)
    return path


def _send(page: Page, address: str, book: Path) -> None:
    page.goto(f"{address}/imports/?table={TITLES}/units")
    page.get_by_label("截至日").fill(DAY.isoformat())
    page.get_by_label("工作簿").set_input_files(book)
    page.get_by_role("button", name="交来看看").click()
    page.get_by_text("正在读取和比较").wait_for(state="detached")


def begin_brief(page: Page, address: str) -> None:
    """A half-month report as it is being written."""
    page.goto(f"{address}/briefs/new/?programme={TITLES}&kind=daily&as_of={DAY}")
    page.get_by_role("button", name="起草").click()
    page.wait_for_url("**/briefs/drafts/**")
    page.locator("section.piece summary").nth(1).click()


_SCRATCH: list[str] = []
AS_OF = f"as_of={DAY}"
PICTURES = (
    Picture("sign-in", "Signing in: in a demonstration everybody may be anybody", "/sign-in/?who=演示"),
    Picture("home", "What waits for whoever looks, and every programme by the one figure that matters", "/", "leader"),
    Picture("programmes", "Every programme at a glance", "/p/", "minister"),
    Picture(
        "programme", "One programme: the promise, three truths apart, who is behind", f"/p/{TITLES}/?{AS_OF}", "leader"
    ),
    Picture("country", "The same for a country: province by province", f"/p/{ESTATES}/?{AS_OF}", "minister"),
    Picture("map", "By division, as tiles until an operator brings a map", f"/p/{ESTATES}/map/?{AS_OF}", "minister"),
    Picture(
        "why",
        "Why a number is what it is: its question, and the rows behind it",
        f"/p/{TITLES}/?{AS_OF}",
        "leader",
        ("css=.truth.reported .why",),
    ),
    Picture(
        "difference", "What changed between two moments, row by row", f"/p/{TITLES}/?{AS_OF}", "leader", ("与从前比",)
    ),
    Picture("ledger", "The ledger: a grid that feels like a spreadsheet", f"/ledger/{TITLES}/units/", CLERK),
    Picture("board", "The same rows as a board", f"/ledger/{TITLES}/units/", CLERK, ("看板",)),
    Picture(
        "row",
        "One row with everything that ever happened to it",
        f"/ledger/{TITLES}/units/",
        CLERK,
        ("css=tr[data-entry] a",),
    ),
    Picture(
        "import",
        "Handing in a workbook: what will change, cell by cell",
        "",
        CLERK,
        ("对，接着看会改什么",),
        prepare=hand_in,
    ),
    Picture("refused", "Handed in with faults: each with its cell and the way out", "", CLERK, prepare=hand_in_faults),
    Picture(
        "stocktake",
        "A stocktake: who is behind, who is silent, what was found",
        f"/stocktakes/{TITLES}/{DAY}/",
        "supervisor",
    ),
    Picture(
        "notice",
        "A notice through its whole life",
        "/notices/?tab=ended",
        "supervisor",
        ("css=tr:has-text('〔2021〕1号') th a",),
    ),
    Picture(
        "matter",
        "A matter: bodies, milestones, progress, proof",
        "/matters/?tab=all",
        "supervisor",
        ("css=main table tbody th a",),
    ),
    Picture("brief-draft", "Writing a brief: every number is a question", "", "operator", prepare=begin_brief),
    Picture(
        "brief",
        "A brief that went out, computed again",
        "/briefs/?programme=" + TITLES,
        "operator",
        ("css=main table tbody th a", "重算核对每个数字"),
    ),
    Picture("person", "A person with posts and reach", "/people/leader/", "operator"),
    Picture("audit", "The audit trail and its daily roots", "/audit/?verify=1", "operator"),
    Picture("search", "Search by name, pinyin or the tail of a number", "/search/?q=guangde", "leader"),
    Picture("promises", "For everybody: all promises", "/promises/"),
    Picture("promise", "For everybody: one promise, where it stands and why", f"/promises/{TITLES}/"),
    Picture("home-elder", "Home as elders read it", "/", "leader", reading="elder"),
    Picture("promise-elder", "A promise as elders read it", f"/promises/{TITLES}/", reading="elder"),
)
HEAD = """# Pictures

Taken by `make screenshots` from a demonstration store; the figures are invented.
Every page is shown as a desk (1366 pixels) and as a phone (390 pixels) sees it.
"""
QUALITY = 84
"""Letters stay sharp, and a picture takes a third of the room that it takes without any loss."""


def write_small(png: bytes, path: Path) -> None:
    """As WebP."""
    Image.open(BytesIO(png)).convert("RGB").save(path, quality=QUALITY, method=6)


@dataclass
class Camera:
    """A browser in front of the site, with one context for each person and way of reading."""

    browser: Browser
    address: str
    contexts: dict[tuple[str, str], BrowserContext]

    def context_of(self, picture: Picture) -> BrowserContext:
        """Signed in already when it was opened before."""
        from tests.e2e.entering import by_demonstration

        asked = picture.who, picture.reading
        if asked not in self.contexts:
            context = self.browser.new_context(locale="zh-CN", reduced_motion="reduce")
            context.set_default_timeout(60_000)
            context.add_cookies([{"name": "reading", "value": picture.reading, "url": self.address}])
            if picture.who:
                page = context.new_page()
                by_demonstration(page, self.address, picture.who)
                page.close()
            self.contexts[asked] = context
        return self.contexts[asked]

    def take(self, picture: Picture) -> None:
        """Both widths."""
        page = self.context_of(picture).new_page()
        page.set_viewport_size({"width": 1366, "height": 1000})
        if picture.prepare:
            picture.prepare(page, self.address)
        else:
            page.goto(self.address + picture.path)
        for words in picture.follow:
            found = page.locator(words) if words.startswith("css=") else page.get_by_role("link", name=words)
            found.first.click()
            page.wait_for_load_state()
        page.wait_for_load_state("networkidle")
        for name, (width, height) in WIDTHS.items():
            page.set_viewport_size({"width": width, "height": height})
            page.wait_for_timeout(SETTLED_MS)
            write_small(page.screenshot(), FOLDER / f"{picture.name}-{name}.webp")
        page.close()


def take(store: Path, wanted: list[str]) -> None:
    """All pictures, or those that are named."""
    from tests.e2e.conftest import served

    program = shutil.which("chromium") or shutil.which("chromium-browser")
    FOLDER.mkdir(exist_ok=True)
    with TemporaryDirectory(prefix="shishi-pictures-") as folder, sync_playwright() as playwright:
        _SCRATCH[:] = [folder]
        machine = Machine(store, settings.DIVISIONS_SOURCE).copy(Path(folder) / "store")
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        with served(machine) as site:
            camera = Camera(browser, site.address, {})
            for picture in PICTURES:
                if not wanted or picture.name in wanted:
                    camera.take(picture)
        browser.close()
    known = {f"{picture.name}-{name}.webp" for picture in PICTURES for name in WIDTHS}
    for file in FOLDER.iterdir():
        if file.name not in known:
            file.unlink()


def tell() -> None:
    """The page that shows them; too many bytes are refused, for they are kept with the code."""
    parts = [HEAD]
    for picture in PICTURES:
        of = f"screenshots/{picture.name}"
        parts.append(
            f"## {picture.words}\n\n"
            f"```{{image}} {of}-desk.webp\n:alt: {picture.words}, at a desk\n```\n"
            f"```{{image}} {of}-phone.webp\n:alt: {picture.words}, on a phone\n:width: 300px\n```\n"
        )
    (DOCS / "screenshots.md").write_text("\n".join(parts), encoding="utf-8")
    weight = sum(file.stat().st_size for file in FOLDER.iterdir())
    if weight > MOST_BYTES:
        raise SystemExit(f"the pictures weigh {weight} bytes, more than {MOST_BYTES}")
    print(f"{len(PICTURES)} pages at {len(WIDTHS)} widths, {weight / 2**20:.1f} MiB", file=sys.stderr)


if __name__ == "__main__":
    django.setup()
    take(Path(sys.argv[1]).resolve(), sys.argv[2:])
    tell()
