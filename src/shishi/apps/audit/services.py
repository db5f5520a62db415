"""Writing the trail. Called inside the transaction of the business write, never outside of one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from django.db import connection

from shishi.apps.audit import chain
from shishi.apps.audit.capacity import delegations_of
from shishi.apps.audit.models import AuditEvent, AuditRoot
from shishi.core.calendars import day_of

_LAST = """
SELECT day, position, hash FROM audit_auditevent WHERE body = %s ORDER BY day DESC, position DESC LIMIT 1
"""
CHAIN_LOCK = 20210922
"""Names the lock of the chain among PostgreSQL's advisory locks."""


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
    one_at_a_time()
    last_day, last_position, last_hash = _end_of(body)
    # A clock that steps back must not open an earlier day's chain again.
    day = max(day_of(at), last_day)
    told = dict(detail or {})
    proof = digest or chain.digest(told)
    if by_delegation := delegations_of(person):
        told["by_delegation"] = by_delegation
    event = AuditEvent(
        at=at,
        day=day,
        body=body,
        position=last_position + 1 if last_day == day else 1,
        person=person,
        action=action,
        subject=subject,
        digest=proof,
        detail=told,
        previous=last_hash,
    )
    event.hash = event.computed_hash()
    event.save(force_insert=True)
    return event


def _end_of(body: str) -> tuple[date, int, str]:
    """Day, position and hash of the last event of a body; asked while everybody who writes waits, and so in words of
    the store."""
    with connection.cursor() as cursor:
        cursor.execute(_LAST, [body])
        found = cursor.fetchone()
    return (date.fromisoformat(str(found[0])), found[1], found[2]) if found else (date.min, 0, "")


def one_at_a_time() -> None:
    """Hold the chain until the transaction ends: two writers of one body must not both follow the same
    event. SQLite has one writer anyway.

    Who locks rows of its own takes the chain first; only the ledger's own lock, which nobody asks for with the
    chain in hand, comes before it. So no two writers wait for each other."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [CHAIN_LOCK])


def close_day(at: datetime) -> AuditRoot:
    """Make the root over every chain that grew since the last root; the same root again when nothing was written."""
    one_at_a_time()
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
    closed = AuditRoot(
        number=last.number + 1 if last else 1,
        at=at,
        day=day_of(at),
        heads=heads,
        previous=last.root if last else "",
    )
    closed.root = closed.computed_root()
    closed.save(force_insert=True)
    return closed
