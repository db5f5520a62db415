"""Posting, delivering, reading. A message is queued in the transaction of what it
tells; it leaves the house afterwards."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypedDict

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

PAUSE = timedelta(minutes=2)
"""How long the worker leaves a delivery alone after a failure."""

CITIZENS_CHANNEL = "sms"
"""The way by which citizens are told."""

PATIENCE = 2
"""Failures after which the worker leaves a channel alone until it looks again."""

WORKER = "（后台）"
"""Who sent it, on the trail, where no person did."""

log = logging.getLogger("shishi.messages")
_channels: dict[str, MessageChannel] = {}
_books: list[Callable[[str, str], str]] = []


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
            address = _address(name, to)
            if address:
                Delivery.objects.create(key=f"{key}:{name}", message=message, channel=name, address=address)
    return message


class Post(TypedDict):
    """What :func:`post_message` is told."""

    to: Person
    key: str
    subject: str
    text: str
    about: str
    at: datetime


def post_messages(posts: Iterable[Post]) -> None:
    """As :func:`post_message`, of many at once."""
    asked = {post["key"]: post for post in posts}
    known = set(Message.objects.filter(key__in=list(asked)).values_list("key", flat=True))
    fresh = [post for key, post in asked.items() if key not in known]
    for post in fresh:
        one_line("标题", post["subject"])
    messages = [
        Message(
            key=post["key"],
            to=post["to"],
            subject=post["subject"][:200],
            text=post["text"],
            about=post["about"],
            posted_at=post["at"],
        )
        for post in fresh
    ]
    Message.objects.bulk_create(messages)
    Delivery.objects.bulk_create(
        Delivery(key=f"{message.key}:{name}", message=message, channel=name, address=address)
        for message in messages
        for name in _channels
        if (address := _address(name, message.to))
    )


def _address(channel: str, to: Person) -> str:
    """What a delivery is addressed to. A citizen has no place in the offices' own channels, and their number is looked
    up when the text is sent: it stands in no delivery."""
    if channel == "mail":
        return to.mail
    return "" if to.citizen and channel != CITIZENS_CHANNEL else to.username


def register_address_book(book: Callable[[str, str], str]) -> None:
    """``book(channel, address)`` is the number behind the address of a citizen's delivery; the wiring calls it."""
    _books[:] = [book]


def deliver_pending(
    ways: Mapping[str, MessageChannel], *, by: Person | None, at: datetime, patience: int | None = None
) -> Delivered:
    """Send what is queued, each at least once and under its key, so that the other end can tell a second copy. What
    fails waits for the next run, what fails three times for a person. ``by`` is ``None`` for the worker; ``patience``:
    after so many failures a channel is left alone for this run."""
    free = Q(held_until__isnull=True) | Q(held_until__lte=at)
    waiting = Delivery.objects.filter(free, state=DeliveryState.QUEUED, channel__in=list(ways))
    outcomes: list[DeliveryState] = []
    failures: Counter[str] = Counter()
    for pk, channel in list(waiting.order_by("pk").values_list("pk", "channel")):
        if patience is not None and failures[channel] >= patience:
            continue
        held = Delivery.objects.filter(free, pk=pk, state=DeliveryState.QUEUED)
        if not held.update(held_until=at + HOLD, attempts=F("attempts") + 1):
            continue  # another sender was faster
        delivery = Delivery.objects.select_related("message").get(pk=pk)
        outcomes.append(_conclude(delivery, _send(ways[channel], delivery), by, at))
        failures[channel] += outcomes[-1] is not DeliveryState.SENT
    counts = {state: outcomes.count(state) for state in DeliveryState}
    return Delivered(counts[DeliveryState.SENT], counts[DeliveryState.QUEUED], counts[DeliveryState.FAILED])


def send_what_waits(at: datetime) -> Delivered:
    """What the worker does each time it looks: everything that is due leaves the house. What failed is tried again
    after a while, and a server that is down keeps nobody's job waiting for more than two timeouts."""
    from shishi.apps.messages.shorts import send_shorts

    send_shorts(_channels, at)
    free = Q(held_until__isnull=True) | Q(held_until__lte=at)
    if not Delivery.objects.filter(free, state=DeliveryState.QUEUED, channel__in=list(_channels)).exists():
        return Delivered()
    return deliver_pending(_channels, by=None, at=at, patience=PATIENCE)


@transaction.atomic
def retry_failed(*, by: Person, at: datetime) -> int:
    """Queue again what had failed for good; how many."""
    failed = Delivery.objects.filter(state=DeliveryState.FAILED)
    count = failed.update(state=DeliveryState.QUEUED, attempts=0, held_until=None)
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
    """The receipt, or why there is none. Nothing is locked while a channel is waited for; a channel that breaks has
    failed like one that says so, and stands in nobody else's way."""
    try:
        message = delivery.message
        to = _books[0](delivery.channel, delivery.address) if _books else delivery.address
        return channel.send(Outgoing(delivery.key, to, message.subject, message.text))
    except (DeliveryFailed, Misuse) as fault:
        return fault.message
    except Exception as fault:
        log.exception("channel %s broke over %s", delivery.channel, delivery.key)
        return f"渠道出错（{type(fault).__name__}），请系统管理员查看日志。"


@transaction.atomic
def _conclude(delivery: Delivery, outcome: Receipt | str, by: Person | None, at: datetime) -> DeliveryState:
    delivery.held_until = None
    if isinstance(outcome, Receipt):
        delivery.state, delivery.delivered_at, delivery.last_error = DeliveryState.SENT, at, ""
        delivery.reference = outcome.reference[:200]
    else:
        delivery.last_error = outcome[:300]
        delivery.state = DeliveryState.FAILED if delivery.attempts >= ATTEMPTS else DeliveryState.QUEUED
        # The worker looks every second; a person who asks again is answered at once.
        delivery.held_until = at + PAUSE if by is None else None
    delivery.save()
    detail = {"channel": delivery.channel, "state": delivery.state, "attempts": delivery.attempts}
    person = by.username if by else WORKER
    record(at=at, person=person, action="message.deliver", subject=f"delivery:{delivery.key}", detail=detail)
    return DeliveryState(delivery.state)
