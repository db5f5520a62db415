"""What drafts of programmes ask of people: who may approve looks at one, its writers go on with what came back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from shishi.apps.accounts.models import Person
from shishi.apps.accounts.selectors import reaches
from shishi.apps.programmes.draft_history import SEEING, DraftView, is_seen, steps_open_to, view_of
from shishi.apps.programmes.models import ProgrammeDraft
from shishi.core.calendars import day_of
from shishi.core.programme_drafts import DraftState, DraftStepKind
from shishi.core.waiting import Waiting

_ENDED = (DraftStepKind.APPROVE.value, DraftStepKind.DROP.value)


def waiting_for(person: Person, at: datetime) -> tuple[Waiting, ...]:
    """Drafts that the person may approve, and their own that were returned."""
    return tuple(_asked_of(person, at))


def _asked_of(person: Person, at: datetime) -> Iterator[Waiting]:
    for held in _going_on(person, at):
        last = held.steps[-1]
        if DraftStepKind.APPROVE in steps_open_to(person, held, at=at):
            yield _line("审批项目草案", held)
        elif last.kind is DraftStepKind.RETURN and person.username in held.standing.writers:
            yield _line("修改退回的草案", held, last.note)


def started_by(person: Person, at: datetime) -> tuple[Waiting, ...]:
    """The person's drafts that are with somebody else."""
    return tuple(
        _line("项目草案待审批", held)
        for held in _going_on(person, at)
        if held.state is DraftState.SUBMITTED and person.username in held.standing.writers
    )


def _line(verb: str, held: DraftView, note: str = "") -> Waiting:
    return Waiting(verb, held.title, note or held.programme, "editor-draft", (held.number,), held.changed_at)


def _going_on(person: Person, at: datetime) -> Iterator[DraftView]:
    """Drafts within reach that are neither installed nor dropped."""
    if not any(reaches(person, action, day_of(at)) for action in SEEING):
        return
    for draft in ProgrammeDraft.objects.exclude(steps__kind__in=_ENDED).order_by("pk"):
        if is_seen(person, draft, at):
            yield view_of(draft)
