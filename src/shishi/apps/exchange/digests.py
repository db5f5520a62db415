"""What the trail answers for: what was said, what was held, what was receipted, and whose keys were whose."""

from __future__ import annotations

from shishi.adapters.signing.jose import MESSAGE, RECEIPT, signed_by
from shishi.apps.exchange.models import InMessage, OutMessage, OwnKey, PeerKey, ReceivedReceipt
from shishi.apps.exchange.own_keys import digest_of_key, digest_of_own_key
from shishi.apps.exchange.writing import body_context
from shishi.apps.files.services import key_ring
from shishi.core.errors import ShishiError
from shishi.core.exchange_texts import read_envelope, sha256


def recomputed_sent(subject: str) -> str | None:
    """For the audit: the digest of a message of ours from its signed text and its body."""
    return _digest(OutMessage.objects.filter(uuid=subject).first())


def sent_identifiers() -> tuple[str, ...]:
    """Every message of ours."""
    return tuple(str(one) for one in OutMessage.objects.order_by("pk").values_list("uuid", flat=True))


def recomputed_received(subject: str) -> str | None:
    """For the audit: the digest of a message that we hold."""
    return _digest(InMessage.objects.filter(uuid=subject).first())


def received_identifiers() -> tuple[str, ...]:
    """Every message that we hold."""
    return tuple(str(one) for one in InMessage.objects.order_by("pk").values_list("uuid", flat=True))


def recomputed_receipt(subject: str) -> str | None:
    """For the audit: the digest of a receipt of a peer."""
    row = ReceivedReceipt.objects.filter(pk=subject).first()
    return sha256(signed_by(row.signed, RECEIPT)[1]) if row else None


def receipt_identifiers() -> tuple[str, ...]:
    """Every receipt of a peer."""
    return tuple(str(one) for one in ReceivedReceipt.objects.order_by("pk").values_list("pk", flat=True))


def recomputed_key(subject: str) -> str | None:
    """For the audit: the digest of a peer's keys."""
    row = PeerKey.objects.filter(pk=subject).select_related("peer").first()
    return digest_of_key(row) if row else None


def key_identifiers() -> tuple[str, ...]:
    """Every pair of keys of a peer."""
    return tuple(str(one) for one in PeerKey.objects.order_by("pk").values_list("pk", flat=True))


def recomputed_own_key(subject: str) -> str | None:
    """For the audit: the digest of a pair of ours."""
    row = OwnKey.objects.filter(pk=subject).first()
    return digest_of_own_key(row) if row else None


def own_key_identifiers() -> tuple[str, ...]:
    """Every pair of ours."""
    return tuple(str(one) for one in OwnKey.objects.order_by("pk").values_list("pk", flat=True))


def _digest(row: OutMessage | InMessage | None) -> str | None:
    """That of the envelope, where what is stored beside it is what it says; a body that was changed has none."""
    if row is None:
        return None
    try:
        _, text = signed_by(row.signed, MESSAGE)
        envelope = read_envelope(text)
        body = key_ring().decrypt(bytes(row.body), body_context(row.uuid))
    except ShishiError:
        return None
    said = (envelope.id, envelope.conversation, envelope.sequence, envelope.purpose, envelope.body)
    held = (row.uuid, row.conversation, row.sequence, row.purpose, sha256(body))
    return sha256(text) if said == held and row.digest == sha256(text) else None
