"""Reading the exchange: peers, the outbox, the inbox, receipts. All of it is for whoever runs the system; what a case
shows of it, cases show."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q, QuerySet

from shishi.apps.accounts.models import Person
from shishi.apps.exchange.handling import ENDED
from shishi.apps.exchange.models import (
    Dispatch,
    DispatchState,
    Handling,
    HandlingState,
    InMessage,
    OutMessage,
    Peer,
    ReceivedReceipt,
)
from shishi.apps.exchange.own_keys import HERE, require_operator
from shishi.core.errors import Misuse
from shishi.core.exchange import VISIBLE_AFTER, purpose_title


@dataclass(frozen=True, slots=True)
class PeerView:
    """A peer as it is shown. ``waiting``: messages for it that are not receipted; ``silent``: it could not be reached
    so often that somebody should look."""

    code: str
    title: str
    address: str
    fingerprint: str
    ended_at: datetime | None
    heard_at: datetime | None
    silent_since: datetime | None
    failures: int
    last_error: str
    waiting: int

    @property
    def silent(self) -> bool:
        """Whether it is told as dead."""
        return self.ended_at is None and self.failures >= VISIBLE_AFTER


@dataclass(frozen=True, slots=True)
class MessageView:
    """A message as it is shown, without its content. ``peer``: the other side; ``position``: its place among all that
    the receiver holds (``None``: no receipt yet); ``receipted_at`` by the receiver's clock; ``sent``: by us."""

    id: str
    peer: str
    conversation: str
    sequence: int
    purpose: str
    digest: str
    at: datetime
    person: str
    state: str
    label: str
    failures: int
    error: str
    words: str
    position: int | None
    receipted_at: datetime | None
    stuck: bool
    sent: bool = True

    @property
    def title(self) -> str:
        """What it is about, in a word."""
        return purpose_title(self.purpose)


@dataclass(frozen=True, slots=True)
class ReceiptView:
    """A receipt as it is shown. ``given``: we signed it; otherwise the peer did."""

    message: str
    peer: str
    given: bool
    position: int
    refused: str
    received_at: datetime
    signed: str


def peers_for(person: Person, at: datetime) -> tuple[PeerView, ...]:
    """Everybody we speak with, ourselves first. ``Misuse``: out_of_reach."""
    require_operator(person, at)
    waiting = Count("sent__dispatch", filter=~Q(sent__dispatch__state=DispatchState.TAKEN))
    rows = Peer.objects.annotate(waiting=waiting).prefetch_related("keys").order_by("pk")
    return tuple(_peer(row, row.waiting) for row in rows)


def outbox_for(
    person: Person, *, at: datetime, state: str = "", peer: str = "", offset: int = 0, limit: int = 50
) -> tuple[MessageView, ...]:
    """What we sent, newest first. ``Misuse``: unknown_state, out_of_reach."""
    require_operator(person, at)
    rows = OutMessage.objects.select_related("peer", "dispatch").prefetch_related("receipts").order_by("-pk")
    rows = rows.filter(dispatch__state=_state(state, list(DispatchState))) if state else rows
    rows = rows.filter(peer__code=peer) if peer else rows
    return tuple(_sent(row) for row in rows[offset : offset + limit])


def inbox_for(
    person: Person, *, at: datetime, state: str = "", peer: str = "", offset: int = 0, limit: int = 50
) -> tuple[MessageView, ...]:
    """What we hold of others, newest first. ``Misuse``: unknown_state, out_of_reach."""
    require_operator(person, at)
    rows = InMessage.objects.select_related("peer", "handling").order_by("-position")
    rows = rows.filter(handling__state=_state(state, list(HandlingState))) if state else rows
    rows = rows.filter(peer__code=peer) if peer else rows
    return tuple(_received(row) for row in rows[offset : offset + limit])


def receipts_for(person: Person, *, at: datetime, offset: int = 0, limit: int = 50) -> tuple[ReceiptView, ...]:
    """Receipts of both sides: those that peers signed for us, then those that we signed, newest first."""
    require_operator(person, at)
    theirs = ReceivedReceipt.objects.select_related("message__peer").order_by("-pk")
    ours = InMessage.objects.select_related("peer").order_by("-position")
    many = theirs.count()
    found = [_their_receipt(row) for row in theirs[offset : offset + limit]]
    if len(found) < limit:
        start = max(offset - many, 0)
        found += [_our_receipt(row) for row in ours[start : start + limit - len(found)]]
    return tuple(found)


def conversation_with(conversation: str) -> tuple[MessageView, ...]:
    """Both sides of a conversation in the order of time: for whoever may see what it is about."""
    sent = OutMessage.objects.filter(conversation=conversation).select_related("peer", "dispatch")
    received = InMessage.objects.filter(conversation=conversation).exclude(peer__address=HERE)
    views = [_sent(row) for row in sent.prefetch_related("receipts")]
    views += [_received(row) for row in received.select_related("peer", "handling")]
    return tuple(sorted(views, key=lambda view: (view.at, view.peer, view.sequence)))


