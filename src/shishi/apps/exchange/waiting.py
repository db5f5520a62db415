"""What the exchange asks of people: a peer that is not heard of, a message that is not taken, one that cannot be acted
upon."""

from __future__ import annotations

from datetime import datetime

from shishi.apps.accounts.models import Person
from shishi.apps.accounts.roles import Action
from shishi.apps.accounts.selectors import may
from shishi.apps.exchange.selectors import silent_peers, stuck_received, stuck_sent
from shishi.core.calendars import day_of
from shishi.core.divisions import COUNTRY
from shishi.core.waiting import Waiting

SHOWN = 20


def waiting_for(person: Person, at: datetime) -> tuple[Waiting, ...]:
    """One line for each silent peer and each message that is stuck; for whoever runs the system, and for who wrote the
    message."""
    operates = may(person, Action.OPERATE, COUNTRY, "", day_of(at))
    sent = stuck_sent() if operates else stuck_sent().filter(owner=person.username)
    lines = [
        Waiting("查明未送达的原因", f"{one.message.purpose} → {one.message.peer.title}", one.last_error, "exchange")
        for one in sent.order_by("message__pk")[:SHOWN]
    ]
    if not operates:
        return tuple(lines)
    for peer in silent_peers():
        about = f"{peer.waiting} 条消息待发：{peer.last_error}"
        lines.append(Waiting("恢复连接", f"连不上{peer.title}", about, "exchange", since=peer.silent_since))
    for held in stuck_received()[:SHOWN]:
        message = held.message
        title = f"{message.purpose} ← {message.peer.title}"
        lines.append(Waiting("处理办不下去的来件", title, held.last_error, "exchange", since=message.received_at))
    return tuple(lines)


def started_by(person: Person, at: datetime) -> tuple[Waiting, ...]:
    """A message is a part of something else that somebody started."""
    return ()
