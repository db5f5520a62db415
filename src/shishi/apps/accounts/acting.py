"""What a person does, on the trail: under their name and that of the body for which they act on the day."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from shishi.apps.accounts.models import Person
from shishi.apps.accounts.selectors import body_of
from shishi.apps.audit.services import record
from shishi.core.calendars import day_of


def record_act(by: Person, at: datetime, action: str, subject: str, proof: str, detail: Mapping[str, object]) -> None:
    """Append the event of an act, in the transaction of what it records. ``subject`` is ``kind:id``; ``proof`` the
    digest of what was written, ``""`` for that of ``detail``."""
    body = body_of(by, day_of(at))
    record(at=at, person=by.username, body=body, action=action, subject=subject, digest=proof, detail=detail)
