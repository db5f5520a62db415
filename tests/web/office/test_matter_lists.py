"""Matters from Excel on their page: the template, what was understood, the marked faults, opening them."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from shishi.apps.accounts.roles import Role
from shishi.apps.supervision.models import MatterRow
from tests.apps.test_matter_lists import FIRST, SECOND, a_list
from tests.apps.town import NAME, Town
from tests.web.conftest import SignedIn


@pytest.fixture
def office(db: None, own_folder: Any, code_list: Any) -> Town:
    """The town with the real reader of workbooks."""
    return Town(own_folder, code_list)


@pytest.fixture
def leader(office: Town, signed_in: SignedIn) -> Client:
    return signed_in("leader")


def read(page: Any) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page.content.decode()).split())


def soon(*rows: tuple[object, ...]) -> list[tuple[object, ...]]:
    """The rows with a limit in working days: the pages' clock is the machine's."""
    return [(*row[:6], "10个工作日", *row[7:]) for row in rows]


def send(browser: Client, town: Town, *rows: tuple[object, ...]) -> Any:
    file = SimpleUploadedFile("督办清单.xlsx", a_list(town, *rows).read_bytes())
    return browser.post("/matters/import/", {"programme": NAME, "file": file}, follow=True)


def here(page: Any) -> str:
    return f"{page.request['PATH_INFO']}?{page.request['QUERY_STRING']}"


def test_a_list_is_looked_at_before_anything_is_opened(office: Town, leader: Client) -> None:
    page = send(leader, office, *soon(FIRST, SECOND))
    told = read(page)
    assert "读到 2 件" in told
    assert "配合：郎溪县专班、市办公室" in told
    assert "交办后 10 个工作日" in told
    assert MatterRow.objects.count() == 0


def test_then_it_is_opened_once_and_the_page_tells_what_is_there(office: Town, leader: Client) -> None:
    page = send(leader, office, *soon(FIRST, SECOND))
    done = leader.post(here(page), {"assigned": "on"}, follow=True)
    assert "新立 2 件" in read(done)
    assert "已交办" in read(done)
    assert MatterRow.objects.count() == 2
    leader.post(here(page), {})
    assert MatterRow.objects.count() == 2
    assert "都已立项" in read(send(leader, office, *soon(FIRST, SECOND)))


def test_faults_stand_at_their_cells_and_in_a_marked_workbook(office: Town, leader: Client) -> None:
    page = send(leader, office, *soon((*FIRST[:3], "没有这个局", *FIRST[4:])))
    assert page.status_code == 422
    assert "没有在用的单位“没有这个局”" in read(page)
    marked = leader.get(here(page).replace("/import/", "/import/marked.xlsx"))
    assert marked.content[:2] == b"PK"
    assert MatterRow.objects.count() == 0


def test_the_page_of_a_list_is_its_senders_alone(office: Town, leader: Client, signed_in: SignedIn) -> None:
    page = send(leader, office, *soon(FIRST))
    office.person("other_leader", "office", Role.LEADER, "3418")
    assert signed_in("other_leader").get(here(page)).status_code == 404
    assert leader.get("/matters/import/?list=made-up").status_code == 404
    assert signed_in("clerk_xuanzhou").get("/matters/import/").status_code == 403


def test_the_template_is_there_and_the_list_of_matters_leads_to_it(office: Town, leader: Client) -> None:
    assert leader.get("/matters/import/template.xlsx").content[:2] == b"PK"
    assert "/matters/import/" in leader.get("/matters/").content.decode()


def test_what_is_no_workbook_is_refused_at_its_field(office: Town, leader: Client) -> None:
    file = SimpleUploadedFile("a.pdf", b"%PDF")
    page = leader.post("/matters/import/", {"programme": NAME, "file": file})
    assert page.status_code == 422
    rubbish = SimpleUploadedFile("a.xlsx", b"not a workbook")
    assert leader.post("/matters/import/", {"programme": NAME, "file": rubbish}, follow=True).status_code == 422
