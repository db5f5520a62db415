"""Which pages there are: found by following every link from the first page, and held against the access table."""

from __future__ import annotations

from urllib.parse import urljoin, urlsplit

from django.urls import Resolver404, resolve
from playwright.sync_api import Error, Page

from shishi.web.office.access import DOORS

LINKS = "() => [...document.querySelectorAll('a[href]')].map(link => link.href)"
NO_PAGES = frozenset({"office:entry", "office:entry-password", "office:entry-demonstration", "portal:nothing_here"})
"""Addresses that only a link out of the house leads to, or that answer a form alone."""


def route_of(path: str) -> str:
    """The route that answers a path; empty for none."""
    try:
        return resolve(path).view_name
    except Resolver404:
        return ""


def pages_from(page: Page, address: str, starts: tuple[str, ...]) -> dict[str, str]:
    """For each route that links lead to, the first address found of it (path and query); breadth first. Files that are
    handed out are no pages."""
    found: dict[str, str] = {}
    waiting = [urljoin(address, start) for start in starts]
    while waiting:
        told = urlsplit(waiting.pop(0))
        route = route_of(told.path)
        if (
            f"{told.scheme}://{told.netloc}" != address
            or not route
            or route in found
            or told.path.startswith("/static")
        ):
            continue
        path = told.path + (f"?{told.query}" if told.query else "")
        if not _opens(page, address + path):
            found[route] = ""
            continue
        found[route] = path
        waiting += page.evaluate(LINKS)
    return {route: path for route, path in found.items() if path}


def _opens(page: Page, address: str) -> bool:
    """Go there. What is handed out as a file is no page."""
    try:
        answer = page.goto(address)
    except Error as fault:
        if "Download is starting" not in str(fault):
            raise
        return False
    return answer is not None and answer.ok and answer.headers.get("content-type", "").startswith("text/html")


def shown_routes() -> set[str]:
    """Every route of the access table that a browser may open."""
    return {name for name in DOORS if name.startswith(("office:", "portal:"))} - NO_PAGES
