"""An inspector's phone without a network: everything is kept through a killed browser, sent in order when there is one,
and never twice. ``make offline`` does it with a hundred photos and twenty kills; here it is a short walk."""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Page

from tests.adapters.pictures import photo
from tests.e2e.conftest import Site, complaints_about
from tests.e2e.entering import by_demonstration
from tests.e2e.flaky import Flaky, Network

pytestmark = pytest.mark.e2e
PHOTOS = int(os.environ.get("OFFLINE_PHOTOS", "6"))
KILLS = int(os.environ.get("OFFLINE_KILLS", "3"))
SEED = int(os.environ.get("OFFLINE_SEED", "20211130"))
VISITS = 3
PATIENCE = 120_000
PHONE = {
    "viewport": {"width": 390, "height": 844},
    "device_scale_factor": 2,
    "is_mobile": True,
    "has_touch": True,
    "locale": "zh-CN",
    "geolocation": {"longitude": 118.758, "latitude": 30.946, "accuracy": 12},
    "permissions": ["geolocation"],
}


@dataclass
class Handset:
    """A phone with its browser's folder, which outlives the browser."""

    browser: Browser
    folder: Path
    address: str
    page: Page | None = None
    context: BrowserContext | None = None
    kills: int = 0
    interrupted: int = 0
    """Kills while something was still to be sent over the bad network."""

    def open(self) -> Page:
        """Start the browser on the capture page and wait until it can be used."""
        self.context = self.browser.browser_type.launch_persistent_context(
            self.folder,
            executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"),
            args=["--no-sandbox", "--disable-gpu"],
            **PHONE,  # type: ignore[arg-type]  # whatever a context takes
        )
        self.context.set_default_timeout(PATIENCE)
        self.page = self.context.pages[0] if self.context.pages else self.context.new_page()
        return self.page

    def ready(self) -> Page:
        """The browser on the capture page."""
        page = self.open()
        page.goto(f"{self.address}/fieldwork/capture/")
        page.locator("#field[data-open]").wait_for(state="attached")
        return page

    def kill(self) -> None:
        """End the browser as a phone does that runs out of memory."""
        for process in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                said = (process / "cmdline").read_bytes().split(b"\0")
                if f"--user-data-dir={self.folder}".encode() in said and not any(
                    x.startswith(b"--type=") for x in said
                ):
                    os.kill(int(process.name), signal.SIGKILL)
        self.kills += 1
        with suppress(Error):
            assert self.context is not None
            self.context.close()
        for lock in self.folder.glob("Singleton*"):
            lock.unlink()

    def close(self) -> None:
        """Put it away properly."""
        with suppress(Error):
            assert self.context is not None
            self.context.close()


@contextmanager
def handset(browser: Browser, folder: Path, address: str) -> Iterator[Handset]:
    phone = Handset(browser, folder, address)
    yield phone
    phone.close()


def kept(page: Page) -> set[str]:
    """The names of the photos that the page says are on the device."""
    return set(page.locator(".photos [data-photo] img").evaluate_all("all => all.map(one => one.alt)"))


def waiting(page: Page) -> int:
    return page.locator("#field-items > li").count()


def add(page: Page, file: Path) -> None:
    """Take a photo and wait until it is said to be kept."""
    page.locator("#shots").set_input_files(file)
    page.locator(f'.photos img[alt="{file.name}"]').wait_for(state="attached")


def begin_visit(page: Page, number: int) -> None:
    page.locator("#plan").select_option("")
    page.locator("#title").fill(f"现场{number}")
    page.locator("#place").fill(f"{number}号楼下")
    page.locator("#text").fill(f"第{number}处，施工正常。")
    page.locator("#field-locate").click()
    page.locator("#field-point", has_text="118.75800").wait_for()
    page.locator("#field-kept", has_text="已存在手机上").wait_for()


