"""A notice's life on pages: the draft's words, its way from desk to desk, what is told at each step."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from shishi.apps.supervision.selectors import NoticeView, notice_of, notices_for
from shishi.apps.supervision.services import withdraw
from shishi.core.notices import NoticeState
from tests.apps.town import Town
from tests.web.conftest import SignedIn


def read(page: Any) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page.content.decode()).split())


def with_state(town: Town, *states: NoticeState) -> NoticeView:
    return notices_for(town.operator, at=town.now, states=states)[0]


def seen(town: Town, notice: NoticeView) -> NoticeView:
    return notice_of(town.operator, str(notice.id), at=town.now + timedelta(days=9999))


@pytest.fixture
def leader(lived_in: Town, signed_in: SignedIn) -> Client:
    return signed_in("leader")


@pytest.fixture
def issued(lived_in: Town) -> NoticeView:
    return with_state(lived_in, NoticeState.ISSUED)


def clerk_of(notice: NoticeView, signed_in: SignedIn) -> Client:
    return signed_in(f"clerk_{notice.recipients[0].body}")


def test_the_list_tells_where_each_one_stands_and_how_much_time_is_left(
    lived_in: Town, leader: Client, issued: NoticeView
) -> None:
    late = read(leader.get("/notices/?tab=late"))
    assert issued.number in late
    assert "已逾期" in late
    assert "草稿" in read(leader.get("/notices/?tab=draft"))
    assert issued.number not in read(leader.get("/notices/?tab=ended"))


def test_a_draft_is_reworded_and_issued_by_the_leader(lived_in: Town, leader: Client) -> None:
    draft = with_state(lived_in, NoticeState.DRAFT)
    page = leader.get(f"/notices/{draft.id}/")
    assert "若今天签发：" in read(page)
    words = {"title": draft.title, "requirement": "请倒排工期，逐套销号。", "reply_within": "5"}
    answer = leader.post(f"/notices/{draft.id}/wording/", words, follow=True)
    assert "请倒排工期，逐套销号。" in read(answer)
    answer = leader.post(f"/notices/{draft.id}/issue/", follow=True)
    assert seen(lived_in, draft).state is NoticeState.ISSUED
    assert "已签发并编号" in read(answer)
    assert leader.post(f"/notices/{draft.id}/wording/", words).status_code == 422


def test_a_notice_goes_from_desk_to_desk_until_it_is_closed(
    lived_in: Town, leader: Client, issued: NoticeView, signed_in: SignedIn
) -> None:
    clerk, page = clerk_of(issued, signed_in), f"/notices/{issued.id}"
    clerk.post(f"{page}/acknowledge/")
    assert clerk.post(f"{page}/reply/", {"text": " "}).status_code == 422
    assert "已反馈" in read(clerk.post(f"{page}/reply/", {"text": "已组织补报。"}, follow=True))
    assert "已组织补报。" in read(leader.get(f"{page}/verify/"))
    leader.post(f"{page}/return/", {"text": "缺佐证。", "days": ""})
    assert seen(lived_in, issued).state is NoticeState.RETURNED
    clerk.post(f"{page}/reply/", {"text": "已补。"})
    leader.post(f"{page}/verify/", {"text": "属实。"})
    refused = leader.post(f"{page}/close/", {"text": ""})
    assert refused.status_code == 422
    assert "不能销号" in read(refused)
    leader.post(f"{page}/close/", {"text": "领导小组同意核销。"})
    assert seen(lived_in, issued).state is NoticeState.CLOSED


def test_an_extension_is_asked_for_and_answered(
    lived_in: Town, leader: Client, issued: NoticeView, signed_in: SignedIn
) -> None:
    clerk, page = clerk_of(issued, signed_in), f"/notices/{issued.id}"
    clerk.post(f"{page}/extend/", {"text": "汛期停工。", "days": "3"})
    assert "申请中" in read(leader.get(f"{page}/"))
    leader.post(f"{page}/approve-extension/")
    held = seen(lived_in, issued).recipients[0].standing
    assert held.deadline
    assert held.first_deadline
    assert held.deadline > held.first_deadline


def test_urging_is_one_click_and_once_a_day(lived_in: Town, leader: Client, issued: NoticeView) -> None:
    assert "已催办" in read(leader.post(f"/notices/{issued.id}/remind/", follow=True))
    again = leader.post(f"/notices/{issued.id}/remind/")
    assert again.status_code == 422
    assert "今天已经催办过" in read(again)


def test_the_same_form_twice_takes_the_step_once(lived_in: Town, leader: Client, issued: NoticeView) -> None:
    for _ in range(2):
        leader.post(f"/notices/{issued.id}/escalate/", {"text": "逾期", "once": "the-same-form-sent-twice"})
    heavier = notices_for(lived_in.operator, at=lived_in.now + timedelta(days=9999))
    assert sum(item.follows == issued.id for item in heavier) == 1
    assert "督办阶梯" in read(leader.get(f"/notices/{issued.id}/"))


def test_a_step_that_is_not_theirs_is_not_offered_and_is_refused(
    lived_in: Town, issued: NoticeView, signed_in: SignedIn
) -> None:
    clerk = clerk_of(issued, signed_in)
    page = clerk.get(f"/notices/{issued.id}/").content.decode()
    assert f"/notices/{issued.id}/acknowledge/" in page
    assert f"/notices/{issued.id}/withdraw/" not in page
    assert clerk.post(f"/notices/{issued.id}/withdraw/", {"text": "不想要"}).status_code == 422
    assert clerk.get(f"/notices/{issued.id}/wording/").status_code == 403
    others = {"clerk_xuanzhou", "clerk_langxi", "clerk_guangde"} - {f"clerk_{issued.recipients[0].body}"}
    for name in others:
        assert signed_in(name).get(f"/notices/{issued.id}/").status_code == 404
    assert clerk.get(f"/notices/{issued.id}/nothing/").status_code == 404


def test_papers_are_downloaded_and_a_draft_is_previewed(lived_in: Town, leader: Client, issued: NoticeView) -> None:
    assert leader.get(f"/notices/{issued.id}/paper.pdf").content.startswith(b"%PDF")
    assert leader.get(f"/notices/{issued.id}/paper.docx").content.startswith(b"PK")
    assert leader.get(f"/notices/{issued.id}/paper.json").json()["number"] == issued.number
    assert leader.get(f"/notices/{issued.id}/paper.exe").status_code == 404


def test_what_was_withdrawn_keeps_its_reason(lived_in: Town, leader: Client, issued: NoticeView) -> None:
    withdraw(str(issued.id), "重复发出", by=lived_in.leader, at=lived_in.tick())
    assert "重复发出" in read(leader.get(f"/notices/{issued.id}/"))
    assert issued.number in read(leader.get("/notices/?tab=ended"))


def test_the_form_of_a_step_is_sent_to_the_steps_own_page(
    lived_in: Town, leader: Client, issued: NoticeView, signed_in: SignedIn
) -> None:
    for browser, step in ((leader, "withdraw"), (leader, "remind"), (clerk_of(issued, signed_in), "reply")):
        page = browser.get(f"/notices/{issued.id}/{step}/").content.decode()
        form = re.search(r'<form class="form"[^>]*>', page)
        assert form
        assert "action=" not in form[0]
