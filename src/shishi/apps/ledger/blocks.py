"""Typed blocks 数据块: the rows of a workbook, typed column by column and kept small until they are compared."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from shishi.adapters.crypto import Cipher
from shishi.adapters.spreadsheets.base import Block
from shishi.apps.ledger.sealing import Cell, document_of, fingerprint, looks_masked, purpose_of, seal_text, text_of
from shishi.core.checking import Place
from shishi.core.columns import ColumnReader, stored_column
from shishi.core.errors import Issue
from shishi.core.evaluation import Moments
from shishi.core.screening import rows_to_look_at
from shishi.core.tables import FieldType, Sensitivity, Table, Value
from shishi.core.values import KEY_SEPARATOR, Lookups, Raw, Stored, from_text, key_text

if TYPE_CHECKING:  # a second hand types without a store
    from shishi.apps.ledger.standing import State

Stores = Mapping[str, Sequence[Stored]]


@dataclass
class TypedRow:
    """One row: typed values of the columns that the file has; ``masked`` are columns
    that still hold an export's mask."""

    values: dict[str, Value]
    place: Place
    key: str
    explanation: str
    masked: dict[str, str]
    identity: str = ""


@dataclass(slots=True)
class TypedBlock:
    """Rows of one sheet, typed. ``documents``: each row's stored forms as canonical JSON, digests in place of encrypted
    values, whose plain texts stand in ``plain``. ``look`` are the rows that may have a fault of their own; ``whole``
    tells that the block has every field of the table."""

    table: Table
    source: Block
    keys: list[str]
    documents: list[bytes]
    fingerprints: list[str]
    divisions: Sequence[Stored]
    plain: Mapping[str, list[Stored]]
    masked: Mapping[int, dict[str, str]]
    look: set[int]
    whole: bool
    names: tuple[str, ...] = ()
    forgotten: int = 0
    fresh: list[int] | None = None
    """The rows that say something new, once that was asked."""

    def __len__(self) -> int:
        return len(self.keys)

    def place(self, at: int) -> Place:
        """Where a row stands in the file."""
        return Place(self.source.sheet, self.source.numbers[at], self.source.letters)

    def explanation(self, at: int) -> str:
        """What is said beside a row."""
        return self.source.explanations[at] if self.source.explanations else ""

    def news(self, states: Mapping[str, State]) -> list[int]:
        """The rows that say something else than what is held, of a block that has every field. ``states`` are those of
        the head to which the whole workbook is compared: they are looked at once."""
        if self.fresh is not None:
            return self.fresh
        held = map(states.get, self.keys)
        said = self.source.explanations or ()
        explained = {at for at, text in enumerate(said) if text} if any(said) else ()
        self.fresh = [
            at
            for at, (state, told) in enumerate(zip(held, self.fingerprints, strict=False))
            if state is None or not state.live or state.fingerprint != told or at in explained
        ]
        return self.fresh

    def forget(self, states: Mapping[str, State]) -> None:
        """Keep nothing but the fingerprint of the rows that say what is held already: nobody will open them."""
        if not self.whole:
            return
        kept = self.look.union(self.news(states))
        for at in range(len(self)):
            if at not in kept:
                self.documents[at] = b""
                self.forgotten += 1
                for texts in self.plain.values():
                    texts[at] = None

    def cells(self, at: int, cipher: Cipher) -> dict[str, Cell]:
        """The cells that a row without masks brings; not of one that was forgotten."""
        found: dict[str, Any] = {**dict.fromkeys(self.names), **document_of(self.documents[at])}
        for name, texts in self.plain.items():
            if (text := texts[at]) is not None:
                found[name] = seal_text(self.table, self.table.by_name[name], str(text), cipher)
        return found

    def row(self, at: int) -> TypedRow:
        """One row with its values; one that was forgotten says nothing but what is held, so it has none."""
        forgotten = not self.documents[at]
        held: Mapping[str, Any] = {} if forgotten else document_of(self.documents[at])
        masked = self.masked.get(at, {})
        values = {
            name: from_text(self.table.by_name[name], self.plain[name][at] if name in self.plain else held.get(name))
            for name in (() if forgotten else self.names)
            if name not in masked
        }
        identity = self.source.identities[at] if self.source.identities else ""
        return TypedRow(values, self.place(at), self.keys[at], self.explanation(at), masked, identity)


@dataclass
class TypedRows:
    """All rows of a workbook, in blocks; row by row for whoever wants to look at each."""

    blocks: list[TypedBlock] = field(default_factory=list)

    def __len__(self) -> int:
        return sum(map(len, self.blocks))

    def __iter__(self) -> Iterator[TypedRow]:
        return (block.row(at) for block in self.blocks for at in range(len(block)))


