"""What the trail tells of sign-ins: who came in how, who failed, who was locked out, who left."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

from django.db import transaction

from shishi.apps.accounts.models import Person
from shishi.apps.accounts.roles import MAY, Role
from shishi.apps.accounts.selectors import body_of, posts_of
from shishi.apps.audit.services import record
from shishi.core.calendars import day_of

NOBODY = "anonymous"
"""Who is named where somebody typed a name that belongs to nobody: it may be a password, typed in the wrong field."""


class SignIn(StrEnum):
    """What happens to a session."""

    BEGUN = "session.begin"
    ENDED = "session.end"
    OTHERS_ENDED = "session.end_others"
    FAILED = "session.fail"
    LOCKED = "session.lock"
    SECURED = "session.secure"


@transaction.atomic
def tell(what: SignIn, username: str, at: datetime, **detail: object) -> None:
    """Write it down; ``detail`` holds the address and how, never what was typed."""
    person = Person.objects.filter(username=username).first()
    known = person.username if person else NOBODY
    body = body_of(person, day_of(at)) if person else ""
    told: Mapping[str, object] = {name: value for name, value in detail.items() if value}
    record(at=at, person=known, body=body, action=what.value, subject=f"person:{known}", detail=told)


def owes_second_factor(person: Person, actions: tuple[str, ...], at: datetime) -> bool:
    """Whether one of the person's posts allows one of ``actions`` (codes of ``Action``)."""
    return any(action in actions for post in posts_of(person, day_of(at)) for action in MAY[Role(post.role)])
