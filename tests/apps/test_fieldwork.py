"""Visits in the town: planned, carried out once, told in the work record; their problems walk to the closing."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from shishi.apps.accounts.models import Person
from shishi.apps.accounts.roles import Role
from shishi.apps.accounts.waiting import waiting_for
from shishi.apps.audit.selectors import verify
from shishi.apps.documents.work_record import entries
from shishi.apps.fieldwork.models import ProblemStep, VisitPhoto, VisitRow
from shishi.apps.fieldwork.photos import take_photo
from shishi.apps.fieldwork.problems import (
    Attached,
    NewProblem,
    close_problem,
    extend_problem,
    reply,
    return_reply,
    withdraw_problem,
)
from shishi.apps.fieldwork.visits import Carried, NewVisit, cancel_visit, carry_out, plan_visit
from shishi.apps.fieldwork.visits_seen import (
    WantedVisits,
    count_visits,
    problems_for,
    visit_seen,
    visits_about,
    visits_for,
)
from shishi.apps.ledger.models import RevisionRow
from shishi.apps.messages.selectors import inbox_of
from shishi.apps.programmes.selectors import programme_named
from shishi.core.errors import Misuse, Refused
from shishi.core.problems import ProblemState
from shishi.core.tables import Point
from shishi.core.visits import NamedPhoto, Seen, VisitKind, VisitState
from shishi.core.work_record import WorkKind
from tests.adapters.pictures import photo as picture
from tests.apps.test_documents_work_record import RECORD
from tests.apps.town import DAY, NAME, PROGRAMME, XUANZHOU, Town, everything, home, pack_of, read_rows

pytestmark = pytest.mark.django_db
SEEN = Seen(
    DAY, "双桥小区东门", "到双桥小区查看外墙施工，进度正常。", "王工", Point(Decimal("118.75"), Decimal("30.94")), 12
)
PLAN = NewVisit(NAME, VisitKind.PATROL, "双桥小区施工现场", XUANZHOU, planned_on=DAY + timedelta(days=1))
JPEG = picture(1)


class Visited(Town):
    """A town whose programme keeps a work record, and that has an inspector."""

    inspector: Person


@pytest.fixture
def town(db: None, own_folder: Path, code_list: Path, monkeypatch: pytest.MonkeyPatch) -> Visited:
    monkeypatch.setattr("shishi.apps.ledger.services.Workbook", read_rows)
    pack = pack_of(replace(PROGRAMME, tables=(*PROGRAMME.tables, RECORD)))
    town = Visited(own_folder, code_list, pack)
    town.inspector = town.person("inspector", "office", Role.SUPERVISOR, "3418")
    return town


def photo(content: bytes = JPEG) -> NamedPhoto:
    return NamedPhoto(str(uuid4()), hashlib.sha256(content).hexdigest(), "现场.jpg")


def found(**changed: object) -> NewProblem:
    told = {"uuid": uuid4(), "text": "围挡缺口未封闭。", "body": "xuanzhou", "within": 3}
    return NewProblem(**{**told, **changed})  # type: ignore[arg-type]  # what a test changes


def visited(town: Visited, *problems: NewProblem, **changed: object) -> int:
    uuid = uuid4()
    carried = Carried(replace(SEEN, **changed), problems)  # type: ignore[arg-type]  # what a test changes
    new = replace(PLAN, planned_on=None, uuid=uuid)
    return carry_out(uuid, carried, by=town.leader, at=town.tick(), new=new).id


def refused(kind: type[Exception], code: str, act: object, *given: object, **told: object) -> str:
    before = everything()
    with pytest.raises(kind, match=code) as wrong:
        act(*given, **told)  # type: ignore[operator]  # whatever a test calls
    assert everything() == before
    return str(wrong.value)


def test_a_planned_visit_waits_and_becomes_an_entry_of_the_work_record(town: Visited) -> None:
    view = plan_visit(PLAN, by=town.leader, at=town.tick())
    assert plan_visit(PLAN, by=town.leader, at=town.tick()).id == view.id
    assert [(item.verb, item.title) for item in waiting_for(town.leader, town.now)] == [("走访", PLAN.title)]
    done = carry_out(view.id, Carried(SEEN), by=town.leader, at=town.tick())
    assert (done.state, done.done_by, done.longitude, done.accuracy) == (VisitState.DONE, "leader", "118.750000", 12)
    (entry,) = entries(town.leader, programme_named(NAME)[1], DAY, at=town.now)
    assert (entry.kind, entry.subject, entry.body) == (WorkKind.FIELD_VISIT, PLAN.title, "市办公室")
    assert (entry.entry, entry.place, entry.sentence, entry.publish) == (done.record, XUANZHOU, SEEN.text, True)
    assert RevisionRow.objects.get(entry=done.record).batch.door == "service"
    assert waiting_for(town.leader, town.now) == ()
    assert verify().broken is None


def test_the_same_result_again_changes_nothing_and_another_is_refused(town: Visited) -> None:
    new = replace(PLAN, planned_on=None, uuid=uuid4())
    carried = Carried(SEEN, (found(),), (photo(),))
    first = carry_out(new.uuid, carried, by=town.leader, at=town.tick(), new=new)
    before = everything()
    assert carry_out(new.uuid, carried, by=town.leader, at=town.tick(), new=new).id == first.id
    assert everything() == before
    other = replace(carried, seen=replace(SEEN, text="改过的内容。"))
    refused(Refused, "visit_already_done", carry_out, new.uuid, other, by=town.leader, at=town.tick(), new=new)


def test_two_visits_of_one_day_and_title_are_two_entries(town: Visited) -> None:
    visited(town)
    visited(town, text="第二次去，围挡已封闭。")
    told = [item.subject for item in entries(town.leader, programme_named(NAME)[1], DAY, at=town.now)]
    assert told == [PLAN.title, f"{PLAN.title}（第2次）"]


def test_what_is_incomplete_or_out_of_reach_is_not_written(town: Visited) -> None:
    empty = Carried(replace(SEEN, text="", held_on=DAY + timedelta(days=1)))
    new = replace(PLAN, uuid=uuid4())
    refused(Refused, "visit_incomplete", carry_out, new.uuid, empty, by=town.leader, at=town.now, new=new)
    clerk = town.clerk("langxi")
    refused(Misuse, "out_of_reach", plan_visit, replace(PLAN, body="langxi"), by=clerk, at=town.now)
    refused(Misuse, "visit_day_passed", plan_visit, replace(PLAN, planned_on=date(2021, 9, 1)), by=clerk, at=town.now)
    away = Carried(SEEN, (found(body="guangde"),))
    own = replace(PLAN, planned_on=None, uuid=uuid4())
    refused(Misuse, "out_of_reach", carry_out, own.uuid, away, by=town.clerk(), at=town.now, new=own)


def test_nobody_sees_the_visits_of_another_county(town: Visited) -> None:
    seen = visited(town)
    assert visit_seen(town.clerk(), seen, at=town.now).id == seen
    assert count_visits(town.clerk("langxi"), at=town.now) == 0
    with pytest.raises(Misuse, match="unknown_visit"):
        visit_seen(town.clerk("langxi"), seen, at=town.now)


def test_planned_visits_come_first_then_the_newest(town: Visited) -> None:
    old, new = visited(town, held_on=date(2021, 9, 20)), visited(town)
    later = plan_visit(replace(PLAN, planned_on=DAY + timedelta(days=9)), by=town.leader, at=town.tick()).id
    soon = plan_visit(PLAN, by=town.leader, at=town.tick()).id
    assert [item.id for item in visits_for(town.leader, at=town.now)] == [soon, later, new, old]
    assert [item.id for item in visits_for(town.leader, at=town.now, offset=1, limit=2)] == [later, new]
    wanted = WantedVisits(state="planned")
    assert [item.id for item in visits_for(town.leader, at=town.now, wanted=wanted)] == [soon, later]


def test_a_cancelled_visit_is_not_carried_out(town: Visited) -> None:
    view = plan_visit(PLAN, by=town.leader, at=town.tick())
    refused(Misuse, "reason_missing", cancel_visit, view.id, " ", by=town.leader, at=town.now)
    assert cancel_visit(view.id, "改期", by=town.leader, at=town.tick()).state is VisitState.CANCELLED
    refused(Refused, "visit_cancelled", carry_out, view.id, Carried(SEEN), by=town.leader, at=town.now)
    assert verify().broken is None


def test_a_problem_walks_from_finding_to_closing(town: Visited) -> None:
    visit = visited(town, found())
    (problem,) = problems_for(town.clerk(), at=town.now)
    waiting = [(item.verb, item.page) for item in waiting_for(town.clerk(), town.now)]
    assert [item for item in waiting if item[1].startswith("fieldwork")] == [("整改", "fieldwork-problem")]
    assert "围挡缺口" in inbox_of(town.clerk())[0].text
    refused(Misuse, "unknown_problem", reply, problem.id, "已封闭。", by=town.clerk("langxi"), at=town.tick())
    refused(Misuse, "out_of_reach", reply, problem.id, "已封闭。", by=town.inspector, at=town.tick())
    refused(Misuse, "out_of_reach", close_problem, problem.id, "可以。", by=town.clerk(), at=town.tick())
    files = [Attached("封闭后.jpg", JPEG)]
    assert reply(problem.id, "已封闭。", by=town.clerk(), at=town.tick(), files=files).state is ProblemState.REPLIED
    refused(Misuse, "recheck_by_another", close_problem, problem.id, "可以。", by=town.leader, at=town.tick())
    assert waiting_for(town.leader, town.now) == ()
    assert [item.verb for item in waiting_for(town.inspector, town.now)] == ["复查"]
    back = return_reply(problem.id, "东侧还有缺口。", by=town.inspector, at=town.tick(), days=5)
    assert (back.state, back.standing.deadline > back.standing.first_deadline) == (ProblemState.RETURNED, True)
    reply(problem.id, "东侧也已封闭。", by=town.clerk(), at=town.tick())
    closed = close_problem(problem.id, "现场看过，已封闭。", by=town.inspector, at=town.tick())
    assert (closed.state, len(closed.history), closed.history[1].files[0][0]) == (ProblemState.CLOSED, 5, "封闭后.jpg")
    assert visit_seen(town.leader, visit, at=town.now).undone == 0
    assert verify().broken is None


def test_a_deadline_counts_working_days_over_the_holiday(town: Visited) -> None:
    visited(town, found(within=3))
    (problem,) = problems_for(town.leader, at=town.now)
    assert problem.standing.deadline.date() == date(2021, 10, 11)  # 国庆 1–7, then Fri 8, Sat 9 (调休), Mon 11
    later = extend_problem(problem.id, 10, "材料未到。", by=town.leader, at=town.tick())
    assert later.standing.deadline > problem.standing.deadline
    assert withdraw_problem(problem.id, "重复登记。", by=town.leader, at=town.tick()).state is ProblemState.WITHDRAWN


def test_a_photo_comes_after_its_visit_and_once(town: Visited) -> None:
    one, other = photo(), photo(picture(2))
    new = replace(PLAN, planned_on=None, uuid=uuid4())
    carried = Carried(SEEN, (found(photos=(other,)),), (one,))
    refused(Misuse, "unknown_photo", take_photo, UUID(one.id), JPEG, by=town.leader, at=town.now)
    view = carry_out(new.uuid, carried, by=town.leader, at=town.tick(), new=new)
    assert view.missing == 2
    refused(Refused, "photo_differs", take_photo, UUID(one.id), JPEG + b"!", by=town.leader, at=town.now)
    refused(Misuse, "unknown_photo", take_photo, UUID(one.id), JPEG, by=town.clerk(), at=town.now)
    arrived = take_photo(UUID(one.id), JPEG, by=town.leader, at=town.tick())
    assert take_photo(UUID(one.id), JPEG, by=town.leader, at=town.tick()) == arrived
    assert (arrived.media_type, visit_seen(town.leader, view.id, at=town.now).missing) == ("image/jpeg", 1)
    assert verify().broken is None


@pytest.mark.parametrize("content", [b"<svg onload='x'></svg>", b"<html>", b"%PDF-1.4", JPEG[:900], b""])
def test_what_is_no_photo_is_refused_whatever_it_is_called(town: Visited, content: bytes) -> None:
    one = photo(content)
    new = replace(PLAN, planned_on=None, uuid=uuid4())
    carry_out(new.uuid, Carried(SEEN, photos=(one,)), by=town.leader, at=town.tick(), new=new)
    refused(Refused, "picture_", take_photo, UUID(one.id), content, by=town.leader, at=town.now)


def test_a_row_tells_of_its_visits(town: Visited) -> None:
    town.hand_in(home("H1"))
    entry = RevisionRow.objects.get(table=f"{NAME}/homes").entry
    view = plan_visit(replace(PLAN, entry=entry), by=town.leader, at=town.tick())
    assert [item.id for item in visits_about(town.clerk(), entry, at=town.now)] == [view.id]
    assert visits_about(town.clerk("langxi"), entry, at=town.now) == ()


@pytest.mark.parametrize(
    ("model", "field"), [(VisitRow, "text"), (VisitPhoto, "sha256"), (VisitRow, "title"), (VisitRow, "reason")]
)
def test_what_is_changed_past_the_program_is_found(town: Visited, model: type, field: str) -> None:
    one = photo()
    new = replace(PLAN, planned_on=None, uuid=uuid4())
    carry_out(new.uuid, Carried(SEEN, photos=(one,)), by=town.leader, at=town.tick(), new=new)
    take_photo(UUID(one.id), JPEG, by=town.leader, at=town.tick())
    plan = plan_visit(PLAN, by=town.leader, at=town.tick())
    cancel_visit(plan.id, "改期", by=town.leader, at=town.tick())
    assert verify().broken is None
    model.objects.update(**{field: "changed"})  # type: ignore[attr-defined]  # any of the models
    assert verify().broken is not None


def test_the_steps_of_a_problem_cannot_be_rewritten(town: Visited) -> None:
    visited(town, found())
    with pytest.raises(Exception, match="append-only"):
        ProblemStep.objects.update(text="没有问题。")
