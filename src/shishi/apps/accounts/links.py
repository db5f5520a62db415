"""One-time links: a way in for a person who sits at this machine, and one to set a password of one's own.

Signed, short-lived (django-sesame), dead after the next sign-in or change of password, and used once.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from enum import StrEnum

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from shishi.apps.accounts.models import Person
from shishi.apps.accounts.roles import Action
from shishi.apps.accounts.selectors import body_of, require
from shishi.apps.accounts.services import first_time
from shishi.apps.audit.services import record
from shishi.core.calendars import day_of
from shishi.core.divisions import COUNTRY
from shishi.core.errors import Misuse


class Purpose(StrEnum):
    """What a link is for."""

    SIGN_IN = "sign-in"
    PASSWORD = "password"  # noqa: S105 - a word, not a secret


LASTS = {Purpose.SIGN_IN: timedelta(minutes=15), Purpose.PASSWORD: timedelta(days=3)}


@transaction.atomic
def entry_link(person: Person, at: datetime) -> str:
    """The token of a link that signs ``person`` in once: for whoever runs the program on this machine, who holds its
    keys anyway."""
    from sesame.utils import get_token

    record(at=at, person=person.username, action="session.link", subject=f"person:{person.username}")
    return str(get_token(person, scope=Purpose.SIGN_IN))


@transaction.atomic
def invite(person: Person, *, by: Person, at: datetime) -> str:
    """The token of a link under which ``person`` sets a password of their own; nobody else learns it."""
    from sesame.utils import get_token

    today = day_of(at)
    require(by, Action.MANAGE_PEOPLE, COUNTRY, "", today)
    record(
        at=at,
        person=by.username,
        body=body_of(by, today),
        action="user.invite",
        subject=f"person:{person.username}",
        detail={"days": LASTS[Purpose.PASSWORD].days},
    )
    return str(get_token(person, scope=Purpose.PASSWORD))


def person_of_link(token: str, purpose: Purpose) -> Person:
    """Whose link it is; nothing is used up by looking. ``Misuse`` (link_spent) when it is none or no longer one."""
    from sesame.utils import get_user

    found = get_user(token, scope=purpose, max_age=LASTS[purpose], update_last_login=False)
    if not isinstance(found, Person):
        raise Misuse("link_spent", "这个链接已用过、已过期或抄得不全。请重新取一个链接。")
    return found


@transaction.atomic
def use_link(token: str, purpose: Purpose, at: datetime) -> Person:
    """Whose link it is, for the one time; ``Misuse`` (link_spent)."""
    person = person_of_link(token, purpose)
    if not first_time(f"link:{hashlib.sha256(token.encode()).hexdigest()}", person, at):
        raise Misuse("link_spent", "这个链接已用过。请重新取一个链接。")
    return person


@transaction.atomic
def set_password(token: str, password: str, at: datetime) -> Person:
    """Set the password by the link; ``Misuse`` (link_spent, password_weak)."""
    person = person_of_link(token, Purpose.PASSWORD)
    try:
        validate_password(password, person)
    except ValidationError as weak:
        raise Misuse("password_weak", "".join(weak.messages)) from weak
    use_link(token, Purpose.PASSWORD, at)
    person.set_password(password)
    person.save(update_fields=["password"])
    record(at=at, person=person.username, action="user.password", subject=f"person:{person.username}")
    return person
