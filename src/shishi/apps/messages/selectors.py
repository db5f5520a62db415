"""Reading the inbox and what became of deliveries."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from shishi.apps.accounts.models import Person
from shishi.apps.messages.models import Delivery, DeliveryState, Message


@dataclass(frozen=True, slots=True)
class DeliveryView:
    """A way out and how it went. ``to`` is the person's user name."""

    id: int
    to: str
    channel: str
    address: str
    state: str
    attempts: int
    last_error: str
    delivered_at: datetime | None


@dataclass(frozen=True, slots=True)
class InboxItem:
    """A message as its reader sees it."""

    id: int
    subject: str
    text: str
    about: str
    posted_at: datetime
    read_at: datetime | None
    deliveries: tuple[DeliveryView, ...]


def inbox_of(person: Person, unread: bool = False, offset: int = 0, limit: int = 100) -> tuple[InboxItem, ...]:
    """The person's messages, newest first, paged; ``unread`` leaves out those that were read."""
    found = Message.objects.filter(to=person).prefetch_related("deliveries").order_by("-posted_at", "-pk")
    if unread:
        found = found.filter(read_at__isnull=True)
    return tuple(
        InboxItem(
            id=item.pk,
            subject=item.subject,
            text=item.text,
            about=item.about,
            posted_at=item.posted_at,
            read_at=item.read_at,
            deliveries=tuple(_view(way, person.username) for way in item.deliveries.all()),
        )
        for item in found[offset : offset + limit]
    )


def unread_count(person: Person) -> int:
    """How many messages wait to be read."""
    return Message.objects.filter(to=person, read_at__isnull=True).count()


def deliveries_about(about: str) -> tuple[DeliveryView, ...]:
    """Every delivery of the messages about one thing; the caller has decided that its reader may see that thing."""
    found = Delivery.objects.filter(message__about=about).select_related("message__to").order_by("pk")
    return tuple(_view(item, item.message.to.username) for item in found)


def failed_deliveries(limit: int = 100) -> tuple[DeliveryView, ...]:
    """Deliveries that a person must look at, newest first."""
    found = Delivery.objects.filter(state=DeliveryState.FAILED).select_related("message__to").order_by("-pk")
    return tuple(_view(item, item.message.to.username) for item in found[:limit])


def deliveries_left() -> tuple[int, int]:
    """How many deliveries wait to be sent, and how many failed and wait for a person."""
    held = Delivery.objects
    return held.filter(state=DeliveryState.QUEUED).count(), held.filter(state=DeliveryState.FAILED).count()


def _view(item: Delivery, to: str) -> DeliveryView:
    return DeliveryView(
        id=item.pk,
        to=to,
        channel=item.channel,
        address=item.address,
        state=item.state,
        attempts=item.attempts,
        last_error=item.last_error,
        delivered_at=item.delivered_at,
    )
