"""Bodies, people and posts on pages; delegations; import from Excel; the trail's search; health."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client

from shishi.apps.accounts.importing import people_template
from shishi.apps.accounts.models import Delegation, Person, Post
from shishi.apps.accounts.roles import Role
from shishi.apps.audit.models import AuditEvent
from shishi.apps.audit.selectors import verify
from shishi.apps.messages.models import Delivery, Message
from shishi.apps.messages.services import post_message
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
    wanted = ("用户名", "姓名", "邮箱", "单位", "角色", "行政区划", "重点项目", "截止日")
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


GOOD = ["li.si", "李四", "", "guangde", "填报人", "广德市", "房屋办证", ""]


def hand_in(site: Client, folder: Path, *rows: list[str]) -> Any:
    return site.post("/people/import/", {"file": sheet_with(folder, *rows)}, follow=True)


def here(page: Any) -> str:
    return f"{page.request['PATH_INFO']}?{page.request['QUERY_STRING']}"


def test_people_come_from_a_workbook_whole_or_not_at_all(lived_in: Town, site: Client, tmp_path: Path) -> None:
    refused = hand_in(site, tmp_path, GOOD, ["wang.wu", "王五", "", "nowhere", "填报人", "广德市", "", ""])
    assert refused.status_code == 422
    assert "没有在用的单位“nowhere”" in said(refused)
    assert site.get(here(refused).replace("/import/", "/import/marked.xlsx")).content[:2] == b"PK"
    looked = hand_in(site, tmp_path, GOOD)
    assert "新人员" in said(looked)
    assert not Person.objects.filter(username="li.si").exists()
    assert "新增 1 人、1 个岗位" in said(site.post(here(looked), {}, follow=True))
    assert Post.objects.get(person__username="li.si").programmes == ["somewhere/2021/homes"]
    assert "没有要新增的" in said(hand_in(site, tmp_path, GOOD))
    site.post(here(looked), {})
    assert Post.objects.filter(person__username="li.si").count() == 1


def test_rubbish_in_a_list_of_people_is_named_cell_by_cell(lived_in: Town, site: Client, tmp_path: Path) -> None:
    rubbish = [
        ["李 四", "李四", "", "guangde", "填报人", "广德市", "", ""],
        ["a1", "甲", "不是邮箱", "guangde", "填报人", "广德市", "", ""],
        ["a2", "甲", "", "guangde", "县长", "广德市", "", ""],
        ["a3", "甲", "", "guangde", "填报人", "鼓楼区", "", ""],
        ["a4", "甲", "", "guangde", "填报人", "广德市", "没有的项目", ""],
        ["a5", "甲", "", "guangde", "填报人", "广德市", "", "明年"],
        ["a6", "甲", "", "guangde", "填报人", "广德市", "", "2021-01-01"],
        ["a7", "甲", "", "广德市专班", "填报人", "广德市", "", ""],
        ["a7", "甲", "", "guangde", "填报人", "广德市", "", ""],
        ["c" * 200, "甲", "", "guangde", "填报人", "广德市", "", ""],
    ]
    page = said(hand_in(site, tmp_path, *rubbish))
    for told in ("写法不对", "不是邮箱地址", "没有“县长”这一项", "鼓楼区”有", "没有的项目", "现为“明年”", "已经过去"):
        assert told in page, told
    assert "与第 " in page
    assert "有 9 处要改" in page
    assert not Person.objects.filter(username__startswith="a").exclude(username="audit").exists()


def test_a_list_of_people_is_its_senders_alone(
    lived_in: Town, site: Client, signed_in: SignedIn, tmp_path: Path
) -> None:
    page = hand_in(site, tmp_path, GOOD)
    lived_in.person("keeper", "office", Role.SECURITY_ADMINISTRATOR, "00")
    assert signed_in("keeper").get(here(page)).status_code == 404
    rubbish = SimpleUploadedFile("people.xlsx", b"%PDF-1.4")
    assert site.post("/people/import/", {"file": rubbish}, follow=True).status_code == 422


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


def test_health_shows_what_was_not_delivered_and_sends_it_again(lived_in: Town, site: Client) -> None:
    with transaction.atomic():
        post_message(to=lived_in.leader, key="k", subject="请签收", text="", about="notice:1", at=lived_in.tick())
    Delivery.objects.create(
        key="k:oa", message=Message.objects.get(key="k"), channel="oa", address="leader", state="failed",
        attempts=3, last_error="无法连通。",
    )  # fmt: skip
    page = said(site.get("/health/"))
    assert "没有送到的消息" in page
    assert "无法连通。" in page
    assert '消息投递<td data-title="状态"><span class="state behind">' in page
    assert "已重新排队 1 条" in said(site.post("/health/messages/", follow=True))
    assert Delivery.objects.get(key="k:oa").state == "queued"
    assert site.get("/health/messages/").status_code == 405


def test_health_tells_when_somebody_may_do_everything_beside_separate_administrators(
    lived_in: Town, site: Client
) -> None:
    assert '权限分设<td data-title="状态"><span class="state ahead">' in said(site.get("/health/"))
    lived_in.person("auditor", "office", Role.AUDIT_ADMINISTRATOR, "3418")
    assert "请免去全权岗位" in said(site.get("/health/"))
