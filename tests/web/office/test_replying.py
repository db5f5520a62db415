"""A notice is answered on one form: in words, with a filled workbook, or with what was handed in already."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from shishi.apps.indicators import overview
from shishi.apps.ledger.models import Batch, RevisionRow
from shishi.apps.ledger.services import undo_batch
from shishi.apps.programmes.selectors import table_named
from shishi.apps.supervision import services
from shishi.apps.supervision.selectors import NoticeView, notice_of, notices_for
from shishi.apps.supervision.stocktake import run_day
from shishi.core.notices import NoticeState
from shishi.core.tables import Values
from tests.apps.town import DAY, GUANGDE, HOMES, Town, home
from tests.web.conftest import SignedIn


@pytest.fixture
def office(db: None, own_folder: Path, code_list: Path) -> Town:
    """The town with the real reader of workbooks, after a day on which nobody reported."""
    overview.forget()
    town = Town(own_folder, code_list)
    run_day("homes", DAY, demonstration=True, by=town.operator, at=town.tick())
    return town


@pytest.fixture
def notice(office: Town) -> NoticeView:
    """A notice to 广德市's task force, issued and acknowledged."""
    to = next(item for item in notices_for(office.operator, at=office.now) if item.recipients[0].body == "guangde")
    services.issue(str(to.id), by=office.leader, at=office.tick())
    return services.acknowledge(str(to.id), by=office.clerk("guangde"), at=office.tick())


@pytest.fixture
def clerk(notice: NoticeView, signed_in: SignedIn) -> Client:
    return signed_in("clerk_guangde")


def seen(town: Town, notice: NoticeView) -> NoticeView:
    return notice_of(town.operator, str(notice.id), at=town.now + timedelta(days=9999))


def read(page: Any) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page.content.decode()).split())


def send(browser: Client, town: Town, notice: NoticeView, *rows: Values, **said: Any) -> Any:
    path = town.workbook(rows, HOMES)
    file = SimpleUploadedFile(path.name, path.read_bytes())
    form = {"text": "已补报。", "table": HOMES.name, "as_of": "2021-09-30", "file": file, **said}
    return browser.post(f"/notices/{notice.id}/reply/", form, follow=True)


def address(page: Any) -> str:
    return str(page.request["PATH_INFO"])


def test_a_workbook_is_looked_at_first_and_nothing_is_answered_until_it_is_written(
    office: Town, notice: NoticeView, clerk: Client
) -> None:
    looked = send(clerk, office, notice, home("G1", "issued", county=GUANGDE))
    assert "确认写入时一并反馈" in read(looked)
    changes = clerk.get(f"{address(looked)}?step=changes")
    assert "确认写入并反馈" in read(changes)
    assert "不直接写入" not in read(changes)
    assert seen(office, notice).state is NoticeState.ACKNOWLEDGED
    assert RevisionRow.objects.count() == 0


def test_writing_it_answers_with_the_batch(office: Town, notice: NoticeView, clerk: Client) -> None:
    looked = send(clerk, office, notice, home("G1", "issued", county=GUANGDE))
    done = clerk.post(f"{address(looked)}confirm/", {}, follow=True)
    assert "已随这份工作簿反馈" in read(done)
    after, batch = seen(office, notice), Batch.objects.get()
    assert after.state is NoticeState.REPLIED
    assert (after.history[-1].text, after.history[-1].batch) == ("已补报。", str(batch.pk))
    page = clerk.get(f"/notices/{notice.id}/")
    assert f"/batches/{batch.pk}/" in page.content.decode()
    assert "新增 1" in read(page)


def test_words_may_be_left_out_where_a_workbook_speaks_but_not_both(
    office: Town, notice: NoticeView, clerk: Client
) -> None:
    nothing = clerk.post(f"/notices/{notice.id}/reply/", {"text": ""})
    assert nothing.status_code == 422
    assert "请写明反馈内容，或附上更新台账的工作簿。" in read(nothing)
    looked = send(clerk, office, notice, home("G1", county=GUANGDE), text="")
    clerk.post(f"{address(looked)}confirm/", {})
    assert seen(office, notice).state is NoticeState.REPLIED


def test_a_faulty_workbook_comes_back_marked_and_the_words_are_kept_for_the_next_one(
    office: Town, notice: NoticeView, clerk: Client
) -> None:
    back = send(clerk, office, notice, {"number": "G1", "county": GUANGDE}, text="已组织补报。")
    assert "有问题，没有写入" in read(back)
    assert clerk.get(f"{address(back)}marked.xlsx").content[:2] == b"PK"
    again = re.search(r'href="(/notices/\d+/reply/\?again=[^"]+)"', back.content.decode())
    assert again
    assert "已组织补报。" in clerk.get(again[1]).content.decode()
    assert seen(office, notice).state is NoticeState.ACKNOWLEDGED


def test_rows_of_another_place_are_refused_and_another_person_does_not_see_the_words(
    office: Town, notice: NoticeView, clerk: Client, signed_in: SignedIn
) -> None:
    back = send(clerk, office, notice, home("X1", county="341802"), text="不该看见")
    assert "有问题，没有写入" in read(back)
    job = address(back).strip("/").rsplit("/", 1)[-1]
    other = signed_in("leader").get(f"/notices/{notice.id}/reply/?again={job}")
    assert "不该看见" not in other.content.decode()


def test_what_was_handed_in_since_is_named_instead_of_sent_twice(
    office: Town, notice: NoticeView, clerk: Client
) -> None:
    path = office.workbook([home("G1", county=GUANGDE)], HOMES)
    batch = office.receive(path, by=office.clerk("guangde")).batch
    assert batch in clerk.get(f"/notices/{notice.id}/reply/").content.decode()
    answer = clerk.post(f"/notices/{notice.id}/reply/", {"batch": batch}, follow=True)
    assert "已反馈，等待核验。" in read(answer)
    assert seen(office, notice).history[-1].batch == batch
    _, table = table_named(HOMES.name)
    undo_batch(Batch.objects.get(), table, reason="报错了", by=office.clerk("guangde"), at=office.tick())
    assert "已撤销" in read(clerk.get(f"/notices/{notice.id}/"))


def test_a_reply_that_is_no_longer_possible_takes_no_workbook(office: Town, notice: NoticeView, clerk: Client) -> None:
    looked = send(clerk, office, notice, home("G1", county=GUANGDE))
    services.withdraw(str(notice.id), "误发", by=office.leader, at=office.tick())
    clerk.post(f"{address(looked)}confirm/", {}, follow=True)
    assert RevisionRow.objects.count() == 0
    late = send(clerk, office, notice, home("G1", county=GUANGDE))
    assert late.status_code == 422
    assert "不能反馈" in read(late)


def test_who_verifies_sees_the_batch_beside_the_words(
    office: Town, notice: NoticeView, clerk: Client, signed_in: SignedIn
) -> None:
    looked = send(clerk, office, notice, home("G1", county=GUANGDE))
    clerk.post(f"{address(looked)}confirm/", {})
    page = signed_in("leader").get(f"/notices/{notice.id}/verify/")
    assert "报送.xlsx" in read(page)
    assert f"/batches/{Batch.objects.get().pk}/" in page.content.decode()
