"""Outside systems 业务系统: added by who runs the site, with a client of the login provider each; told of logouts."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlsplit

from django.db import transaction

from shishi.apps.accounts.models import Person
from shishi.apps.accounts.roles import Action
from shishi.apps.accounts.selectors import require
from shishi.apps.audit import chain
from shishi.apps.audit.services import record
from shishi.apps.citizens.keys import ensure_key
from shishi.apps.citizens.models import Citizen, System, Visit
from shishi.apps.citizens.selectors import facts_of_system, system_coded
from shishi.apps.citizens.trust import Trust
from shishi.apps.files.selectors import is_demonstration
from shishi.core.calendars import day_of
from shishi.core.divisions import COUNTRY
from shishi.core.errors import Misuse


@dataclass(frozen=True, slots=True)
class NewSystem:
    """An outside system to be added. Addresses are http(s); without https only in a demonstration store."""

    code: str
    title: str
    starts_at: str
    returns_at: str
    alive_at: str = ""
    logout_at: str = ""
    trust: Trust = Trust.PHONE
    stand_in: bool = False


@dataclass(frozen=True, slots=True)
class AddedSystem:
    """``secret`` is shown this one time: only a digest of it is kept."""

    system: System
    secret: str = field(repr=False)


@transaction.atomic
def add_system(new: NewSystem, *, by: Person, at: datetime) -> AddedSystem:
    """Add a system with its client: authorisation code alone, one exact address to return to. ``Misuse``
    (out_of_reach, system_there, address_malformed)."""
    from allauth.idp.oidc.models import Client

    require(by, Action.OPERATE, COUNTRY, "", day_of(at))
    if System.objects.filter(code=new.code).exists():
        raise Misuse("system_there", f"已有代码为“{new.code}”的系统。请换一个代码，或先停用原来的。")
    for address in (new.starts_at, new.returns_at, new.alive_at, new.logout_at):
        _require_address(address)
    ensure_key(by=by, at=at)
    secret = secrets.token_urlsafe(36)
    client = Client(id=f"shishi-{new.code}", name=new.title, scopes="openid\nprofile", skip_consent=True)
    client.set_secret(secret)
    client.set_redirect_uris([new.returns_at])
    client.save(force_insert=True)
    held = System.objects.create(
        code=new.code,
        title=new.title,
        client=client.pk,
        starts_at=new.starts_at,
        alive_at=new.alive_at,
        logout_at=new.logout_at,
        trust=new.trust,
        stand_in=new.stand_in,
        made_at=at,
    )
    facts = facts_of_system(held)
    record(
        at=at, person=by.username, action="system.add", subject=f"system:{held.code}",
        digest=chain.digest(facts), detail=facts,
    )  # fmt: skip
    return AddedSystem(held, secret)


@transaction.atomic
def end_system(code: str, *, by: Person, at: datetime) -> System:
    """From now on it is given no login, and what it holds is good no longer. ``Misuse`` (unknown_system)."""
    from allauth.idp.oidc.models import Client, Token

    require(by, Action.OPERATE, COUNTRY, "", day_of(at))
    held = system_coded(code)
    held.ended_at = at
    held.save(update_fields=["ended_at"])
    Token.objects.filter(client_id=held.client).delete()
    Client.objects.filter(pk=held.client).update(redirect_uris="", grant_types="")
    record(at=at, person=by.username, action="system.end", subject=f"system.end:{held.code}")
    return held


@transaction.atomic
def note_visit(session: str, citizen: str, client: str, *, at: datetime) -> None:
    """In this session (a digest of its key) somebody was handed to the system of that client."""
    held = System.objects.filter(client=client).first()
    account = Citizen.objects.filter(uid=citizen).first()
    if held and account and session:
        Visit.objects.get_or_create(session=session, system=held, defaults={"citizen": account, "began_at": at})


@transaction.atomic
def end_visits(session: str, *, at: datetime) -> tuple[tuple[int, str, str], ...]:
    """The session ends: whom to tell, as (visit, address of the system, its client). Each is told once."""
    found = Visit.objects.filter(session=session, ended_at__isnull=True).select_related("system")
    told = tuple((item.pk, item.system.logout_at, item.system.client) for item in found)
    found.update(ended_at=at)
    return told


def note_told(visit: int, outcome: str) -> None:
    """Whether the system said that it ended its session: ``told``, ``failed``, ``no_address``."""
    Visit.objects.filter(pk=visit).update(told=outcome)


def _require_address(address: str) -> None:
    if not address:
        return
    parts = urlsplit(address)
    plain = parts.scheme == "http" and is_demonstration()
    if not (parts.scheme == "https" or plain) or not parts.hostname or parts.username or parts.fragment:
        raise Misuse("address_malformed", f"“{address[:80]}”不是可用的地址：要 https:// 开头，不带用户名和 #。")
