"""A matter from an instruction to 销号: who may take which step, what is kept, who is told, what the day does."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import DatabaseError, transaction

from shishi.apps.accounts.models import Person
from shishi.apps.audit import selectors as audit
from shishi.apps.files.services import content_of
from shishi.apps.messages.selectors import inbox_of
from shishi.apps.supervision import matters as services
from shishi.apps.supervision.allowed import Rights
from shishi.apps.supervision.matters import Evidence, NewMatter
from shishi.apps.supervision.matters_seen import MatterView, Wanted, count_matters, matter_seen, matters_for
from shishi.apps.supervision.meetings import Minutes, correct_meeting, meeting_seen, meetings_for, record_meeting
from shishi.apps.supervision.models import MatterStep
from shishi.apps.supervision.urging import urge
from shishi.core.errors import Misuse, Refused
from shishi.core.matters import MatterAction, MatterSource, MatterState
from shishi.core.meetings import MeetingKind
from shishi.core.notices import NoticeKind
from tests.apps.town import NAME, Town
from tests.tampering import unlocked

pytestmark = pytest.mark.django_db
AT = datetime(2021, 9, 30, 2, tzinfo=UTC)
S, A = MatterState, MatterAction


def new(**changed: object) -> NewMatter:
    told = NewMatter(
        NAME,
        "办结宣州区遗留项目",
        MatterSource.INSTRUCTION,
        "市长9月30日批示",
        "遗留项目全部首次登记",
        "xuanzhou",
        within=3,
        indicators=("issued",),
    )
    return replace(told, **changed)  # type: ignore[arg-type] # the fields that a test changes


def opened(town: Town, **changed: object) -> str:
    return str(services.open_matter(new(**changed), by=town.leader, at=AT).id)


def assigned(town: Town, **changed: object) -> str:
    matter = opened(town, **changed)
    services.assign(matter, by=town.leader, at=AT)
    return matter


def under_way(town: Town, **changed: object) -> str:
    matter = assigned(town, **changed)
    services.accept(matter, by=town.clerk(), at=AT)
    return matter


def reported(town: Town, *proof: Evidence, **changed: object) -> str:
    matter = under_way(town, **changed)
    services.report_done(matter, "已全部登记。", by=town.clerk(), at=AT, evidence=proof)
    return matter


def seen(town: Town, matter: str, at: datetime = AT, by: Person | None = None) -> MatterView:
    return matter_seen(by or town.leader, matter, at=at)


@contextmanager
def refused(code: str) -> Iterator[None]:
    with pytest.raises(Misuse) as caught:
        yield
    assert caught.value.code == code


def test_a_matter_walks_to_its_closing_and_the_trail_answers_for_every_step(town: Town) -> None:
    matter = reported(town, Evidence("验收单.pdf", b"%PDF-1.4 proof"))
    closed = services.close_matter(matter, by=town.leader, at=AT)
    assert closed.state is S.CLOSED
    assert (closed.number, closed.lead.title) == ("交办〔2021〕1号", "宣州区专班")
    assert [line.moved.action for line in closed.history] == [A.ASSIGN, A.ACCEPT, A.REPORT, A.VERIFY, A.CLOSE]
    name, sha256 = closed.history[2].files[0]
    assert (name, content_of(sha256)) == ("验收单.pdf", b"%PDF-1.4 proof")
    assert audit.verify().broken is None


def test_the_deadline_skips_the_holiday_and_says_so(town: Town) -> None:
    view = seen(town, assigned(town))
    assert view.standing.deadline == datetime(2021, 10, 11, 9, 30, tzinfo=UTC)
    assert "10月9日（周六）调休上班" in view.explained
    assert view.left == "还有3个工作日"


def test_a_matter_may_be_due_on_a_named_day(town: Town) -> None:
    view = seen(town, assigned(town, within=0, due=date(2021, 12, 31)))
    assert view.standing.deadline == datetime(2021, 12, 31, 9, 30, tzinfo=UTC)
    assert view.explained == ""


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"title": " "}, "matter_incomplete"),
        ({"within": 0}, "matter_deadline_missing"),
        ({"within": 3, "due": date(2021, 12, 31)}, "matter_deadline_missing"),
        ({"within": 0, "due": date(2021, 9, 29)}, "due_passed"),
        ({"assisting": ("xuanzhou",)}, "matter_body_twice"),
        ({"lead": "nobody"}, "unknown_body"),
        ({"indicators": ("nothing",)}, "unknown_indicator"),
        (
            {"within": 0, "due": date(2021, 10, 8), "milestones": (("测绘", date(2021, 10, 9)),)},
            "milestone_after_deadline",
        ),
    ],
)
def test_what_is_not_complete_is_not_opened(town: Town, changed: dict[str, object], code: str) -> None:
    with refused(code):
        opened(town, **changed)
    assert count_matters(town.leader, at=AT) == 0


def test_the_same_matter_again_is_the_one_that_stands(town: Town) -> None:
    assert opened(town) == opened(town)
    assert opened(town, lead="langxi") != opened(town)


def test_a_clerk_neither_opens_nor_assigns_nor_closes(town: Town) -> None:
    with refused("out_of_reach"):
        services.open_matter(new(), by=town.clerk(), at=AT)
    matter = reported(town, Evidence("单"))
    for step in (services.verify_report, services.close_matter, services.remind_matter):
        with refused("out_of_reach"):
            step(matter, by=town.clerk(), at=AT)


def test_a_draft_is_the_issuers_own_affair_and_others_never_see_what_is_not_theirs(town: Town) -> None:
    matter = opened(town)
    for person in (town.clerk(), town.clerk("langxi")):
        with refused("unknown_matter"):
            seen(town, matter, by=person)
    services.assign(matter, by=town.leader, at=AT)
    assert seen(town, matter, by=town.clerk()).state is S.ASSIGNED
    with refused("unknown_matter"):
        seen(town, matter, by=town.clerk("langxi"))


def test_who_assists_reports_progress_and_only_the_lead_reports_it_done(town: Town) -> None:
    matter = under_way(town, assisting=("langxi",))
    view = services.add_progress(matter, "已派人协助。", by=town.clerk("langxi"), at=AT)
    assert (view.last and view.last.body) == "郎溪县专班"
    with refused("out_of_reach"):
        services.report_done(matter, "办完了。", by=town.clerk("langxi"), at=AT)
    with refused("matter_body_unknown"):
        services.add_progress(matter, "代报。", by=town.clerk(), at=AT, body="guangde")


def test_closing_without_proof_needs_a_reason_that_is_kept(town: Town) -> None:
    matter = reported(town)
    with pytest.raises(Refused) as caught:
        services.close_matter(matter, by=town.leader, at=AT)
    assert caught.value.code == "matter_not_done"
    assert seen(town, matter).state is S.REPORTED
    closed = services.close_matter(matter, by=town.leader, at=AT, reason="常务会议同意并案办理")
    assert (closed.last and closed.last.moved.text) == "常务会议同意并案办理"


def test_a_matter_is_broken_down_by_its_lead_and_cannot_be_closed_before_its_parts(town: Town) -> None:
    matter = under_way(town)
    part = services.open_matter(new(title="双桥片区部分", parent=int(matter), lead="guangde"), by=town.clerk(), at=AT)
    assert (part.issuer, part.issuer_division, part.parent) == ("宣州区专班", "341802", int(matter))
    with refused("unknown_matter"):
        services.open_matter(new(title="别人的", parent=int(matter)), by=town.clerk("langxi"), at=AT)
    services.report_done(matter, "办结。", by=town.clerk(), at=AT, evidence=[Evidence("验收单")])
    with pytest.raises(Refused, match="双桥片区部分"):
        services.close_matter(matter, by=town.leader, at=AT)


def test_milestones_are_reached_one_by_one(town: Town) -> None:
    matter = under_way(town, within=10, milestones=(("完成测绘", date(2021, 10, 8)), ("完成补登", date(2021, 10, 12))))
    after = datetime(2021, 10, 8, 12, tzinfo=UTC)
    assert [item.title for item in seen(town, matter).standing.missed(after)] == ["完成测绘"]
    view = services.reach_milestone(matter, 1, "测绘完成。", by=town.clerk(), at=after)
    assert view.standing.missed(after) == ()


def test_people_hear_of_what_concerns_them(town: Town) -> None:
    matter = under_way(town)
    services.remind_matter(matter, by=town.leader, at=AT + timedelta(hours=1), text="请抓紧。")
    clerk = [item.subject for item in inbox_of(town.clerk())]
    assert sorted(clerk) == [
        "【督办事项】交办〔2021〕1号 催办：请抓紧办理",
        "【督办事项】交办〔2021〕1号 已交办，请接办",
    ]
    assert [item.subject for item in inbox_of(town.leader)] == ["【督办事项】交办〔2021〕1号 已接办"]
    with refused("reminded_today"):
        services.remind_matter(matter, by=town.leader, at=AT + timedelta(hours=2))


def test_an_extension_is_asked_by_the_lead_and_granted_by_a_leader(town: Town) -> None:
    matter = under_way(town)
    services.ask_extension(matter, 5, "测绘未完成", by=town.clerk(), at=AT)
    view = services.answer_extension(matter, True, by=town.leader, at=AT)
    assert view.standing.deadline == datetime(2021, 10, 18, 9, 30, tzinfo=UTC)
    with refused("extension_asked_twice"):
        services.ask_extension(matter, 5, "再延", by=town.clerk(), at=AT)


def test_lists_hold_mine_my_bodys_and_what_is_late(town: Town) -> None:
    first, second = assigned(town), assigned(town, title="郎溪县的", lead="langxi", within=20)
    late = datetime(2021, 10, 12, 2, tzinfo=UTC)

    def listed(person: Person, at: datetime = AT, **wanted: object) -> list[str]:
        asked = Wanted(**wanted)  # type: ignore[arg-type] # the fields that a test sets
        return [str(item.id) for item in matters_for(person, at=at, wanted=asked)]

    assert listed(town.leader) == [first, second]
    assert listed(town.leader, late, late=True) == [first]
    assert listed(town.clerk("langxi"), own_bodies=True) == [second]
    assert listed(town.clerk("langxi"), mine=True) == []
    services.accept(second, by=town.clerk("langxi"), at=AT)
    assert listed(town.clerk("langxi"), mine=True) == [second]
    services.withdraw_matter(first, "重复", by=town.leader, at=AT)
    assert listed(town.leader, undone=True) == [second]
    assert listed(town.leader) == [second, first]


def test_what_a_person_may_do_now_follows_state_and_right(town: Town) -> None:
    matter = under_way(town, assisting=("langxi",))
    assert Rights(town.clerk("langxi"), AT).over_matter(seen(town, matter)) == (A.PROGRESS,)
    assert A.REPORT in Rights(town.clerk(), AT).over_matter(seen(town, matter))
    assert set(Rights(town.leader, AT).over_matter(seen(town, matter))) == {A.REMIND, A.RAISE, A.WITHDRAW}


def test_the_day_reminds_once_and_says_what_should_be_raised(town: Town) -> None:
    matter = under_way(town)
    assert urge(NAME, date(2021, 9, 30), by=town.leader, at=AT + timedelta(hours=9)).matters == ()
    soon = datetime(2021, 10, 9, 12, tzinfo=UTC)
    urged = urge(NAME, date(2021, 10, 9), by=town.leader, at=soon)
    assert [str(item.id) for item in urged.matters] == [matter]
    assert urge(NAME, date(2021, 10, 9), by=town.leader, at=soon + timedelta(hours=1)).matters == ()
    late = datetime(2021, 10, 13, 12, tzinfo=UTC)
    urged = urge(NAME, date(2021, 10, 13), by=town.leader, at=late)
    assert [item.due_rung for item in urged.to_raise] == [NoticeKind.REMINDER]
    assert seen(town, matter, late).standing.rung is None
    raised = services.raise_matter(matter, "逾期两日", by=town.leader, at=late + timedelta(hours=1))
    assert raised.standing.rung is NoticeKind.REMINDER


def test_what_was_done_cannot_be_changed_and_a_forged_line_is_found(town: Town) -> None:
    matter = under_way(town)
    with pytest.raises(DatabaseError), transaction.atomic():
        MatterStep.objects.filter(matter__pk=matter).update(text="改了")
    unlocked()
    MatterStep.objects.filter(matter__pk=matter, position=2).update(text="改了")
    assert audit.verify().broken is not None


MINUTES = Minutes(
    "9月30日碰头会", "张主任", present="市资规局、宣州区", decisions=("宣州区三日内补报。", "下周实地核查。")
)


def test_a_decision_becomes_a_matter_and_then_stays_as_it_was_decided(town: Town) -> None:
    meeting = record_meeting(NAME, MeetingKind.DAILY, date(2021, 9, 30), MINUTES, by=town.leader, at=AT)
    told = {"source": MatterSource.MEETING, "source_text": MINUTES.title, "meeting": meeting.id, "decision": 1}
    matter = opened(town, **told)
    assert meeting_seen(town.leader, meeting.id, at=AT).decisions[0].matters == (int(matter),)
    with refused("decision_taken_on"):
        correct_meeting(meeting.id, replace(MINUTES, decisions=("改了。",)), by=town.leader, at=AT)
    more = replace(MINUTES, decisions=(*MINUTES.decisions, "第三条。"))
    assert correct_meeting(meeting.id, more, by=town.leader, at=AT).records == 2
    assert audit.verify().broken is None


def test_a_meeting_written_down_twice_is_one_meeting(town: Town) -> None:
    for _ in range(2):
        record_meeting(NAME, MeetingKind.DAILY, date(2021, 9, 30), MINUTES, by=town.leader, at=AT)
    (meeting,) = meetings_for(town.leader, at=AT)
    assert meeting.records == 1
    with refused("meeting_in_future"):
        record_meeting(NAME, MeetingKind.DAILY, date(2021, 10, 1), MINUTES, by=town.leader, at=AT)
    with refused("out_of_reach"):
        record_meeting(NAME, MeetingKind.WEEKLY, date(2021, 9, 30), MINUTES, by=town.clerk(), at=AT)
