"""Who we speak with: a peer is registered with its card, whose fingerprint a person has compared."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from django.db import transaction

from shishi.adapters.exchange.base import Way
from shishi.adapters.exchange.folder import FolderWay
from shishi.adapters.exchange.http import HttpWay
from shishi.adapters.signing.base import Card
from shishi.adapters.signing.jose import card_text, read_card
from shishi.apps.accounts.models import Person
from shishi.apps.accounts.selectors import body_of
from shishi.apps.audit.services import one_at_a_time, record
from shishi.apps.exchange.models import OwnKey, Peer, PeerKey
from shishi.apps.exchange.own_keys import HERE, pin, require_operator, signer, use
from shishi.apps.exchange.writing import peer_coded, write
from shishi.core.calendars import day_of
from shishi.core.errors import Misuse
from shishi.core.exchange import CLOCKS_APART

FOLDER = "folder:"
KEY_NEWS, HELLO = "exchange.key", "exchange.hello"


def way_of(address: str) -> Way:
    """The way to an address other than our own. ``Misuse`` (peer_address)."""
    if address.startswith(FOLDER):
        return FolderWay(Path(address.removeprefix(FOLDER)))
    return HttpWay(address)


@transaction.atomic
def add_peer(card: str | bytes, address: str, fingerprint: str, *, by: Person, at: datetime) -> Peer:
    """Register a peer, or new keys or another address of one that is registered. ``fingerprint``: as the other side
    told it by another road. ``Misuse``: fingerprint_differs, peer_address, peer_is_us, out_of_reach; ``Refused``:
    card_malformed."""
    require_operator(by, at)
    one_at_a_time()
    told = read_card(card)
    if _plain(fingerprint) != _plain(told.keys.fingerprint):
        told_so = "指纹与名片里的公钥不符：名片可能被换过。请用电话或公函再向对方核对，不要从名片里抄指纹。"
        raise Misuse("fingerprint_differs", told_so)
    if told.code == signer().code:
        raise Misuse("peer_is_us", f"{told.code} 是本方自己的代码。请核对是不是拿错了名片。")
    way_of(address)
    peer, made = Peer.objects.get_or_create(
        code=told.code,
        defaults={"title": told.title, "address": address, "added_at": at, "added_by": by.username},
    )
    if not peer.keys.filter(kid=told.keys.kid).exists():
        _require_unclaimed(told)
        pin(peer, told.keys, by=by.username, at=at)
    if not made:
        peer.title, peer.address, peer.ended_at, peer.ended_by = told.title, address, None, ""
        peer.failures, peer.silent_since, peer.retry_at, peer.last_error = 0, None, None, ""
        peer.save()
    _record(by, at, "exchange.peer.add", peer)
    return peer


@transaction.atomic
def end_peer(code: str, reason: str, *, by: Person, at: datetime) -> Peer:
    """Speak with them no more; what was said stays. ``Misuse``: unknown_peer, reason_missing, out_of_reach."""
    require_operator(by, at)
    one_at_a_time()
    peer = peer_coded(code)
    if not reason.strip():
        raise Misuse("reason_missing", "请写明为什么停止与对方交换。")
    if peer.ended_at is None:
        peer.ended_at, peer.ended_by = at, by.username
        peer.save(update_fields=["ended_at", "ended_by"])
        _record(by, at, "exchange.peer.end", peer, reason.strip())
    return peer


@transaction.atomic
def rotate(*, by: Person, at: datetime) -> Card:
    """Change our keys: every peer is told by a message that the old keys sign, and from then on the new ones do. All of
    it happens or nothing; a pair that an earlier attempt left unused is taken. ``Misuse``: exchange_no_identity."""
    require_operator(by, at)
    one_at_a_time()
    spare = signer().with_spare(list(OwnKey.objects.values_list("kid", flat=True)), at)
    body = card_text(spare.card).encode()
    for peer in Peer.objects.filter(ended_at__isnull=True).exclude(address=HERE).order_by("pk"):
        once = f"{KEY_NEWS}:{peer.code}:{spare.card.keys.kid}"
        write(peer.code, f"keys:{signer().code}", KEY_NEWS, body, once=once, by=by, at=at)
    use(spare.card.keys, by=by, at=at)
    ours = Peer.objects.get(address=HERE)
    pin(ours, spare.card.keys, by=by.username, at=at)
    return spare.card


def learn_keys(peer: Peer, body: bytes, message: str, sent_at: datetime, at: datetime) -> str:
    """A peer told of its new keys, signed by the old ones. ``Refused``: card_malformed; ``Misuse``: key_claimed."""
    told = read_card(body)
    if told.code != peer.code:
        raise Misuse("key_claimed", f"{peer.code} 发来的是 {told.code} 的公钥。请向对方核实。")
    if not peer.keys.filter(kid=told.keys.kid).exists():
        _require_unclaimed(told)
        # What it said at that moment is still said by the old ones.
        pin(peer, told.keys, by="", at=at, since=sent_at + CLOCKS_APART, learnt_from=message)
    return f"登记了 {peer.code} 的新公钥，指纹 {told.keys.fingerprint}"


def _require_unclaimed(card: Card) -> None:
    claimed = PeerKey.objects.filter(kid=card.keys.kid).select_related("peer").first()
    if claimed:
        raise Misuse("key_claimed", f"这把公钥已登记在 {claimed.peer.code} 名下，不能再登记给 {card.code}。")


def _record(by: Person, at: datetime, action: str, peer: Peer, reason: str = "") -> None:
    detail = {"title": peer.title, "address": peer.address, **({"reason": reason} if reason else {})}
    body = body_of(by, day_of(at))
    record(at=at, person=by.username, body=body, action=action, subject=f"exchange.peer:{peer.code}", detail=detail)


def _plain(fingerprint: str) -> str:
    return "".join(fingerprint.split()).lower()
