"""The one text of an envelope and of a receipt: what is signed, and what is read from others without trusting it.

JSON with sorted keys and no spaces, UTF-8; moments in UTC to the microsecond; nothing missing, nothing besides. Two
texts are of the same statement exactly when they are equal, so a digest of the text is one of the statement.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TypeVar
from uuid import UUID

from shishi.core.errors import Refused
from shishi.core.exchange import Attachment, Envelope, Fault, Receipt, refusal

VERSION = 1
_T = TypeVar("_T")


def sha256(content: bytes) -> str:
    """SHA-256 in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def envelope_text(envelope: Envelope) -> bytes:
    """The text of an envelope."""
    files = [[one.name, one.media_type, one.sha256, one.size] for one in envelope.files]
    return _text(
        {
            "version": VERSION,
            "id": str(envelope.id),
            "conversation": envelope.conversation,
            "sender": envelope.sender,
            "receiver": envelope.receiver,
            "sequence": envelope.sequence,
            "previous": envelope.previous,
            "sent_at": _moment_text(envelope.sent_at),
            "purpose": envelope.purpose,
            "body": envelope.body,
            "size": envelope.size,
            "files": files,
        }
    )


def read_envelope(text: bytes) -> Envelope:
    """The envelope of that text. ``Refused`` (message_malformed, message_too_large) for any other text."""
    told = _document(text)
    listed = _one(told, "files", list)
    envelope = Envelope(
        id=_uuid(told, "id"),
        conversation=_one(told, "conversation", str),
        sender=_one(told, "sender", str),
        receiver=_one(told, "receiver", str),
        sequence=_one(told, "sequence", int),
        previous=_one(told, "previous", str),
        sent_at=_moment(told, "sent_at"),
        purpose=_one(told, "purpose", str),
        body=_one(told, "body", str),
        size=_one(told, "size", int),
        files=tuple(_attachment(one) for one in listed),
    )
    _require_same(text, envelope_text(envelope))
    return envelope


def receipt_text(receipt: Receipt) -> bytes:
    """The text of a receipt."""
    return _text(
        {
            "version": VERSION,
            "message": str(receipt.message),
            "digest": receipt.digest,
            "sender": receipt.sender,
            "receiver": receipt.receiver,
            "received_at": _moment_text(receipt.received_at),
            "position": receipt.position,
            "refused": receipt.refused,
            "words": receipt.words,
        }
    )


def read_receipt(text: bytes) -> Receipt:
    """The receipt of that text; ``Refused`` (message_malformed) for any other text."""
    told = _document(text)
    receipt = Receipt(
        message=_uuid(told, "message"),
        digest=_one(told, "digest", str),
        sender=_one(told, "sender", str),
        receiver=_one(told, "receiver", str),
        received_at=_moment(told, "received_at"),
        position=_one(told, "position", int),
        refused=_one(told, "refused", str),
        words=_one(told, "words", str),
    )
    _require_same(text, receipt_text(receipt))
    return receipt


def _text(document: Mapping[str, object]) -> bytes:
    try:
        return json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    except UnicodeEncodeError as wrong:  # half a character: no text at all
        raise _unreadable() from wrong


def _document(text: bytes) -> dict[str, object]:
    try:
        told = json.loads(text)
    except (ValueError, RecursionError) as wrong:
        raise _unreadable() from wrong
    if not isinstance(told, dict) or told.get("version") != VERSION:
        raise _unreadable()
    return told


def _one(told: Mapping[str, object], name: str, kind: type[_T]) -> _T:
    found = told.get(name)
    if not isinstance(found, kind) or isinstance(found, bool):
        raise _unreadable()
    return found


def _uuid(told: Mapping[str, object], name: str) -> UUID:
    try:
        return UUID(_one(told, name, str))
    except ValueError as wrong:
        raise _unreadable() from wrong


def _moment_text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def _moment(told: Mapping[str, object], name: str) -> datetime:
    try:
        found = datetime.fromisoformat(_one(told, name, str))
    except ValueError as wrong:
        raise _unreadable() from wrong
    if found.tzinfo is None:
        raise _unreadable()
    return found


def _attachment(told: object) -> Attachment:
    match told:
        case [str(name), str(media_type), str(digest), int(size)]:
            return Attachment(name, media_type, digest, size)
    raise _unreadable()


def _require_same(text: bytes, spelt: bytes) -> None:
    """What is spelt otherwise (spaces, another order, something besides) is not the text of a statement."""
    if text != spelt:
        raise _unreadable()


def _unreadable() -> Refused:
    return refusal(Fault.MALFORMED)
