"""Tickets fetched before a phone leaves the network: for one person, row and device, a few, each for one photo."""

from __future__ import annotations

from datetime import timedelta
from hashlib import sha256
from uuid import UUID, uuid4

import pytest

from shishi.apps.accounts.models import Person
from shishi.apps.accounts.roles import Role
from shishi.apps.assurance.models import EvidenceRow, TicketRow
from shishi.apps.assurance.tickets import AHEAD_AT_MOST, declare_capture, tickets_ahead
from shishi.apps.audit.models import AuditEvent
from shishi.apps.audit.selectors import verify
from shishi.apps.fieldwork.models import VisitPhoto
from shishi.apps.fieldwork.photos import take_photo
from shishi.apps.fieldwork.visits import Carried, NewVisit, carry_out, plan_visit
from shishi.apps.fieldwork.visits_offered import tickets_for
from shishi.apps.ledger.models import RevisionRow
from shishi.core.errors import Misuse, Refused
from shishi.core.evidence_trust import Claim
from shishi.core.visits import NamedPhoto, Seen, VisitKind
from tests.adapters.pictures import photo
from tests.apps.town import DAY, NAME, Town, home

pytestmark = pytest.mark.django_db
SECRET = "0123456789abcdef"
DEVICE = sha256(SECRET.encode()).hexdigest()
PICTURE = photo(7)


def entry_of(number: str) -> UUID:
    return RevisionRow.objects.get(table=f"{NAME}/homes", key=number).entry


@pytest.fixture
def clerk(town: Town) -> Person:
    """Somebody who may both hand in and visit; with two homes."""
    town.hand_in(home("H1"), home("H2"))
    by = town.person("walker", "office", Role.REVIEWER, "3418")
    town.person("walker", "xuanzhou", Role.CLERK, "341802")
    return by


def planned(town: Town, by: Person, number: str = "H1") -> UUID:
    new = NewVisit(NAME, VisitKind.PATROL, f"看{number}", planned_on=DAY, entry=entry_of(number))
    return plan_visit(new, by=by, at=town.tick()).uuid


def captured(town: Town, by: Person, visit: UUID, ticket: UUID | str, secret: str = SECRET) -> EvidenceRow:
    """A photo of the visit, told of with its ticket and then sent."""
    named = NamedPhoto(str(uuid4()), sha256(PICTURE).hexdigest(), "现场.jpg", ticket=str(ticket))
    carry_out(visit, Carried(Seen(DAY, "楼下", "已看。"), photos=(named,), secret=secret), by=by, at=town.tick())
    taken = take_photo(UUID(named.id), PICTURE, by=by, at=town.tick())
    assert taken.evidence is not None
    return EvidenceRow.objects.get(pk=taken.evidence)


def refused_tickets() -> dict[str, str]:
    found: dict[str, str] = AuditEvent.objects.get(action="visit.done").detail.get("tickets_refused", {})
    return found


def test_a_device_gets_a_few_and_no_more_until_it_used_some(town: Town, clerk: Person) -> None:
    first = tickets_ahead(entry_of("H1"), DEVICE, by=clerk, at=town.tick())
    again = tickets_ahead(entry_of("H1"), DEVICE, by=clerk, at=town.tick())
    assert len(first) == AHEAD_AT_MOST
    assert {item.id for item in again} == {item.id for item in first}
    declare_capture(first[0].id, "a" * 64, Claim(), by=clerk, at=town.tick(), secret=SECRET)
    third = tickets_ahead(entry_of("H1"), DEVICE, by=clerk, at=town.tick())
    assert len({item.id for item in third} - {item.id for item in first}) == 1
    assert TicketRow.objects.count() == AHEAD_AT_MOST + 1


def test_a_photo_taken_offline_with_one_is_trusted_as_b(town: Town, clerk: Person) -> None:
    visit = planned(town, clerk)
    held = tickets_for([visit], DEVICE, by=clerk, at=town.tick())
    town.now += timedelta(hours=5)
    made = captured(town, clerk, visit, held[visit][0][0])
    assert (made.level, made.reasons[0]) == ("B", "told_later")
    assert VisitPhoto.objects.get().ticket == held[visit][0][0]
    assert verify().broken is None


def test_a_ticket_that_was_kept_too_long_proves_nothing(town: Town, clerk: Person) -> None:
    visit = planned(town, clerk)
    held = tickets_for([visit], DEVICE, by=clerk, at=town.tick())
    town.now += timedelta(days=8)
    made = captured(town, clerk, visit, held[visit][0][0])
    assert (made.level, made.reasons) == ("C", ["ticket_outlived"])


@pytest.mark.parametrize(
    ("secret", "code"), [("another", "ticket_of_another_device"), ("", "ticket_of_another_device")]
)
def test_another_device_cannot_use_it(town: Town, clerk: Person, secret: str, code: str) -> None:
    visit = planned(town, clerk)
    held = tickets_for([visit], DEVICE, by=clerk, at=town.tick())
    made = captured(town, clerk, visit, held[visit][0][0], secret)
    assert made.level == "C"
    assert list(refused_tickets().values()) == [code]
    with pytest.raises(Refused, match=rf"^{code}:"):
        declare_capture(held[visit][1][0], "a" * 64, Claim(), by=clerk, at=town.tick(), secret=secret)


def test_a_ticket_of_another_row_or_of_nobody_is_not_used(town: Town, clerk: Person) -> None:
    visit = planned(town, clerk)
    other = tickets_ahead(entry_of("H2"), DEVICE, by=clerk, at=town.tick())[0].id
    assert captured(town, clerk, visit, other).level == "C"
    assert list(refused_tickets().values()) == ["ticket_elsewhere"]


def test_two_photos_do_not_share_a_ticket(town: Town, clerk: Person) -> None:
    visit = planned(town, clerk)
    ticket = str(tickets_for([visit], DEVICE, by=clerk, at=town.tick())[visit][0][0])
    named = [NamedPhoto(str(uuid4()), letter * 64, ticket=ticket) for letter in "ab"]
    told = Carried(Seen(DAY, "楼下", "已看。"), photos=tuple(named), secret=SECRET)
    carry_out(visit, told, by=clerk, at=town.tick())
    assert refused_tickets() == {named[1].id: "ticket_used"}
    assert list(VisitPhoto.objects.order_by("pk").values_list("ticket", flat=True)) == [UUID(ticket), None]


def test_who_may_only_look_gets_none_and_a_malformed_device_is_refused(town: Town, clerk: Person) -> None:
    visit = planned(town, town.leader)
    assert tickets_for([visit], DEVICE, by=town.leader, at=town.tick()) == {}
    mine = planned(town, clerk, "H2")
    with pytest.raises(Misuse, match=r"^device_malformed:"):
        tickets_for([mine], "secret", by=clerk, at=town.tick())
