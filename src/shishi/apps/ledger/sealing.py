"""Cells at rest: encrypted values become sealed text with two keyed digests (the whole, the last four characters)."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import orjson

from shishi.adapters.crypto import Cipher
from shishi.apps.audit.chain import canonical
from shishi.core.tables import Field, Sensitivity, Table, Value, Values
from shishi.core.values import KEY_SEPARATOR, Stored, from_text, key_text, shown, to_text


@dataclass(frozen=True, slots=True)
class Sealed:
    """An encrypted value. Two of them are equal when their digests are: nobody needs the key to compare."""

    digest: str
    tail: str
    cipher: str = field(compare=False, default="")


Cell = Stored | Sealed
Cells = Mapping[str, Cell]


def seal(table: Table, values: Values, cipher: Cipher) -> dict[str, Cell]:
    """The cells to hold for typed values; encrypted fields are sealed."""
    return {name: _sealed(table, table.by_name[name], value, cipher) for name, value in values.items()}


def _sealed(table: Table, item: Field, value: Value, cipher: Cipher) -> Cell:
    text = to_text(value)
    if text is None or item.sensitivity is not Sensitivity.ENCRYPTED:
        return text
    return seal_text(table, item, str(text), cipher)


def seal_text(table: Table, item: Field, plain: str, cipher: Cipher) -> Sealed:
    """The cell of an encrypted field for the stored form of its value."""
    sealed = base64.b64encode(cipher.encrypt(plain.encode(), context_of(table, item))).decode()
    return Sealed(cipher.digest(plain, purpose_of(item)), cipher.digest(plain[-4:], f"tail:{purpose_of(item)}"), sealed)


def context_of(table: Table, item: Field) -> str:
    """What a sealed cell is bound to: it can't be moved to another column."""
    # Typing is done in a process without a store, too (typist.py); what seals has one.
    from shishi.apps.ledger.continuing import first_name

    return f"cell:{first_name(table)}:{item.name}"


def purpose_of(item: Field) -> str:
    """Digests are comparable between tables within one type of field (a person is the same person everywhere)."""
    return f"{item.type.value}"


def digested(table: Table, values: Values, cipher: Cipher) -> dict[str, Value]:
    """Values as engines and keys see them: encrypted ones replaced by their digest."""
    cells = seal(table, {name: value for name, value in values.items() if _encrypted(table, name)}, cipher)
    return {**values, **{name: cell.digest for name, cell in cells.items() if isinstance(cell, Sealed)}}


def key_of(table: Table, values: Values, cipher: Cipher) -> str:
    """The key under which the row is held; encrypted parts as digests. Empty when every part is empty."""
    text = key_text(table, digested(table, {name: values.get(name) for name in table.key}, cipher))
    return text if text.strip(KEY_SEPARATOR) else ""


def _encrypted(table: Table, name: str) -> bool:
    return table.by_name[name].sensitivity is Sensitivity.ENCRYPTED


def encode(cells: Cells) -> dict[str, object]:
    """The JSON form in the store."""
    return {
        name: {"sealed": cell.cipher, "digest": cell.digest, "tail": cell.tail} if isinstance(cell, Sealed) else cell
        for name, cell in cells.items()
        if cell is not None
    }


def decode(document: Mapping[str, object]) -> dict[str, Cell]:
    """Cells from the store's JSON form."""
    # Most cells are as they are: a call for each of them would take longer than all the rest.
    found: dict[str, Any] = {
        name: cell if type(cell) in _AS_THEY_ARE else _decoded(cell) for name, cell in document.items()
    }
    return found


_AS_THEY_ARE = {str, int, bool, list, type(None)}


def _decoded(cell: object) -> Cell:
    if isinstance(cell, dict):
        return Sealed(str(cell["digest"]), str(cell["tail"]), str(cell["sealed"]))
    raise TypeError(f"a cell of the store is {type(cell).__name__}")


def chained(cells: Cells) -> dict[str, object]:
    """What the audit chain covers: digests instead of sealed text, so that a value
    may be erased and the chain stays."""
    return {name: cell.digest if isinstance(cell, Sealed) else cell for name, cell in sorted(cells.items())}


def fingerprint(document: bytes) -> str:
    """Of the canonical form of :func:`chained` cells: two rows that hold the same have the same."""
    return hashlib.blake2b(document, digest_size=16).hexdigest()


class Packed(Mapping[str, Cell]):
    """Cells as the JSON text of the store: of many rows at once there is room for little else."""

    __slots__ = ("text",)

    def __init__(self, text: bytes) -> None:
        self.text = text

    @classmethod
    def of(cls, cells: Cells) -> Packed:
        """Packed, unless they are already."""
        return cells if isinstance(cells, Packed) else cls(text_of(encode(cells)))

    def unpacked(self) -> Cells:
        """The cells, to be looked at again and again."""
        return _unpacked(self.text)

    def __getitem__(self, name: str) -> Cell:
        return _unpacked(self.text)[name]

    def __iter__(self) -> Iterator[str]:
        return iter(_unpacked(self.text))

    def __len__(self) -> int:
        return len(_unpacked(self.text))

    def __repr__(self) -> str:
        return f"Packed({len(self.text)})"


@lru_cache(maxsize=64)
def _unpacked(text: bytes) -> dict[str, Cell]:
    return decode(document_of(text))


def text_of(document: Mapping[str, object]) -> bytes:
    """The canonical JSON text, in no more room than it needs: the encoder's own result keeps its whole buffer."""
    return bytes(memoryview(canonical(document)))


def document_of(text: bytes) -> dict[str, object]:
    """The store's JSON form from its text, whole numbers of any length too."""
    found: dict[str, object] = orjson.loads(text)
    # Nothing that is stored is a float: one is a whole number that was too long for the quick decoder.
    return json.loads(text) if float in set(map(type, found.values())) else found


def chained_document(document: Mapping[str, object]) -> Mapping[str, object]:
    """As :func:`chained`, from the store's JSON form."""
    if dict not in set(map(type, document.values())):
        return document
    return {name: cell["digest"] if isinstance(cell, dict) else cell for name, cell in document.items()}


def typed(table: Table, cells: Cells) -> dict[str, Value]:
    """Typed values with digests in place of encrypted ones; columns that the table no longer has are left out."""
    return {
        name: cell.digest if isinstance(cell, Sealed) else from_text(table.by_name[name], cell)
        for name, cell in cells.items()
        if name in table.by_name
    }


def opened(table: Table, cells: Cells, cipher: Cipher) -> dict[str, Value]:
    """Typed values with encrypted ones decrypted. Callers ask for the right and record the reason."""
    plain: dict[str, Value] = {}
    for name, cell in cells.items():
        item = table.by_name.get(name)
        if item is None:
            continue
        if isinstance(cell, Sealed) and not cell.cipher:
            plain[name] = None  # erased after its retention: the digest alone stays
        elif isinstance(cell, Sealed):
            content = cipher.decrypt(base64.b64decode(cell.cipher), context_of(table, item)).decode()
            plain[name] = from_text(item, content)
        else:
            plain[name] = from_text(item, cell)
    return plain


def looks_masked(item: Field, raw: object) -> bool:
    """Whether a cell still holds the mask that an export put there."""
    return item.sensitive and isinstance(raw, str) and ("*" in raw or "＊" in raw)


def mask_of(table: Table, name: str, cells: Cells, cipher: Cipher) -> str:
    """How the held value of a sensitive field is shown to people."""
    item = table.by_name[name]
    one = {name: cells[name]} if cells.get(name) is not None else {}
    return shown(item, opened(table, one, cipher).get(name))
