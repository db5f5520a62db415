"""Incidents 异常件: what failed three times, its owner, and what they do about it."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol
from uuid import UUID

from django.db.models import Q, QuerySet

from shishi.apps.accounts.models import Person
from shishi.apps.accounts.roles import Action
from shishi.apps.accounts.selectors import person_named, reaches
from shishi.apps.cases.advancing import carry_on
from shishi.apps.cases.calling import note_incident, run
from shishi.apps.cases.in_hand import InHand, Line, in_hand
from shishi.apps.cases.models import CaseRow, IncidentRow
from shishi.apps.cases.reach import NOTHING, inside
from shishi.apps.cases.taking import may_manage
from shishi.apps.cases.telling import tell
from shishi.apps.cases.waits import fire_wait
from shishi.core.calendars import day_of
from shishi.core.case_states import CaseAction
from shishi.core.errors import Misuse, Refused


class Settle(Protocol):
    """What failed outside of the process is tried again, or let go, in the incident's transaction."""

    def __call__(self, token: str, again: bool, by: Person, at: datetime, /) -> None:
        """``token``: which it was."""


_outside: dict[str, Settle] = {}


def register_outside(what: str, settle: Settle) -> None:
    """Who acts on incidents of a kind that no process has. The last word for a kind holds."""
    _outside[what] = settle


def note_failure(case: UUID | str, what: str, token: str, title: str, failure: str, tries: int, at: datetime) -> None:
    """Something about a case failed outside of its process: an incident with an owner, as any other. ``token`` names
    what it was for ever."""
    with in_hand(case, by=None, at=at) as held:
        note_incident(held, what, token, "", title, failure, tries)


def incidents_for(person: Person, at: datetime, *, own: bool = False) -> QuerySet[IncidentRow]:
    """Open incidents that are the person's, or of cases that they look after; the newest first."""
    managed = NOTHING
    for reach in reaches(person, Action.MANAGE_CASES, day_of(at)):
        managed |= Q(case__in=CaseRow.objects.filter(inside(reach)).values("pk"))
    asked = Q(owner=person) if own else Q(owner=person) | managed
    found = IncidentRow.objects.filter(asked, state="open").select_related("case", "owner")
    return found.order_by("-pk")


def retry_incident(incident: int, measure: str, *, by: Person, at: datetime) -> IncidentRow:
    """What stood in the way is removed: try it again, now. Mended already: nothing happens. ``Misuse``
    (unknown_incident, case_reason_missing); ``Refused`` (still_failing) when it fails once more, and nothing is
    written."""
    with in_hand(_held(incident).case.uuid, by=by, at=at) as case:
        row = _mine(case, incident)
        if row.state != "open":
            return row
        _say(case, row, measure, "retry")
        _close(case, row, measure)
        if row.what in _outside:
            _outside[row.what](row.token, True, by, at)
        elif row.what == "call":
            _again(case, row)
        else:
            fire_wait(case, row.token)
    return row


def drop_incident(incident: int, reason: str, *, by: Person, at: datetime) -> IncidentRow:
    """What failed was done by hand, or need not be done: the case goes on as if it had been done, and the
    thread says who decided so and why."""
    with in_hand(_held(incident).case.uuid, by=by, at=at) as case:
        row = _mine(case, incident)
        if row.state != "open":
            return row
        _say(case, row, reason, "drop")
        _close(case, row, reason)
        if row.what in _outside:
            _outside[row.what](row.token, False, by, at)
        elif row.what == "call":
            call = case.row.calls.get(token=row.token)
            call.state, call.ended_at, call.said = "done", at, f"由 {by.username} 线下办理：{reason.strip()}"
            call.save()
            carry_on(case, row.token)
        else:
            case.row.waits.filter(token=row.token, state="waiting").update(state="dropped")
    return row


def hand_incident(incident: int, to: str, reason: str, *, by: Person, at: datetime) -> IncidentRow:
    """Give it another owner."""
    receiver = person_named(to)
    with in_hand(_held(incident).case.uuid, by=by, at=at) as case:
        row = _mine(case, incident)
        if row.state != "open" or row.owner_id == receiver.pk:
            return row
        _say(case, row, reason, "hand", receiver.username)
        row.owner = receiver
        row.save(update_fields=["owner"])
        text = f"办件“{case.row.title}”（{case.row.number}）的异常件转给您：{row.title}"
        key = f"incident:{row.pk}:{case.row.steps_count}"
        tell([receiver], case.row, key=key, subject="异常件", text=text, at=at)
    return row


def _held(incident: int) -> IncidentRow:
    found = IncidentRow.objects.select_related("case").filter(pk=incident).first()
    if found is None:
        raise _unknown(incident)
    return found


def _mine(case: InHand, incident: int) -> IncidentRow:
    row = case.row.incidents.select_related("owner").get(pk=incident)
    own = case.by is not None and row.owner_id == case.by.pk
    if not own and not may_manage(case):
        raise _unknown(incident)
    return row


def _unknown(incident: int) -> Misuse:
    return Misuse("unknown_incident", f"没有第 {incident} 号异常件，或它不归您处置。")


def _say(case: InHand, row: IncidentRow, text: str, way: str, to: str = "") -> None:
    told = {"incident": row.pk, "way": way, **({"to": to} if to else {})}
    case.say(Line(CaseAction.MEND, text.strip(), None, row.element, row.token, told=told))


def _close(case: InHand, row: IncidentRow, measure: str) -> None:
    row.state, row.mended_at, row.mended_by, row.measure = "mended", case.at, case.actor, measure.strip()
    row.save()


def _again(case: InHand, row: IncidentRow) -> None:
    call = case.row.calls.get(token=row.token)
    call.state, call.tries = "waiting", 0
    call.save()
    went = run(case, call)
    if went is None:
        raise Refused("still_failing", f"又没有成功：{call.failure} 请先排除原因，再重试。")
    if went == "":
        carry_on(case, row.token)
    else:
        fire_wait(case, went)
