"""What proposals 送审 ask of people: to be reviewed by somebody else, and mended by whoever handed in when returned.
Figures of a period that were typed in a form are told by the app of statements, not here."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q

from shishi.apps.accounts.models import Person
from shishi.apps.accounts.names import named
from shishi.apps.accounts.roles import Action
from shishi.apps.accounts.selectors import Reach, reaches
from shishi.apps.ledger.models import Proposal, ProposedDivision
from shishi.apps.programmes.selectors import table_named, tables
from shishi.core.calendars import day_of
from shishi.core.divisions import COUNTRY
from shishi.core.errors import Misuse
from shishi.core.provenance import Door
from shishi.core.waiting import Waiting

MOST = 200


def waiting_for(person: Person, at: datetime) -> tuple[Waiting, ...]:
    """Open proposals that lie wholly within what the person may approve, and the person's own that came back."""
    own = reaches(person, Action.APPROVE_ROWS, day_of(at))
    opened = Proposal.objects.filter(state="open").exclude(person=person.username) if own else Proposal.objects.none()
    seen = opened.exclude(door=Door.FORM, table__in=_stating()) if own else opened
    found = [item for item in seen.order_by("proposed_at")[:MOST] if _within(item, own)]
    returned = Proposal.objects.filter(person=person.username, state="returned").order_by("proposed_at")
    answered = [item for item in returned[:MOST] if not _followed(item)]
    return (
        *(_told("审核", item, f"{named(item.person).name}送审") for item in found),
        *(_told("修改后再报", item, item.reason or "被退回") for item in answered),
    )


def started_by(person: Person, at: datetime) -> tuple[Waiting, ...]:
    """The person's own proposals that wait for their review."""
    found = Proposal.objects.filter(person=person.username, state="open").order_by("proposed_at")
    return tuple(_told("等待审核", item, f"截至 {item.as_of}") for item in found[:MOST])


def _stating() -> list[str]:
    """The tables whose rows are statements."""
    return [name for name, table in tables().items() if table.statements is not None]


def _within(proposal: Proposal, own: tuple[Reach, ...]) -> bool:
    """Whether every division that it touches may be approved."""
    programme = proposal.table.rpartition("/")[0]
    divisions = ProposedDivision.objects.filter(proposal=proposal).values_list("division", flat=True)
    return all(any(reach.holds(code or COUNTRY, programme) for reach in own) for code in divisions)


def _followed(proposal: Proposal) -> bool:
    """Whether something newer for the same table and day was handed in."""
    newer = Q(proposed_at__gt=proposal.proposed_at, table=proposal.table, as_of__gte=proposal.as_of)
    return Proposal.objects.filter(newer, person=proposal.person).exists()


def _told(verb: str, proposal: Proposal, about: str) -> Waiting:
    try:
        _, table = table_named(proposal.table)
        title = table.title
    except Misuse:
        title = proposal.table
    rows = proposal.posted + proposal.revised + proposal.withdrawn
    named = f"{title}：{proposal.file_name}" if proposal.file_name else title
    return Waiting(verb, named, f"{about}，改动 {rows} 行", "proposal", (str(proposal.pk),), proposal.proposed_at)
