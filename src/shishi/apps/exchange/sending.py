"""What is queued leaves the house: at least once, in the order of each conversation, until its receipt is here."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q, QuerySet

from shishi.adapters.exchange.base import NotTaken, Sealed, Unreachable, Way
from shishi.adapters.exchange.parcels import Parcel, pack
from shishi.adapters.signing.jose import MESSAGE, RECEIPT, checked, sealed_for, signed_by
from shishi.apps.accounts.models import Person
from shishi.apps.accounts.selectors import body_of
from shishi.apps.audit.services import one_at_a_time, record
from shishi.apps.exchange.handling import act_on
from shishi.apps.exchange.models import Dispatch, DispatchState, InMessage, OutMessage, Peer, ReceivedReceipt
from shishi.apps.exchange.own_keys import HERE, keys_of, require_operator
from shishi.apps.exchange.peers import way_of
from shishi.apps.exchange.receiving import receive
from shishi.apps.exchange.writing import body_context
from shishi.apps.files.services import content_of, key_ring
from shishi.core.calendars import day_of
from shishi.core.errors import Misuse, Refused, ShishiError
from shishi.core.exchange import Fault, Receipt, next_try
from shishi.core.exchange_texts import read_envelope, read_receipt, sha256

HOLD = timedelta(minutes=1)
"""How long a worker may be busy with one message before another takes it over, and a person need not wait even that: a
message that is sent twice at once is held once."""
LAID_AGAIN = timedelta(days=1)
"""After so long without a receipt a file is laid down once more: somebody may have lost it on the road."""
WORKER = "（后台）"
OPEN = (DispatchState.QUEUED, DispatchState.LAID)
log = logging.getLogger("shishi.exchange")


@dataclass(frozen=True, slots=True)
class Sent:
    """What one run did: receipted, laid down to be carried, refused by the peer, still waiting."""

    taken: int = 0
    laid: int = 0
    refused: int = 0
    waiting: int = 0


@dataclass(frozen=True, slots=True)
class _Here:
    """To ourselves: the same road without a network."""

    at: datetime
    prompt: bool = True

    def send(self, message: Sealed) -> str:
        """See :class:`shishi.adapters.exchange.base.Way`."""
        answer = receive(message.content, self.at)
        if answer.new:
            act_on(InMessage.objects.get(uuid=message.id), self.at)
        return answer.receipt


def send_pending(*, by: Person | None, at: datetime, only: str = "") -> Sent:
    """Send what is due to every peer, or to ``only`` one. A peer that cannot be reached is left alone for a while, the
    longer the more often it failed; a person (``by``) who asks is not kept waiting."""
    due = Peer.objects.filter(ended_at__isnull=True, sent__dispatch__state__in=OPEN).distinct()
    if by is None:
        due = due.filter(Q(retry_at__isnull=True) | Q(retry_at__lte=at))
    if only:
        due = due.filter(code=only)
    outcomes = [state for peer in due.order_by("pk") for state in _send_to(peer, by, at)]
    counts = {state: outcomes.count(state) for state in DispatchState}
    waiting = Dispatch.objects.filter(state=DispatchState.QUEUED).count()
    return Sent(counts[DispatchState.TAKEN], counts[DispatchState.LAID], counts[DispatchState.REFUSED], waiting)


def send_what_waits(at: datetime) -> Sent:
    """What the worker does each time it looks."""
    return send_pending(by=None, at=at) if Dispatch.objects.filter(_free(at), state__in=OPEN).exists() else Sent()


@transaction.atomic
def send_again(message: str, *, by: Person, at: datetime) -> OutMessage:
    """Queue what the peer refused, or what waits for its next try, once the cause is mended. ``Misuse``:
    unknown_message, already_taken, out_of_reach."""
    require_operator(by, at)
    one_at_a_time()
    row = sent_message(message)
    if row.dispatch.state == DispatchState.TAKEN:
        raise Misuse("already_taken", f"{row.peer.code} 已收下这条消息并给了回执，不必再发。")
    Dispatch.objects.filter(message=row).update(
        state=DispatchState.QUEUED, failures=0, held_until=None, retry_at=None, last_error=""
    )
    Peer.objects.filter(pk=row.peer_id).update(retry_at=None)
    body = body_of(by, day_of(at))
    record(at=at, person=by.username, body=body, action="exchange.again", subject=f"exchange.dispatch:{row.uuid}")
    return row


def sent_message(message: str) -> OutMessage:
    """A message of ours by its id; ``Misuse`` (unknown_message)."""
    try:
        return OutMessage.objects.select_related("peer", "dispatch").get(uuid=UUID(message))
    except (ValueError, OutMessage.DoesNotExist) as wrong:
        told = f"本方没有发出过编号“{message[:40]}”的消息。用 shishi exchange outbox 查看。"
        raise Misuse("unknown_message", told) from wrong


@transaction.atomic
def take_receipt(signed: str, at: datetime) -> OutMessage:
    """Keep a peer's receipt, once. ``Refused``: message_malformed, signature_wrong, key_unknown, unknown_receipt."""
    one_at_a_time()
    kid, text = signed_by(signed, RECEIPT)
    receipt = read_receipt(text)
    row = OutMessage.objects.filter(uuid=receipt.message).select_related("peer", "dispatch").first()
    if row is None:
        raise Refused("unknown_receipt", "这份回执说的不是本方发出的消息。")
    key = row.peer.keys.filter(kid=kid).first()
    if key is None:
        raise Refused(Fault.KEY_UNKNOWN, f"回执上签名的公钥没有登记在 {row.peer.code} 名下。")
    checked(signed, RECEIPT, keys_of(key))
    if key.ends and receipt.received_at > key.ends:
        raise Refused(Fault.KEY_ENDED, f"{row.peer.code} 签这份回执的公钥那时已停用。")
    _, said = signed_by(row.signed, MESSAGE)
    if not receipt.answers(row.digest, read_envelope(said)):
        raise Refused("unknown_receipt", "这份回执说的不是本方发出的那条消息。")
    _keep(row, receipt, signed, sha256(text), kid, at)
    return row