class BlockReader:
    """Types blocks of one table. ``prepare`` is told which keys of which table will be asked for."""

    def __init__(
        self, table: Table, lookups: Lookups, cipher: Cipher, prepare: Callable[[str, Sequence[Raw]], None]
    ) -> None:
        self._table, self._lookups, self._cipher, self._prepare = table, lookups, cipher, prepare
        self._readers = {item.name: ColumnReader(item, lookups) for item in table.fields}
        self._sensitive = [item for item in table.fields if item.sensitive]
        self._encrypted = {item.name for item in table.fields if item.sensitivity is Sensitivity.ENCRYPTED}
        self._moments = Moments(lookups.day, None, None)

    def read(self, block: Block) -> tuple[TypedBlock, list[Issue]]:
        """The block typed, and a fault for each cell that can't be read."""
        raws, masked = self._without_masks(block)
        values: dict[str, list[Value]] = {}
        issues: list[Issue] = []
        for name, cells in raws.items():
            item = self._table.by_name[name]
            if item.type is FieldType.REFERENCE:
                self._prepare(item.references, cells)
            values[name], faults = self._readers[name].read(cells)
            for at, fault in faults:
                place = Place(block.sheet, block.numbers[at], block.letters)
                issues.append(place.issue(fault.code, fault.message, name))
        return self._typed(block, values, masked), issues

    def _without_masks(self, block: Block) -> tuple[dict[str, Sequence[Raw]], dict[int, dict[str, str]]]:
        raws: dict[str, Sequence[Raw]] = dict(block.columns)
        masked: dict[int, dict[str, str]] = {}
        for item in self._sensitive:
            cells = raws.get(item.name, ())
            hidden = [at for at, raw in enumerate(cells) if looks_masked(item, raw)]
            if hidden:
                kept = list(cells)
                for at in hidden:
                    masked.setdefault(at, {})[item.name] = str(kept[at]).strip()
                    kept[at] = None
                raws[item.name] = kept
        return raws, masked

    def _typed(
        self, block: Block, values: Mapping[str, list[Value]], masked: Mapping[int, dict[str, str]]
    ) -> TypedBlock:
        table, many = self._table, len(block.numbers)
        stored: dict[str, list[Stored]] = {
            name: stored_column(table.by_name[name], values[name]) for name in sorted(values)
        }
        plain = {name: stored[name] for name in stored if name in self._encrypted}
        for name, texts in plain.items():
            purpose = purpose_of(table.by_name[name])
            stored[name] = [None if text is None else self._cipher.digest(str(text), purpose) for text in texts]
        documents = _documents(stored, many)
        whole = len(values) == len(table.fields)
        look = set(masked)
        if whole:
            look |= rows_to_look_at(table, values, many, self._moments)
        return TypedBlock(
            table,
            Block(block.sheet, block.letters, block.numbers, {}, block.explanations, block.identities),
            _keys(table, stored, many, masked),
            documents,
            [fingerprint(document) for document in documents] if whole else [],
            stored.get(table.division_field, [None] * many),
            plain,
            masked,
            look,
            whole,
            tuple(values),
        )


def _documents(stored: Stores, many: int) -> list[bytes]:
    """Each row's stored forms, sorted by name, without empty ones, as canonical JSON."""
    names = list(stored)
    rows = zip(*stored.values(), strict=True) if names else ((),) * many
    return [text_of({name: cell for name, cell in zip(names, row, strict=True) if cell is not None}) for row in rows]


def _keys(table: Table, stored: Stores, many: int, masked: Mapping[int, dict[str, str]]) -> list[str]:
    """The key under which each row is held; empty when all of it is empty or some of it is a mask."""
    parts = [stored.get(name, [None] * many) for name in table.key]
    if len(parts) == 1:
        keys = [
            cell.upper() if type(cell) is str and cell.isascii() and cell.isalnum() else _key(table, (cell,))
            for cell in parts[0]
        ]
    else:
        keys = [_key(table, cells) for cells in zip(*parts, strict=True)]
    for at, names in masked.items():
        if not names.keys().isdisjoint(table.key):
            keys[at] = ""
    return keys


def _key(table: Table, cells: Sequence[Stored]) -> str:
    """As :func:`shishi.core.values.key_text` of the stored forms, which are their own."""
    told = {name: tuple(cell) if isinstance(cell, list) else cell for name, cell in zip(table.key, cells, strict=True)}
    text = key_text(table, told)
    return text if text.strip(KEY_SEPARATOR) else ""
