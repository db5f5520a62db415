"""Reading and proving the trail."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date

from django.db import connection, transaction

from shishi.apps.audit.digesters import witnesses
from shishi.apps.audit.kept_questions import KeptQuestion
from shishi.apps.audit.models import AuditEvent, AuditRoot


@dataclass(frozen=True, slots=True)
class Break:
    """The first broken link: which event, and what does not hold."""

    event: int | None
    subject: str
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Verification:
    """What ``audit verify`` found. ``unproven`` counts events after the last root:
    without it a cut tail can't be seen."""

    events: int
    roots: int
    last_root: str
    unproven: int
    tail_proven: bool
    broken: Break | None


@contextmanager
def one_moment() -> Iterator[None]:
    """What is read inside is of one moment, however many write meanwhile; nobody has to wait. Inside of a transaction
    it is the transaction's business."""
    if connection.in_atomic_block:
        yield
    elif connection.vendor == "postgresql":
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield
    else:
        # Django would begin as a writer (IMMEDIATE) and keep everybody waiting.
        with connection.cursor() as cursor:
            cursor.execute("BEGIN DEFERRED")
            try:
                yield
            finally:
                cursor.execute("ROLLBACK")


def verify(root: str = "") -> Verification:
    """Recompute every link, every recorded digest and every root; with ``root`` (as printed) also find a cut tail."""
    with one_moment():
        return _verified(root)


def _verified(root: str) -> Verification:
    broken = _broken_event() or _unrecorded() or _broken_root(root)
    roots = list(AuditRoot.objects.order_by("number"))
    covered = {(body, day): count for item in roots for body, day, count, _ in item.heads}
    events = AuditEvent.objects.count()
    proven = sum(covered.values())
    return Verification(
        events=events,
        roots=len(roots),
        last_root=roots[-1].root if roots else "",
        unproven=max(events - proven, 0),
        tail_proven=bool(root) and broken is None,
        broken=broken,
    )


def _broken_event() -> Break | None:
    faults: list[Break] = []
    last: AuditEvent | None = None
    for event in AuditEvent.objects.order_by("body", "day", "position").iterator(chunk_size=2000):
        same_body = last is not None and last.body == event.body
        previous = last.hash if last and same_body else ""
        expected = last.position + 1 if last and same_body and last.day == event.day else 1
        fault = _fault_of(event, previous, expected)
        if fault:
            faults.append(fault)
            # What follows a broken link in the same chain follows it; look on only in other bodies.
        last = event
    return min(faults, key=lambda item: item.event or 0, default=None)


def _fault_of(event: AuditEvent, previous: str, expected: int) -> Break | None:
    if event.position != expected or event.previous != previous:
        return Break(event.pk, event.subject, "audit_link_missing", f"第 {event.pk} 号事件之前缺少事件或次序被改动。")
    if event.computed_hash() != event.hash:
        return Break(event.pk, event.subject, "audit_event_changed", f"第 {event.pk} 号事件的内容与其哈希不符。")
    if _digest_now(event.subject) not in ("", event.digest):
        message = f"第 {event.pk} 号事件所记的 {event.subject} 与现存数据不符，数据在审计之外被改动。"
        return Break(event.pk, event.subject, "audit_subject_changed", message)
    return None


def _digest_now(subject: str) -> str | None:
    """The digest of a subject by what is stored now; empty when nobody recomputes its kind, ``None`` when it is
    gone."""
    kind, _, identifier = subject.partition(":")
    witness = witnesses().get(kind)
    try:
        return witness.digest(identifier) if witness else ""
    except ValueError:
        # A subject that names nothing is as good as gone: a changed trail must be reported, not crash the report.
        return None


def _unrecorded() -> Break | None:
    """What is stored and has no event was written by somebody who went around the program."""
    for kind, witness in sorted(witnesses().items()):
        told = recorded(kind)
        for identifier in witness.subjects():
            if identifier not in told:
                subject = f"{kind}:{identifier}"
                message = f"{subject} 没有审计事件：这些数据不是由本系统写入的，或事件已被删去。"
                return Break(None, subject, "audit_event_missing", message)
    return None


def _broken_root(wanted: str) -> Break | None:
    previous = ""
    found = not wanted
    for item in AuditRoot.objects.order_by("number"):
        if item.previous != previous or item.root != item.computed_root():
            return Break(None, f"root:{item.number}", "audit_root_changed", f"{item.day} 的日根与其内容不符。")
        for body, day, count, value in item.heads:
            if not AuditEvent.objects.filter(body=body, day=day, position=count, hash=value).exists():
                message = f"{day} 的事件链（{body or '系统'}）比日根所记的短：末尾 {count} 条中有事件被删去。"
                return Break(None, f"root:{item.number}", "audit_tail_cut", message)
        previous = item.root
        found = found or item.root == wanted
    if not found:
        message = "给出的日根不在审计链中：链的末尾被截去，或这不是同一个库。请从备份恢复后再核对。"
        return Break(None, "root", "audit_root_unknown", message)
    return None


def recorded(kind: str) -> frozenset[str]:
    """The ids of all subjects of a kind that have an event."""
    told = AuditEvent.objects.filter(subject__startswith=f"{kind}:").values_list("subject", flat=True)
    return frozenset(subject.removeprefix(f"{kind}:") for subject in told)


def events(offset: int = 0, limit: int = 100) -> Iterator[AuditEvent]:
    """Events, newest first, paged."""
    yield from AuditEvent.objects.order_by("-pk")[offset : offset + limit]


def search(
    *, person: str = "", action: str = "", subject: str = "", day: date | None = None, offset: int = 0, limit: int = 50
) -> tuple[AuditEvent, ...]:
    """Events, newest first, paged: of a person, of actions and subjects that begin so, of a day of the trail."""
    found = AuditEvent.objects.order_by("-pk")
    if person:
        found = found.filter(person=person)
    if action:
        found = found.filter(action__startswith=action)
    if subject:
        found = found.filter(subject__startswith=subject)
    if day:
        found = found.filter(day=day)
    return tuple(found[offset : offset + limit])


def events_after(number: int, limit: int) -> tuple[AuditEvent, ...]:
    """The events that follow one, in the order in which they were written."""
    return tuple(AuditEvent.objects.filter(pk__gt=number).order_by("pk")[:limit])


def hash_of(number: int) -> str:
    """The link of an event by its number, ``""`` where there is none."""
    return AuditEvent.objects.filter(pk=number).values_list("hash", flat=True).first() or ""


def trail_length() -> tuple[int, int]:
    """How many events there are, and how many after the last daily root, as the roots tell; nothing is proven."""
    covered = {
        (body, day): count for root in AuditRoot.objects.order_by("number") for body, day, count, _ in root.heads
    }
    events = AuditEvent.objects.count()
    return events, max(events - sum(covered.values()), 0)


_last_event: KeptQuestion[tuple[int]] = KeptQuestion(lambda: AuditEvent.objects.order_by("-pk").values_list("pk")[:1])


def last_event() -> int:
    """Number of the newest event, 0 when there is none: while it stays, nothing was written."""
    return next((number for (number,) in _last_event()), 0)


def roots(limit: int = 20) -> Iterator[AuditRoot]:
    """Daily roots, newest first."""
    yield from AuditRoot.objects.order_by("-number")[:limit]
