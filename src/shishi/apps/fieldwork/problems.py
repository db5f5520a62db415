"""Writing problems: raised by a visit, answered by the responsible body, rechecked by another person."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from shishi.apps.accounts.models import Person
from shishi.apps.accounts.roles import Action
from shishi.apps.accounts.selectors import body_coded, body_of, members, person_named, posts_of, require
from shishi.apps.audit.services import one_at_a_time, record
from shishi.apps.fieldwork.models import ProblemRow, ProblemStep, VisitPhoto, VisitRow
from shishi.apps.fieldwork.visit_history import append
from shishi.apps.fieldwork.visits_seen import ProblemView, problem_row, problem_seen
from shishi.apps.files.services import keep
from shishi.apps.messages.services import post_message
from shishi.apps.programmes.selectors import calendar
from shishi.core.calendars import SHANGHAI, day_of
from shishi.core.errors import Misuse
from shishi.core.problems import Did, Problem, ProblemAction
from shishi.core.visits import NamedPhoto

A = ProblemAction
LONGEST, MOST_DAYS = 1000, 250


@dataclass(frozen=True, slots=True)
class NewProblem:
    """A problem as a visit raises it: ``body`` (a code) has to rectify it ``within`` so many working days."""

    uuid: UUID
    text: str
    body: str
    within: int
    photos: tuple[NamedPhoto, ...] = ()


@dataclass(frozen=True, slots=True)
class Attached:
    """A file that goes with a step."""

    name: str
    content: bytes


def raise_problems(visit: VisitRow, found: Iterable[NewProblem], *, by: Person, at: datetime) -> None:
    """Hand what a visit found to the bodies that must rectify it. Call in the visit's own transaction."""
    for item in found:
        _check(item)
        body = body_coded(item.body)
        require(by, Action.VISIT, body.division, visit.programme, day_of(at))
        deadline = calendar(None, at).deadline(day_of(at), item.within)
        row = ProblemRow.objects.create(
            uuid=item.uuid,
            visit=visit,
            text=item.text.strip(),
            body=body,
            division=body.division,
            within=item.within,
            deadline=deadline.moment,
            provisional=deadline.provisional,
        )
        after, line = append(row, Did(A.RAISE, by.username, at, row.text, deadline.moment))
        _record(row, line, after, by)
        _tell(row, line, after)
        for photo in item.photos:
            _name_photo(visit, row, photo)


def reply(problem: int, text: str, *, by: Person, at: datetime, files: Iterable[Attached] = ()) -> ProblemView:
    """The responsible body tells what it has done about it."""
    return _do(problem, A.REPLY, text, by=by, at=at, files=files)


def return_reply(
    problem: int, reason: str, *, by: Person, at: datetime, days: int = 0, files: Iterable[Attached] = ()
) -> ProblemView:
    """Another person rechecked it: it is not rectified. With ``days`` a new deadline so many working days from
    today."""
    return _do(problem, A.RETURN, reason, by=by, at=at, days=days, files=files)


def close_problem(problem: int, text: str, *, by: Person, at: datetime, files: Iterable[Attached] = ()) -> ProblemView:
    """Another person rechecked it: it is rectified."""
    return _do(problem, A.CLOSE, text, by=by, at=at, files=files)


def extend_problem(problem: int, days: int, reason: str, *, by: Person, at: datetime) -> ProblemView:
    """Give so many working days from today, with the reason."""
    return _do(problem, A.EXTEND, reason, by=by, at=at, days=days)


def withdraw_problem(problem: int, reason: str, *, by: Person, at: datetime) -> ProblemView:
    """Take it back, with a reason."""
    return _do(problem, A.WITHDRAW, reason, by=by, at=at)


@transaction.atomic
def _do(
    problem: int,
    action: ProblemAction,
    text: str,
    *,
    by: Person,
    at: datetime,
    days: int = 0,
    files: Iterable[Attached] = (),
) -> ProblemView:
    one_at_a_time()
    row = ProblemRow.objects.select_for_update().get(pk=problem_row(by, problem, at=at).pk)
    _entitle(row, action, by, at)
    if not 0 <= days <= MOST_DAYS:
        raise Misuse("days_malformed", f"工作日数应为 1 到 {MOST_DAYS}。")
    deadline = calendar(None, at).deadline(day_of(at), days) if days else None
    kept = tuple((item.name[:200], keep(item.content, at).sha256) for item in files)
    if deadline:
        row.provisional = deadline.provisional
    did = Did(action, by.username, at, text.strip(), deadline.moment if deadline else None)
    after, line = append(row, did, kept)
    _record(row, line, after, by)
    _tell(row, line, after)
    return problem_seen(by, row.pk, at=at)


def _check(item: NewProblem) -> None:
    if len(item.text) > LONGEST:
        raise Misuse("problem_text_long", f"问题最多写 {LONGEST} 个字，现有 {len(item.text)} 个字，请精简。")
    if not 1 <= item.within <= MOST_DAYS:
        raise Misuse("days_malformed", f"整改时限应为 1 到 {MOST_DAYS} 个工作日。")


def _entitle(row: ProblemRow, action: ProblemAction, by: Person, at: datetime) -> None:
    """A reply is the responsible body's; a recheck is never done by its own people."""
    if action is A.REPLY:
        require(by, Action.ANSWER_NOTICE, row.division, row.visit.programme, day_of(at))
        return
    require(by, Action.VISIT, row.visit.division, row.visit.programme, day_of(at))
    own = {post.body_id for post in posts_of(by, day_of(at))}
    if action in (A.RETURN, A.CLOSE, A.EXTEND, A.WITHDRAW) and row.body_id in own:
        told = f"“{row.body.title}”是整改单位，不能自己复查、改时限或撤销。请由走访单位的同志办理。"
        raise Misuse("recheck_by_another", told)


def _name_photo(visit: VisitRow, row: ProblemRow, photo: NamedPhoto) -> None:
    facts = {"visit": visit, "problem": row, "sha256": photo.sha256, "name": photo.name[:200]}
    known, made = VisitPhoto.objects.get_or_create(uuid=UUID(photo.id), defaults={**facts, "taken_at": photo.taken_at})
    if not made and known.problem_id != row.pk:
        raise Misuse("photo_malformed", "有照片已属于另一个问题。请在手机上重新打开采集页再发送。")


def _record(row: ProblemRow, line: ProblemStep, after: Problem, by: Person) -> None:
    detail: Mapping[str, object] = {"action": line.action, "body": row.body.code, "state": after.state.value}
    body, subject = body_of(by, day_of(line.at)), f"problem.step:{row.pk}/{line.position}"
    action = f"problem.{line.action}"
    record(at=line.at, person=by.username, body=body, action=action, subject=subject, digest=line.digest, detail=detail)


def _tell(row: ProblemRow, line: ProblemStep, after: Problem) -> None:
    """The responsible body hears of what others do, who found it of its replies."""
    action = A(line.action)
    finder = action is A.REPLY
    told = (person_named(row.visit.done_by),) if finder else members(row.body, day_of(line.at))
    subject = f"【现场问题】第{row.pk}号 {action.label}"
    lines = [row.text, line.text if action is not A.RAISE else ""]
    if after.owed:
        lines.append(f"整改时限：{after.deadline.astimezone(SHANGHAI):%Y-%m-%d %H:%M}")
    if row.visit.demonstration:
        lines.append("（演示数据）")
    text = "\n".join(item for item in lines if item)
    for person in told:
        key = f"problem:{row.pk}:{line.position}:{person.username}"
        post_message(to=person, key=key, subject=subject, text=text, about=f"problem:{row.pk}", at=line.at)
