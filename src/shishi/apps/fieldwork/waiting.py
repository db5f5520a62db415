"""What fieldwork asks of people: a visit that is planned, a problem to rectify or to recheck, a submission to mend."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from django.db.models import Exists, OuterRef, Q

from shishi.apps.accounts.models import Person
from shishi.apps.accounts.roles import Action
from shishi.apps.accounts.selectors import EVERYTHING, lying_in, posts_of, reaches
from shishi.apps.fieldwork.models import ProblemRow, ProblemStep, SubmissionRow, VisitRow
from shishi.apps.fieldwork.visits_seen import ALL, NOTHING, OWED_STATES
from shishi.apps.programmes.selectors import calendar, tables
from shishi.core.calendars import day_of, moment_of
from shishi.core.problems import ProblemAction, ProblemState
from shishi.core.visits import VisitState
from shishi.core.waiting import Waiting

MOST = 200
"""Of each kind: more than that nobody works through on one page."""


def waiting_for(person: Person, at: datetime) -> tuple[Waiting, ...]:
    """What waits for a step of this person."""
    return (*_to_visit(person, at), *_to_rectify(person, at), *_to_recheck(person, at), *_to_mend(person))


def started_by(person: Person, at: datetime) -> tuple[Waiting, ...]:
    """Problems that this person found and that are not closed."""
    rows = ProblemRow.objects.filter(visit__done_by=person.username, state__in=OWED_STATES).select_related("body")
    return tuple(
        Waiting(
            ProblemState(row.state).label,
            row.text[:60],
            row.body.title,
            "fieldwork-problem",
            (row.pk,),
            None,
            row.deadline,
        )
        for row in rows.order_by("deadline", "pk")[:MOST]
    )


def _within(person: Person, action: Action, at: datetime, division: str, programme: str) -> Q:
    found = NOTHING
    for reach in reaches(person, action, day_of(at)):
        named = ALL if EVERYTHING in reach.programmes else Q(**{f"{programme}__in": reach.programmes})
        found |= named & lying_in(division, reach.divisions)
    return found


def _to_visit(person: Person, at: datetime) -> Iterator[Waiting]:
    """Planned visits of the person's own bodies."""
    own = {post.body_id for post in posts_of(person, day_of(at))}
    rows = VisitRow.objects.filter(_within(person, Action.VISIT, at, "division", "programme"), body__in=own)
    closing = calendar(None, at).closing
    for row in rows.filter(state=VisitState.PLANNED).select_related("body").order_by("planned_on", "pk")[:MOST]:
        due = moment_of(row.planned_on, closing) if row.planned_on else None
        yield Waiting("走访", row.title, row.body.title, "fieldwork-visit", (row.pk,), row.written_at, due)


def _to_rectify(person: Person, at: datetime) -> Iterator[Waiting]:
    mine = _within(person, Action.ANSWER_NOTICE, at, "division", "visit__programme")
    rows = ProblemRow.objects.filter(mine, state__in=OWED_STATES).select_related("body", "visit")
    verbs = {ProblemState.RECTIFYING: "整改", ProblemState.RETURNED: "重新整改"}
    for row in rows.order_by("deadline", "pk")[:MOST]:
        verb, since = verbs[ProblemState(row.state)], row.visit.done_at
        yield Waiting(verb, row.text[:60], row.body.title, "fieldwork-problem", (row.pk,), since, row.deadline)


def _to_recheck(person: Person, at: datetime) -> Iterator[Waiting]:
    """Replies that wait for a person who neither found the problem nor replied, nor belongs to its body."""
    own = {post.body_id for post in posts_of(person, day_of(at))}
    took = ProblemStep.objects.filter(
        problem=OuterRef("pk"), person=person.username, action__in=(ProblemAction.RAISE, ProblemAction.REPLY)
    )
    mine = _within(person, Action.VISIT, at, "visit__division", "visit__programme")
    rows = ProblemRow.objects.filter(~Exists(took), mine, state=ProblemState.REPLIED).exclude(body__in=own)
    for row in rows.select_related("body").order_by("deadline", "pk")[:MOST]:
        yield Waiting("复查", row.text[:60], row.body.title, "fieldwork-problem", (row.pk,))


def _to_mend(person: Person) -> Iterator[Waiting]:
    """Submissions of the person's own devices that were refused, or that a busy ledger has not settled."""
    open_ones = SubmissionRow.objects.filter(person=person.username, state__in=("refused", "received"))
    refused = open_ones.filter(replaced_by__isnull=True).order_by("received_at")[:MOST]
    if not refused:
        return
    titles = {name: table.title for name, table in tables().items()}
    for row in refused:
        why = str(row.faults[0]["message"]) if row.faults else ""
        title = titles.get(row.table, row.table)
        yield Waiting("处理采集", title, why, "fieldwork-submission", (row.pk,), row.received_at)