def _keep(row: OutMessage, receipt: Receipt, signed: str, digest: str, kid: str, at: datetime) -> None:
    dispatch = row.dispatch
    if ReceivedReceipt.objects.filter(digest=digest).exists() or dispatch.state == DispatchState.TAKEN:
        return
    made = ReceivedReceipt.objects.create(
        message=row,
        signed=signed,
        digest=digest,
        kid=kid,
        refused=receipt.refused,
        position=receipt.position,
        received_at=receipt.received_at,
        kept_at=at,
    )
    passing = receipt.refused in set(Fault) and Fault(receipt.refused).passing
    dispatch.held_until, dispatch.last_error = None, receipt.words[:300]
    if receipt.taken:
        dispatch.state, dispatch.retry_at = DispatchState.TAKEN, None
    elif passing:
        dispatch.failures += 1
        dispatch.state, dispatch.retry_at = DispatchState.QUEUED, next_try(dispatch.failures, at)
    else:
        dispatch.state, dispatch.retry_at = DispatchState.REFUSED, None
    dispatch.save()
    Peer.objects.filter(pk=row.peer_id).update(heard_at=at)
    told = {"message": str(row.uuid), "refused": receipt.refused, "position": receipt.position}
    subject = f"exchange.receipt:{made.pk}"
    record(at=at, person=f"（{row.peer.code}）", action="exchange.receipt", subject=subject, digest=digest, detail=told)


def _free(at: datetime) -> Q:
    unheld = Q(held_until__isnull=True) | Q(held_until__lte=at)
    return unheld & (Q(retry_at__isnull=True) | Q(retry_at__lte=at))


