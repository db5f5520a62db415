"""Short texts 验证码短信 to a number: queued in the transaction of what they tell, sealed until sent, then wiped."""

from __future__ import annotations

import base64
import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.db.models import F, Q

from shishi.adapters.crypto import KeyRing
from shishi.adapters.messages.base import DeliveryFailed, Message, MessageChannel
from shishi.apps.messages.models import Short
from shishi.core.errors import Misuse

ATTEMPTS = 3
HOLD = timedelta(seconds=30)
"""How long a sender may be busy with one text before another takes it over."""
KEPT = timedelta(days=7)
"""How long it is known that a text was queued; what it said is wiped long before."""
QUEUED, SENT, FAILED = "queued", "sent", "failed"
_CONTEXT = "short"

log = logging.getLogger("shishi.messages")


def post_short(
    *, key: str, channel: str, to: str, text: str, at: datetime, too_late_at: datetime, real: bool = True
) -> None:
    """Queue a text; the same key again is the same text. Call inside the transaction of what it tells. ``real=False``:
    nobody is sent anything, and it takes as long."""
    if not connection.in_atomic_block:
        raise RuntimeError("a text is queued in the transaction of what it tells")
    Short.objects.filter(queued_at__lt=at - KEPT).delete()
    number, words = _sealed(to), _sealed(text)
    Short.objects.get_or_create(
        key=key,
        defaults={
            "channel": channel,
            "to": number if real else "",
            "text": words if real else "",
            "state": QUEUED if real else FAILED,
            "queued_at": at,
            "too_late_at": too_late_at,
        },
    )


def send_shorts(ways: Mapping[str, MessageChannel], at: datetime) -> int:
    """Send what waits, each at least once and under its key; how many went out. What is too late is wiped unsent."""
    Short.objects.filter(state=QUEUED, too_late_at__lte=at).update(state=FAILED, to="", text="", last_error="过期未发")
    free = Q(held_until__isnull=True) | Q(held_until__lte=at)
    waiting = Short.objects.filter(free, state=QUEUED, channel__in=list(ways)).order_by("pk")
    sent = 0
    for pk in list(waiting.values_list("pk", flat=True)):
        mine = Short.objects.filter(free, pk=pk, state=QUEUED)
        if mine.update(held_until=at + HOLD, attempts=F("attempts") + 1):
            sent += _send(ways, Short.objects.get(pk=pk))
    return sent


def _send(ways: Mapping[str, MessageChannel], short: Short) -> bool:
    try:
        ways[short.channel].send(Message(short.key, _plain(short.to), "验证码", _plain(short.text)))
    except (DeliveryFailed, Misuse) as fault:
        return _fail(short, fault.message)
    except Exception as fault:
        log.exception("channel %s broke over %s", short.channel, short.key)
        return _fail(short, f"渠道出错（{type(fault).__name__}）")
    Short.objects.filter(pk=short.pk).update(state=SENT, to="", text="", held_until=None)
    return True


def _fail(short: Short, why: str) -> bool:
    gone = short.attempts >= ATTEMPTS
    wiped = {"state": FAILED, "to": "", "text": ""} if gone else {}
    Short.objects.filter(pk=short.pk).update(last_error=why[:300], **wiped)
    return False


def _ring() -> KeyRing:
    return KeyRing(Path(settings.DATA) / "keys" / "ring.json")


def _sealed(text: str) -> str:
    return base64.b64encode(_ring().encrypt(text.encode(), _CONTEXT)).decode()


def _plain(sealed: str) -> str:
    return _ring().decrypt(base64.b64decode(sealed), _CONTEXT).decode()
