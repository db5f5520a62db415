"""What of votes waits for an official: a register to write, an objection to mediate, a vote to close."""

from __future__ import annotations

from datetime import datetime, time

from django.db.models import Q

from shishi.apps.accounts.models import Person
from shishi.apps.accounts.roles import Action
from shishi.apps.accounts.selectors import lying_in, reaches
from shishi.apps.decisions.models import DecisionRow
from shishi.apps.decisions.seen import DecisionView, view_of
from shishi.core.calendars import day_of, moment_of
from shishi.core.waiting import Waiting

MOST = 20


def waiting_for(person: Person, at: datetime) -> tuple[Waiting, ...]:
    """Votes that are not over and lie where the person handles cases, and what the next thing to do with each is; one
    that only runs waits for nobody but its owners."""
    places = Q(pk__in=[])
    for reach in reaches(person, Action.HANDLE_CASES, day_of(at)):
        found = lying_in("division", reach.divisions)
        places |= found if "*" in reach.programmes else found & Q(programme__in=reach.programmes)
    rows = DecisionRow.objects.filter(places, state__in=["drafted", "open"]).order_by("closes_on", "pk")[:MOST]
    views = [view_of(row, day_of(at)) for row in rows]
    told = [(view, _next(view)) for view in views]
    return tuple(_line(view, verb) for view, verb in told if verb)


def started_by(person: Person, at: datetime) -> tuple[Waiting, ...]:
    """Votes that the person put down and that are not over."""
    rows = DecisionRow.objects.filter(person=person.username, state__in=["drafted", "open"]).order_by("-pk")[:MOST]
    return tuple(_line(view_of(row, day_of(at)), "表决中" if row.state == "open" else "拟定") for row in rows)


def _next(view: DecisionView) -> str:
    row = view.row
    if row.state == "drafted":
        return "开始表决" if view.holdings else "登记业主名册"
    silent = any(voter.may_speak and voter.last is None for voter in view.voters)
    over = row.closes_on is not None and view.on > row.closes_on
    if over or not silent:
        return "结束表决"
    return "调解异议" if view.open_objections else ""


def _line(view: DecisionView, verb: str) -> Waiting:
    row = view.row
    due = moment_of(row.closes_on, time.max) if row.closes_on else None
    return Waiting(verb, row.title, row.question, "decision", (str(row.uuid),), row.drafted_at, due)
