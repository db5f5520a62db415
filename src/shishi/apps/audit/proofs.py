"""One event of the trail as it is handed to a third party, and its check without a store."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from shishi.apps.audit import chain
from shishi.core.errors import Refused

FACTS = {"at", "day", "body", "position", "person", "action", "subject", "digest", "detail", "previous", "hash"}


def event_document(subject: str) -> dict[str, object] | None:
    """The first event about a subject, whole, with the root of the day that covers it (``None``: no day was closed
    since); ``None`` when there is no event."""
    from shishi.apps.audit.models import AuditEvent, AuditRoot

    event = AuditEvent.objects.filter(subject=subject).order_by("pk").first()
    if event is None:
        return None
    told: dict[str, object] = {name: getattr(event, name) for name in sorted(FACTS - {"at", "day"})}
    root = None
    for one in AuditRoot.objects.order_by("number"):
        if any(
            (body, day) == (event.body, event.day.isoformat()) and n >= event.position for body, day, n, _ in one.heads
        ):
            root = {"number": one.number, "day": one.day.isoformat(), "root": one.root}
            break
    return {"event": {**told, "at": event.at.isoformat(), "day": event.day.isoformat()}, "root": root}


def link_of(told: Mapping[str, object]) -> str:
    """The link that an event of such a document must carry. ``Refused`` (event_malformed)."""
    try:
        return chain.link(
            str(told["previous"]),
            at=datetime.fromisoformat(str(told["at"])),
            day=date.fromisoformat(str(told["day"])),
            body=str(told["body"]),
            position=int(str(told["position"])),
            person=str(told["person"]),
            action=str(told["action"]),
            subject=str(told["subject"]),
            digest_=str(told["digest"]),
            detail=told["detail"],
        )
    except (KeyError, ValueError) as wrong:
        raise Refused("event_malformed", "审计事件的写法不对。") from wrong
