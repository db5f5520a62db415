"""Complaining on the portal: five questions on one page, sent twice it is one case, and nobody else's is seen."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from shishi.apps.cases.models import CaseRow
from shishi.apps.citizens.services import enter_by_phone
from tests.apps.case_town import HOMES, LANGXI, XUANZHOU
from tests.web.api.interface_town import InterfaceTown

PAGE = f"/services/complaints/{HOMES}/?place={XUANZHOU}"
SAID = {"kind": "suggestion", "title": "多开一个窗口", "text": "中午也能办就好了。"}


@pytest.fixture
def town(db: None, own_folder: Path, code_list: Path) -> InterfaceTown:
    return InterfaceTown(own_folder, code_list)


@pytest.fixture
def citizen(town: InterfaceTown) -> Client:
    browser = Client(SERVER_NAME="localhost")
    person = enter_by_phone("13800005678", datetime.now(UTC))
    browser.force_login(person, backend=settings.AUTHENTICATION_BACKENDS[0])
    return browser


def once(page: Any) -> str:
    found = re.search(r'name="once" value="([^"]+)"', page.content.decode())
    assert found
    return found[1]


def test_who_has_not_signed_in_does_that_first_and_comes_back(town: InterfaceTown) -> None:
    answer = Client(SERVER_NAME="localhost").get(PAGE)
    assert answer.status_code == 302
    assert answer["Location"].startswith("/services/sign-in/?next=%2Fservices%2Fcomplaints%2F")


def test_a_suggestion_becomes_a_case_of_the_place_with_a_receipt(citizen: Client) -> None:
    page = citizen.get(PAGE)
    assert "宣州区" in page.content.decode()
    told = {**SAID, "once": once(page), "place": XUANZHOU}
    first, again = citizen.post(PAGE, told), citizen.post(PAGE, told)
    assert first.status_code == again.status_code == 302
    assert first["Location"] == again["Location"]
    case = CaseRow.objects.get()
    assert (case.programme, case.division, case.channel, case.title) == (HOMES, XUANZHOU, "online", "多开一个窗口")
    receipt = citizen.get(first["Location"])
    assert case.number in receipt.content.decode()


def test_what_is_missing_is_said_at_its_field_and_nothing_typed_is_lost(citizen: Client) -> None:
    page = citizen.post(PAGE, {**SAID, "text": "", "once": once(citizen.get(PAGE)), "place": XUANZHOU})
    assert page.status_code == 422
    told = page.content.decode()
    assert 'href="#text"' in told
    assert 'value="多开一个窗口"' in told
    assert re.search(r'value="suggestion" checked', told)
    assert not CaseRow.objects.exists()


def test_a_place_beyond_the_promise_is_the_whole_of_it(citizen: Client) -> None:
    citizen.post(PAGE, {**SAID, "once": once(citizen.get(PAGE)), "place": "110101"})
    assert CaseRow.objects.get().division == "3418"
    assert citizen.get(f"/services/complaints/nowhere/2021/x/?place={LANGXI}").status_code == 404
