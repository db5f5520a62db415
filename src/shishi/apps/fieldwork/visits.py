"""Writing visits: plan, carry out, cancel. Carrying one out posts its entry of the work record: what a service knows is
never typed again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID, uuid4

from django.db import transaction

from shishi.apps.accounts.acting import record_act
from shishi.apps.accounts.models import Body, Person
from shishi.apps.accounts.roles import MAY, Action, Role
from shishi.apps.accounts.selectors import body_coded, posts_of, require
from shishi.apps.audit.chain import digest
from shishi.apps.audit.services import one_at_a_time
from shishi.apps.divisions.selectors import find_division
from shishi.apps.documents.work_record import record_of
from shishi.apps.fieldwork.models import VisitPhoto, VisitRow
from shishi.apps.fieldwork.photo_tickets import use_tickets
from shishi.apps.fieldwork.problems import NewProblem, raise_problems
from shishi.apps.fieldwork.visit_history import digest_of_cancelling, digest_of_done, digest_of_visit
from shishi.apps.fieldwork.visits_seen import VisitView, visit_row, visit_seen
from shishi.apps.files.services import key_ring
from shishi.apps.ledger.one_row import row_of
from shishi.apps.ledger.sealing import key_of
from shishi.apps.ledger.selectors import live
from shishi.apps.ledger.single_rows import hold_row
from shishi.apps.ledger.writing import lock
from shishi.apps.programmes.selectors import programme_named
from shishi.core.calendars import day_of
from shishi.core.divisions import normalise, official
from shishi.core.errors import Misuse, Refused
from shishi.core.programmes import Programme
from shishi.core.tables import Value
from shishi.core.visits import (
    LONGEST_TITLE,
    MOST_PROBLEMS,
    NamedPhoto,
    Seen,
    VisitKind,
    VisitState,
    check_photos,
    check_seen,
    check_title,
)
from shishi.core.work_record import WorkKind


@dataclass(frozen=True, slots=True)
class NewVisit:
    """A visit as it is written down first. ``place_division`` (a code or a name) where it goes, empty: where its body
    is; ``body`` a code, empty: the person's own; ``entry``: the row of a ledger that it is about; ``uuid``: made by
    whoever writes it, so that the same again is the same."""

    programme: str
    kind: VisitKind
    title: str
    place_division: str = ""
    body: str = ""
    planned_on: date | None = None
    purpose: str = ""
    entry: UUID | None = None
    uuid: UUID | None = None
    demonstration: bool = False


@dataclass(frozen=True, slots=True)
class Carried:
    """What comes of a visit: what was seen, the problems found, the photos that are told of and will arrive.
    ``secret``: of the device that captured it, by which it uses its tickets."""

    seen: Seen
    problems: tuple[NewProblem, ...] = ()
    photos: tuple[NamedPhoto, ...] = ()
    secret: str = ""

    @property
    def named(self) -> tuple[NamedPhoto, ...]:
        """Every photo, those of problems too."""
        return (*self.photos, *(photo for item in self.problems for photo in item.photos))

    @property
    def digest(self) -> str:
        """SHA-256 over what is told; how it was told (tickets, the device) is not part of it."""
        seen, point = self.seen, self.seen.point
        place = [seen.place, str(point.longitude), str(point.latitude)] if point else [seen.place]
        told = [str(seen.held_on), *place, str(seen.accuracy), seen.text, seen.people, seen.publish]
        problems = [[str(item.uuid), item.text, item.body, item.within, _told(item.photos)] for item in self.problems]
        return digest([told, problems, _told(self.photos)])


def _told(photos: tuple[NamedPhoto, ...]) -> list[list[str]]:
    return [[item.id, item.sha256, item.name, str(item.taken_at or "")] for item in photos]


@transaction.atomic
def plan_visit(new: NewVisit, *, by: Person, at: datetime) -> VisitView:
    """Write a visit down for a day. The same one again (its UUID, or body, place, day and title) is the one that is
    there."""
    if new.planned_on is None:
        raise Misuse("visit_day_missing", "请写明计划哪一天走访。")
    if new.planned_on < day_of(at):
        raise Misuse("visit_day_passed", f"计划日期 {new.planned_on} 已过去。已经走访的，请直接登记走访结果。")
    one_at_a_time()
    row = _same_plan(new, by, at) or _write(new, by, at)
    return visit_seen(by, row.pk, at=at)


@transaction.atomic
def carry_out(
    visit: int | UUID, carried: Carried, *, by: Person, at: datetime, new: NewVisit | None = None
) -> VisitView:
    """Write what came of a visit: a planned one, or with ``new`` one that nobody planned. The same again changes
    nothing. ``Refused``: visit_incomplete, visit_already_done (something else was written); ``Misuse``:
    unknown_visit."""
    check_seen(carried.seen, at)
    check_photos(carried.named)
    if len(carried.problems) > MOST_PROBLEMS:
        raise Misuse("problems_too_many", f"一次走访最多登记 {MOST_PROBLEMS} 个问题。请分成几次走访。")
    lock()  # the ledger's lock comes before the trail's
    one_at_a_time()
    row = _row_to_do(visit, new, by, at)
    sent = carried.digest
    if row.state == VisitState.DONE and row.sent == sent:
        return visit_seen(by, row.pk, at=at)
    _require_planned(row)
    require(by, Action.VISIT, row.division, row.programme, day_of(at))
    _, programme = programme_named(row.programme)
    _note(row, carried.seen, sent, by, at)
    row.record = _post_record(row, programme, by=by, at=at)
    row.save()
    _name_photos(row, carried.photos)
    raise_problems(row, carried.problems, by=by, at=at)
    refused = use_tickets(row, carried.named, carried.secret, by=by, at=at)
    told = {"programme": row.programme, "problems": len(carried.problems), "photos": len(carried.photos), **refused}
    record_act(by, at, "visit.done", f"visit.done:{row.pk}", digest_of_done(row), told)
    return visit_seen(by, row.pk, at=at)


@transaction.atomic
def cancel_visit(visit: int, reason: str, *, by: Person, at: datetime) -> VisitView:
    """A planned visit will not take place; cancelling it again changes nothing."""
    one_at_a_time()
    row = VisitRow.objects.select_for_update().get(pk=visit_row(by, visit, at=at).pk)
    if row.state == VisitState.CANCELLED:
        return visit_seen(by, row.pk, at=at)
    _require_planned(row)
    require(by, Action.VISIT, row.division, row.programme, day_of(at))
    if not reason.strip():
        raise Misuse("reason_missing", "请写明为什么不去了。")
    row.state, row.reason = VisitState.CANCELLED, reason.strip()
    row.cancelled_by, row.cancelled_at = by.username, at
    row.save()
    record_act(by, at, "visit.cancel", f"visit.cancelled:{row.pk}", digest_of_cancelling(row), {"reason": row.reason})
    return visit_seen(by, row.pk, at=at)


def visiting_bodies(by: Person, programme: str, at: datetime) -> tuple[Body, ...]:
    """The bodies for which the person may visit in the programme, by their own posts."""
    found: dict[int, Body] = {}
    for post in posts_of(by, day_of(at)):
        named = "*" in post.programmes or programme in post.programmes
        if named and Action.VISIT in MAY[Role(post.role)]:
            found.setdefault(post.body_id, post.body)
    return tuple(found.values())


def _row_to_do(visit: int | UUID, new: NewVisit | None, by: Person, at: datetime) -> VisitRow:
    if isinstance(visit, UUID):
        held = VisitRow.objects.filter(uuid=visit).first()
        if held is None and new is not None:
            return _write(new, by, at)
        if held is None:
            raise Misuse("unknown_visit", "没有这次走访，或它不在您的权限范围内。请从“走访”页进入。")
        visit = held.pk
    return VisitRow.objects.select_for_update().get(pk=visit_row(by, visit, at=at).pk)


def _require_planned(row: VisitRow) -> None:
    if row.state == VisitState.DONE:
        told = (
            f"这次走访已由 {row.done_by} 登记过，内容不同，没有改写。要更正的，请在工作纪实台账里更正，经过会留下来。"
        )
        raise Refused("visit_already_done", told)
    if row.state == VisitState.CANCELLED:
        raise Refused("visit_cancelled", f"这次走访已取消（{row.reason}）。确实去了的，请另登记一次走访。")


def _same_plan(new: NewVisit, by: Person, at: datetime) -> VisitRow | None:
    if new.uuid:
        held = VisitRow.objects.filter(uuid=new.uuid).first()
        return visit_row(by, held.pk, at=at) if held else None
    body, place = _body(new, by, at), _place(new, by, at)
    same = VisitRow.objects.filter(programme=new.programme, title=new.title.strip(), planned_on=new.planned_on)
    return same.filter(body=body, place_division=place, state=VisitState.PLANNED).first()


def _body(new: NewVisit, by: Person, at: datetime) -> Body:
    if new.body:
        return body_coded(new.body)
    own = visiting_bodies(by, new.programme, at)
    if not own:
        raise Misuse("out_of_reach", "您没有这个重点项目的走访岗位。请由有权限的同志登记，或请管理人员授予岗位。")
    return own[0]


def _place(new: NewVisit, by: Person, at: datetime) -> str:
    if not new.place_division:
        return str(_body(new, by, at).division)
    return find_division(new.place_division, day_of(at)).code


def _write(new: NewVisit, by: Person, at: datetime) -> VisitRow:
    """Store a visit that is not there yet."""
    check_title(new.title)
    _, programme = programme_named(new.programme)
    body, place = _body(new, by, at), _place(new, by, at)
    for division in {str(body.division), place}:
        require(by, Action.VISIT, division, programme.name, day_of(at))
    if new.entry and row_of(by, new.entry, at=at).programme.name != programme.name:
        raise Misuse("entry_elsewhere", "走访对象是另一个重点项目的台账。请选本项目的，或到那个项目里登记。")
    row = VisitRow.objects.create(
        uuid=new.uuid or uuid4(),
        programme=programme.name,
        kind=new.kind,
        title=new.title.strip(),
        purpose=new.purpose.strip(),
        body=body,
        division=body.division,
        place_division=place,
        entry=new.entry,
        planned_on=new.planned_on,
        written_by=by.username,
        written_at=at,
        demonstration=new.demonstration or programme.demonstration,
    )
    told = {"programme": programme.name, "planned_on": str(new.planned_on or "")}
    record_act(by, at, "visit.write", f"visit:{row.pk}", digest_of_visit(row), told)
    return row


def _note(row: VisitRow, seen: Seen, sent: str, by: Person, at: datetime) -> None:
    row.state, row.sent, row.done_by, row.done_at = VisitState.DONE, sent, by.username, at
    row.held_on, row.place, row.text = seen.held_on, seen.place.strip(), seen.text.strip()
    row.people, row.publish, row.accuracy = seen.people.strip(), seen.publish, seen.accuracy
    if seen.point:
        row.longitude, row.latitude = round(seen.point.longitude, 6), round(seen.point.latitude, 6)


def _post_record(row: VisitRow, programme: Programme, *, by: Person, at: datetime) -> UUID | None:
    """The visit's entry of the work record; ``None`` where the programme keeps none."""
    table = record_of(programme)
    if table is None or row.held_on is None:
        return None
    values: dict[str, Value] = {
        "held_on": row.held_on,
        "kind": WorkKind.FIELD_VISIT.value,
        "subject": _subject(row),
        "body": row.body.title[:60],
        "division": official(normalise(row.division)),
        "place": official(normalise(row.place_division)),
        "text": row.text,
        "source": f"走访登记第 {row.pk} 号",
        "publish": row.publish,
    }
    hold_row(table, values, as_of=row.held_on, by=by, at=at)
    held = live(table.name, row.held_on).filter(key=key_of(table, values, key_ring())).first()
    return held.entry if held else None


def _subject(row: VisitRow) -> str:
    """Its title; a further visit of that title by the same body on the same day says so, since the record tells them
    apart by it."""
    same = VisitRow.objects.filter(programme=row.programme, body=row.body, held_on=row.held_on, title=row.title)
    before = same.filter(state=VisitState.DONE).exclude(pk=row.pk).count()
    more = f"（第{before + 1}次）" if before else ""
    return row.title[: LONGEST_TITLE - len(more)] + more


def _name_photos(row: VisitRow, photos: tuple[NamedPhoto, ...]) -> None:
    for item in photos:
        known, made = VisitPhoto.objects.get_or_create(uuid=UUID(item.id), defaults=photo_facts(row, item))
        if not made and known.visit_id != row.pk:
            raise Misuse("photo_malformed", "有照片已属于另一次走访。请在手机上重新打开采集页再发送。")


def photo_facts(row: VisitRow, item: NamedPhoto) -> dict[str, object]:
    """What is stored of a photo before it arrives."""
    return {"visit": row, "sha256": item.sha256, "name": item.name[:200], "taken_at": item.taken_at}
