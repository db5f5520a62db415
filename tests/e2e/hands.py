"""The two ways in which people work a page: with a mouse, and with a keyboard alone.
A journey is told once for both."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Protocol

from playwright.sync_api import Download, Locator, Page, expect

from tests.e2e.conftest import WHOLE

FAR = 400
"""So many times Tab is pressed before something counts as out of a keyboard's reach."""


class Hand(Protocol):
    """What people do to a page. Everything is named as it is read: a button's words, a field's label."""

    page: Page

    def press(self, name: str) -> None:
        """A button of the page, and the next page."""

    def follow(self, name: str) -> None:
        """A link, and the next page."""

    def open(self, name: str) -> None:
        """A part of the page that opens in place."""

    def write(self, label: str, text: str) -> None:
        """Into a field, in place of what is there."""

    def choose(self, label: str, option: str) -> None:
        """One of a list."""

    def set_day(self, label: str, day: date) -> None:
        """A day."""

    def attach(self, label: str, file: Path) -> None:
        """A file."""

    def fetch(self, name: str, into: Path) -> Path:
        """A link that hands out a file."""


def button(page: Page, name: str) -> Locator:
    return page.get_by_role("main").get_by_role("button", name=name, exact=True).first


def link(page: Page, name: str) -> Locator:
    return page.get_by_role("link", name=name).locator("visible=true").first


def field(page: Page, label: str) -> Locator:
    return page.get_by_role("main").get_by_label(label).locator("visible=true").first


def summary(page: Page, name: str) -> Locator:
    return page.get_by_role("main").locator("summary").filter(has_text=name).locator("visible=true").first


def _kept(download: Download, into: Path) -> Path:
    path = into / download.suggested_filename
    download.save_as(path)
    return path


class Mouse:
    """Clicks."""

    def __init__(self, page: Page) -> None:
        self.page = page
        page.on("dialog", lambda asked: asked.accept())

    def press(self, name: str) -> None:
        button(self.page, name).click()

    def follow(self, name: str) -> None:
        link(self.page, name).click()

    def open(self, name: str) -> None:
        summary(self.page, name).click()

    def write(self, label: str, text: str) -> None:
        field(self.page, label).fill(text)

    def choose(self, label: str, option: str) -> None:
        field(self.page, label).select_option(label=option)

    def set_day(self, label: str, day: date) -> None:
        field(self.page, label).fill(day.isoformat())

    def attach(self, label: str, file: Path) -> None:
        field(self.page, label).set_input_files(file)

    def fetch(self, name: str, into: Path) -> Path:
        with self.page.expect_download() as download:
            link(self.page, name).click()
        return _kept(download.value, into)


class Keys:
    """Tab, Enter, arrows and letters; the mouse lies in a drawer."""

    def __init__(self, page: Page) -> None:
        self.page = page
        page.on("dialog", lambda asked: asked.accept())

    def reach(self, wanted: Locator) -> None:
        """Tab until it has the focus, as somebody does who cannot point; what has it must be seen to have it."""
        expect(wanted).to_be_visible()
        for _ in range(FAR):
            if wanted.evaluate("e => e === document.activeElement"):
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"no keyboard reaches {wanted}")

    def press(self, name: str) -> None:
        self.reach(button(self.page, name))
        self.page.keyboard.press("Enter")

    def follow(self, name: str) -> None:
        self.reach(link(self.page, name))
        self.page.keyboard.press("Enter")

    def open(self, name: str) -> None:
        self.reach(summary(self.page, name))
        self.page.keyboard.press("Enter")

    def write(self, label: str, text: str) -> None:
        self.reach(field(self.page, label))
        self.page.keyboard.press("Control+A")
        self.page.keyboard.insert_text(text)

    def choose(self, label: str, option: str) -> None:
        wanted = field(self.page, label)
        self.reach(wanted)
        self.page.keyboard.press("Home")
        for _ in range(FAR):
            if wanted.evaluate("e => e.selectedOptions[0].label") == option:
                return
            self.page.keyboard.press("ArrowDown")
        raise AssertionError(f"“{label}” offers no “{option}”")

    def set_day(self, label: str, day: date) -> None:
        wanted = field(self.page, label)
        self.reach(wanted)
        # Year, month and day are three small fields in one, in the order of the browser's own language; a year takes up
        # to six digits and has to be left.
        for first, last in ((f"{day:%m%d}", f"{day:%Y}"), (f"{day:%Y}", f"{day:%m%d}")):
            for _ in range(3):
                self.page.keyboard.press("ArrowLeft")
            self.page.keyboard.type(first)
            if first == f"{day:%Y}":
                self.page.keyboard.press("ArrowRight")
            self.page.keyboard.type(last)
            if wanted.input_value() == day.isoformat():
                return
        raise AssertionError(f"“{label}” is {wanted.input_value()}, not {day}")

    def attach(self, label: str, file: Path) -> None:
        self.reach(field(self.page, label))
        with self.page.expect_file_chooser() as chooser:
            self.page.keyboard.press("Enter")
        chooser.value.set_files(file)

    def fetch(self, name: str, into: Path) -> Path:
        self.reach(link(self.page, name))
        with self.page.expect_download() as download:
            self.page.keyboard.press("Enter")
        return _kept(download.value, into)


HANDS: tuple[type[Mouse] | type[Keys], ...] = (Mouse, Keys) if WHOLE else (Keys,)
