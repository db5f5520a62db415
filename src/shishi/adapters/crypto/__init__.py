"""Keys, encryption at rest and keyed digests."""

from __future__ import annotations

from shishi.adapters.crypto.base import Cipher
from shishi.adapters.crypto.keyring import KeyRing

__all__ = ["Cipher", "KeyRing"]
