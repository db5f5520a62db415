"""What the exchange acts on itself: a peer's new keys, and a greeting that says that the road is open."""

from __future__ import annotations

import json
from datetime import datetime

from shishi.apps.accounts.models import Person
from shishi.apps.exchange.handling import Arrived
from shishi.apps.exchange.own_keys import require_operator, signer
from shishi.apps.exchange.peers import HELLO, learn_keys
from shishi.apps.exchange.writing import write
from shishi.core.errors import Refused


def take_keys(arrived: Arrived, at: datetime) -> str:
    """Pin the keys that the peer tells of."""
    return learn_keys(arrived.row.peer, arrived.body, str(arrived.envelope.id), arrived.envelope.sent_at, at)


def take_greeting(arrived: Arrived, at: datetime) -> str:
    """Nothing but its words, which stand with the message."""
    try:
        words = json.loads(arrived.body)["words"]
    except (ValueError, KeyError, TypeError) as wrong:
        raise Refused("greeting_malformed", "试通消息读不出来。") from wrong
    return f"试通：{str(words)[:200]}"


def greet(peer: str, words: str, *, once: str, by: Person, at: datetime) -> str:
    """Queue a greeting; returns its id. Call in a transaction."""
    require_operator(by, at)
    body = json.dumps({"words": words[:200]}, ensure_ascii=False).encode()
    return str(write(peer, f"hello:{signer().code}", HELLO, body, once=f"{HELLO}:{once}", by=by, at=at))
