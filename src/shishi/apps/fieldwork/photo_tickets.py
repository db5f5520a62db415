"""Tickets 拍摄凭证 of photos that were taken where there was no network: fetched before, spent when the visit is told."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from shishi.apps.accounts.models import Person
from shishi.apps.assurance.tickets import declare_capture, ticket_of
from shishi.apps.fieldwork.models import VisitPhoto, VisitRow
from shishi.core.errors import Misuse, Refused
from shishi.core.evidence_trust import Claim
from shishi.core.tables import Point
from shishi.core.visits import NamedPhoto


def use_tickets(
    visit: VisitRow, photos: Sequence[NamedPhoto], secret: str, *, by: Person, at: datetime
) -> dict[str, object]:
    """Spend the tickets of photos that are told of; returns, for the trail, why some could not be: such a photo is
    taken without one, at the lowest level of trust. Call inside the transaction of the visit."""
    refused: dict[str, str] = {}
    place = (
        Point(visit.longitude, visit.latitude) if visit.longitude is not None and visit.latitude is not None else None
    )
    for item in photos:
        if not item.ticket:
            continue
        try:
            ticket = ticket_of(UUID(item.ticket), by)
            if ticket.entry != visit.entry:
                raise Misuse("ticket_elsewhere", "这张拍摄凭证是为另一行取的。")
            claim = Claim(item.taken_at, place, visit.accuracy)
            declare_capture(ticket.pk, item.sha256, claim, by=by, at=at, secret=secret)
            VisitPhoto.objects.filter(uuid=UUID(item.id)).update(ticket=ticket.pk)
        except (Misuse, Refused) as wrong:
            refused[item.id] = wrong.code
    return {"tickets_refused": refused} if refused else {}
