"""Accounts of citizens: made when somebody proves that they hold a phone, or comes with a login of elsewhere."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from shishi.apps.accounts.models import Person
from shishi.apps.accounts.services import make_citizen, rename_citizen
from shishi.apps.audit import chain
from shishi.apps.audit.services import one_at_a_time, record
from shishi.apps.citizens.models import Citizen, Login
from shishi.apps.citizens.sealing import NUMBER, PHONE, digest, sealed
from shishi.apps.citizens.selectors import facts_of, known_of
from shishi.apps.citizens.trust import Trust
from shishi.core.calendars import day_of
from shishi.core.errors import Misuse, Refused
from shishi.core.identifiers import fault_of_citizen_number, message_of, normalise_identifier

NAME_AT_MOST = 80


@transaction.atomic
def enter_by_phone(phone: str, at: datetime) -> Person:
    """Whoever holds this phone, with an account from now on if there was none. The caller has proved it
    (:func:`shishi.apps.citizens.codes.prove`). ``Refused`` (account_closed)."""
    one_at_a_time()
    known = digest(phone, PHONE)
    held = Citizen.objects.filter(phone_digest=known).select_related("person").first()
    if held is None:
        held = _make(at, trust=Trust.PHONE, phone=phone)
    return _open(held)


@transaction.atomic
def enter_by_login(issuer: str, subject: str, claims: Mapping[str, str], trust: Trust, at: datetime) -> Person:
    """Whoever the other side says it is. ``claims``: ``name``, ``number``, ``phone``, each there or not. What the other
    side proved better than we did is taken over; a phone that belongs to another account is left where it is."""
    if not issuer or not subject:
        raise Misuse("login_incomplete", "对方没有说明登录的是谁，登录没有完成。请重新登录。")
    one_at_a_time()
    known = Login.objects.filter(issuer=issuer, subject=subject).select_related("citizen__person").first()
    if known is None:
        held = _same_person(claims) or _make(at, trust=trust, name=claims.get("name", ""))
        known = Login.objects.create(issuer=issuer, subject=subject, citizen=held, made_at=at)
        record(
            at=at, person=held.person.username, action="citizen.login_bound", subject=f"citizen.login:{known.pk}",
            detail={"issuer": issuer, "citizen": held.uid},
        )  # fmt: skip
    held = known.citizen
    _take_over(held, claims, trust, at)
    return _open(held)


def _same_person(claims: Mapping[str, str]) -> Citizen | None:
    """The account of the same proved document number; a name or a phone alone proves nothing."""
    number = claims.get("number", "")
    found = Citizen.objects.filter(number_digest=digest(number, NUMBER)) if number else Citizen.objects.none()
    return found.exclude(trust=Trust.PHONE).select_related("person").first()


def _take_over(held: Citizen, claims: Mapping[str, str], trust: Trust, at: datetime) -> None:
    before = known_of(held) | {"name": held.name}
    if name := claims.get("name", "")[:NAME_AT_MOST]:
        held.name = name
    if number := claims.get("number", ""):
        held.number, held.number_digest = sealed(number, NUMBER), digest(number, NUMBER)
    phone = claims.get("phone", "")
    if phone and not Citizen.objects.filter(phone_digest=digest(phone, PHONE)).exclude(pk=held.pk).exists():
        held.phone, held.phone_digest, held.phone_tail = sealed(phone, PHONE), digest(phone, PHONE), phone[-4:]
    if trust.suffices(held.trust):
        held.trust = trust
    if known_of(held) | {"name": held.name} != before:
        held.save()
        rename_citizen(held.person, held.name)
        _record(held, "citizen.change", f"citizen.change:{held.uid}", known_of(held), at)


@transaction.atomic
def tell_identity(person: Person, name: str, number: str, at: datetime) -> None:
    """What a citizen says of themselves. It proves nothing, so the level of trust stays; what another side proved is
    not overwritten. ``Refused`` (citizen_number_…), ``Misuse`` (name_missing)."""
    one_at_a_time()
    held = Citizen.objects.select_related("person").get(person=person)
    if Trust(held.trust).suffices(Trust.REAL_NAME):
        return
    if not name.strip():
        raise Misuse("name_missing", "请填写姓名。")
    plain_number = normalise_identifier(number)
    if plain_number and (wrong := fault_of_citizen_number(plain_number, day_of(at))):
        raise Refused(wrong, message_of(wrong))
    claims = {"name": name.strip(), "number": plain_number}
    _take_over(held, {key: value for key, value in claims.items() if value}, Trust(held.trust), at)


def _make(at: datetime, *, trust: Trust, phone: str = "", name: str = "") -> Citizen:
    uid = secrets.token_hex(16)
    person = make_citizen(uid, name[:NAME_AT_MOST] or "群众", at)
    held = Citizen.objects.create(
        uid=uid,
        person=person,
        name=name[:NAME_AT_MOST],
        phone=sealed(phone, PHONE),
        phone_digest=digest(phone, PHONE),
        phone_tail=phone[-4:],
        trust=trust,
        made_at=at,
    )
    _record(held, "citizen.add", f"citizen:{held.uid}", facts_of(held), at)
    return held


def _record(held: Citizen, action: str, subject: str, facts: Mapping[str, object], at: datetime) -> None:
    told = {"trust": held.trust}
    username = held.person.username
    record(at=at, person=username, action=action, subject=subject, digest=chain.digest(facts), detail=told)


def _open(held: Citizen) -> Person:
    if not held.person.is_active:
        raise Refused("account_closed", "这个账户已停用。请到窗口办理，或打咨询电话。")
    return held.person
