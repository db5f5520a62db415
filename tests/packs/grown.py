"""The demonstration's rows without a database: everything handed in, posted in the order of time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from uuid import UUID

from shishi.adapters.engines.base import RevisionTexts
from shishi.commands.demonstration.planned import HandIn
from shishi.core.assurance import Mark
from shishi.core.ledger import Revision, RevisionKind
from shishi.core.provenance import Door, Provenance
from shishi.core.tables import FieldType, Table, Value, Values
from shishi.core.values import key_text

KNOWN_AT = datetime(2021, 11, 1, tzinfo=UTC)


class Rows:
    """Every hand-in posted; rows of one key are one entry. A source of the reference engine."""

    def __init__(self, tables: Mapping[str, Table], handed: Iterable[HandIn]) -> None:
        self.tables = tables
        self.held: defaultdict[str, list[Revision]] = defaultdict(list)
        self.sequence = 0
        for item in handed:
            at = datetime.combine(item.received, item.time, UTC) - timedelta(hours=8)
            for row in item.rows:
                self._post(tables[item.table], item, row, at)

    def _post(self, table: Table, item: HandIn, row: Values, at: datetime) -> None:
        self.sequence += 1
        key, values = key_text(table, row), resolved(table, row)
        source = Provenance(Door.WORKBOOK, "", item.person)
        made = Revision(self.sequence, entry(table.name, key), RevisionKind.POSTED, item.day, at, key, values, source)
        self.held[table.name].append(made)

    def revisions(self, table: str, after_sequence: int) -> Iterator[Revision]:
        return iter(self.held[table])

    def texts(self, table: str, after_sequence: int, up_to: int) -> Iterator[RevisionTexts]:
        return iter(())  # the reference asks for revisions

    def marks(self, table: str, after_sequence: int) -> Iterator[Mark]:
        return iter(())

    def head(self, table: str) -> int:
        return self.sequence


def entry(table: str, key: str) -> UUID:
    """The entry of a key, always the same."""
    return UUID(bytes=blake2b(f"{table} {key}".encode(), digest_size=16).digest())


def resolved(table: Table, row: Values) -> Values:
    """References as the ledger holds them: the entry that the clerk's key names."""
    whole: dict[str, Value] = {field.name: row.get(field.name) for field in table.fields}
    for field in table.fields:
        if field.type is FieldType.REFERENCE and whole[field.name]:
            whole[field.name] = str(entry(field.references, str(whole[field.name]).upper()))
    return whole
