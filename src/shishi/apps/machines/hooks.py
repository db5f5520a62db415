"""Hooks 回调: addresses that want to be told what happens, each with a secret of its own."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from shishi.adapters.webhooks.base import require_allowed
from shishi.apps.accounts.acting import record_act
from shishi.apps.accounts.models import Person
from shishi.apps.accounts.roles import Action
from shishi.apps.accounts.selectors import may, require
from shishi.apps.audit.chain import digest
from shishi.apps.audit.selectors import last_event
from shishi.apps.files.services import key_ring
from shishi.apps.machines.models import Client, Hook
from shishi.core.calendars import day_of
from shishi.core.divisions import COUNTRY
from shishi.core.errors import Misuse

MOST = 20
"""Addresses of one client."""
SECRET_BYTES = 32


class Hearing(Protocol):
    """What may be told of a subject of a kind."""

    def __call__(self, person: Person, subject: str, at: datetime, /) -> Mapping[str, object] | None:
        """What this person may hear of it now; ``None`` for what is beyond their reach."""


_hearings: dict[str, Hearing] = {}


def register_hearing(kind: str, hearing: Hearing) -> None:
    """Say who may hear of subjects of a kind (``case`` of ``case:<id>``), and what. What no area told of is told to
    nobody."""
    _hearings[kind] = hearing


def hearings() -> Mapping[str, Hearing]:
    """By kind of subject."""
    return _hearings


@dataclass(frozen=True, slots=True)
class MadeHook:
    """A hook just made; its secret is told this once."""

    hook: Hook
    secret: str


@transaction.atomic
def make_hook(client: Client, url: str, topics: list[str], *, by: Person, at: datetime) -> MadeHook:
    """Tell this address of every later event whose action begins with one of the topics (``case.``), as far as the
    client reaches. ``Misuse``: out_of_reach, hook_url_malformed, hook_not_allowed, hook_topics, too_many_hooks."""
    _require_own(client, by, at)
    require_allowed(url, settings.WEBHOOKS)
    known = tuple(f"{kind}." for kind in _hearings)
    wanted = sorted({topic.strip() for topic in topics if topic.strip()})
    if not wanted or not all(topic.startswith(known) and len(topic) <= 60 for topic in wanted):
        raise Misuse("hook_topics", f"请写明要听哪些事，例如 case.。可选的开头：{'、'.join(known) or '（还没有）'}。")
    if _going().filter(client=client).count() >= MOST:
        raise Misuse("too_many_hooks", f"一个接口程序最多登记 {MOST} 个回调地址。请先停用不用的。")
    secret = f"whsec_{base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()}"
    made = Hook.objects.create(
        client=client, url=url, topics=wanted, secret="", heard=last_event(), made_by=by.username, made_at=at
    )
    made.secret = base64.b64encode(key_ring().encrypt(secret.encode(), _about(made))).decode()
    made.save(update_fields=["secret"])
    record_act(by, at, "hook.make", f"hook:{made.pk}", facts_digest(made), {"url": url, "topics": wanted})
    return MadeHook(made, secret)


@transaction.atomic
def end_hook(number: int, *, by: Person, at: datetime) -> Hook:
    """It is told nothing more; ending it again changes nothing."""
    found = hook_for(by, number, at)
    if found.ended_at is None:
        found.ended_at, found.ended_by = at, by.username
        found.save(update_fields=["ended_at", "ended_by"])
        record_act(by, at, "hook.end", f"hook.end:{found.pk}", end_digest(found), {"hook": found.pk})
    return found


def secret_of(hook: Hook) -> str:
    """By which its calls are signed."""
    return key_ring().decrypt(base64.b64decode(hook.secret), _about(hook)).decode()


def going_hooks() -> tuple[Hook, ...]:
    """Those that want to be told."""
    return tuple(_going().select_related("client__person").order_by("pk"))


def hooks_for(person: Person, at: datetime) -> tuple[Hook, ...]:
    """All of them, the newest first, for who runs the system or manages people; for others those of their clients."""
    found = Hook.objects.select_related("client__person").order_by("-pk")
    return tuple(found if _runs(person, at) else found.filter(client__person=person))


def hook_for(person: Person, number: int, at: datetime) -> Hook:
    """One of them; ``Misuse`` (unknown_hook) also when it is not the person's to see."""
    found = next((item for item in hooks_for(person, at) if item.pk == number), None)
    if found is None:
        raise Misuse("unknown_hook", f"没有第 {number} 号回调地址，或它不是您的。")
    return found


def _going() -> QuerySet[Hook]:
    return Hook.objects.filter(ended_at__isnull=True, client__ended_at__isnull=True)


def _require_own(client: Client, by: Person, at: datetime) -> None:
    """A client makes its own; for another one it takes who manages people."""
    if client.person_id != by.pk:
        require(by, Action.MANAGE_PEOPLE, COUNTRY, "", day_of(at))


def _runs(person: Person, at: datetime) -> bool:
    on = day_of(at)
    return any(may(person, action, COUNTRY, "", on) for action in (Action.MANAGE_PEOPLE, Action.OPERATE))


def _about(hook: Hook) -> str:
    return f"hook:{hook.pk}"


def facts_digest(hook: Hook) -> str:
    """What the trail answers for."""
    told = {"client": hook.client_id, "url": hook.url, "topics": list(hook.topics), "secret": hook.secret}
    return digest({**told, "made_by": hook.made_by})


def end_digest(hook: Hook) -> str:
    """What the trail answers for of an end."""
    return digest({"hook": hook.pk, "ended_by": hook.ended_by})


def digest_of_hook(identifier: str) -> str | None:
    """Recomputed from what is stored; ``None`` when it is gone."""
    found = Hook.objects.filter(pk=int(identifier)).first()
    return facts_digest(found) if found else None


def digest_of_hook_end(identifier: str) -> str | None:
    """Recomputed from what is stored; ``None`` when it is gone or goes on."""
    found = Hook.objects.filter(pk=int(identifier), ended_at__isnull=False).first()
    return end_digest(found) if found else None


def hook_identifiers() -> list[str]:
    """All that are stored."""
    return [str(key) for key in Hook.objects.values_list("pk", flat=True)]


def ended_hook_identifiers() -> list[str]:
    """All that have ended."""
    return [str(key) for key in Hook.objects.filter(ended_at__isnull=False).values_list("pk", flat=True)]
