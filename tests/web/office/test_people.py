"""Bodies, people and posts on pages; delegations; import from Excel; the trail's search; health."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from shishi.apps.accounts.importing import people_template
from shishi.apps.accounts.models import Delegation, Person, Post
from shishi.apps.accounts.roles import Role
from shishi.apps.audit.models import AuditEvent
from shishi.apps.audit.selectors import verify
from tests.apps.town import BEGIN, Town
from tests.web.conftest import SignedIn


def said(response: Any) -> str:
    return str(response.content.decode())


def sheet_with(folder: Path, *rows: list[str]) -> SimpleUploadedFile:
    path = folder / "people.xlsx"
    people_template(path)
    book = openpyxl.load_workbook(path)
    sheet = book["人员和岗位"] if "人员和岗位" in book.sheetnames else book.worksheets[0]
    cells = [cell for line in sheet.iter_rows(max_row=8) for cell in line if cell.value]
    wanted = ("用户名", "姓名", "邮箱", "单位代码", "角色", "行政区划", "重点项目", "截止日")
    heads = [next(cell for cell in cells if str(cell.value).strip("*＊ \n").startswith(name)) for name in wanted]
    columns, first = [cell.column for cell in heads], max(cell.row for cell in heads) + 1
    for number, row in enumerate(rows, start=first + 1):
        for column, text in zip(columns, row, strict=True):
            sheet.cell(number, column, text)
    book.save(path)
    return SimpleUploadedFile("people.xlsx", path.read_bytes())


def test_a_person_is_added_gets_a_post_is_invited_and_leaves(lived_in: Town, site: Client) -> None:
    added = site.post("/people/add/", {"username": "zhang.san", "name": "张三丰", "mail": ""})
    assert added["Location"] == "/people/zhang.san/"
    told = {"body": "office", "role": "clerk", "divisions": "宣州区、郎溪县", "programmes": [], "until": ""}
    assert site.post("/people/zhang.san/posts/add/", told).status_code == 302
    post = Post.objects.get(person__username="zhang.san")
    assert (post.divisions, post.programmes) == (["341802", "341821"], ["*"])
    assert "张三丰" in said(site.get("/people/?q=三丰"))
    assert "clerk_guangde" not in said(site.get("/people/?q=三丰"))
    for sound in ("zsf", "zhangsanfeng", "ZHANG.SAN"):
        found = said(site.get("/people/", {"q": sound}))
        assert "张三丰" in found
        assert "clerk_guangde" not in found
    site.post("/people/zhang.san/invite/", {})
    assert "/sign-in/password/" in said(site.get("/people/zhang.san/"))
    assert "/sign-in/password/" not in said(site.get("/people/zhang.san/"))
    site.post(f"/posts/{post.pk}/end/", {"on": "2999-01-01"})
    assert Post.objects.get(pk=post.pk).ended_on is not None
    site.post("/people/zhang.san/end/", {})
    assert not Person.objects.get(username="zhang.san").is_active
    assert verify().broken is None


def test_a_fault_is_told_at_the_form_and_nothing_is_written(lived_in: Town, site: Client) -> None:
    before = AuditEvent.objects.count()
    for address, typed, word in (
        ("/people/add/", {"username": "no spaces here", "name": "某"}, "写法不对"),
        ("/people/add/", {"username": "", "name": "某"}, "请填写"),
        ("/people/leader/posts/add/", {"body": "x", "role": "clerk", "divisions": "宣州区"}, "没有代码为"),
        ("/bodies/add/", {"code": "new", "title": "新", "division": "无此地"}, "没有名为"),
    ):
        response = site.post(address, typed)
        assert (response.status_code, word in said(response)) == (422, True), address
    assert AuditEvent.objects.count() == before


def test_who_manages_a_city_sees_and_changes_only_its_people(lived_in: Town, signed_in: SignedIn) -> None:
    lived_in.person("keeper", "guangde", Role.SECURITY_ADMINISTRATOR, "341882", "*")
    keeper = signed_in("keeper")
    listed = said(keeper.get("/people/"))
    assert "clerk_guangde" in listed
    assert "clerk_langxi" not in listed
    assert keeper.get("/people/clerk_langxi/").status_code == 404
    assert keeper.get("/bodies/langxi/").status_code == 404
    assert "领办" in said(keeper.get("/bodies/guangde/"))


def test_a_post_is_delegated_and_taken_back(lived_in: Town, signed_in: SignedIn) -> None:
    leader, post = signed_in("leader"), Post.objects.get(person__username="leader")
    told = {"to": "reviewer", "starts": "2026-01-01", "ends": "2026-01-10", "reason": "出差", "divisions": ""}
    late = leader.post(f"/me/posts/{post.pk}/delegate/", told)
    assert (late.status_code, "起止日不对" in said(late)) == (422, True)
    from datetime import UTC, datetime, timedelta

    today = datetime.now(UTC).date() + timedelta(days=1)
    told |= {"starts": str(today), "ends": str(today + timedelta(days=3))}
    assert leader.post(f"/me/posts/{post.pk}/delegate/", told)["Location"] == "/me/posts/"
    assert "出差" in said(leader.get("/me/posts/"))
    assert "出差" in said(signed_in("reviewer").get("/me/posts/"))
    given = Delegation.objects.get()
    assert signed_in("clerk_langxi").post(f"/me/delegations/{given.pk}/take-back/", {}).status_code == 422
    assert leader.post(f"/me/delegations/{given.pk}/take-back/", {}).status_code == 302
    assert Delegation.objects.get().taken_back_by == "leader"


def test_people_come_from_a_workbook_whole_or_not_at_all(lived_in: Town, site: Client, tmp_path: Path) -> None:
    good = ["li.si", "李四", "", "guangde", "填报人", "广德市", "房屋办证", ""]
    bad = ["wang.wu", "王五", "", "nowhere", "填报人", "广德市", "", ""]
    refused = site.post("/people/import/", {"file": sheet_with(tmp_path, good, bad)})
    assert refused.status_code == 422
    assert "没有代码为“nowhere”的单位" in said(refused)
    assert not Person.objects.filter(username="li.si").exists()
    tried = site.post("/people/import/", {"file": sheet_with(tmp_path, good), "try_only": "on"})
    assert "会新增 1 人、1 个岗位" in said(tried)
    assert not Person.objects.filter(username="li.si").exists()
    assert site.post("/people/import/", {"file": sheet_with(tmp_path, good)}).status_code == 302
    assert Post.objects.get(person__username="li.si").programmes == ["somewhere/2021/homes"]
    site.post("/people/import/", {"file": sheet_with(tmp_path, good)})
    assert Post.objects.filter(person__username="li.si").count() == 1


@pytest.mark.parametrize(
    ("asked", "hit", "miss"),
    [
        ("person=leader", "notice", "ledger."),
        ("action=ledger.", "ledger.", "user.add"),
        ("subject=post:", "post:", "x"),
    ],
)
def test_the_trail_is_searched(lived_in: Town, site: Client, asked: str, hit: str, miss: str) -> None:
    rows = said(site.get(f"/audit/?{asked}")).split('aria-label="事件"')[1]
    assert hit in rows
    assert f"<code>{miss}" not in rows


def test_a_day_of_the_trail_is_found_and_an_empty_one_says_so(lived_in: Town, site: Client) -> None:
    assert "没有符合的事件" in said(site.get("/audit/?as_of=1999-01-01"))
    assert "post.add" in said(site.get(f"/audit/?as_of={BEGIN:%Y-%m-%d}"))


def test_health_says_what_has_never_been_done(lived_in: Town, site: Client) -> None:
    page = said(site.get("/health/"))
    for word in ("库", "审计链", "磁盘", "从来没有做过", "恢复演练"):
        assert word in page