def test_a_phone_without_a_network_loses_nothing_and_sends_nothing_twice(
    browser: Browser, own_site: Site, tmp_path: Path
) -> None:
    dice = random.Random(SEED)
    files = []
    for number in range(PHOTOS):
        file = tmp_path / f"照片{number:03}.jpg"
        file.write_bytes(photo(number + 100, 320, 240))
        files.append(file)
    before = own_site.machine.number("SELECT count(*) FROM fieldwork_visitrow WHERE state = 'done'")
    port = urlsplit(own_site.address).port or 0
    with (
        Flaky(port, SEED) as network,
        handset(browser, tmp_path / "phone", f"http://localhost:{network.port}") as phone,
    ):
        page = phone.open()
        by_demonstration(page, phone.address, "leader")
        page.goto(f"{phone.address}/fieldwork/capture/")
        page.locator("#field-state", has_text="断网也能打开本页").wait_for()
        assert complaints_about(page) == []
        phone.close()

        network.set(Network.DOWN)
        capture_all(phone, files, dice)
        assert own_site.machine.number("SELECT count(*) FROM fieldwork_visitrow WHERE state = 'done'") == before

        network.set(Network.FLAPPING)
        send_all(phone, dice)
        network.set(Network.UP)
        page = phone.ready()
        page.locator("#field-done > li").nth(VISITS - 1).wait_for()
        assert waiting(page) == 0
        assert phone.kills == KILLS
        assert phone.interrupted >= KILLS // 10
        assert network.cut > 0
    assert_all_arrived_once(own_site, before)


def capture_all(phone: Handset, files: list[Path], dice: random.Random) -> None:
    """Three visits with their photos, while the browser is killed again and again."""
    kills = sorted(dice.sample(range(len(files)), min(KILLS // 2, len(files))))
    share = -(-len(files) // VISITS)
    page = phone.ready()
    for visit in range(VISITS):
        begin_visit(page, visit + 1)
        for at in range(visit * share, min((visit + 1) * share, len(files))):
            if at in kills:
                page.locator("#shots").set_input_files(files[at])
                time.sleep(dice.uniform(0, 0.4))
                told = {file.name for file in files[visit * share : at]}
                phone.kill()
                page = phone.ready()
                page.locator(".photos [data-photo]").nth(max(len(told) - 1, 0)).wait_for(
                    state="attached"
                ) if told else None
                assert told <= kept(page), "a photo that was said to be kept is gone"
                assert page.locator("#text").input_value() == f"第{visit + 1}处，施工正常。"
                assert page.locator("#title").input_value() == f"现场{visit + 1}"
            if files[at].name not in kept(page):
                add(page, files[at])
        page.get_by_role("button", name="登记好了").click()
        page.locator("#field-items > li").nth(visit).wait_for()
        page.locator("#field-state", has_text="没有网络").wait_for()
        page.locator("#field-told", has_text="等网络").wait_for()
    phone.kill() if KILLS - phone.kills > 1 else phone.close()


def send_all(phone: Handset, dice: random.Random) -> None:
    """Open, send a while over a bad network, be killed, until nothing waits."""
    while phone.kills < KILLS:
        page = phone.ready()
        with suppress(Error):
            page.wait_for_timeout(dice.uniform(300, 4000))
            phone.interrupted += waiting(page) > 0
        phone.kill()


def assert_all_arrived_once(site: Site, before: int) -> None:
    """As the store tells it, past the program."""
    number = site.machine.number
    mine = "visit_id IN (SELECT id FROM fieldwork_visitrow WHERE title LIKE '现场_')"
    assert number("SELECT count(*) FROM fieldwork_visitrow WHERE title LIKE '现场_' AND state = 'done'") == VISITS
    assert number("SELECT count(*) FROM fieldwork_visitrow WHERE state = 'done'") == before + VISITS
    assert number(f"SELECT count(*) FROM fieldwork_visitphoto WHERE {mine}") == PHOTOS
    arrived = f"FROM fieldwork_visitphoto WHERE {mine} AND arrived_at IS NOT NULL"
    assert number(f"SELECT count(DISTINCT sha256) {arrived}") == PHOTOS
    titles = site.machine.shishi("visits", "list", "--state", "done", "--as", "leader")
    own = sorted((item for item in titles if item["title"].startswith("现场")), key=lambda item: item["id"])
    assert [item["title"] for item in own] == [f"现场{number}" for number in range(1, VISITS + 1)]
    assert {item["point"] for item in own} == {"118.758000,30.946000"}
    assert site.machine.shishi("audit", "verify")["broken"] is None
