"""Numbers of phones and documents at rest: sealed, with a keyed digest by which the same number is found again."""

from __future__ import annotations

import base64

from shishi.apps.files.services import key_ring
from shishi.core.identifiers import normalise_identifier
from shishi.core.tables import FieldType

PHONE, NUMBER = "citizen.phone", FieldType.CITIZEN_NUMBER.value
"""Purposes of digests; a citizen number's is that of the ledger's columns, so that the same person is found there."""


def sealed(text: str, purpose: str) -> str:
    """The sealed form; empty for nothing."""
    return base64.b64encode(key_ring().encrypt(text.encode(), purpose)).decode() if text else ""


def plain(text: str, purpose: str) -> str:
    """The counterpart of :func:`sealed`."""
    return key_ring().decrypt(base64.b64decode(text), purpose).decode() if text else ""


def digest(text: str, purpose: str) -> str:
    """The keyed digest of a number as it is written down; empty for nothing."""
    return key_ring().digest(normalise_identifier(text), purpose) if text else ""
