"""Posting, delivering, reading. A message is queued in the transaction of what it
tells; it leaves the house afterwards."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import F, Q

from shishi.adapters.messages.base import DeliveryFailed, MessageChannel, Receipt, one_line
from shishi.adapters.messages.base import Message as Outgoing
from shishi.apps.accounts.models import Person
from shishi.apps.audit.services import record
from shishi.apps.messages.models import Delivery, DeliveryState, Message
from shishi.core.errors import Misuse

ATTEMPTS = 3
"""Failures after which a delivery stops trying and shows itself."""

HOLD = timedelta(minutes=5)
"""How long a sender may be busy with one delivery before another takes it over. Longer than any channel's timeout."""

_channels: dict[str, MessageChannel] = {}


@dataclass(frozen=True, slots=True)
class Delivered:
    """What one run did: sent, failed but to be tried again, failed for good."""

    sent: int = 0
    waiting: int = 0
    failed: int = 0


def register_channels(channels: Iterable[MessageChannel]) -> None:
    """The ways out of this installation; called once by the wiring, which replaces what was registered before."""
    _channels.clear()
    _channels.update((channel.name, channel) for channel in channels)


def channels() -> Mapping[str, MessageChannel]:
    """The registered channels by name."""
    return dict(_channels)


def post_message(*, to: Person, key: str, subject: str, text: str, about: str, at: datetime) -> Message:
    """Put a message into the person's inbox and queue it for every channel that has an address for them. The same key
    again is the same message. Call inside the transaction of what it tells."""
    if not connection.in_atomic_block:
        raise RuntimeError("a message is posted in the transaction of what it tells")
    one_line("标题", subject)
    defaults = {"to": to, "subject": subject[:200], "text": text, "about": about, "posted_at": at}
    message, made = Message.objects.get_or_create(key=key, defaults=defaults)
    if made:
        for name in _channels:
            address = to.mail if name == "mail" else to.username
            if address:
                Delivery.objects.create(key=f"{key}:{name}", message=message, channel=name, address=address)
    return message


def deliver_pending(ways: Mapping[str, MessageChannel], *, by: Person, at: datetime) -> Delivered:
    """Send what is queued, each at least once and under its key, so that the other end can tell a second copy. What
    fails waits for the next run, what fails three times for a person."""
    free = Q(held_until__isnull=True) | Q(held_until__lte=at)
    waiting = Delivery.objects.filter(free, state=DeliveryState.QUEUED, channel__in=list(ways))
    outcomes = []
    for pk in list(waiting.order_by("pk").values_list("pk", flat=True)):
        held = Delivery.objects.filter(free, pk=pk, state=DeliveryState.QUEUED)
        if not held.update(held_until=at + HOLD, attempts=F("attempts") + 1):
            continue  # another sender was faster
        delivery = Delivery.objects.select_related("message").get(pk=pk)
        outcomes.append(_conclude(delivery, _send(ways[delivery.channel], delivery), by, at))
    counts = {state: outcomes.count(state) for state in DeliveryState}
    return Delivered(counts[DeliveryState.SENT], counts[DeliveryState.QUEUED], counts[DeliveryState.FAILED])


@transaction.atomic
def retry_failed(*, by: Person, at: datetime) -> int:
    """Queue again what had failed for good; how many."""
    count = Delivery.objects.filter(state=DeliveryState.FAILED).update(state=DeliveryState.QUEUED, attempts=0)
    if count:
        record(at=at, person=by.username, action="message.retry", subject="deliveries:failed", detail={"count": count})
    return count


@transaction.atomic
def mark_read(message: int, *, by: Person, at: datetime) -> None:
    """The reader has read it; only their own message, and the first time counts."""
    if not Message.objects.filter(pk=message, to=by).exists():
        raise Misuse("unknown_message", f"收件箱里没有第 {message} 号消息。用 shishi inbox 查看。")
    if Message.objects.filter(pk=message, read_at__isnull=True).update(read_at=at):
        record(at=at, person=by.username, action="message.read", subject=f"message:{message}")


def _send(channel: MessageChannel, delivery: Delivery) -> Receipt | str:
    """The receipt, or why there is none. Nothing is locked while a channel is waited for."""
    try:
        message = delivery.message
        return channel.send(Outgoing(delivery.key, delivery.address, message.subject, message.text))
    except (DeliveryFailed, Misuse) as fault:
        return fault.message


@transaction.atomic
def _conclude(delivery: Delivery, outcome: Receipt | str, by: Person, at: datetime) -> DeliveryState:
    delivery.held_until = None
    if isinstance(outcome, Receipt):
        delivery.state, delivery.delivered_at, delivery.last_error = DeliveryState.SENT, at, ""
        delivery.reference = outcome.reference[:200]
    else:
        delivery.last_error = outcome[:300]
        delivery.state = DeliveryState.FAILED if delivery.attempts >= ATTEMPTS else DeliveryState.QUEUED
    delivery.save()
    detail = {"channel": delivery.channel, "state": delivery.state, "attempts": delivery.attempts}
    record(at=at, person=by.username, action="message.deliver", subject=f"delivery:{delivery.key}", detail=detail)
    return DeliveryState(delivery.state)
