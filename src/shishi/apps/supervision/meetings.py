"""Meetings of a stocktake 碰头会, 调度会: written down, corrected by a further record, and their decisions made matters."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.db.models import QuerySet

from shishi.apps.accounts.models import Person
from shishi.apps.accounts.roles import Action
from shishi.apps.accounts.selectors import EVERYTHING, Reach, body_of, reaches, require
from shishi.apps.audit.chain import digest, moment_text
from shishi.apps.audit.services import one_at_a_time, record
from shishi.apps.programmes.selectors import programme_named
from shishi.apps.supervision.models import MatterRow, Meeting, MeetingRecord
from shishi.core.calendars import day_of
from shishi.core.divisions import covers, normalise
from shishi.core.errors import Misuse
from shishi.core.meetings import MeetingKind


@dataclass(frozen=True, slots=True)
class Minutes:
    """What is written down of a meeting. ``present``: who was there, in the writer's words; ``decisions``: one text
    each."""

    title: str
    chair: str
    place: str = ""
    present: str = ""
    text: str = ""
    decisions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Decision:
    """A decision with its place from 1, and the matters that it became."""

    number: int
    text: str
    matters: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class MeetingView:
    """A meeting as it is shown: its newest record; ``records`` counts them, more than one means corrected."""

    id: int
    programme: str
    kind: MeetingKind
    held_on: date
    as_of: date | None
    minutes: Minutes
    decisions: tuple[Decision, ...]
    records: int
    recorded_by: str
    recorded_at: datetime
    demonstration: bool


@transaction.atomic
def record_meeting(
    programme: str,
    kind: MeetingKind,
    held_on: date,
    minutes: Minutes,
    *,
    by: Person,
    at: datetime,
    as_of: date | None = None,
    demonstration: bool = False,
) -> MeetingView:
    """Write a meeting down; the same kind, day and title again is a correction of it, the same words nothing."""
    _, known = programme_named(programme)
    require(by, Action.RUN_DAY, normalise(known.division), known.name, day_of(at))
    if held_on > day_of(at):
        raise Misuse("meeting_in_future", f"{held_on} 还没有到。会议开过以后再记录。")
    one_at_a_time()
    same = Meeting.objects.filter(programme=known.name, kind=kind, held_on=held_on)
    held = same.filter(records__title=minutes.title.strip()).distinct().first()
    if held is None:
        held = Meeting.objects.create(
            programme=known.name,
            kind=kind,
            held_on=held_on,
            as_of=as_of,
            demonstration=demonstration or known.demonstration,
        )
    return _write(held, minutes, by, at)


@transaction.atomic
def correct_meeting(meeting: int, minutes: Minutes, *, by: Person, at: datetime) -> MeetingView:
    """A further record of a meeting. Decisions that became matters stay where they
    are; the same words write nothing."""
    held = Meeting.objects.get(pk=meeting_seen(by, meeting, at=at).id)
    _, known = programme_named(held.programme)
    require(by, Action.RUN_DAY, normalise(known.division), known.name, day_of(at))
    one_at_a_time()
    return _write(held, minutes, by, at)


def meetings_for(
    person: Person, *, at: datetime, programme: str = "", as_of: date | None = None, limit: int = 50
) -> tuple[MeetingView, ...]:
    """Meetings of programmes within the person's reach, the newest first."""
    found = _visible(person, at)
    if programme:
        found = found.filter(programme=programme)
    if as_of:
        found = found.filter(as_of=as_of)
    return tuple(_view(item) for item in found.order_by("-held_on", "-pk")[:limit])


def meeting_seen(person: Person, meeting: int, *, at: datetime) -> MeetingView:
    """One meeting; ``Misuse`` (unknown_meeting), also for one that the person does not reach."""
    found = _visible(person, at).filter(pk=meeting).first()
    if found is None:
        raise Misuse("unknown_meeting", f"没有您可以查看的会议“{meeting}”。用 shishi meeting list 查看。")
    return _view(found)


