"""What time and faults do to cases: pauses, warnings, the body above, holidays told
late, verbs that break, many at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, time
from pathlib import Path

import pytest

from shishi.apps.audit.selectors import verify
from shishi.apps.cases import bulk, holidays, verbs
from shishi.apps.cases.arriving import message_arrived
from shishi.apps.cases.batches import Batch
from shishi.apps.cases.bulk import approve_many
from shishi.apps.cases.clock_reading import clock_of
from shishi.apps.cases.completing import complete_task
from shishi.apps.cases.definitions import process_of
from shishi.apps.cases.holidays import reckon_again
from shishi.apps.cases.incidents import drop_incident, incidents_for, retry_incident
from shishi.apps.cases.materials import defer_material
from shishi.apps.cases.migrating import move_to_newest
from shishi.apps.cases.models import CallRow, CaseRow, CaseStep, MaterialRow, PauseRow, TaskRow
from shishi.apps.cases.pausing import extend, resume, suspend
from shishi.apps.cases.seen import case_of, copied_to
from shishi.apps.cases.ticking import tick, tick_when_due
from shishi.apps.cases.todo import TaskQuery
from shishi.apps.cases.verbs import Errand, Said
from shishi.apps.cases.waiting import started_by, waiting_for
from shishi.apps.jobs.models import Job
from shishi.apps.ledger.models import RevisionRow
from shishi.apps.ledger.selectors import holds_rows
from shishi.apps.messages.models import Message
from shishi.apps.programmes.selectors import calendar
from shishi.apps.programmes.services import install_pack
from shishi.core.calendars import OfficeHours
from shishi.core.errors import Misuse, Refused
from shishi.core.limits import PauseKind
from shishi.core.programmes import CalendarDay, Pack
from shishi.packs.canonical import pack_version
from tests.apps.case_town import BEGIN, PACK, CaseTown


@pytest.fixture
def town(db: None, own_folder: Path, code_list: Path) -> CaseTown:
    return CaseTown(own_folder, code_list)


def accepted(town: CaseTown, number: str = "H-01") -> CaseRow:
    return town.accept(town.papers(town.open(number)))


def published(town: CaseTown, number: str = "H-01") -> CaseRow:
    """A case whose publicity is over: colleagues are asked to speak."""
    case = town.review(accepted(town, number))
    tick(town.tick(days=5))
    return town.fresh(case)


def agreed(town: CaseTown, case: CaseRow) -> CaseRow:
    """One colleague speaks, and the case goes on into the ledger."""
    voice = TaskRow.objects.get(case=case, kind="voice", state="open", assignee=town.second)
    complete_task(voice.pk, "agree", by=town.second, at=town.tick())
    return town.fresh(case)


def install(town: CaseTown, pack: Pack) -> None:
    found = replace(pack, version=pack_version(pack))
    install_pack(found, effective_on=date(2021, 9, 1), holds_rows=holds_rows, by=town.operator, at=town.tick())


def test_a_suspended_case_stands_still_and_its_deadline_moves(town: CaseTown) -> None:
    case = accepted(town)
    before = case.legal_due
    suspend(case.uuid, "等法院判决", by=town.reviewer, at=town.tick())
    assert town.fresh(case).legal_due is None
    with pytest.raises(Refused, match="case_suspended"):
        complete_task(town.task(case).pk, "approve", answers={"finding": "x"}, by=town.reviewer, at=town.tick())
    assert tick(town.tick(days=60)).many == 0, "what stands still is not late"
    resume(case.uuid, "已判决", by=town.reviewer, at=town.tick())
    after = town.fresh(case).legal_due
    assert before is not None
    assert after is not None
    assert (after - before).days > 55


def test_limits_are_prolonged_once_by_who_may(town: CaseTown) -> None:
    case = accepted(town)
    with pytest.raises(Misuse, match="not_your_case"):
        extend(case.uuid, "案情复杂", by=town.window, at=town.tick())
    before = case.legal_due
    extend(case.uuid, "案情复杂", by=town.chief, at=town.tick())
    after = town.fresh(case).legal_due
    assert before is not None
    assert after is not None
    assert after > before
    with pytest.raises(Refused, match="extended_before"):
        extend(case.uuid, "再来", by=town.chief, at=town.tick())


def test_who_is_late_is_warned_then_the_body_above_hears_of_it(town: CaseTown) -> None:
    case = accepted(town)
    warned = tick(town.tick(days=4))
    assert (warned.warned, warned.overdue) == (1, 0)
    late = town.tick(days=7)
    assert tick(late).overdue == 1
    assert tick(late).many == 0
    assert tick_when_due(late).many == 0
    actions = town.actions(case)
    assert actions[-3:] == ["warn", "overdue", "escalate"]
    assert copied_to(town.chief, late).count == 1
    assert Message.objects.filter(to=town.chief, subject=f"{case.number} 需要您督促").count() == 1
    assert case_of(town.chief, case.number, late).tasks[-1].overdue(late)


def test_a_holiday_that_is_told_later_moves_open_deadlines_and_says_so(town: CaseTown) -> None:
    case = accepted(town)
    before = case.legal_due
    install(town, replace(PACK, calendar=(CalendarDay(date(2021, 9, 22), False, "演示放假"),)))
    assert reckon_again(town.tick(), provisional_only=False) == 1
    assert reckon_again(town.tick(), provisional_only=False) == 0
    after = town.fresh(case).legal_due
    assert before is not None
    assert after is not None
    assert after > before
    said = case.steps.get(action="reckon").text
    assert "节假日或办公时间的安排有变，时限重新核定" in said
    assert "9月19日至22日" in said, "the reckoning names the day that was added"


def test_the_worker_follows_a_calendar_that_changed_once_and_takes_up_where_it_fell(
    town: CaseTown, monkeypatch: pytest.MonkeyPatch
) -> None:
    cases = [accepted(town, f"H-{number}") for number in range(4)]
    assert tick_when_due(town.tick()).reckoned == 0, "nothing has changed since they were reckoned"
    before = [town.fresh(case).legal_due for case in cases]
    monkeypatch.setattr(holidays, "AT_ONCE", 2)
    install(town, replace(PACK, calendar=(CalendarDay(date(2021, 9, 22), False, "演示放假"),)))
    assert tick_when_due(town.tick()).reckoned == 2
    moved = [town.fresh(case).legal_due != old for case, old in zip(cases, before, strict=True)]
    assert moved == [True, True, False, False], "a worker that ends here has told the first two"
    assert tick_when_due(town.tick()).reckoned == 2
    assert [tick_when_due(town.tick()).reckoned for _ in range(3)] == [0, 0, 0]
    assert [town.actions(case).count("reckon") for case in cases] == [1] * 4
    for case in cases:
        row = town.fresh(case)
        assert row.legal_due == clock_of(row, process_of(row), calendar(None, town.now)).legal.moment
    assert verify().broken is None


def test_whatever_has_a_deadline_follows_the_calendar(town: CaseTown) -> None:
    case = accepted(town)
    complete_task(town.task(case).pk, "approve", answers={"finding": "属实"}, by=town.reviewer, at=town.tick())
    defer_material(case.uuid, "plan", by=town.citizen, at=town.tick())
    first, second = (town.task(case, kind, state).due_at for kind, state in (("work", "held"), ("second", "open")))
    assert first == second
    tick_when_due(town.tick())
    day = CalendarDay(date(2021, 9, 15), False, "演示放假")
    install(town, replace(PACK, calendar=(day,), hours=OfficeHours(time(9), time(17), "演示作息", verified=True)))
    owed = MaterialRow.objects.get(case=case, code="plan").due_at
    assert tick_when_due(town.tick()).reckoned == 1
    late, later = (town.task(case, kind, state).due_at for kind, state in (("work", "held"), ("second", "open")))
    assert late == later == datetime(2021, 9, 22, 9, tzinfo=UTC), "five working days, to the new closing hour"
    assert MaterialRow.objects.get(case=case, code="plan").due_at > owed
    said = case.steps.get(action="reckon").text
    assert all(word in said for word in ("审查", "平面图", "17:00届满"))


def test_a_publicity_that_does_not_count_moves_the_deadline_and_is_called_so(town: CaseTown) -> None:
    (permit,) = (item for item in PACK.processes if item.short == "permit")
    timers = tuple(replace(item, pause=PauseKind.PUBLICITY) for item in permit.timers)
    install(town, replace(PACK, processes=(replace(permit, timers=timers, digest="1" * 64),)))
    case = accepted(town)
    before = case.legal_due
    case = town.review(case)
    assert (case.state, case.legal_due) == ("paused", None), "while it lasts the clock stands"
    tick(town.tick(days=5))
    case = town.fresh(case)
    assert case.state == "handling"
    assert case.legal_due > before
    assert PauseRow.objects.filter(case=case, token="", kind="publicity", ended_at__isnull=False).count() == 1
    clock = case_of(town.reviewer, case.number, town.now).clock
    assert "公示（" in clock.legal.sentence
    assert [action for action in town.actions(case) if action in ("pause", "continue")] == ["pause", "continue"]


class Broken:
    """A verb that breaks until it is mended, and counts."""

    def __init__(self, whole: Callable[[Errand], Said]) -> None:
        self.whole, self.mended, self.asked = whole, False, 0

    def __call__(self, errand: Errand) -> Said:
        self.asked += 1
        if not self.mended:
            raise ConnectionError("对方没有应答")
        return self.whole(errand)


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> Broken:
    made = Broken(verbs.verb_named("ledger.post"))
    monkeypatch.setitem(verbs._verbs, "ledger.post", made)
    return made


def test_what_fails_three_times_has_an_owner_and_is_mended(town: CaseTown, broken: Broken) -> None:
    case = agreed(town, published(town))
    assert case.state == "decided", "the step of the official stands, whatever the verb did"
    for hours in (1, 2):
        assert tick(town.tick(hours=hours)).retried == 1
    assert tick(town.tick(days=1)).retried == 0
    (incident,) = incidents_for(town.chief, town.now)
    assert (incident.owner, incident.tries, broken.asked) == (town.reviewer, 3, 3)
    assert "对方没有应答" in case.steps.get(action="incident").text
    assert "处置异常件" in [item.verb for item in waiting_for(town.reviewer, town.now)]
    with pytest.raises(Refused, match="still_failing"):
        retry_incident(incident.pk, "再试", by=town.reviewer, at=town.tick())
    assert town.fresh(case).steps_count == case.steps.count()
    broken.mended = True
    retry_incident(incident.pk, "线路已通", by=town.reviewer, at=town.tick())
    assert RevisionRow.objects.count() == 1
    assert town.task(case).element == "Task_deliver"
    retry_incident(incident.pk, "又点一次", by=town.reviewer, at=town.tick())
    assert RevisionRow.objects.count() == 1
    assert verify().broken is None


def test_what_was_done_by_hand_goes_on_and_the_thread_says_by_whom(town: CaseTown, broken: Broken) -> None:
    case = agreed(town, published(town))
    for hours in (1, 2):
        tick(town.tick(hours=hours))
    (incident,) = incidents_for(town.reviewer, town.now, own=True)
    with pytest.raises(Misuse, match="unknown_incident"):
        drop_incident(incident.pk, "手工登记了", by=town.window, at=town.tick())
    drop_incident(incident.pk, "手工登记了", by=town.chief, at=town.tick())
    assert town.task(case).element == "Task_deliver"
    assert CallRow.objects.get(case=case).said == "由 chief 线下办理：手工登记了"
    assert case.steps.get(action="mend").person == "chief"


def test_many_are_approved_at_once_and_what_was_not_is_named(town: CaseTown, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "AT_ONCE", 2)
    cases = [town.papers(town.open(f"H-{number}")) for number in range(5)]
    lacking = town.open("H-lacking")
    tasks = [town.task(case).pk for case in (*cases, lacking)]
    job = approve_many([*tasks, tasks[0], 999_999], "accept", by=town.window, at=town.tick())
    assert (job.outcome["asked"], job.outcome["done"], job.outcome["not_done"]) == (7, 5, 2)
    assert {item["code"] for item in job.outcome["left"]} == {"materials_lacking", "unknown_task"}
    assert {town.fresh(case).state for case in cases} == {"accepted"}
    assert town.actions(lacking) == ["submit"]
    assert CaseStep.objects.exclude(batch="").count() == 5
    assert verify().broken is None
    again = approve_many(TaskQuery(element="Task_accept"), "accept", by=town.window, at=town.tick())
    assert (again.outcome["done"], again.outcome["not_done"]) == (0, 1)


def test_a_worker_that_falls_half_way_takes_up_where_it_left(town: CaseTown, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "AT_ONCE", 2)
    cases = [town.papers(town.open(f"H-{number}")) for number in range(5)]
    fallen: list[str] = []
    whole = Batch.lay_down

    def falls(batch: Batch) -> None:
        whole(batch)
        fallen.append("batch")
        if len(fallen) == 2:
            raise OSError("机器断电")

    monkeypatch.setattr(Batch, "lay_down", falls)
    job = approve_many([town.task(case).pk for case in cases], "accept", by=town.window, at=town.tick())
    job = Job.objects.get(pk=job.pk)
    assert (job.state, job.tries) == ("done", 2)
    assert (job.outcome["done"], job.outcome["done_before"], job.outcome["not_done"]) == (3, 2, 0)
    assert [town.actions(case).count("accept") for case in cases] == [1] * 5
    assert verify().broken is None


def test_a_refusal_is_never_given_to_many(town: CaseTown) -> None:
    case = town.papers(town.open())
    job = approve_many([town.task(case).pk], "refuse", text="不予受理", by=town.window, at=town.tick())
    assert [item["code"] for item in job.outcome["left"]] == ["refusal_basis_missing"]
    assert town.fresh(case).state == "submitted"


def test_running_cases_follow_a_newer_version_of_their_process(town: CaseTown) -> None:
    case = accepted(town)
    (permit,) = (item for item in PACK.processes if item.short == "permit")
    newer = replace(permit, version=2, title="房屋登记（新）", digest="0" * 64)
    install(town, replace(PACK, processes=(newer,)))
    assert town.review(case).digest == permit.digest, "it goes on under the version that it began with"
    with pytest.raises(Misuse, match="out_of_reach"):
        move_to_newest("permit", by=town.window, at=town.tick())
    found = move_to_newest("permit", by=town.operator, at=town.tick())
    assert (found.moved, found.left) == (1, [])
    assert town.fresh(case).digest == "0" * 64
    tick(town.tick(days=5))
    assert agreed(town, case).state == "decided"


def test_a_message_that_nobody_waits_for_is_refused_and_asked_again_later(town: CaseTown) -> None:
    case = accepted(town)
    with pytest.raises(Refused, match="message_not_awaited"):
        message_arrived(case.uuid, "receipt", key="m-1", at=town.tick())
    assert town.actions(case)[-1] == "accept"


def test_the_first_page_tells_what_waits_and_what_was_started(town: CaseTown) -> None:
    case = town.open(by=town.window, person=None)
    (line,) = waiting_for(town.other_window, town.now)
    assert (line.verb, line.about, line.page) == ("受理", case.number, "task")
    assert [item.about for item in started_by(town.window, town.now)] == [case.number]
    assert waiting_for(town.far, datetime(2021, 9, 30, tzinfo=UTC)) == ()
    assert town.now > BEGIN
