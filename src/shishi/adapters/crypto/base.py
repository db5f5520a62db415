"""The port: what the rest may ask of cryptography."""

from __future__ import annotations

from typing import Protocol


class Cipher(Protocol):
    """Encryption bound to a context, and digests that only a holder of the key can compute."""

    def encrypt(self, plain: bytes, context: str) -> bytes:
        """Authenticated encryption; ``context`` must be given again to decrypt."""

    def decrypt(self, sealed: bytes, context: str) -> bytes:
        """The plain bytes; ``Refused`` (cannot_decrypt) when the key or the context
        is another, or a bit has changed."""

    def digest(self, text: str, purpose: str) -> str:
        """Keyed digest in hexadecimal: equal texts of one purpose have equal digests, nothing else can be learned."""
