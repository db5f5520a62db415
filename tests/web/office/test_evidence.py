"""Evidence on pages: added without a script or file by file, seen side by side, proved to whoever holds a print."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from typing import Any
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from shishi.apps.assurance import likenesses
from shishi.apps.assurance.models import EvidenceRow
from shishi.apps.ledger.selectors import live
from shishi.core.evidence_plans import DutyReason, EvidencePlan, Side
from tests.adapters.pictures import PAPER, SECRET, SVG, photo, told
from tests.apps.town import DAY, HOMES, PROGRAMME, Town, home, pack_of, read_rows
from tests.web.conftest import SignedIn

PLAN = EvidencePlan("certificate", "演示理由", ((Side.BEFORE, 1), (Side.AFTER, 1)), reason=DutyReason.PAYMENT)


@pytest.fixture
def street(db: None, own_folder: Any, code_list: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Town]:
    """A town whose homes ask for photos; one home in 宣州区, one in 广德市."""
    monkeypatch.setattr("shishi.apps.ledger.services.Workbook", read_rows)
    likenesses.forget()
    tables = tuple(
        replace(table, evidence=(PLAN,)) if table.name == HOMES.name else table for table in PROGRAMME.tables
    )
    town = Town(own_folder, code_list, pack_of(replace(PROGRAMME, tables=tables)))
    town.hand_in(home("H1", "issued"), by=town.clerk())
    town.hand_in(home("G1", "issued", county="341882"), by=town.clerk("guangde"))
    yield town
    likenesses.forget()


def address(number: str = "H1") -> str:
    entry: UUID = live(HOMES.name, DAY).get(key=number).entry
    return f"/row/{entry}/evidence/"


def upload(browser: Client, *contents: bytes, script: bool = False, number: str = "H1", **asked: str) -> Any:
    files = [SimpleUploadedFile(f"照片{at}.jpg", content) for at, content in enumerate(contents)]
    headers = {"Accept": "application/json"} if script else {}
    fields = {"group": "certificate", "side": "after", "caption": "东门", **asked}
    return browser.post(address(number), {**fields, "evidence": files}, headers=headers)


def test_photos_are_added_together_without_a_script_and_stand_side_by_side(street: Town, signed_in: SignedIn) -> None:
    browser = signed_in("clerk_xuanzhou")
    assert "还缺" in browser.get(address()).content.decode()
    assert upload(browser, photo(1), side="before").status_code == 302
    answer = upload(browser, photo(2), PAPER)
    assert answer.status_code == 302
    page = browser.get(address()).content.decode()
    assert 'class="pair"' in page
    assert "佐证齐全" in page
    assert "收到 2 份佐证" in page
    assert "相册上传" in page
    row = browser.get(address().removesuffix("evidence/")).content.decode()
    assert row.count("/thumb.jpg") == 2


def test_what_is_taken_is_taken_and_what_is_refused_is_told_by_name(street: Town, signed_in: SignedIn) -> None:
    browser = signed_in("clerk_xuanzhou")
    assert upload(browser, photo(1), SVG).status_code == 302
    assert "照片1.jpg：文件的内容是网页或矢量图" in browser.get(address()).content.decode()
    nothing = upload(browser, SVG)
    assert nothing.status_code == 422
    assert "照片0.jpg" in nothing.content.decode()
    assert upload(browser).status_code == 422
    assert EvidenceRow.objects.count() == 1


def test_a_script_takes_a_ticket_tells_the_hash_and_sends_the_file(street: Town, signed_in: SignedIn) -> None:
    browser, content = signed_in("clerk_xuanzhou"), photo(3)
    given = browser.post(f"{address()}ticket/", {"group": "certificate", "side": "after"}).json()
    told_at = browser.post(f"/evidence/tickets/{given['ticket']}/", {"sha256": sha256(content).hexdigest()})
    assert told_at.status_code == 200
    answer = upload(browser, content, script=True, ticket=given["ticket"]).json()
    assert answer["refused"] == []
    assert (answer["done"][0]["status"], answer["done"][0]["level"]) == ("received", "B")
    again = upload(browser, photo(4), script=True, ticket=given["ticket"])
    assert again.status_code == 422
    assert "不符" in again.json()["refused"][0]


@pytest.mark.parametrize(
    "claim",
    [
        {"longitude": "1e999999", "latitude": "0", "accuracy": "5"},
        {"longitude": "NaN", "latitude": "sNaN", "accuracy": "Infinity"},
        {"longitude": "118.7", "latitude": "30.9", "accuracy": "1e999999999"},
        {"longitude": "", "latitude": "x", "accuracy": "-1", "taken_at": "yesterday"},
    ],
)
def test_what_no_device_can_mean_is_no_claim(street: Town, signed_in: SignedIn, claim: dict[str, str]) -> None:
    answer = upload(signed_in("clerk_xuanzhou"), photo(1), script=True, **claim).json()
    assert answer["done"][0]["level"] == "C"
    assert "accuracy" not in EvidenceRow.objects.get().claim or claim["accuracy"] == "5"


def test_copies_are_shown_and_the_original_only_with_a_reason(street: Town, signed_in: SignedIn) -> None:
    browser = signed_in("clerk_xuanzhou")
    upload(browser, told())
    number = EvidenceRow.objects.get().pk
    shown = browser.get(f"/evidence/{number}/view.jpg")
    assert shown["Content-Type"] == "image/jpeg"
    assert shown["Cache-Control"].startswith("private")
    assert SECRET.encode() not in shown.content
    assert browser.post(f"/evidence/{number}/original/", {"reason": "看"}).status_code == 403
    reviewer = signed_in("reviewer")
    original = reviewer.post(f"/evidence/{number}/original/", {"reason": "核对拍摄时间"})
    assert original.content == told()
    assert original["Content-Type"] == "application/octet-stream"
    assert original["Content-Disposition"].startswith("attachment")


def test_pictures_of_a_row_out_of_reach_are_nowhere(street: Town, signed_in: SignedIn) -> None:
    upload(signed_in("clerk_xuanzhou"), photo(1))
    number = EvidenceRow.objects.get().pk
    stranger = signed_in("clerk_guangde")
    entry = address().split("/")[2]
    for place in (
        address(),
        f"/evidence/{number}/thumb.jpg",
        f"/row/{entry}/archive/",
        f"/row/{entry}/archive.zip",
        f"/row/{entry}/archive.pdf",
    ):
        assert stranger.get(place).status_code == 404
    assert stranger.post(f"/evidence/{number}/withdraw/", {"reason": "x", "entry": entry}).status_code == 404
    assert upload(stranger, photo(2)).status_code == 404


def test_evidence_is_taken_back_on_the_page_with_a_reason(street: Town, signed_in: SignedIn) -> None:
    browser = signed_in("clerk_xuanzhou")
    upload(browser, photo(1))
    number, entry = EvidenceRow.objects.get().pk, address().split("/")[2]
    browser.post(f"/evidence/{number}/withdraw/", {"reason": " ", "entry": entry})
    assert "请写明撤下的原因" in browser.get(address()).content.decode()
    browser.post(f"/evidence/{number}/withdraw/", {"reason": "拍错了楼", "entry": entry})
    assert "拍错了楼" in browser.get(address()).content.decode()


def test_coverage_tells_by_division_what_is_missing(street: Town, signed_in: SignedIn) -> None:
    upload(signed_in("clerk_xuanzhou"), photo(1), side="before")
    page = signed_in("leader").get("/p/somewhere/2021/homes/evidence/?division=341800").content.decode()
    assert "宣州区" in page
    assert "广德市" in page
    assert "之后照片 1 张" in page
    own = signed_in("clerk_guangde").get("/p/somewhere/2021/homes/evidence/").content.decode()
    assert "G1" in own
    assert "H1" not in own


def test_an_archive_is_a_file_that_opens_anywhere_and_names_every_hash(street: Town, signed_in: SignedIn) -> None:
    browser = signed_in("clerk_xuanzhou")
    upload(browser, told(), side="before", caption="=1+1")
    upload(browser, PAPER)
    entry = address().split("/")[2]
    assert "全过程影像" in browser.get(f"/row/{entry}/archive/").content.decode()
    whole = zipfile.ZipFile(io.BytesIO(browser.get(f"/row/{entry}/archive.zip").content))
    names = whole.namelist()
    assert {name.split("/")[0] for name in names} == {"index.html", "manifest.csv", "pictures", "papers"}
    lines = list(csv.reader(io.StringIO(whole.read("manifest.csv").decode("utf-8-sig"))))
    assert {line[11] for line in lines[1:]} == {sha256(told()).hexdigest(), sha256(PAPER).hexdigest()}
    assert "'=1+1" in {line[4] for line in lines[1:]}
    assert all(SECRET.encode() not in whole.read(name) for name in names)
    printed = browser.get(f"/row/{entry}/archive.pdf")
    assert (printed["Content-Type"], printed.content[:5]) == ("application/pdf", b"%PDF-")
    assert SECRET.encode() not in printed.content


def test_whoever_holds_a_print_may_ask_whether_it_is_registered(
    street: Town, signed_in: SignedIn, stranger: Client
) -> None:
    upload(signed_in("clerk_xuanzhou"), photo(1), caption="张三家门口")
    row = EvidenceRow.objects.get()
    answer = stranger.get(f"/promises/evidence/{row.code}/")
    page = answer.content.decode()
    assert row.original in page
    assert "宣州区" in page
    for private in ("张三", "H1", "clerk_xuanzhou", "jpg"):
        assert private not in page
    assert stranger.get("/promises/evidence/nobodys-code-at-all/").status_code == 404
