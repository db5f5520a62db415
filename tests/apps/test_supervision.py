"""From a finding to a closed notice: who may take which step, what is kept, and who is told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from shishi.apps.accounts.models import Body, Person, Post, Responsibility
from shishi.apps.accounts.roles import Role
from shishi.apps.accounts.selectors import facts_of
from shishi.apps.audit import chain
from shishi.apps.audit import selectors as audit
from shishi.apps.audit.services import record
from shishi.apps.messages.selectors import inbox_of
from shishi.apps.programmes.models import PackRevision
from shishi.apps.supervision import services
from shishi.apps.supervision.models import Notice, NoticeStep
from shishi.apps.supervision.selectors import (
    NoticeView,
    findings_of,
    notice_of,
    notices_for,
    overdue,
)
from shishi.core.calendars import moment_of
from shishi.core.divisions import Level
from shishi.core.errors import Misuse, Refused
from shishi.core.indicators import Indicator, Measure
from shishi.core.notices import Extension, NoticeAction, NoticeKind, NoticeState
from shishi.core.programmes import Pack, Programme, Rung
from shishi.core.supervision import Finding, FindingKind
from shishi.core.tables import Table
from shishi.packs.canonical import pack_document, pack_version
from tests.machine import POSTGRES_ALONE
from tests.tampering import unlocked

pytestmark = pytest.mark.django_db
DAY = date(2021, 9, 30)
AT = datetime(2021, 9, 30, 12, tzinfo=UTC)
NAME = "somewhere/2021/certificates"
TABLE = f"{NAME}/units"
PROGRAMME = Programme(
    name=NAME,
    title="“难办证”治理",
    promise="",
    basis="",
    division="341800",
    supervised_level=Level.COUNTY,
    tables=(Table(TABLE, "办证台账", 1, (), (), "county"),),
    indicators=(Indicator("issued", "已办证套数", Measure.COUNT, "套", table=TABLE),),
    ladder=(
        Rung("reminder", 1),
        Rung("prompt_notice", 3, after_days=3, series="宣难办证提示", requirement="请加快办理并书面反馈。"),
        Rung("supervision_order", 3),
    ),
)


def behind(division: str = "341802", name: str = "宣州区", on: date = DAY) -> Finding:
    told = f"截至{on}，{name}“已办证套数”滞后11.98个百分点。"
    return Finding(
        FindingKind.BEHIND,
        NAME,
        "issued",
        division,
        on,
        told,
        "追上后消除。",
        {"value": "8876套"},
        TABLE,
        name,
        Decimal(12),
    )


def round_number(on: date = DAY) -> Finding:
    return replace(behind(on=on), kind=FindingKind.ROUND_NUMBER, message="整数存疑。")


class House:
    """A city office, two counties, and a person in each part."""

    def __init__(self) -> None:
        pack = Pack("somewhere", 2021, "实事", "341800", "", "v1", (PROGRAMME,))
        held = PackRevision.objects.create(
            name=pack.name, version="v1", document=pack_document(pack), recorded_at=AT, person="x"
        )
        self.told("pack.install", f"pack:{held.pk}", pack_version(pack))
        office = Body.objects.create(code="office", title="市领导小组办公室", division="3418")
        self.leader = self.person("leader", office, Role.LEADER, "3418")
        self.supervisor = self.person("supervisor", office, Role.SUPERVISOR, "3418")
        for code, division, title in (("xz", "341802", "宣州区专班"), ("lx", "341821", "郎溪县专班")):
            body = Body.objects.create(code=code, title=title, division=division)
            setattr(self, code, self.person(f"clerk_{code}", body, Role.CLERK, division))
            Responsibility.objects.create(
                body=body, programme=NAME, division=division, part="lead", effective_on=date(2021, 1, 1), recorded_at=AT
            )

    xz: Person
    lx: Person

    def person(self, username: str, body: Body, role: Role, division: str) -> Person:
        person = Person.objects.create(username=username, name=username)
        post = Post.objects.create(person=person, body=body, role=role, divisions=[division], programmes=[NAME])
        self.told("post.add", f"post:{post.pk}", chain.digest(facts_of(post)))
        return person

    def told(self, action: str, subject: str, digest: str) -> None:
        record(at=AT, person="x", body="house", action=action, subject=subject, digest=digest)

    def look(self, *findings: Finding, on: date = DAY) -> bool:
        moment = AT + (on - DAY)
        return services.record_findings(PROGRAMME, findings, as_of=on, known_at=moment, by=self.supervisor, at=moment)

    def lasting(self, *findings: Callable[[date], Finding]) -> None:
        for days in (2, 1, 0):
            on = DAY - timedelta(days=days)
            self.look(*(item(on) for item in findings), on=on)

    def draft(self) -> NoticeView:
        self.lasting(lambda on: behind(on=on))
        (notice,) = services.draft_notices(PROGRAMME, DAY, by=self.supervisor, at=AT).notices
        return notice

    def issued(self) -> str:
        return str(services.issue(str(self.draft().id), by=self.leader, at=AT).id)

    def replied(self) -> str:
        notice = self.issued()
        services.acknowledge(notice, by=self.xz, at=AT)
        services.reply(notice, "已补办1200套。", by=self.xz, at=AT)
        return notice


@pytest.fixture
def house() -> House:
    return House()


def cleared(*_: object, **__: object) -> tuple[Finding, ...]:
    return ()


def still_behind(*_: object, **__: object) -> tuple[Finding, ...]:
    return (behind(on=date(2021, 10, 12)),)


def code_of(step: Callable[[], object]) -> str:
    with pytest.raises((Misuse, Refused)) as caught:
        step()
    return caught.value.code


def test_the_day_run_again_records_and_drafts_nothing_new(house: House) -> None:
    house.draft()
    assert house.look(behind()) is False
    again = services.draft_notices(PROGRAMME, DAY, by=house.supervisor, at=AT)
    assert again.notices == again.unaddressed == ()
    assert Notice.objects.count() == 1


def test_a_finding_that_is_new_or_odd_gets_a_reminder_and_one_that_lasts_a_prompt_notice(house: House) -> None:
    house.look(behind(), round_number())
    (reminder,) = services.draft_notices(PROGRAMME, DAY, by=house.supervisor, at=AT).notices
    assert (reminder.kind, len(reminder.grounds)) == (NoticeKind.REMINDER, 2)
    for days in (1, 2):
        later = DAY + timedelta(days=days)
        house.look(behind(on=later), round_number(later), on=later)
    at = AT + timedelta(days=2)
    (prompt,) = services.draft_notices(PROGRAMME, later, by=house.supervisor, at=at).notices
    assert (prompt.kind, [item.kind for item in prompt.grounds]) == (NoticeKind.PROMPT_NOTICE, [FindingKind.BEHIND])
    assert prompt.follows == reminder.id
    services.issue(str(prompt.id), by=house.leader, at=at)
    assert notice_of(house.leader, str(reminder.id), at=at).state is NoticeState.WITHDRAWN


def test_silence_about_a_table_joins_the_notice_that_asks_for_it_already(house: House) -> None:
    notice = house.draft()
    later = DAY + timedelta(days=1)
    silent = replace(behind(on=later), kind=FindingKind.SILENT, indicator="", message="宣州区未按期填报。")
    house.look(behind(on=later), silent, on=later)
    again = services.draft_notices(PROGRAMME, later, by=house.supervisor, at=AT + timedelta(days=1))
    assert again.notices == ()
    assert [item.id for item in notices_for(house.leader, at=AT)] == [notice.id]


def test_a_draft_that_waits_says_what_the_newest_day_says_and_an_approved_one_stays_as_it_was_approved(
    house: House,
) -> None:
    draft = house.draft()
    later, at = DAY + timedelta(days=1), AT + timedelta(days=1)
    house.look(behind(on=later), on=later)
    done = services.draft_notices(PROGRAMME, later, by=house.supervisor, at=at)
    assert ([item.id for item in done.refreshed], done.notices) == ([draft.id], ())
    (ground,) = notice_of(house.leader, str(draft.id), at=at).grounds
    assert ground.as_of == later
    services.approve(str(draft.id), by=house.leader, at=at)
    house.look(behind(on=later + timedelta(days=1)), on=later + timedelta(days=1))
    again = services.draft_notices(PROGRAMME, later + timedelta(days=1), by=house.supervisor, at=at + timedelta(days=1))
    assert again.refreshed == ()
    assert audit.verify().broken is None


def test_what_a_day_asked_for_is_not_asked_again_after_it_is_settled(house: House) -> None:
    services.close(house.replied(), by=house.leader, at=AT, look_now=cleared)
    assert services.draft_notices(PROGRAMME, DAY, by=house.supervisor, at=AT).notices == ()


def test_each_division_gets_its_own_notice_and_nobody_is_forgotten_who_has_no_body(house: House) -> None:
    counties = [("341802", "宣州区"), ("341821", "郎溪县"), ("341823", "泾县")]
    house.look(*(behind(code, name) for code, name in counties))
    drafted = services.draft_notices(PROGRAMME, DAY, by=house.supervisor, at=AT)
    assert [item.recipients[0].title for item in drafted.notices] == ["宣州区专班", "郎溪县专班"]
    assert [item.division for item in drafted.unaddressed] == ["341823"]


def test_issuing_a_draft_by_a_leader_records_both_steps_numbers_it_and_reckons_the_deadline_over_the_holiday(
    house: House,
) -> None:
    draft = house.draft()
    notice = services.issue(str(draft.id), by=house.leader, at=AT)
    assert [item.action for item in notice.history] == [NoticeAction.APPROVE, NoticeAction.ISSUE]
    assert notice.number == "宣难办证提示〔2021〕1号"
    assert notice.issuer == "市领导小组办公室"
    deadline = notice.recipients[0].standing.deadline
    # 1 to 7 October were off, 8 and 9 (a Saturday) were worked, 10 was a Sunday.
    assert deadline == moment_of(date(2021, 10, 11), time(17, 30))
    (told,) = inbox_of(house.xz)
    assert told.subject == "【工作提示单】宣难办证提示〔2021〕1号 请签收并按时反馈"
    assert "反馈时限：2021年10月11日17时30分" in told.text
    assert "请加快办理并书面反馈。" in told.text


def test_a_supervisor_alone_cannot_issue_what_nobody_approved(house: House) -> None:
    draft = str(house.draft().id)
    assert code_of(lambda: services.issue(draft, by=house.supervisor, at=AT)) == "notice_step_not_allowed"
    services.approve(draft, by=house.leader, at=AT)
    assert services.issue(draft, by=house.supervisor, at=AT).state is NoticeState.ISSUED


def test_recipients_see_nothing_of_drafts_and_nothing_of_others(house: House) -> None:
    draft = str(house.draft().id)
    assert notices_for(house.xz, at=AT) == ()
    assert code_of(lambda: services.acknowledge(draft, by=house.xz, at=AT)) == "unknown_notice"
    services.issue(draft, by=house.leader, at=AT)
    assert [item.id for item in notices_for(house.xz, at=AT)] == [int(draft)]
    assert notices_for(house.lx, at=AT) == ()
    assert code_of(lambda: notice_of(house.lx, draft, at=AT)) == "unknown_notice"


def test_nobody_answers_for_others_nor_verifies_themselves(house: House) -> None:
    notice = house.issued()
    assert code_of(lambda: services.acknowledge(notice, by=house.leader, at=AT)) == "out_of_reach"
    services.acknowledge(notice, by=house.xz, at=AT)
    services.reply(notice, "已补办。", by=house.xz, at=AT)
    assert code_of(lambda: services.verify(notice, by=house.xz, at=AT)) == "out_of_reach"
    assert code_of(lambda: services.close(notice, by=house.xz, at=AT, look_now=cleared)) == "out_of_reach"


def test_a_notice_is_closed_in_one_breath_when_the_figure_has_recovered(house: House) -> None:
    notice = services.close(house.replied(), by=house.supervisor, at=AT, look_now=cleared)
    assert notice.state is NoticeState.CLOSED
    assert [item.action.value for item in notice.history] == [
        "approve",
        "issue",
        "acknowledge",
        "reply",
        "verify",
        "close",
    ]


def test_a_notice_stays_open_while_the_figure_is_behind_unless_a_person_says_why(house: House) -> None:
    notice, later = house.replied(), AT + timedelta(days=12)

    def closing() -> object:
        return services.close(notice, by=house.supervisor, at=later, look_now=still_behind)

    assert code_of(closing) == "notice_still_behind"
    assert notice_of(house.leader, notice, at=later).state is NoticeState.REPLIED
    closed = services.close(
        notice, by=house.leader, at=later, reason="项目停建，经领导小组同意核销。", look_now=still_behind
    )
    assert (closed.history[-1].person, closed.history[-1].text) == ("leader", "项目停建，经领导小组同意核销。")


def test_closing_looks_at_the_day_that_was_asked_for(house: House) -> None:
    asked: list[date] = []

    def look_now(_: Person, __: str, as_of: date, *, at: datetime) -> tuple[Finding, ...]:
        asked.append(as_of)
        return ()

    notice = house.replied()
    tomorrow = DAY + timedelta(days=1)
    assert code_of(lambda: services.close(notice, by=house.leader, at=AT, as_of=tomorrow)) == "as_of_in_future"
    services.close(notice, by=house.leader, at=AT, as_of=DAY - timedelta(days=1), look_now=look_now)
    assert asked == [DAY - timedelta(days=1)]


def test_an_extension_is_asked_once_approved_by_a_leader_and_keeps_the_old_deadline(house: House) -> None:
    notice = house.issued()
    services.extend(notice, 2, "测绘未完成", by=house.xz, at=AT)
    assert inbox_of(house.leader)[0].subject.endswith("申请延期，请审批")
    assert code_of(lambda: services.approve_extension(notice, by=house.supervisor, at=AT)) == "out_of_reach"
    granted = services.approve_extension(notice, by=house.leader, at=AT).recipients[0].standing
    assert granted.extension is Extension.GRANTED
    assert granted.deadline is not None
    assert granted.first_deadline is not None
    assert (granted.deadline - granted.first_deadline) == timedelta(days=2)
    assert code_of(lambda: services.extend(notice, 2, "再延", by=house.xz, at=AT)) == "extension_asked_twice"


def test_a_returned_reply_has_reasons_and_a_new_deadline(house: House) -> None:
    notice = house.replied()
    back = services.return_reply(notice, "佐证不全", by=house.supervisor, at=AT, days=5)
    assert back.state is NoticeState.RETURNED
    step = NoticeStep.objects.get(action="return")
    assert step.old_deadline is not None
    assert step.deadline is not None
    assert step.deadline > step.old_deadline
    assert services.reply(notice, "已补齐。", by=house.xz, at=AT).state is NoticeState.REPLIED


def test_an_overdue_notice_climbs_to_a_supervision_order_and_ends_there(house: House) -> None:
    notice, late = house.issued(), datetime(2021, 10, 11, 10, tzinfo=UTC)
    assert overdue(house.supervisor, at=AT) == ()
    assert [str(item.id) for item in overdue(house.supervisor, at=late)] == [notice]
    order = services.escalate(notice, by=house.supervisor, at=late)
    assert (order.kind, order.state, order.follows) == (NoticeKind.SUPERVISION_ORDER, NoticeState.DRAFT, int(notice))
    assert order.title == "关于“难办证”治理工作的督办单"
    escalated = notice_of(house.leader, notice, at=late)
    assert (escalated.state, escalated.history[-1].text) == (NoticeState.ESCALATED, "逾期未反馈：xz")
    issued = services.issue(str(order.id), by=house.leader, at=late)
    assert issued.number == "督办〔2021〕1号"
    assert code_of(lambda: services.escalate(str(order.id), by=house.leader, at=late, reason="x")) == "ladder_top"
    assert overdue(house.supervisor, at=late) == ()


def test_an_escalation_before_the_deadline_needs_a_reason(house: House) -> None:
    notice = house.issued()
    assert code_of(lambda: services.escalate(notice, by=house.leader, at=AT)) == "notice_reason_missing"
    assert Notice.objects.count() == 1
    services.escalate(notice, by=house.leader, at=AT, reason="拒不办理")


def test_a_withdrawn_notice_keeps_its_number_and_history(house: House) -> None:
    notice = house.issued()
    gone = services.withdraw(notice, "重复签发", by=house.supervisor, at=AT)
    assert (gone.state, gone.number) == (NoticeState.WITHDRAWN, "宣难办证提示〔2021〕1号")
    assert notice_of(house.xz, "宣难办证提示〔2021〕1号", at=AT).history[-1].text == "重复签发"


def test_a_notice_to_two_bodies_is_replied_when_both_have(house: House) -> None:
    second = Body.objects.create(code="xz2", title="宣州区住建局", division="341802")
    Responsibility.objects.create(
        body=second, programme=NAME, division="341802", part="lead", effective_on=date(2021, 1, 1), recorded_at=AT
    )
    notice = house.issued()
    assert code_of(lambda: services.acknowledge(notice, by=house.xz, at=AT)) == "notice_body_missing"
    for body in ("xz", "xz2"):
        assert notice_of(house.leader, notice, at=AT).state is NoticeState.ISSUED
        services.acknowledge(notice, by=house.xz, at=AT, body=body)
        services.reply(notice, "已办。", by=house.xz, at=AT, body=body)
    verified = services.verify(notice, by=house.supervisor, at=AT)
    assert verified.state is NoticeState.VERIFIED
    assert sum(item.action is NoticeAction.VERIFY for item in verified.history) == 2


def test_history_cannot_be_changed_and_the_audit_would_see_it(house: House) -> None:
    house.replied()
    assert audit.verify().broken is None
    with pytest.raises(DatabaseError), transaction.atomic():
        NoticeStep.objects.filter(action="reply").update(text="没有的事")
    unlocked()
    NoticeStep.objects.filter(action="reply").update(text="没有的事")
    broken = audit.verify().broken
    assert broken is not None
    assert broken.code == "audit_subject_changed"


def test_findings_are_read_within_reach_and_not_looking_is_not_seeing_nothing(house: House) -> None:
    assert findings_of(house.leader, NAME, DAY, at=AT) is None
    house.look(behind(), behind("341821", "郎溪县"))
    assert len(findings_of(house.leader, NAME, DAY, at=AT) or ()) == 2
    assert [item.division for item in findings_of(house.xz, NAME, DAY, at=AT) or ()] == ["341802"]
    house.look(on=DAY + timedelta(days=1))
    assert findings_of(house.leader, NAME, DAY + timedelta(days=1), at=AT + timedelta(days=1)) == ()


def test_time_does_not_run_backwards_in_a_history(house: House) -> None:
    notice = house.issued()
    early = AT - timedelta(hours=1)
    assert code_of(lambda: services.acknowledge(notice, by=house.xz, at=early)) == "time_before_last_step"


@POSTGRES_ALONE
def test_a_step_takes_the_trails_lock_before_it_holds_a_notice(house: House) -> None:
    """Issuing the heavier notice touches the lighter one, too: whoever held that and waited for the trail would never
    end."""
    notice = house.issued()
    with CaptureQueriesContext(connection) as asked:
        services.acknowledge(notice, by=house.xz, at=AT)
    locks = [query["sql"] for query in asked if "pg_advisory" in query["sql"] or "FOR UPDATE" in query["sql"]]
    assert "pg_advisory" in locks[0]
    assert any("FOR UPDATE" in lock for lock in locks)