def stuck_sent() -> QuerySet[Dispatch]:
    """Messages of ours that need somebody: refused for good, or not taken three times over."""
    failing = Q(failures__gte=VISIBLE_AFTER) & ~Q(state=DispatchState.TAKEN)
    return Dispatch.objects.filter(Q(state=DispatchState.REFUSED) | failing).select_related("message__peer")


def stuck_received() -> QuerySet[Handling]:
    """Messages of others that could not be acted upon three times over."""
    found = Handling.objects.filter(failures__gte=VISIBLE_AFTER).exclude(state__in=ENDED)
    return found.select_related("message__peer").order_by("message__position")


def stuck_in_words(person: Person, at: datetime, most: int = 50) -> tuple[MessageView, ...]:
    """Both, as they are shown, the oldest first. ``Misuse``: out_of_reach."""
    require_operator(person, at)
    sent = OutMessage.objects.filter(dispatch__in=stuck_sent()).select_related("peer", "dispatch")
    received = InMessage.objects.filter(handling__in=stuck_received()).select_related("peer", "handling")
    views = [_sent(row) for row in sent.prefetch_related("receipts").order_by("pk")[:most]]
    return (*views, *(_received(row) for row in received.order_by("position")[:most]))


def silent_peers() -> tuple[PeerView, ...]:
    """Peers that could not be reached three times over while something waits for them."""
    rows = Peer.objects.filter(ended_at__isnull=True, failures__gte=VISIBLE_AFTER).order_by("silent_since")
    waiting = Count("sent__dispatch", filter=~Q(sent__dispatch__state=DispatchState.TAKEN))
    return tuple(_peer(row, row.waiting) for row in rows.annotate(waiting=waiting).prefetch_related("keys"))


def peer_titles() -> dict[str, str]:
    """Those who can be written to: code → title, ourselves among them."""
    return dict(Peer.objects.filter(ended_at__isnull=True).order_by("code").values_list("code", "title"))


def own_title() -> str:
    """How we are called; ``""`` while we take no part."""
    return Peer.objects.filter(address=HERE).values_list("title", flat=True).first() or ""


def _peer(row: Peer, waiting: int) -> PeerView:
    keys = sorted(row.keys.all(), key=lambda key: key.pk)
    return PeerView(
        code=row.code,
        title=row.title,
        address=row.address,
        fingerprint=keys[-1].fingerprint if keys else "",
        ended_at=row.ended_at,
        heard_at=row.heard_at,
        silent_since=row.silent_since,
        failures=row.failures,
        last_error=row.last_error,
        waiting=waiting,
    )


def _sent(row: OutMessage) -> MessageView:
    dispatch = row.dispatch
    taken = next((one for one in row.receipts.all() if not one.refused), None)
    state = DispatchState(dispatch.state)
    return MessageView(
        id=str(row.uuid),
        peer=row.peer.code,
        conversation=row.conversation,
        sequence=row.sequence,
        purpose=row.purpose,
        digest=row.digest,
        at=row.written_at,
        person=row.written_by,
        state=state.value,
        label=state.label,
        failures=dispatch.failures,
        error=dispatch.last_error,
        words="",
        position=taken.position if taken else None,
        receipted_at=taken.received_at if taken else None,
        stuck=state is DispatchState.REFUSED
        or (state is not DispatchState.TAKEN and dispatch.failures >= VISIBLE_AFTER),
    )


def _received(row: InMessage) -> MessageView:
    handling = row.handling
    state = HandlingState(handling.state)
    return MessageView(
        id=str(row.uuid),
        peer=row.peer.code,
        conversation=row.conversation,
        sequence=row.sequence,
        purpose=row.purpose,
        digest=row.digest,
        at=row.received_at,
        person="",
        state=state.value,
        label=state.label,
        failures=handling.failures,
        error=handling.last_error,
        words=handling.words,
        position=row.position,
        receipted_at=row.received_at,
        stuck=state is HandlingState.WAITING and handling.failures >= VISIBLE_AFTER,
        sent=False,
    )


def _their_receipt(row: ReceivedReceipt) -> ReceiptView:
    message = row.message
    return ReceiptView(
        str(message.uuid), message.peer.code, False, row.position, row.refused, row.received_at, row.signed
    )


def _our_receipt(row: InMessage) -> ReceiptView:
    return ReceiptView(str(row.uuid), row.peer.code, True, row.position, "", row.received_at, row.receipt)


def _state(told: str, states: Collection[str]) -> str:
    if told not in states:
        raise Misuse("unknown_state", f"消息没有“{told}”这种状态。可选：{'、'.join(states)}。")
    return told
