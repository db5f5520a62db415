"""Reading referrals: the endpoints, what was sent, what was taken; and the trail's questions about them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from shishi.apps.accounts.models import Person
from shishi.apps.accounts.roles import Action
from shishi.apps.accounts.selectors import may, require
from shishi.apps.audit.chain import digest
from shishi.apps.referrals.models import Endpoint, Referral, TakenRequest
from shishi.core.calendars import day_of
from shishi.core.divisions import COUNTRY


def endpoints_for(person: Person, at: datetime) -> Sequence[Endpoint]:
    """Every endpoint, the newest first, for who runs the system. ``Misuse``: out_of_reach."""
    require(person, Action.OPERATE, COUNTRY, "", day_of(at))
    return tuple(Endpoint.objects.order_by("ended_at", "-pk"))


def open_endpoints() -> Sequence[tuple[str, str]]:
    """Code and title of those that may be sent to."""
    return tuple(Endpoint.objects.filter(ended_at__isnull=True).order_by("title").values_list("code", "title"))


def referrals_for(
    person: Person, at: datetime, *, state: str = "", offset: int = 0, limit: int = 50
) -> Sequence[Referral]:
    """What was sent, the newest first: all of it for who runs the system, else one's own."""
    found = Referral.objects.select_related("endpoint").order_by("-pk")
    found = found if may(person, Action.OPERATE, COUNTRY, "", day_of(at)) else found.filter(sent_by=person.username)
    return tuple((found.filter(state=state) if state else found)[offset : offset + limit])


def referrals_of(case: UUID) -> Sequence[Referral]:
    """Where a case was sent: for whoever may see the case."""
    return tuple(Referral.objects.filter(case=case).select_related("endpoint").order_by("pk"))


def taken_for(person: Person, at: datetime, *, offset: int = 0, limit: int = 50) -> Sequence[TakenRequest]:
    """What was taken in or left, the newest first, for who runs the system. ``Misuse``: out_of_reach."""
    require(person, Action.OPERATE, COUNTRY, "", day_of(at))
    return tuple(TakenRequest.objects.select_related("endpoint").order_by("-pk")[offset : offset + limit])


def silent_endpoints(after: int) -> Sequence[Endpoint]:
    """Those that could not be read so often in a row."""
    asked = Q(ended_at__isnull=True, reads=True, failures__gte=after)
    return tuple(Endpoint.objects.filter(asked).order_by("failing_since"))


def recomputed_referral(subject: str) -> str | None:
    """For the audit: the digest of a referral from its row."""
    row = Referral.objects.filter(pk=subject).select_related("endpoint").first()
    return digest({"endpoint": row.endpoint.code, "case": str(row.case), "body": row.body}) if row else None


def referral_identifiers() -> tuple[str, ...]:
    """Every referral."""
    return tuple(str(pk) for pk in Referral.objects.order_by("pk").values_list("pk", flat=True))