def digest_of_record(row: MeetingRecord) -> str:
    """SHA-256 over one record of a meeting."""
    meeting = row.meeting
    said: list[object] = [row.meeting_id, row.position, meeting.programme, meeting.kind, meeting.held_on.isoformat()]
    said += [meeting.as_of.isoformat() if meeting.as_of else "", row.title, row.chair, row.place, row.present, row.text]
    return digest([*said, list(row.decisions), row.person, moment_text(row.at)])


def recomputed_record_digest(subject: str) -> str | None:
    """For the audit: the digest of a record (``meeting/position``) from what is stored now."""
    meeting, _, position = subject.partition("/")
    row = MeetingRecord.objects.filter(meeting__pk=meeting, position=position).select_related("meeting").first()
    return digest_of_record(row) if row else None


def record_identifiers() -> tuple[str, ...]:
    """For the audit: every record must have its event."""
    return tuple(f"{meeting}/{at}" for meeting, at in MeetingRecord.objects.values_list("meeting_id", "position"))


def _write(held: Meeting, minutes: Minutes, by: Person, at: datetime) -> MeetingView:
    decisions = [text.strip() for text in minutes.decisions if text.strip()]
    if not minutes.title.strip() or not minutes.chair.strip():
        raise Misuse("meeting_incomplete", "会议记录要写会议名称和主持人。")
    last = held.records.order_by("-position").first()
    said = [minutes.title, minutes.chair, minutes.place, minutes.present, minutes.text]
    said = [text.strip() for text in said]
    if last and [last.title, last.chair, last.place, last.present, last.text] == said and last.decisions == decisions:
        return _view(held)
    kept = MatterRow.objects.filter(meeting=held).order_by("-decision").values_list("decision", flat=True).first() or 0
    if last and decisions[:kept] != list(last.decisions)[:kept]:
        raise Misuse(
            "decision_taken_on", f"前{kept}条议定事项中有的已立为督办事项，不能改动或删除；可以补充新的议定事项。"
        )
    row = MeetingRecord.objects.create(
        meeting=held,
        position=last.position + 1 if last else 1,
        title=said[0],
        chair=said[1],
        place=said[2],
        present=said[3],
        text=said[4],
        decisions=decisions,
        person=by.username,
        at=at,
    )
    record(
        at=at,
        person=by.username,
        body=body_of(by, day_of(at)),
        action="meeting.record",
        subject=f"meeting:{held.pk}/{row.position}",
        digest=digest_of_record(row),
        detail={"kind": held.kind, "held_on": held.held_on.isoformat(), "decisions": len(decisions)},
    )
    return _view(held)


def _visible(person: Person, at: datetime) -> QuerySet[Meeting]:
    """Meetings are of a programme's whole: whoever reaches it, or a part of it, may read what was decided."""
    own = reaches(person, Action.READ, day_of(at))
    names = Meeting.objects.values_list("programme", flat=True).distinct()
    return Meeting.objects.filter(programme__in=[name for name in names if _meets(own, name)])


def _meets(own: Iterable[Reach], name: str) -> bool:
    root = normalise(programme_named(name)[1].division)
    named = (reach for reach in own if EVERYTHING in reach.programmes or name in reach.programmes)
    return any(covers(code, root) or covers(root, code) for reach in named for code in reach.divisions)


def _view(held: Meeting) -> MeetingView:
    records = list(held.records.order_by("position"))
    last = records[-1]
    became: dict[int, list[int]] = {}
    for number, matter in MatterRow.objects.filter(meeting=held).order_by("pk").values_list("decision", "pk"):
        became.setdefault(number, []).append(matter)
    return MeetingView(
        held.pk,
        held.programme,
        MeetingKind(held.kind),
        held.held_on,
        held.as_of,
        Minutes(last.title, last.chair, last.place, last.present, last.text, tuple(last.decisions)),
        tuple(
            Decision(number, text, tuple(became.get(number, ()))) for number, text in enumerate(last.decisions, start=1)
        ),
        len(records),
        last.person,
        last.at,
        held.demonstration,
    )
