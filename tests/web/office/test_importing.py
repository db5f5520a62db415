"""A workbook's three steps on pages: understood, changed, done; the second person; undoing it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client

from shishi.apps.indicators import overview
from shishi.apps.ledger.models import Batch, HeaderMapping, Proposal, RevisionRow
from shishi.core.tables import Values
from tests.apps.town import HOMES, Town, home
from tests.web.conftest import SignedIn


@pytest.fixture
def office(db: None, own_folder: Path, code_list: Path) -> Town:
    """The town with the real reader of workbooks."""
    overview.forget()
    return Town(own_folder, code_list)


@pytest.fixture
def clerk(office: Town, signed_in: SignedIn) -> Client:
    """宣州区's clerk."""
    return signed_in("clerk_xuanzhou")


def send(browser: Client, town: Town, *rows: Values, **said: Any) -> HttpResponse:
    """Hand in a real workbook on the first page; the page it leads to."""
    path = town.workbook(rows, HOMES)
    file = SimpleUploadedFile(said.pop("name", path.name), said.pop("content", path.read_bytes()))
    form = {"table": HOMES.name, "as_of": "2021-09-30", "division": "341802", "mode": "merge", "file": file, **said}
    return browser.post("/imports/", form, follow=True)


def text_of(page: HttpResponse) -> str:
    """What somebody reads."""
    return " ".join(re.sub(r"<[^>]+>", " ", page.content.decode()).split())


def address(page: Any) -> str:
    """Where the page stands, without its question."""
    return str(page.request["PATH_INFO"])


def test_first_it_is_told_what_was_understood(office: Town, clerk: Client) -> None:
    page = send(clerk, office, home("X1", "issued", owner="张三"), home("X2"))
    read = text_of(page)
    assert page.status_code == 200
    assert "读懂了什么" in read
    assert "数据 2 行" in read
    assert RevisionRow.objects.count() == 0


def test_then_every_cell_that_changes_then_it_is_written_and_the_figures_move(office: Town, clerk: Client) -> None:
    page = send(clerk, office, home("X1", "issued"), home("X2"))
    looked = text_of(clerk.get(f"{address(page)}?step=changes"))
    assert "新增" in looked
    assert "X2" in looked
    assert RevisionRow.objects.count() == 0
    done = clerk.post(f"{address(page)}confirm/", {}, follow=True)
    read = text_of(done)
    assert RevisionRow.objects.count() == 2
    assert "已写入" in read
    assert re.search(r"房屋套数 宣州区 未报 2 套", read), read


def test_the_same_form_sent_twice_begins_one_job(office: Town, clerk: Client) -> None:
    page = send(clerk, office, home("X1"))
    once = re.search(r'name="once" value="([\w-]+)"', clerk.get(f"{address(page)}?step=changes").content.decode())
    assert once is not None
    for _ in range(2):
        assert clerk.post(f"{address(page)}confirm/", {"once": once[1]}, follow=True).status_code == 200
    assert Batch.objects.count() == 1


def test_faults_stand_at_their_cell_and_in_the_marked_workbook(office: Town, clerk: Client) -> None:
    page = send(clerk, office, {"number": "X1", "county": "341802"})
    read = text_of(page)
    assert "必填" in read
    marked = clerk.get(f"{address(page)}marked.xlsx")
    assert marked.status_code == 200
    assert marked.content[:2] == b"PK"
    refused = clerk.post(f"{address(page)}confirm/", {})
    assert refused.status_code == 422
    assert Batch.objects.count() == 0


def test_a_query_is_explained_in_its_line(office: Town, clerk: Client) -> None:
    page = send(clerk, office, home("X1", area="800"))
    assert "核实说明" in text_of(page)
    empty = clerk.post(f"{address(page)}explain/", {})
    assert empty.status_code == 422
    again = clerk.post(f"{address(page)}explain/", {"place_0": "两套打通"}, follow=True)
    assert again.status_code == 200
    clerk.post(f"{address(again)}confirm/", {})
    assert RevisionRow.objects.get().explanation == "两套打通"


