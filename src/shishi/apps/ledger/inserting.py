"""Inserting 写入: revisions and their links by the thousand, without an object of the store's layer for each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from operator import attrgetter
from uuid import UUID

from django.db import connection
from django.db.models import Model

from shishi.apps.audit.chain import canonical
from shishi.apps.ledger.models import Link, RevisionRow
from shishi.apps.ledger.selectors import digest_of_revision

_COLUMNS = tuple(item.attname for item in RevisionRow._meta.concrete_fields)
_DOCUMENTS = [_COLUMNS.index(name) for name in ("cells", "settled")]
_IDENTITIES = [_COLUMNS.index(name) for name in ("entry", "batch_id")]
_TIMES = [_COLUMNS.index(name) for name in ("effective_on", "recorded_at")]


@dataclass(slots=True)
class Line:
    """A revision as it is going to be stored (see ``models.RevisionRow``)."""

    sequence: int
    table: str
    entry: UUID
    kind: str
    effective_on: date
    recorded_at: datetime
    key: str
    division: str
    batch_id: UUID
    cells: Mapping[str, object] = field(default_factory=dict)
    sheet: str = ""
    row: int | None = None
    voids: int | None = None
    settled: Mapping[str, int] = field(default_factory=dict)
    explanation: str = ""
    digest: str = ""
    fingerprint: str | None = None


def insert_lines(lines: Sequence[Line], references: Sequence[str]) -> list[str]:
    """Insert revisions, and a link for each cell of the fields ``references``; returns the digests in order."""
    for line in lines:
        line.digest = digest_of_revision(line)
    _insert(RevisionRow, _COLUMNS, _rows(lines))
    links = [
        (line.sequence, name, str(line.cells[name]).replace("-", ""))  # a UUID in the form that every store takes
        for line in lines
        for name in references
        if line.cells.get(name)
    ]
    _insert(Link, ["revision_id", "field", "target"], links)
    return [line.digest for line in lines]


def _rows(lines: Iterable[Line]) -> Iterator[list[object]]:
    """The lines as the store takes them, column by column."""
    native, of_line = connection.vendor == "postgresql", attrgetter(*_COLUMNS)
    for line in lines:
        row = list(of_line(line))
        for at in _DOCUMENTS:
            row[at] = canonical(row[at]).decode()
        if not native:
            for at in _IDENTITIES:
                row[at] = row[at].hex
            for at in _TIMES:
                row[at] = _in_sqlite(row[at])
        yield row


@lru_cache(maxsize=8)
def _in_sqlite(time: date | datetime) -> object:
    return connection.ops.adapt_datetimefield_value(time) if isinstance(time, datetime) else time.isoformat()


def _insert(model: type[Model], columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    quoted = ", ".join(map(connection.ops.quote_name, columns))
    table = connection.ops.quote_name(model._meta.db_table)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {table} ({quoted}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
        else:
            places = ", ".join(["%s"] * len(columns))
            # Only names of this app's own models stand in the statement.
            statement = f"INSERT INTO {table} ({quoted}) VALUES ({places})"  # noqa: S608 - nothing that anybody sent
            cursor.executemany(statement, rows)  # type: ignore[arg-type]  # any iterable will do
