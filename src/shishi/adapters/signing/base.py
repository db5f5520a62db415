"""The port: what an instance can say of itself, sign and open; what others' public keys can check and seal."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class PublicKeys:
    """A pair of public keys: one that checks signatures (Ed25519), one that seals (X25519), each as the text of a JWK.
    ``kid`` names the first in what it signed; ``fingerprint`` is of both, for two people to compare by telephone."""

    kid: str
    signing: str
    sealing: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Card:
    """What one instance hands another before they first speak. ``keys``: the ones in use."""

    code: str
    title: str
    keys: PublicKeys
    made_at: datetime


class Signer(Protocol):
    """The private side of one instance."""

    @property
    def code(self) -> str:
        """Its code among those who exchange."""

    @property
    def card(self) -> Card:
        """What is handed to others."""

    def sign(self, payload: bytes, kind: str) -> str:
        """A JWS (compact) over the payload by the key in use; ``kind`` keeps a receipt from passing for a message."""

    def open(self, sealed: bytes, most: int) -> bytes:
        """What was sealed for this instance, by a key in use or an earlier one; at most so many bytes. ``Refused``
        (message_unreadable, message_too_large)."""
