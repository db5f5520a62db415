"""Writing the trail. Called inside the transaction of the business write, never outside of one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from django.db import connection

from shishi.apps.audit import chain
from shishi.apps.audit.models import AuditEvent, AuditRoot
from shishi.core.calendars import day_of

Digester = Callable[[str], str | None]
_digesters: dict[str, Digester] = {}


def register_digester(kind: str, digester: Digester) -> None:
    """``digester`` recomputes the digest of a subject ``kind:id`` from what is stored now (``None``: it is gone)."""
    _digesters[kind] = digester


def digesters() -> Mapping[str, Digester]:
    """The registered digesters by kind of subject."""
    return _digesters


def record(
    *,
    at: datetime,
    person: str,
    action: str,
    subject: str,
    body: str = "",
    digest: str = "",
    detail: Mapping[str, object] | None = None,
) -> AuditEvent:
    """Append one event. ``subject`` is ``kind:id``; ``digest`` a SHA-256 of what was
    written (default: of ``detail``)."""
    if not connection.in_atomic_block:
        raise RuntimeError("an audit event is written in the transaction of what it records")
    day = day_of(at)
    last = AuditEvent.objects.filter(body=body).order_by("-day", "-position").first()
    # A clock that steps back must not open an earlier day's chain again.
    day = max(day, last.day) if last else day
    position = last.position + 1 if last and last.day == day else 1
    previous = last.hash if last else ""
    told = dict(detail or {})
    digest = digest or chain.digest(told)
    value = chain.link(
        previous,
        at=at,
        day=day,
        body=body,
        position=position,
        person=person,
        action=action,
        subject=subject,
        digest_=digest,
        detail=told,
    )
    return AuditEvent.objects.create(
        at=at,
        day=day,
        body=body,
        position=position,
        person=person,
        action=action,
        subject=subject,
        digest=digest,
        detail=told,
        previous=previous,
        hash=value,
    )


def close_day(at: datetime) -> AuditRoot:
    """Make the root over every chain that grew since the last root; the same root again when nothing was written."""
    last = AuditRoot.objects.order_by("-number").first()
    seen = {(body, day): count for root in AuditRoot.objects.order_by("number") for body, day, count, _ in root.heads}
    heads = []
    ends: dict[tuple[str, str], AuditEvent] = {}
    for event in AuditEvent.objects.order_by("body", "day", "position"):
        ends[event.body, event.day.isoformat()] = event
    for (body, day), event in sorted(ends.items()):
        if seen.get((body, day)) != event.position:
            heads.append([body, day, event.position, event.hash])
    if last and not heads:
        return last
    previous = last.root if last else ""
    return AuditRoot.objects.create(
        number=last.number + 1 if last else 1,
        at=at,
        day=day_of(at),
        heads=heads,
        previous=previous,
        root=chain.digest([previous, day_of(at).isoformat(), heads]),
    )
