"""The inbox: what comes is opened, checked and held, once, and answered with a signed receipt, the same each time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Max

from shishi.adapters.exchange.parcels import MOST_BYTES, Parcel, unpack
from shishi.adapters.signing.base import Signer
from shishi.adapters.signing.jose import MESSAGE, RECEIPT, checked, signed_by
from shishi.apps.audit.services import one_at_a_time, record
from shishi.apps.exchange.models import Handling, InMessage, Peer, PeerKey
from shishi.apps.exchange.own_keys import keys_of, signer
from shishi.apps.exchange.writing import body_context
from shishi.apps.files.services import keep_all, key_ring
from shishi.core.errors import Refused
from shishi.core.exchange import Envelope, Fault, Held, Receipt, judge, refusal
from shishi.core.exchange_texts import envelope_text, read_envelope, receipt_text, sha256


@dataclass(frozen=True, slots=True)
class Answer:
    """What a sender is told: the signed receipt. ``taken``: we hold the message; ``new``: since now; ``passing``: it is
    not taken now, and may be later."""

    receipt: str
    envelope: Envelope
    taken: bool
    new: bool = False
    passing: bool = False


def receive(content: bytes, at: datetime) -> Answer:
    """Take a sealed message. What a known peer has signed is answered with a signed receipt, also where it is not
    taken; ``Refused`` with a code of :class:`shishi.core.exchange.Fault` where nobody can be answered
    (message_unreadable, message_malformed, message_too_large, unknown_sender, key_unknown, signature_wrong)."""
    ours = signer()
    parcel = unpack(ours.open(content, MOST_BYTES))
    key, envelope = _authenticated(parcel)
    digest = sha256(envelope_text(envelope))
    try:
        _require_valid(key, envelope, parcel, at)
        return _take(ours, key, envelope, digest, parcel, at)
    except Refused as wrong:
        code = wrong.code if wrong.code in set(Fault) else Fault.MALFORMED
        receipt = Receipt(envelope.id, digest, envelope.sender, ours.code, at, 0, code, wrong.message[:200])
        return Answer(ours.sign(receipt_text(receipt), RECEIPT), envelope, taken=False, passing=Fault(code).passing)


def _authenticated(parcel: Parcel) -> tuple[PeerKey, Envelope]:
    """The pinned keys that signed the envelope."""
    kid, text = signed_by(parcel.message, MESSAGE)
    envelope = read_envelope(text)
    key = PeerKey.objects.filter(kid=kid).select_related("peer").first()
    if key is None:
        known = Peer.objects.filter(code=envelope.sender).exists()
        raise refusal(Fault.KEY_UNKNOWN if known else Fault.UNKNOWN_SENDER)
    checked(parcel.message, MESSAGE, keys_of(key))
    if key.peer.code != envelope.sender:
        raise refusal(Fault.SIGNATURE_WRONG, f"签名是 {key.peer.code} 的，消息却自称来自 {envelope.sender}")
    return key, envelope


def _require_valid(key: PeerKey, envelope: Envelope, parcel: Parcel, at: datetime) -> None:
    if key.peer.ended_at:
        raise refusal(Fault.UNKNOWN_SENDER, f"本方已停止与 {key.peer.code} 交换")
    if key.ends and envelope.sent_at > key.ends:
        raise refusal(Fault.KEY_ENDED)
    told = {one.sha256: one.size for one in envelope.files}
    sizes = {name: len(content) for name, content in parcel.files.items()}
    same = all(sha256(content) == name for name, content in parcel.files.items())
    if sha256(parcel.body) != envelope.body or len(parcel.body) != envelope.size or told != sizes or not same:
        raise refusal(Fault.BODY_CHANGED)


@transaction.atomic
def _take(ours: Signer, key: PeerKey, envelope: Envelope, digest: str, parcel: Parcel, at: datetime) -> Answer:
    one_at_a_time()
    Peer.objects.filter(pk=key.peer_id).update(heard_at=at)
    if not judge(envelope, digest, _held(key.peer, envelope), us=ours.code, at=at):
        return Answer(InMessage.objects.get(uuid=envelope.id).receipt, envelope, taken=True)
    keep_all(list(parcel.files.values()), at)
    position = (InMessage.objects.aggregate(last=Max("position"))["last"] or 0) + 1
    receipt = Receipt(envelope.id, digest, envelope.sender, ours.code, at, position)
    row = InMessage.objects.create(
        uuid=envelope.id,
        peer=key.peer,
        conversation=envelope.conversation,
        sequence=envelope.sequence,
        previous=envelope.previous,
        purpose=envelope.purpose,
        digest=digest,
        signed=parcel.message,
        kid=key.kid,
        body=key_ring().encrypt(parcel.body, body_context(envelope.id)),
        position=position,
        received_at=at,
        receipt=ours.sign(receipt_text(receipt), RECEIPT),
    )
    Handling.objects.create(message=row)
    told = {"from": envelope.sender, "purpose": envelope.purpose, "conversation": envelope.conversation}
    record(
        at=at,
        person=f"（{envelope.sender}）",
        action="exchange.receive",
        subject=f"exchange.received:{envelope.id}",
        digest=digest,
        detail={**told, "sequence": envelope.sequence, "position": position},
    )
    return Answer(row.receipt, envelope, taken=True, new=True)


def _held(peer: Peer, envelope: Envelope) -> Held:
    same = InMessage.objects.filter(uuid=envelope.id).first()
    near = InMessage.objects.filter(
        peer=peer,
        conversation=envelope.conversation,
        sequence__in=(envelope.sequence - 1, envelope.sequence, envelope.sequence + 1),
    )
    around = {row.sequence: row for row in near}
    before, here = around.get(envelope.sequence - 1), around.get(envelope.sequence)
    after = around.get(envelope.sequence + 1)
    return Held(
        same.digest if same else "",
        here.digest if here else "",
        before.digest if before else "",
        after.previous if after else "",
    )
