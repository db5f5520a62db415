"""Making, ending and knowing clients 接口程序. A client acts as a person whose posts say how far it reaches; only the
digest of its token is kept."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction

from shishi.apps.accounts.acting import record_act
from shishi.apps.accounts.models import Person
from shishi.apps.accounts.roles import Action
from shishi.apps.accounts.selectors import may, person_named, posts_of, require
from shishi.apps.audit.chain import digest
from shishi.apps.machines.models import Client as Client  # the API names the type; it never imports models
from shishi.core.calendars import day_of
from shishi.core.divisions import COUNTRY
from shishi.core.errors import Misuse

LONGEST = timedelta(days=366)
MOST_PER_MINUTE = 6000
PREFIX = "shishi_"
"""Begins every token, so that one that was published by mistake is found."""


@dataclass(frozen=True, slots=True)
class MadeClient:
    """A client just made; its token is told this once."""

    client: Client
    token: str


@transaction.atomic
def make_client(person: str, title: str, until: date, *, per_minute: int = 120, by: Person, at: datetime) -> MadeClient:
    """A client that acts as the person of that user name until a day. ``Misuse``: out_of_reach, unknown_person,
    client_untitled, client_until, client_rate, client_administrates."""
    on = day_of(at)
    require(by, Action.MANAGE_PEOPLE, COUNTRY, "", on)
    whose = person_named(person)
    if not 0 < len(title.strip()) <= 80:
        raise Misuse("client_untitled", "请给接口程序起个名字（80 字以内），例如：12345 热线平台。")
    if not on <= until <= on + LONGEST:
        raise Misuse("client_until", f"截止日应在 {on} 到 {on + LONGEST} 之间（最长一年，到期前另发凭证）。")
    if not 0 < per_minute <= MOST_PER_MINUTE:
        raise Misuse("client_rate", f"每分钟的请求数应在 1 到 {MOST_PER_MINUTE} 之间。")
    if any(may(whose, action, COUNTRY, "", on) for action in (Action.MANAGE_PEOPLE, Action.OPERATE)):
        message = f"{whose} 的岗位能管理人员或运行系统，凭证丢了后果太大。请另建一个只有所需岗位的人员给接口程序用。"
        raise Misuse("client_administrates", message)
    token = f"{PREFIX}{secrets.token_urlsafe(32)}"
    made = Client.objects.create(
        title=title.strip(),
        person=whose,
        token_digest=token_digest(token),
        per_minute=per_minute,
        until=until,
        made_by=by.username,
        made_at=at,
    )
    detail = {"person": whose.username, "until": str(until), "per_minute": per_minute}
    record_act(by, at, "client.make", f"client:{made.pk}", facts_digest(made), detail)
    return MadeClient(made, token)


@transaction.atomic
def end_client(number: int, *, by: Person, at: datetime) -> Client:
    """From now on its token opens nothing, and nothing is told to its addresses; ending it again changes nothing."""
    require(by, Action.MANAGE_PEOPLE, COUNTRY, "", day_of(at))
    found = Client.objects.select_for_update().filter(pk=number).first()
    if found is None:
        raise Misuse("unknown_client", f"没有第 {number} 号接口程序。用 shishi client list 查看。")
    if found.ended_at is None:
        found.ended_at, found.ended_by = at, by.username
        found.save(update_fields=["ended_at", "ended_by"])
        record_act(by, at, "client.end", f"client.end:{found.pk}", end_digest(found), {"client": found.pk})
    return found


def token_digest(token: str) -> str:
    """What is kept of a token: it has 256 bits of chance, so nothing is gained by a slow digest."""
    return hashlib.sha256(token.encode()).hexdigest()


def client_of(token: str, at: datetime) -> Client:
    """Whose token it is. ``Misuse``: client_unknown, client_ended."""
    found = Client.objects.select_related("person").filter(token_digest=token_digest(token)).first()
    if found is None:
        raise Misuse("client_unknown", "接口凭证不对。请检查请求头 Authorization: Bearer …，或请管理人员另发凭证。")
    if not works(found, at):
        raise Misuse("client_ended", "接口凭证已停用或到期，或它所用的人员已离岗。请管理人员另发凭证。")
    return found


def works(client: Client, at: datetime) -> bool:
    """Whether its token opens anything today."""
    on = day_of(at)
    alive = client.ended_at is None and on <= client.until and client.person.is_active
    return alive and bool(posts_of(client.person, on))


def clients_for(person: Person, at: datetime) -> tuple[Client, ...]:
    """All clients, the newest first, for who manages people or runs the system; for others those that act as them."""
    on, found = day_of(at), Client.objects.select_related("person").order_by("-pk")
    if not any(may(person, action, COUNTRY, "", on) for action in (Action.MANAGE_PEOPLE, Action.OPERATE)):
        found = found.filter(person=person)
    return tuple(found)


def facts_digest(client: Client) -> str:
    """What the trail answers for."""
    names = ("title", "token_digest", "per_minute", "made_by")
    told = {name: getattr(client, name) for name in names}
    return digest({**told, "person": client.person.username, "until": str(client.until)})


def end_digest(client: Client) -> str:
    """What the trail answers for of an end."""
    return digest({"client": client.pk, "ended_by": client.ended_by})


def digest_of_client(identifier: str) -> str | None:
    """Recomputed from what is stored; ``None`` when it is gone."""
    found = Client.objects.select_related("person").filter(pk=int(identifier)).first()
    return facts_digest(found) if found else None


def digest_of_client_end(identifier: str) -> str | None:
    """Recomputed from what is stored; ``None`` when it is gone or goes on."""
    found = Client.objects.filter(pk=int(identifier), ended_at__isnull=False).first()
    return end_digest(found) if found else None


def client_identifiers() -> list[str]:
    """All that are stored."""
    return [str(key) for key in Client.objects.values_list("pk", flat=True)]


def ended_client_identifiers() -> list[str]:
    """All that have ended."""
    return [str(key) for key in Client.objects.filter(ended_at__isnull=False).values_list("pk", flat=True)]
