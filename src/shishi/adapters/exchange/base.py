"""The port: a way takes one sealed message and brings the receiver's receipt, or says that none came."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from shishi.core.errors import ShishiError


class Unreachable(ShishiError):
    """The receiver could not be spoken to; nothing is known of the message. Code ``peer_unreachable``."""


class NotTaken(ShishiError):
    """The receiver was spoken to and gave no receipt. ``code`` is the receiver's; nothing of it is signed, so that the
    message is always tried again."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """A message on its way: ``content`` is sealed for the receiver, what stands outside is for whoever carries it."""

    id: UUID
    sender: str
    receiver: str
    content: bytes


class Way(Protocol):
    """One way to one peer."""

    @property
    def prompt(self) -> bool:
        """Whether the receipt comes at once; otherwise it comes some day, and is received like a message."""

    def send(self, message: Sealed) -> str:
        """The signed receipt (a JWS, unchecked), ``""`` where it comes later. Raises :class:`Unreachable`,
        :class:`NotTaken`."""
