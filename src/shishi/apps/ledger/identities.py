"""Identities of rows that are handed out 行标识: which entry a row of a workbook is, and the revision it was made from.

They lie in a hidden sheet that anybody can change, so a keyed digest covers all of them: one line forged, left out or
put in another's place, and the workbook is refused."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from shishi.adapters.crypto import Cipher
from shishi.apps.audit.chain import canonical
from shishi.core.errors import Refused

PURPOSE = "handed-out"


@dataclass(frozen=True, slots=True)
class Identity:
    """One row: its entry, the sequence of the revision it was made from, the digest of its key."""

    entry: UUID
    sequence: int
    key: str


@dataclass(frozen=True, slots=True)
class Handed:
    """What a workbook says of itself. ``person``: for whom it was made; ``identities`` in the order of its rows, which
    count from 1."""

    table: str
    as_of: date
    division: str
    person: str
    made_at: datetime
    identities: tuple[Identity, ...]

    def numbered(self, text: str) -> Identity | None:
        """The identity that a cell of 行标识 names."""
        plain = text.removesuffix(".0")  # as a spreadsheet holds a number
        number = int(plain) if plain.isascii() and plain.isdigit() else 0
        return self.identities[number - 1] if 0 < number <= len(self.identities) else None


def digest_of_key(table: str, key: str, cipher: Cipher) -> str:
    """A key as the hidden sheet holds it: names in keys are nobody's business there."""
    return cipher.digest(key, f"handed-out-key:{table}")


def lines_of(handed: Handed, cipher: Cipher) -> tuple[str, ...]:
    """The lines of the hidden sheet; the first carries the digest over all of them."""
    rows = [f"{item.entry} {item.sequence} {item.key}" for item in handed.identities]
    head = _head(handed)
    return json.dumps({**head, "seal": _seal(head, rows, cipher)}, ensure_ascii=False), *rows


def read_lines(lines: Sequence[str], cipher: Cipher) -> Handed | None:
    """What the lines say; ``None`` when there are none. ``Refused`` (identity_forged) unless they are as they were
    made here."""
    if not lines:
        return None
    try:
        handed = _parsed(lines)
        seal = json.loads(lines[0])["seal"]
    except (KeyError, TypeError, ValueError):
        raise _forged() from None
    if seal != _seal(_head(handed), list(lines[1:]), cipher):
        raise _forged()
    return handed


def _forged() -> Refused:
    message = (
        "工作簿里隐藏的行标识被改动过，或不是本系统发出的，认不出各行原来是哪一条。"
        "请重新下载带数据的模板（shishi ledger template --prefill），把改动填进去再报送。"
    )
    return Refused("identity_forged", message)


def _parsed(lines: Sequence[str]) -> Handed:
    head = json.loads(lines[0])
    as_of, made_at = date.fromisoformat(head["as_of"]), datetime.fromisoformat(head["made_at"])
    handed = Handed(str(head["table"]), as_of, str(head["division"]), str(head["for"]), made_at, ())
    return replace(handed, identities=tuple(_identity(line) for line in lines[1:]))


def _identity(line: str) -> Identity:
    entry, sequence, key = line.split(" ")
    return Identity(UUID(entry), int(sequence), key)


def _head(handed: Handed) -> dict[str, object]:
    return {
        "table": handed.table,
        "as_of": handed.as_of.isoformat(),
        "division": handed.division,
        "for": handed.person,
        "made_at": handed.made_at.isoformat(),
        "rows": len(handed.identities),
    }


def _seal(head: dict[str, object], rows: Sequence[str], cipher: Cipher) -> str:
    return cipher.digest(canonical([head, *rows]).decode(), PURPOSE)
