"""What a message brings about: its handler runs in the transaction that says so, once, in the order of what was said.

A handler that fails leaves nothing behind but the failure; it is tried again, the messages after it wait, and after
three failures it is somebody's business.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from django.db import transaction
from django.db.models import Max, Q

from shishi.adapters.signing.jose import MESSAGE, signed_by
from shishi.apps.accounts.models import Person
from shishi.apps.audit.services import one_at_a_time, record
from shishi.apps.exchange.models import Handling, HandlingState, InMessage, Peer
from shishi.apps.exchange.own_keys import require_operator
from shishi.apps.exchange.writing import body_context
from shishi.apps.files.services import content_of, key_ring
from shishi.core.errors import Misuse, Refused, ShishiError
from shishi.core.exchange import Envelope, next_to_act_on, next_try
from shishi.core.exchange_texts import read_envelope

ENDED = (HandlingState.DONE, HandlingState.ASIDE)
log = logging.getLogger("shishi.exchange")


@dataclass(frozen=True)
class Arrived:
    """A message that is held, as its handler sees it."""

    row: InMessage
    envelope: Envelope

    @cached_property
    def body(self) -> bytes:
        """The plain body."""
        return key_ring().decrypt(bytes(self.row.body), body_context(self.row.uuid))

    def content(self, name: str) -> bytes:
        """The file of that name; ``Misuse`` (unknown_file)."""
        found = next((one for one in self.envelope.files if one.name == name), None)
        if found is None:
            raise Misuse("unknown_file", f"消息里没有附件“{name[:80]}”。")
        return content_of(found.sha256)


Handler = Callable[[Arrived, datetime], str]
"""Brings the effect about, in the transaction of the caller; returns what was done, in words. What it raises undoes
it."""

_handlers: dict[str, Handler] = {}


def register_handler(purpose: str, handler: Handler) -> None:
    """Who acts on messages of this purpose, or of all that begin with it (``case``). The last word holds."""
    _handlers[purpose] = handler


def act_on_pending(at: datetime) -> int:
    """Act on everything whose turn it is; how many were."""
    waiting = Handling.objects.filter(_due(at), state=HandlingState.WAITING)
    conversations = waiting.order_by("message__position").values_list("message__peer", "message__conversation")
    return sum(_follow(peer, conversation, at) for peer, conversation in dict.fromkeys(conversations))


def act_on(message: InMessage, at: datetime) -> int:
    """Act on a conversation as far as it goes; how many messages of it were."""
    return _follow(message.peer_id, message.conversation, at)


def act_on_conversation(sender: str, conversation: str, at: datetime) -> int:
    """The same, by names."""
    peer = Peer.objects.filter(code=sender).first()
    return _follow(peer.pk, conversation, at) if peer else 0


@transaction.atomic
def set_aside(message: str, reason: str, *, by: Person, at: datetime) -> Handling:
    """Do without a message that cannot be acted upon, so that those after it can be. ``Misuse``: unknown_message,
    reason_missing, already_ended, out_of_reach."""
    require_operator(by, at)
    one_at_a_time()
    handling = Handling.objects.select_related("message__peer").filter(message__uuid=message).first()
    if handling is None:
        raise Misuse("unknown_message", "没有收到过这个编号的消息。用 shishi exchange inbox 查看。")
    if not reason.strip():
        raise Misuse("reason_missing", "请写明为什么搁置这条消息。")
    if handling.state in ENDED:
        raise Misuse("already_ended", f"这条消息{HandlingState(handling.state).label}，不能再搁置。")
    _end(handling, HandlingState.ASIDE, reason.strip(), by.username, at)
    return handling


def _due(at: datetime) -> Q:
    return Q(retry_at__isnull=True) | Q(retry_at__lte=at)


def _follow(peer: int, conversation: str, at: datetime) -> int:
    done = 0
    while (handling := _next(peer, conversation, at)) is not None and _tried(handling.pk, at):
        done += 1
    return done


def _next(peer: int, conversation: str, at: datetime) -> Handling | None:
    of_it = Handling.objects.filter(message__peer=peer, message__conversation=conversation)
    acted = of_it.filter(state__in=ENDED).aggregate(last=Max("message__sequence"))["last"] or 0
    waiting = of_it.filter(_due(at), state=HandlingState.WAITING)
    turn = next_to_act_on(acted, set(waiting.values_list("message__sequence", flat=True)))
    return waiting.filter(message__sequence=turn).first() if turn else None


def _tried(pk: int, at: datetime) -> bool:
    """Whether it was acted upon; what went wrong is kept with it."""
    try:
        with transaction.atomic():
            one_at_a_time()
            handling = Handling.objects.select_related("message__peer").select_for_update(of=("self",)).get(pk=pk)
            if handling.state != HandlingState.WAITING:
                return True  # another worker was faster
            _end(handling, HandlingState.DONE, _handled(handling.message, at), "", at)
            return True
    except ShishiError as wrong:
        _fail(pk, wrong.message, at)
    except Exception as fault:
        log.exception("message %s could not be acted upon", pk)
        _fail(pk, f"办理时出错（{type(fault).__name__}），请系统管理员查看日志。", at)
    return False


def _handled(message: InMessage, at: datetime) -> str:
    handler = _handlers.get(message.purpose) or _handlers.get(message.purpose.partition(".")[0])
    if handler is None:
        told = f"本方没有办理“{message.purpose}”的程序。升级或安装相应清单后自动补办。"
        raise Refused("purpose_unknown", told)
    _, text = signed_by(message.signed, MESSAGE)
    return handler(Arrived(message, read_envelope(text)), at)


def _end(handling: Handling, state: HandlingState, words: str, by: str, at: datetime) -> None:
    handling.state, handling.words, handling.ended_at, handling.ended_by = state, words[:300], at, by
    handling.retry_at, handling.last_error = None, ""
    handling.save()
    message = handling.message
    told = {"purpose": message.purpose, "words": handling.words}
    person = by or f"（{message.peer.code}）"
    action = "exchange.act" if state is HandlingState.DONE else "exchange.set_aside"
    record(at=at, person=person, action=action, subject=f"exchange.acted:{message.uuid}", detail=told)


@transaction.atomic
def _fail(pk: int, words: str, at: datetime) -> None:
    one_at_a_time()
    handling = Handling.objects.get(pk=pk)
    handling.failures += 1
    handling.retry_at, handling.last_error = next_try(handling.failures, at), words[:300]
    handling.save(update_fields=["failures", "retry_at", "last_error"])
