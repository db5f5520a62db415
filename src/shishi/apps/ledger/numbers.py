"""Numbers 号码 as people type them, whole or their end: what encrypted fields hold in their place."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from shishi.apps.files.services import key_ring
from shishi.apps.ledger.sealing import purpose_of
from shishi.core.cells import half_width
from shishi.core.listing import TAIL_DIGITS, sealed_fields, tail_column

if TYPE_CHECKING:
    from shishi.adapters.crypto import Cipher
    from shishi.core.tables import Table

LEAST_NUMBER = 8
"""Characters of a whole number; of fewer only the end of one is looked for."""
_GAPS = re.compile(r"[\s\-]")
_COUNTRY = re.compile(r"^(?:\+|00)86(?=1\d{10}$)")


class TypedNumber:
    """What somebody typed, taken for a number: ``138 0000 1234``, ``+86-13800001234``, ``1234``, ``002x``."""

    def __init__(self, text: str) -> None:
        told = _COUNTRY.sub("", _GAPS.sub("", half_width(text))).upper()
        number = told.isascii() and told.isalnum() and any(character.isdigit() for character in told)
        self._number = told if number else ""
        self._cipher: Cipher = key_ring()
        self._known: dict[str, str] = {}

    def seals(self, table: Table) -> tuple[tuple[str, str], ...]:
        """Of each encrypted field that may hold it the column and what stands in it."""
        if not self._number:
            return ()
        found = []
        for name in sealed_fields(table):
            purpose = purpose_of(table.by_name[name])
            if len(self._number) == TAIL_DIGITS:
                found.append((tail_column(name), self._digest(f"tail:{purpose}")))
            elif len(self._number) >= LEAST_NUMBER:
                found.append((f"field:{name}", self._digest(purpose)))
        return tuple(found)

    def _digest(self, purpose: str) -> str:
        if purpose not in self._known:
            self._known[purpose] = self._cipher.digest(self._number, purpose)
        return self._known[purpose]
