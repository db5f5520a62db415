"""What referrals ask of people: an endpoint that cannot be read. What could not be sent is an incident of its case."""

from __future__ import annotations

from datetime import datetime

from shishi.apps.accounts.models import Person
from shishi.apps.accounts.roles import Action
from shishi.apps.accounts.selectors import may
from shishi.apps.referrals.selectors import silent_endpoints
from shishi.apps.referrals.taking import VISIBLE_AFTER
from shishi.core.calendars import day_of
from shishi.core.divisions import COUNTRY
from shishi.core.waiting import Waiting


def waiting_for(person: Person, at: datetime) -> tuple[Waiting, ...]:
    """One line for each, for who runs the system."""
    if not may(person, Action.OPERATE, COUNTRY, "", day_of(at)):
        return ()
    return tuple(
        Waiting("恢复外地接口", f"读不到{one.title}的请求", one.last_error, "referrals", since=one.failing_since)
        for one in silent_endpoints(VISIBLE_AFTER)
    )


def started_by(person: Person, at: datetime) -> tuple[Waiting, ...]:
    """A referral is a part of a case that somebody started."""
    return ()
