"""In: requests of another city's system become matters here, each once, however often they are read."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.db import transaction

from shishi.adapters.georeport.base import RequestServer, ServerFailed
from shishi.apps.accounts.services import make_partner
from shishi.apps.audit.chain import digest
from shishi.apps.audit.services import record
from shishi.apps.cases.facts import form_of, read_answers
from shishi.apps.cases.opening import open_case
from shishi.apps.cases.parties import Applicant
from shishi.apps.programmes.selectors import process_named
from shishi.apps.referrals.endpoints import COMPLAINT, server_of
from shishi.apps.referrals.models import Endpoint, Referral, TakenRequest
from shishi.core.calendars import day_of
from shishi.core.errors import Refused, ShishiError
from shishi.core.service_requests import Answered, Request, RequestState

EVERY = timedelta(minutes=10)
OVERLAP = timedelta(days=1)
"""So far each look goes back behind the last: servers put things into their lists late."""
PAUSES = tuple(timedelta(minutes=minutes) for minutes in (10, 20, 60))
VISIBLE_AFTER = 3
"""Failures of reading after which it is somebody's business."""
LONGEST_TITLE = 60
log = logging.getLogger("shishi.referrals")


def take_what_came(at: datetime, server: RequestServer | None = None) -> int:
    """Read every endpoint whose turn it is; how many matters were opened."""
    due = Endpoint.objects.filter(reads=True, ended_at__isnull=True).order_by("pk")
    return sum(_read(row, server or server_of(row), at) for row in due if row.read_at is None or row.read_at <= at)


def _read(endpoint: Endpoint, server: RequestServer, at: datetime) -> int:
    if not Endpoint.objects.filter(pk=endpoint.pk, read_at=endpoint.read_at).update(read_at=at + EVERY):
        return 0  # another worker was faster
    try:
        found = server.since(endpoint.read_from - OVERLAP, endpoint.services)
    except (ServerFailed, Refused) as fault:
        _failed(endpoint, fault.message, at)
        return 0
    opened = sum(take(endpoint, one, at) for one in found.requests if one.state is RequestState.OPEN)
    _done(endpoint, found, at)
    return opened


def take(endpoint: Endpoint, one: Request, at: datetime) -> bool:
    """Open a case for a request, unless it was taken before or is one that went there from here. What cannot be one is
    left with the reason."""
    if Referral.objects.filter(endpoint=endpoint, theirs=one.number).exists():
        return False
    if TakenRequest.objects.filter(endpoint=endpoint, request=one.number).exists():
        return False
    try:
        with transaction.atomic():
            _opened(endpoint, one, at)
    except ShishiError as fault:
        _left(endpoint, one, fault.message, at)
        return False
    except Exception as fault:
        log.exception("request %s of %s could not be taken", one.number, endpoint.code)
        _left(endpoint, one, f"收件时出错（{type(fault).__name__}），请系统管理员查看日志。", at)
        return False
    return True


def _opened(endpoint: Endpoint, one: Request, at: datetime) -> None:
    process = process_named(f"{endpoint.programme.rsplit('/', 1)[0]}/{COMPLAINT}")
    texts = {"kind": endpoint.kind, "title": _title(one), "text": _text(endpoint, one)}
    texts |= {"address": one.address} if one.address else {}
    texts |= {"point": f"{one.longitude},{one.latitude}"} if one.longitude else {}
    row = open_case(
        process.name,
        answers=read_answers(form_of(process, process.starts.form), texts, day_of(at)),
        applicant=Applicant(f"{endpoint.title}转来"),
        division=endpoint.division,
        by=make_partner(at),
        at=at,
        once=f"open311:{endpoint.code}:{one.number}",
        channel="exchange",
        programme=endpoint.programme,
        title=_title(one),
    )
    told = {"endpoint": endpoint.code, "request": one.number, "case": str(row.uuid)}
    made = TakenRequest.objects.create(
        endpoint=endpoint, request=one.number, case=row.uuid, number=row.number, at=at, digest=digest(told)
    )
    subject = f"referral.taken:{made.pk}"
    record(
        at=at, person=f"（{endpoint.code}）", action="referral.take", subject=subject, digest=made.digest, detail=told
    )


@transaction.atomic
def _left(endpoint: Endpoint, one: Request, why: str, at: datetime) -> None:
    told = {"endpoint": endpoint.code, "request": one.number, "refused": why[:300]}
    made = TakenRequest.objects.create(
        endpoint=endpoint, request=one.number, refused=why[:300], at=at, digest=digest(told)
    )
    subject = f"referral.taken:{made.pk}"
    record(
        at=at, person=f"（{endpoint.code}）", action="referral.leave", subject=subject, digest=made.digest, detail=told
    )


def _done(endpoint: Endpoint, found: Answered, at: datetime) -> None:
    made = [one.requested_at for one in found.requests if one.requested_at and one.requested_at <= at]
    endpoint.read_from = max([endpoint.read_from, *made])
    endpoint.read_at, endpoint.failures, endpoint.failing_since, endpoint.last_error = at + EVERY, 0, None, ""
    endpoint.unreadable = found.unreadable
    endpoint.save(update_fields=["read_from", "read_at", "failures", "failing_since", "last_error", "unreadable"])


def _failed(endpoint: Endpoint, why: str, at: datetime) -> None:
    endpoint.failures += 1
    endpoint.failing_since = endpoint.failing_since or at
    endpoint.last_error = why[:300]
    endpoint.read_at = at + PAUSES[min(endpoint.failures, len(PAUSES)) - 1]
    endpoint.save(update_fields=["failures", "failing_since", "last_error", "read_at"])


def _title(one: Request) -> str:
    lines = one.description.splitlines()
    return (lines[0] if lines else one.service_name or one.number)[:LONGEST_TITLE]


def _text(endpoint: Endpoint, one: Request) -> str:
    service = f"（{one.service_name}）" if one.service_name else ""
    return f"{one.description or '对方没有写内容。'}\n来自{endpoint.title}，对方编号 {one.number}{service}"[:2000]


def recomputed_taken(subject: str) -> str | None:
    """For the audit: the digest of a taken request from its row."""
    row = TakenRequest.objects.filter(pk=subject).select_related("endpoint").first()
    if row is None:
        return None
    told = {"endpoint": row.endpoint.code, "request": row.request}
    return digest({**told, "refused": row.refused} if row.case is None else {**told, "case": str(row.case)})


def taken_identifiers() -> tuple[str, ...]:
    """Every taken request."""
    return tuple(str(pk) for pk in TakenRequest.objects.order_by("pk").values_list("pk", flat=True))
