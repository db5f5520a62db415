"""The outbox: a message is signed and queued in the transaction of what it tells, and leaves the house afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid5

from django.db import connection

from shishi.adapters.signing.jose import MESSAGE
from shishi.apps.accounts.models import Person
from shishi.apps.accounts.selectors import body_of
from shishi.apps.audit.services import one_at_a_time, record
from shishi.apps.exchange.models import Dispatch, OutMessage, Peer
from shishi.apps.exchange.own_keys import signer
from shishi.apps.files.services import keep_all, key_ring
from shishi.core.calendars import day_of
from shishi.core.errors import Misuse
from shishi.core.exchange import Attachment, Envelope, require_purpose
from shishi.core.exchange_texts import envelope_text, sha256

OURS = UUID("6f9b2f2e-0f6b-5d0a-9a57-9d1a3f0c7b11")
"""Under which messages are named by what they tell."""


@dataclass(frozen=True, slots=True)
class Filed:
    """A file that goes with a message."""

    name: str
    media_type: str
    content: bytes


def write(
    to: str,
    conversation: str,
    purpose: str,
    body: bytes,
    *,
    once: str,
    by: Person,
    at: datetime,
    files: Sequence[Filed] = (),
) -> UUID:
    """Sign a message and queue it, in the transaction of what it tells; returns its id. The same ``once`` to the same
    peer is the same message. ``Misuse``: exchange_no_identity, unknown_peer, peer_ended, purpose_malformed;
    ``Refused``: message_too_large, message_malformed."""
    if not connection.in_atomic_block:
        raise RuntimeError("a message is written in the transaction of what it tells")
    one_at_a_time()
    ours, peer = signer(), peer_coded(to)
    name = uuid5(OURS, f"{ours.code}\x1f{peer.code}\x1f{once}")
    if OutMessage.objects.filter(uuid=name).exists():
        return name
    _require_open(peer)
    last = OutMessage.objects.filter(peer=peer, conversation=conversation).order_by("-sequence").first()
    envelope = Envelope(
        id=name,
        conversation=conversation,
        sender=ours.code,
        receiver=peer.code,
        sequence=last.sequence + 1 if last else 1,
        previous=last.digest if last else "",
        # A clock that steps back does not turn the order of what was said.
        sent_at=max(at, last.written_at) if last else at,
        purpose=require_purpose(purpose),
        body=sha256(body),
        size=len(body),
        files=tuple(Attachment(one.name, one.media_type, sha256(one.content), len(one.content)) for one in files),
    )
    keep_all([one.content for one in files], at)
    _queue(envelope, ours.sign(envelope_text(envelope), MESSAGE), body, peer, by, at)
    return name


def _require_open(peer: Peer) -> None:
    if peer.ended_at:
        raise Misuse("peer_ended", f"与 {peer.code} 的交换已停止，不能再发消息。请核对对方代码。")


def _queue(envelope: Envelope, signed: str, body: bytes, peer: Peer, by: Person, at: datetime) -> None:
    digest = sha256(envelope_text(envelope))
    row = OutMessage.objects.create(
        uuid=envelope.id,
        peer=peer,
        conversation=envelope.conversation,
        sequence=envelope.sequence,
        purpose=envelope.purpose,
        digest=digest,
        signed=signed,
        body=key_ring().encrypt(body, body_context(envelope.id)),
        written_at=envelope.sent_at,
        written_by=by.username,
    )
    Dispatch.objects.create(message=row, owner=by.username)
    told = {"to": peer.code, "purpose": envelope.purpose, "conversation": envelope.conversation}
    record(
        at=at,
        person=by.username,
        body=body_of(by, day_of(at)),
        action="exchange.write",
        subject=f"exchange.sent:{envelope.id}",
        digest=digest,
        detail={**told, "sequence": envelope.sequence},
    )


def peer_coded(code: str) -> Peer:
    """The peer of that code; ``Misuse`` (unknown_peer)."""
    peer = Peer.objects.filter(code=code).first()
    if peer is None:
        told = f"没有登记参与方“{code[:40]}”。用 shishi exchange peer list 查看，或用 peer add 登记。"
        raise Misuse("unknown_peer", told)
    return peer


def body_context(name: UUID) -> str:
    """What the encryption of a body at rest is bound to."""
    return f"exchange:{name}"
