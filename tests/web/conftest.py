"""A demonstration town with figures, findings, a notice and a brief, and its site."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from shishi.apps.accounts.selectors import person_named
from shishi.apps.accounts.services import make_operator
from shishi.apps.indicators import overview
from shishi.apps.supervision import services
from shishi.apps.supervision.selectors import notices_for
from shishi.apps.supervision.stocktake import run_day
from tests.apps.town import BEGIN, CITIZEN, DAY, GUANGDE, Town, home, read_rows


def populate(town: Town) -> Town:
    """Two days of reports: 宣州区 reports both, 广德市 only the first, 郎溪县 never; then the day's
    cycle, and one notice issued."""
    (town.folder / "store.json").write_text(json.dumps({"demonstration": True, "created_at": "2021-09-01T00:00:00Z"}))
    at = datetime(2021, 9, 29, 8, tzinfo=UTC)
    first = [home("X1", "issued", owner="张三", citizen=CITIZEN, household="H1"), home("X2")]
    town.hand_in(*first, as_of=date(2021, 9, 29), at=at, by=town.clerk(), file="宣州区.xlsx")
    guangde = home("G1", county=GUANGDE)
    town.hand_in(guangde, as_of=date(2021, 9, 29), at=at, by=town.clerk("guangde"), file="广德市.xlsx")
    late, closing = at + timedelta(days=1), at + timedelta(days=1, hours=4)
    town.hand_in(home("X2", "issued"), home("X3"), at=late, by=town.clerk(), file="宣州区二.xlsx")
    run_day("homes", DAY, demonstration=True, by=town.operator, at=closing)
    draft = notices_for(town.operator, at=closing)[0]
    services.approve(str(draft.id), by=town.leader, at=closing)
    services.issue(str(draft.id), by=town.leader, at=closing)
    town.now = closing
    return town


@pytest.fixture
def town(db: None, own_folder: Path, code_list: Path, monkeypatch: pytest.MonkeyPatch) -> Town:
    """A store with divisions, a pack and people, and nothing reported yet."""
    monkeypatch.setattr("shishi.apps.ledger.services.Workbook", read_rows)
    overview.forget()
    return Town(own_folder, code_list)


@pytest.fixture
def lived_in(db: None, own_folder: Path, code_list: Path, monkeypatch: pytest.MonkeyPatch) -> Town:
    """The store after two days."""
    monkeypatch.setattr("shishi.apps.ledger.services.Workbook", read_rows)
    overview.forget()
    return Town(own_folder, code_list, story=populate)


SignedIn = Callable[[str], Client]


@pytest.fixture
def signed_in(db: None, settings: Any) -> SignedIn:
    """A browser in which that person has signed in: ``signed_in("clerk_xuanzhou").get("/")``. Second factors are the
    business of the tests of sign-in."""
    settings.SECOND_FACTOR = ()

    def enter(username: str) -> Client:
        browser = Client(SERVER_NAME="localhost")
        browser.force_login(person_named(username))
        return browser

    return enter


@pytest.fixture
def site(signed_in: SignedIn) -> Client:
    """The site as the operator sees it."""
    make_operator(BEGIN)
    return signed_in("operator")


@pytest.fixture
def stranger() -> Client:
    """A browser in which nobody has signed in."""
    return Client(SERVER_NAME="localhost")
