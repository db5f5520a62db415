"""Another member of the exchange, without a store: it signs, seals, opens and receipts as any member does."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from uuid import UUID, uuid5

from shishi.adapters.exchange.base import Sealed
from shishi.adapters.exchange.parcels import MOST_BYTES, Parcel, pack, unpack
from shishi.adapters.signing.base import PublicKeys
from shishi.adapters.signing.jose import MESSAGE, RECEIPT, card_text, checked, sealed_for
from shishi.adapters.signing.key_file import KeyFile
from shishi.core.exchange import Attachment, Envelope, Receipt
from shishi.core.exchange_texts import envelope_text, read_envelope, read_receipt, receipt_text, sha256

NAMES = UUID("0b1f5e58-7f0c-5a53-8d2f-7b8f6a7f2f10")


@dataclass
class Foreign:
    """``said``: envelopes by conversation, in order; ``held``: what it took, by id, with the receipt it gave."""

    keys: KeyFile
    said: dict[str, list[Envelope]] = field(default_factory=dict)
    held: dict[UUID, tuple[Envelope, bytes, str]] = field(default_factory=dict)

    @classmethod
    def made(cls, folder: Path, code: str, at: datetime) -> Foreign:
        return cls(KeyFile.create(folder / f"{code}.json", code, f"{code}（对方）", at))

    @property
    def code(self) -> str:
        return self.keys.code

    @property
    def card(self) -> str:
        return card_text(self.keys.card)

    @property
    def fingerprint(self) -> str:
        return self.keys.card.keys.fingerprint

    def envelope(
        self,
        to: str,
        at: datetime,
        body: bytes,
        *,
        conversation: str = "c:1",
        files: dict[str, bytes] | None = None,
        purpose: str = "test.note",
    ) -> Envelope:
        """The next one of a conversation."""
        before = self.said.setdefault(conversation, [])
        envelope = Envelope(
            id=uuid5(NAMES, f"{self.code} {conversation} {len(before) + 1}"),
            conversation=conversation,
            sender=self.code,
            receiver=to,
            sequence=len(before) + 1,
            previous=sha256(envelope_text(before[-1])) if before else "",
            sent_at=at,
            purpose=purpose,
            body=sha256(body),
            size=len(body),
            files=tuple(
                Attachment(name, "text/plain", sha256(content), len(content)) for name, content in (files or {}).items()
            ),
        )
        before.append(envelope)
        return envelope

    def sealed(
        self,
        envelope: Envelope,
        body: bytes,
        to: PublicKeys,
        files: dict[str, bytes] | None = None,
        *,
        keys: KeyFile | None = None,
    ) -> bytes:
        """It, ready to travel."""
        signed = (keys or self.keys).sign(envelope_text(envelope), MESSAGE)
        held = {sha256(content): content for content in (files or {}).values()}
        return sealed_for(pack(Parcel(signed, body, held)), to)

    def take(self, message: Sealed, theirs: PublicKeys, at: datetime) -> str:
        """Hold a message and receipt it; the same receipt each time."""
        parcel = unpack(self.keys.open(message.content, MOST_BYTES))
        envelope = read_envelope(checked(parcel.message, MESSAGE, theirs))
        assert sha256(parcel.body) == envelope.body
        if envelope.id not in self.held:
            digest = sha256(envelope_text(envelope))
            receipt = Receipt(envelope.id, digest, envelope.sender, self.code, at, len(self.held) + 1)
            self.held[envelope.id] = envelope, parcel.body, self.keys.sign(receipt_text(receipt), RECEIPT)
        return self.held[envelope.id][2]

    def refuse(self, message: Sealed, code: str, at: datetime) -> str:
        """A signed refusal."""
        parcel = unpack(self.keys.open(message.content, MOST_BYTES))
        from shishi.adapters.signing.jose import signed_by

        text = signed_by(parcel.message, MESSAGE)[1]
        envelope = read_envelope(text)
        receipt = Receipt(envelope.id, sha256(text), envelope.sender, self.code, at, 0, code, "不收。")
        return self.keys.sign(receipt_text(receipt), RECEIPT)


def receipt_of(signed: str, keys: PublicKeys) -> Receipt:
    """What a receipt says, once its signature was checked."""
    return read_receipt(checked(signed, RECEIPT, keys))
