"""Findings one by one, the words of a draft, and reminders of a notice."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta

import pytest

from shishi.apps.accounts.roles import Role
from shishi.apps.audit import selectors as audit
from shishi.apps.messages.selectors import inbox_of
from shishi.apps.supervision import services
from shishi.apps.supervision.allowed import Rights
from shishi.apps.supervision.dismissing import dismiss, draft_about
from shishi.apps.supervision.findings_seen import SeenFinding, last_look_days, look_seen
from shishi.apps.supervision.selectors import notice_of
from shishi.apps.supervision.wording import reword
from shishi.core.errors import Misuse
from shishi.core.notices import NoticeAction, NoticeKind
from tests.apps.test_supervision import AT, DAY, NAME, PROGRAMME, House, behind

pytestmark = pytest.mark.django_db


@pytest.fixture
def house() -> House:
    return House()


@contextmanager
def refused(code: str) -> Iterator[None]:
    with pytest.raises(Misuse) as caught:
        yield
    assert caught.value.code == code


def only(house: House, on: date = DAY) -> SeenFinding:
    look = look_seen(house.supervisor, NAME, on, at=AT)
    assert look is not None
    (found,) = look.findings
    return found


def test_a_finding_is_drafted_by_one_click_and_not_twice(house: House) -> None:
    house.look(behind())
    item = only(house)
    assert (item.stood, item.waiting) == (1, True)
    draft = draft_about(item.id, by=house.supervisor, at=AT)
    assert (draft.kind, draft.grounds) == (NoticeKind.REMINDER, (item.finding,))
    assert draft_about(item.id, by=house.supervisor, at=AT).id == draft.id
    assert only(house).notice == draft.id
    assert services.draft_notices(PROGRAMME, DAY, by=house.supervisor, at=AT).notices == ()


def test_a_person_may_ask_for_a_higher_rung_but_not_for_a_supervision_order(house: House) -> None:
    house.look(behind())
    finding = only(house).id
    with refused("no_rung"):
        draft_about(finding, by=house.supervisor, at=AT, kind=NoticeKind.SUPERVISION_ORDER)
    draft = draft_about(finding, by=house.supervisor, at=AT, kind=NoticeKind.PROMPT_NOTICE)
    assert draft.kind is NoticeKind.PROMPT_NOTICE


def test_a_finding_without_a_lead_body_cannot_be_drafted(house: House) -> None:
    house.look(behind("341824", "绩溪县"))
    with refused("no_lead"):
        draft_about(only(house).id, by=house.supervisor, at=AT)


def test_a_dismissed_finding_names_who_said_why_and_is_not_drafted_until_its_day(house: House) -> None:
    house.lasting(lambda on: behind(on=on))
    item = only(house)
    with refused("dismissal_reason_missing"):
        dismiss(item.id, " ", by=house.supervisor, at=AT)
    told = dismiss(item.id, "项目已整体搬迁", by=house.supervisor, at=AT, until=DAY + timedelta(days=1))
    assert told.dismissed
    assert (told.dismissed.person, told.dismissed.reason) == ("supervisor", "项目已整体搬迁")
    assert services.draft_notices(PROGRAMME, DAY, by=house.supervisor, at=AT).notices == ()
    with refused("finding_dismissed"):
        draft_about(item.id, by=house.supervisor, at=AT)
    with refused("dismissed_already"):
        dismiss(item.id, "另一个理由", by=house.leader, at=AT)
    for days, drafts in ((1, 0), (2, 1)):
        on = DAY + timedelta(days=days)
        house.look(behind(on=on), on=on)
        made = services.draft_notices(PROGRAMME, on, by=house.supervisor, at=AT + timedelta(days=days)).notices
        assert len(made) == drafts
    assert audit.verify().broken is None


def test_a_clerk_neither_drafts_nor_dismisses_and_sees_only_their_own(house: House) -> None:
    house.look(behind(), behind("341821", "郎溪县"))
    look = look_seen(house.xz, NAME, DAY, at=AT)
    assert look
    assert [item.finding.division for item in look.findings] == ["341802"]
    with refused("out_of_reach"):
        dismiss(look.findings[0].id, "不归我管", by=house.xz, at=AT)
    with refused("unknown_finding"):
        dismiss(look.findings[0].id, "不归我管", by=house.lx, at=AT)


def test_days_of_stocktakes_are_told_newest_first(house: House) -> None:
    house.lasting(lambda on: behind(on=on))
    assert last_look_days(NAME, DAY) == (DAY, DAY - timedelta(days=1), DAY - timedelta(days=2))


def test_a_draft_is_reworded_before_it_is_approved_and_never_after(house: House) -> None:
    notice = str(house.draft().id)
    words = {"title": "关于加快办证的提示单", "requirement": "请倒排工期。", "reply_within": 5}
    view = reword(notice, **words, by=house.supervisor, at=AT)  # type: ignore[arg-type] # the words of the draft
    assert (view.title, view.requirement, view.reply_within) == tuple(words.values())
    clerk = house.person("clerk", house.xz.posts.get().body, Role.CLERK, "3418")
    with refused("out_of_reach"):
        reword(notice, **words, by=clerk, at=AT)  # type: ignore[arg-type] # the words of the draft
    services.issue(notice, by=house.leader, at=AT)
    with refused("notice_not_draft"):
        reword(notice, **words, by=house.supervisor, at=AT)  # type: ignore[arg-type] # the words of the draft
    issued = notice_of(house.leader, notice, at=AT)
    assert issued.recipients[0].standing.deadline == datetime(2021, 10, 13, 9, 30, tzinfo=UTC)
    assert audit.verify().broken is None


def test_one_reminder_a_day_goes_to_those_who_owe_an_answer(house: House) -> None:
    notice = house.issued()
    view = services.remind(notice, by=house.supervisor, at=AT, text="请尽快。")
    assert [step.action for step in view.history][-1] is NoticeAction.REMIND
    assert inbox_of(house.xz)[0].subject.endswith("催办：请尽快反馈")
    with refused("reminded_today"):
        services.remind(notice, by=house.supervisor, at=AT)
    services.remind(notice, by=house.supervisor, at=AT + timedelta(days=1))
    with refused("out_of_reach"):
        services.remind(notice, by=house.xz, at=AT + timedelta(days=2))


def test_what_a_person_may_do_with_a_notice_follows_state_and_right(house: House) -> None:
    notice = house.issued()
    view = notice_of(house.xz, notice, at=AT)
    assert set(Rights(house.xz, AT).over(view)) == {NoticeAction.ACKNOWLEDGE, NoticeAction.EXTEND}
    assert NoticeAction.REMIND in Rights(house.supervisor, AT).over(view)
    assert NoticeAction.ACKNOWLEDGE not in Rights(house.supervisor, AT).over(view)
