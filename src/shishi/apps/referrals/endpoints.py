"""Endpoints 外地接口: who runs the system registers them; nothing else is ever asked."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction

from shishi.adapters.georeport.base import RequestServer
from shishi.adapters.georeport.http import HttpServer, require_address
from shishi.apps.accounts.acting import record_act
from shishi.apps.accounts.models import Person
from shishi.apps.accounts.roles import Action
from shishi.apps.accounts.selectors import require
from shishi.apps.audit.chain import digest, moment_text
from shishi.apps.divisions.selectors import find_division
from shishi.apps.files.services import key_ring
from shishi.apps.programmes.selectors import process_named, programme_named
from shishi.apps.referrals.models import Endpoint
from shishi.core.calendars import day_of
from shishi.core.divisions import COUNTRY
from shishi.core.errors import Misuse

COMPLAINT = "complaint"
"""The short name of the given process that matters of people go through."""
_CODE = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*", re.ASCII)


@dataclass(frozen=True, slots=True)
class NewEndpoint:
    """An endpoint to be registered. With ``programme`` its requests are read and become cases about that programme, in
    ``division``, of ``kind`` (a choice of the process)."""

    code: str
    title: str
    address: str
    jurisdiction: str = ""
    api_key: str = field(default="", repr=False)
    programme: str = ""
    division: str = ""
    kind: str = "suggestion"
    services: tuple[str, ...] = ()


@transaction.atomic
def add_endpoint(new: NewEndpoint, *, by: Person, at: datetime) -> Endpoint:
    """Register an endpoint; one that changes is ended and registered under another code, so that what was sent where
    stays readable. ``Misuse``: out_of_reach, endpoint_code, endpoint_there, endpoint_title, open311_address,
    unknown_programme, unknown_division, kind_unknown."""
    require(by, Action.OPERATE, COUNTRY, "", day_of(at))
    if not _CODE.fullmatch(new.code) or len(new.code) > 40:
        raise Misuse("endpoint_code", "代码用小写字母、数字和短横，例如 city-310000。")
    if Endpoint.objects.filter(code=new.code).exists():
        raise Misuse("endpoint_there", f"已登记过“{new.code}”。要改地址或凭证，先停用它，再用新的代码登记。")
    if not new.title.strip():
        raise Misuse("endpoint_title", "请写明对方是哪个城市的哪个系统。")
    made = Endpoint(
        code=new.code,
        title=new.title.strip()[:80],
        address=require_address(new.address),
        jurisdiction=new.jurisdiction.strip()[:80],
        services=sorted({item.strip()[:120] for item in new.services if item.strip()}),
        added_by=by.username,
        added_at=at,
        read_from=at,
        **_read_as(new, at),
    )
    if new.api_key:
        made.api_key = base64.b64encode(key_ring().encrypt(new.api_key.encode(), _about(made))).decode()
    made.save()
    told = {"code": made.code, "title": made.title, "address": made.address, "reads": made.reads}
    record_act(by, at, "referral.endpoint.add", f"referral.endpoint:{made.pk}", endpoint_digest(made), told)
    return made


@transaction.atomic
def end_endpoint(code: str, reason: str, *, by: Person, at: datetime) -> Endpoint:
    """Ask it no more; what was sent and taken stays. Again: nothing happens. ``Misuse``: unknown_endpoint,
    reason_missing, out_of_reach."""
    require(by, Action.OPERATE, COUNTRY, "", day_of(at))
    found = endpoint_coded(code)
    if not reason.strip():
        raise Misuse("reason_missing", "请写明为什么停用这个接口。")
    if found.ended_at is None:
        found.ended_at, found.ended_by, found.ended_reason = at, by.username, reason.strip()
        found.save(update_fields=["ended_at", "ended_by", "ended_reason"])
        told = {"code": found.code, "reason": found.ended_reason}
        record_act(by, at, "referral.endpoint.end", f"referral.endpoint.end:{found.pk}", end_digest(found), told)
    return found


def endpoint_coded(code: str) -> Endpoint:
    """``Misuse`` (unknown_endpoint)."""
    found = Endpoint.objects.filter(code=code).first()
    if found is None:
        raise Misuse("unknown_endpoint", f"没有登记外地接口“{code[:40]}”。用 shishi referral endpoints 查看。")
    return found


def server_of(endpoint: Endpoint) -> RequestServer:
    """The way to it."""
    key = key_ring().decrypt(base64.b64decode(endpoint.api_key), _about(endpoint)).decode() if endpoint.api_key else ""
    return HttpServer(endpoint.address, endpoint.jurisdiction, key)


def endpoint_digest(row: Endpoint) -> str:
    """SHA-256 over what was registered."""
    names = ("code", "title", "address", "jurisdiction", "api_key", "programme", "division", "kind", "services")
    return digest({name: getattr(row, name) for name in names})


def end_digest(row: Endpoint) -> str:
    """SHA-256 over who ended it when and why."""
    return digest({"code": row.code, "by": row.ended_by, "reason": row.ended_reason, "at": moment_text(row.ended_at)})


def recomputed_endpoint(subject: str) -> str | None:
    """For the audit: the digest of an endpoint as it stands."""
    row = Endpoint.objects.filter(pk=subject).first()
    return endpoint_digest(row) if row else None


def endpoint_identifiers() -> tuple[str, ...]:
    """Every endpoint."""
    return tuple(str(pk) for pk in Endpoint.objects.order_by("pk").values_list("pk", flat=True))


def recomputed_end(subject: str) -> str | None:
    """For the audit: the digest of how an endpoint ended."""
    row = Endpoint.objects.filter(pk=subject, ended_at__isnull=False).first()
    return end_digest(row) if row else None


def ended_identifiers() -> tuple[str, ...]:
    """Every endpoint that ended."""
    return tuple(str(pk) for pk in Endpoint.objects.exclude(ended_at=None).order_by("pk").values_list("pk", flat=True))


def _read_as(new: NewEndpoint, at: datetime) -> dict[str, Any]:
    """What its requests are here; nothing where they are not read."""
    if not new.programme:
        return {"reads": False, "programme": "", "division": "", "kind": ""}
    programme = programme_named(new.programme)[1].name
    process = process_named(f"{programme.rsplit('/', 1)[0]}/{COMPLAINT}")
    kinds = {item.value: item.title for item in process.forms[process.starts.form].by_name["kind"].values}
    if new.kind not in kinds:
        listed = "、".join(f"{code}（{title}）" for code, title in kinds.items())
        raise Misuse("kind_unknown", f"没有“{new.kind[:20]}”这一类。可选：{listed}。")
    place = find_division(new.division, day_of(at)).official_code
    return {"reads": True, "programme": programme, "division": place, "kind": new.kind}


def _about(row: Endpoint) -> str:
    return f"referral.endpoint:{row.code}"