def _send_to(peer: Peer, by: Person | None, at: datetime) -> list[DispatchState]:
    """What became of each message of one run; it ends with the first fault of the network. What comes after a message
    that was not taken waits behind it."""
    try:
        way: Way = _Here(at) if peer.address == HERE else way_of(peer.address)
    except Misuse as wrong:
        _reached(peer, wrong.message, at)
        return []
    outcomes: list[DispatchState] = []
    stuck = set(_of(peer).filter(state=DispatchState.REFUSED).values_list("message__conversation", flat=True))
    for dispatch in list(_of(peer).filter(state__in=OPEN).select_related("message").order_by("message__pk")):
        conversation = dispatch.message.conversation
        if conversation in stuck:
            continue
        free = Q(pk=dispatch.pk, state__in=OPEN) & (_free(at) if by is None else Q())
        if not Dispatch.objects.filter(free).update(held_until=at + HOLD, attempts=F("attempts") + 1):
            # Not its time yet, or in another sender's hands; what lies in a folder keeps nobody waiting.
            stuck |= {conversation} if dispatch.state == DispatchState.QUEUED else set()
            continue
        try:
            state = _sent(way, dispatch.pk, at)
        except Unreachable as fault:
            Dispatch.objects.filter(pk=dispatch.pk).update(held_until=None)
            _reached(peer, fault.message, at)
            break
        _reached(peer, "", at)
        outcomes.append(state)
        if state is DispatchState.QUEUED or state is DispatchState.REFUSED:
            stuck.add(conversation)
    return outcomes


def _of(peer: Peer) -> QuerySet[Dispatch]:
    return Dispatch.objects.filter(message__peer=peer)


def _sent(way: Way, pk: int, at: datetime) -> DispatchState:
    """Hand one message over; nothing is locked while the way is waited for."""
    dispatch = Dispatch.objects.select_related("message__peer").get(pk=pk)
    row = dispatch.message
    try:
        receipt = way.send(sealed(row))
        if not receipt:
            return _laid(pk, at)
        take_receipt(receipt, at)
    except Unreachable:
        raise
    except (NotTaken, ShishiError) as fault:
        _not_taken(pk, fault.message, at)
    except Exception as fault:
        log.exception("message %s could not be sent", row.uuid)
        _not_taken(pk, f"发送时出错（{type(fault).__name__}），请系统管理员查看日志。", at)
    return DispatchState(Dispatch.objects.get(pk=pk).state)


def sealed(row: OutMessage) -> Sealed:
    """The message as it travels: sealed for the keys of the peer that hold now. ``Refused`` (key_unknown)."""
    key = row.peer.keys.order_by("-pk").first()
    if key is None:
        raise Refused(Fault.KEY_UNKNOWN, f"没有 {row.peer.code} 的公钥。请重新登记对方的名片。")
    _, text = signed_by(row.signed, MESSAGE)
    envelope = read_envelope(text)
    body = key_ring().decrypt(bytes(row.body), body_context(row.uuid))
    parcel = Parcel(row.signed, body, {one.sha256: content_of(one.sha256) for one in envelope.files})
    return Sealed(row.uuid, envelope.sender, envelope.receiver, sealed_for(pack(parcel), keys_of(key)))


@transaction.atomic
def _laid(pk: int, at: datetime) -> DispatchState:
    dispatch = Dispatch.objects.select_for_update().get(pk=pk)
    if dispatch.state in OPEN:
        dispatch.failures += dispatch.retry_at is not None and dispatch.retry_at <= at
        dispatch.state, dispatch.held_until, dispatch.retry_at = DispatchState.LAID, None, at + LAID_AGAIN
        dispatch.save()
    return DispatchState(dispatch.state)


@transaction.atomic
def _not_taken(pk: int, words: str, at: datetime) -> None:
    dispatch = Dispatch.objects.select_for_update().get(pk=pk)
    if dispatch.state in OPEN:
        dispatch.failures += 1
        dispatch.held_until, dispatch.retry_at = None, next_try(dispatch.failures, at)
        dispatch.last_error = words[:300]
        dispatch.save()


@transaction.atomic
def _reached(peer: Peer, fault: str, at: datetime) -> None:
    """Whether the peer could be spoken to; written where something changed."""
    held = Peer.objects.select_for_update().get(pk=peer.pk)
    if not fault and not held.failures:
        return
    held.failures = held.failures + 1 if fault else 0
    held.silent_since = (held.silent_since or at) if fault else None
    held.retry_at = next_try(held.failures, at) if fault else None
    held.last_error = fault[:300]
    held.save(update_fields=["failures", "silent_since", "retry_at", "last_error"])