def test_a_header_is_given_its_meaning_and_remembered(office: Town, clerk: Client) -> None:
    content = "房屋编号,县市区,权利人,户编号,办到哪一步\nX1,341802,张三,H1,已列入\n".encode()
    page = send(clerk, office, content=content, name="台账.csv")
    look = clerk.get(f"{address(page)}?step=understood")
    html = look.content.decode()
    wanted = {"办到哪一步": "stage"}
    said = {
        name: wanted[header]
        for header in wanted
        for name in re.findall(rf'<label class="unseen" for="id_(header_\d+)">{header}</label>', html)
    }
    assert len(said) == 1, html
    again = clerk.post(f"{address(page)}mapping/", said, follow=True)
    clerk.post(f"{address(again)}confirm/", {})
    assert RevisionRow.objects.get().key == "X1"
    assert {item.header: item.field for item in HeaderMapping.objects.all()} == wanted


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [("照片.jpg", b"\xff\xd8", "不是这里收的文件"), ("表.xlsx", b"hello", "内容与扩展名不符"), ("表.xlsx", b"", "空")],
)
def test_what_is_no_workbook_is_turned_away_at_its_field(
    office: Town, clerk: Client, name: str, content: bytes, words: str
) -> None:
    page = send(clerk, office, content=content, name=name)
    assert page.status_code == 422
    assert words in text_of(page)


def test_a_second_person_approves_exactly_these_cells(office: Town, clerk: Client, signed_in: SignedIn) -> None:
    page = send(clerk, office, home("X1"))
    sent = clerk.post(f"{address(page)}confirm/", {"propose": "on"}, follow=True)
    assert "已送审" in text_of(sent)
    proposal = Proposal.objects.get()
    assert clerk.post(f"/proposals/{proposal.pk}/approve/", {}).status_code == 422
    reviewer = signed_in("reviewer")
    assert "台账" in text_of(reviewer.get("/proposals/"))
    assert "X1" in text_of(reviewer.get(f"/proposals/{proposal.pk}/"))
    done = reviewer.post(f"/proposals/{proposal.pk}/approve/", {}, follow=True)
    assert "已批准" in text_of(done)
    assert Batch.objects.get().approved_by == "reviewer"


def test_it_goes_back_with_a_reason_only(office: Town, clerk: Client, signed_in: SignedIn) -> None:
    page = send(clerk, office, home("X1"))
    clerk.post(f"{address(page)}confirm/", {"propose": "on"})
    proposal, reviewer = Proposal.objects.get(), signed_in("reviewer")
    assert reviewer.post(f"/proposals/{proposal.pk}/return/", {}).status_code == 422
    reviewer.post(f"/proposals/{proposal.pk}/return/", {"reason": "阶段与证书不符", "cells": "房屋台账!C2=核对"})
    proposal.refresh_from_db()
    assert (proposal.state, proposal.reason) == ("returned", "阶段与证书不符")
    assert "阶段与证书不符" in text_of(clerk.get(f"/proposals/{proposal.pk}/"))


def test_a_batch_is_undone_with_a_reason(office: Town, clerk: Client) -> None:
    page = send(clerk, office, home("X1"))
    clerk.post(f"{address(page)}confirm/", {})
    batch = Batch.objects.get()
    assert clerk.post(f"/batches/{batch.pk}/", {}).status_code == 422
    gone = clerk.post(f"/batches/{batch.pk}/", {"reason": "报错了表"}, follow=True)
    assert "报错了表" in text_of(gone)
    assert "报错了表" in text_of(clerk.get(f"/batches/{batch.pk}/"))
    assert "撤销" in text_of(clerk.get(f"/batches/?table={HOMES.name}"))


def test_nobody_opens_the_hand_in_of_somebody_else(office: Town, clerk: Client, signed_in: SignedIn) -> None:
    page = send(clerk, office, home("X1"))
    clerk.post(f"{address(page)}confirm/", {})
    other = signed_in("clerk_langxi")
    assert other.get(address(page)).status_code == 404
    assert other.get(f"/batches/{Batch.objects.get().pk}/").status_code == 404
    assert signed_in("operator").get(address(page)).status_code == 404


def test_a_template_comes_with_the_rows_that_one_may_read(office: Town, clerk: Client, signed_in: SignedIn) -> None:
    empty = clerk.get(f"/imports/template.xlsx?table={HOMES.name}")
    filled = clerk.get(f"/imports/template.xlsx?table={HOMES.name}&prefill=1&as_of=2021-09-30")
    assert (empty.content[:2], filled.content[:2]) == (b"PK", b"PK")
    assert "attachment" in filled["Content-Disposition"]


def test_jobs_are_listed_with_what_became_of_them(office: Town, clerk: Client) -> None:
    page = send(clerk, office, home("X1"))
    read = text_of(clerk.get("/jobs/"))
    assert "房屋台账：报送.xlsx" in read
    assert "已完成" in read
    assert "打开这次导入" in text_of(clerk.get(address(page).replace("imports", "jobs")))
