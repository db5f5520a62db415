"""What drafts 拟稿 of briefs ask of people: a signature, another look at what came back, the last step."""

from __future__ import annotations

from datetime import datetime

from shishi.apps.accounts.models import Person
from shishi.apps.accounts.names import named
from shishi.apps.accounts.roles import Action
from shishi.apps.accounts.selectors import may
from shishi.apps.documents.models import Draft
from shishi.core.calendars import day_of
from shishi.core.drafts import DraftState
from shishi.core.waiting import Waiting


def waiting_for(person: Person, at: datetime) -> tuple[Waiting, ...]:
    """Drafts whose turn to be signed is the person's, and one's own that came back or only wait to be published."""
    found: list[Waiting] = []
    for draft in Draft.objects.filter(state=DraftState.FROZEN).order_by("changed_at"):
        turn = next((item["person"] for item in draft.signers if not item["signed_at"]), "")
        if turn == person.username:
            found.append(_told("签发", draft, f"{named(draft.changed_by).name}送签"))
        elif not turn and draft.changed_by == person.username and _runs(person, draft, at):
            found.append(_told("印发", draft, "都已签发"))
    returned = Draft.objects.filter(state=DraftState.WRITING, person=person.username).exclude(reason="")
    return (*found, *(_told("修改后再送签", draft, draft.reason) for draft in returned.order_by("changed_at")))


def started_by(person: Person, at: datetime) -> tuple[Waiting, ...]:
    """What the person began to write and has not gone out."""
    opened = Draft.objects.filter(person=person.username, state__in=(DraftState.WRITING, DraftState.FROZEN))
    return tuple(_told(DraftState(item.state).label, item, "") for item in opened.order_by("changed_at"))


def _runs(person: Person, draft: Draft, at: datetime) -> bool:
    return may(person, Action.RUN_DAY, draft.division, draft.programme, day_of(at))


def _told(verb: str, draft: Draft, about: str) -> Waiting:
    days = f"截至 {draft.as_of}"
    return Waiting(
        verb, draft.title, f"{days}，{about}" if about else days, "brief-draft", (draft.pk,), draft.changed_at
    )
