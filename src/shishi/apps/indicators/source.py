"""What engines read: the ledger's revisions and the marks on them, and the column store that is fed from both."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

from django.conf import settings

from shishi.adapters.engines.base import Engine, RevisionTexts
from shishi.apps.assurance import selectors as assurance
from shishi.apps.ledger import feeding
from shishi.apps.ledger import histories as following
from shishi.apps.ledger import selectors as ledger
from shishi.apps.programmes.selectors import tables
from shishi.core.assurance import Mark
from shishi.core.errors import Misuse
from shishi.core.ledger import Revision
from shishi.core.listing import tail_column
from shishi.core.tables import Table

if TYPE_CHECKING:
    import pyarrow as pa

    from shishi.adapters.engines.cube import Cube
    from shishi.adapters.engines.differing import Differing
    from shishi.adapters.engines.listing import Listing
    from shishi.adapters.engines.patterns import Patterns
    from shishi.adapters.engines.row_pages import RowPages


class LedgerSource:
    """The ports ``Source`` and ``Histories`` over this store. Encrypted values go out as keyed digests."""

    def revisions(self, table: str, after_sequence: int) -> Iterator[Revision]:
        """Revisions in the order of their sequence."""
        return ledger.revisions_after(tables()[table], after_sequence)

    def texts(self, table: str, after_sequence: int, up_to: int) -> Iterator[RevisionTexts]:
        """The same revisions as they are stored."""
        return feeding.texts(table, after_sequence, up_to)

    def marks(self, table: str, after_sequence: int) -> Iterator[Mark]:
        """Marks in the order of their sequence."""
        return assurance.marks_after(table, after_sequence)

    def head(self, table: str) -> int:
        """The last sequence of either."""
        return self.standing(table)[0]

    def standing(self, table: str) -> tuple[int, datetime | None]:
        """The last sequence of either, and the moment at which it was recorded."""
        return max(following.standing(table), assurance.standing(table), key=lambda last: last[0])

    def latest_on(self, table: str, after_sequence: int) -> date | None:
        """The greatest ``effective_on`` of either."""
        days = (following.latest_on(table, after_sequence), assurance.latest_on(table, after_sequence))
        return max((day for day in days if day is not None), default=None)

    def changed(self, table: str, after_sequence: int) -> frozenset[UUID]:
        """Entries with news of either kind."""
        return following.changed(table, after_sequence) | assurance.changed(table, after_sequence)

    def news(self, table: str, after_sequence: int) -> Iterator[RevisionTexts]:
        """Every revision of the entries with news of either kind, as it is stored."""
        yield from feeding.news(table, after_sequence)
        marked = assurance.changed(table, after_sequence)
        if marked:
            yield from feeding.texts_of(marked - following.changed(table, after_sequence))

    def texts_of(self, table: str, entries: Collection[UUID]) -> Iterator[RevisionTexts]:
        """Every revision of the entries, as it is stored."""
        return feeding.texts_of(entries)

    def marks_on(self, table: str, entries: Collection[UUID]) -> Iterator[Mark]:
        """Every mark on the entries."""
        return assurance.marks_on(entries) if assurance.standing(table)[0] else iter(())

    def referring(self, table: str, via: str, targets: Collection[UUID]) -> frozenset[UUID]:
        """Entries of ``table`` that ever referred to one of ``targets``."""
        return following.referring(table, via, targets)

    def turn(self) -> object:
        """What changes with every write."""
        return following.turn()

    def placed(self, table: Table, sealed: Sequence[str], sequences: Collection[int] | None = None) -> pa.Table:
        """Where rows lie for reach, and the digests of the ends of what is sealed."""
        import pyarrow as pa

        rows = list(feeding.placed(table.name, sealed, sequences))
        columns = list(zip(*rows, strict=True)) if rows else [() for _ in range(2 + len(sealed))]
        names = ["sequence", "division", *(tail_column(name) for name in sealed)]
        types = [pa.int64(), *(pa.string() for _ in names[1:])]
        return pa.table({name: pa.array(told, kind) for name, told, kind in zip(names, columns, types, strict=True)})


ENGINES = ("duckdb", "spark", "reference")


@lru_cache(maxsize=4)
def _duckdb(folder: Path) -> Engine:
    # Loaded only by commands that need a figure.
    from shishi.adapters.engines.columns import ColumnStore
    from shishi.adapters.engines.duckdb import DuckDBEngine

    return DuckDBEngine(LedgerSource(), ColumnStore(folder))


@lru_cache(maxsize=4)
def _cube(folder: Path) -> Cube:
    from shishi.adapters.engines.columns import ColumnStore
    from shishi.adapters.engines.cube import Cube

    return Cube(LedgerSource(), ColumnStore(folder))


@lru_cache(maxsize=4)
def _listing(folder: Path) -> Listing:
    from shishi.adapters.engines.columns import ColumnStore
    from shishi.adapters.engines.listing import Listing
    from shishi.adapters.search.pinyin import sounds_of

    return Listing(LedgerSource(), ColumnStore(folder), sounds_of)


def listing() -> Listing:
    """Which rows of a table a page shows: kept warm for as long as this process lives."""
    return _listing(Path(settings.DATA) / "columns")


def cube_beside(engine: str) -> Cube | None:
    """What is kept of the present beside that engine; ``None`` for engines that are asked themselves."""
    return _cube(Path(settings.DATA) / "columns") if engine == "duckdb" else None


def differing() -> Differing:
    """What compares two answers row by row, over the same parts."""
    from shishi.adapters.engines.columns import ColumnStore
    from shishi.adapters.engines.differing import Differing

    return Differing(LedgerSource(), ColumnStore(Path(settings.DATA) / "columns"))


def row_pages() -> RowPages:
    """What gives the rows behind a figure page by page, over the same parts."""
    from shishi.adapters.engines.columns import ColumnStore
    from shishi.adapters.engines.row_pages import RowPages

    return RowPages(LedgerSource(), ColumnStore(Path(settings.DATA) / "columns"))


def patterns() -> Patterns:
    """What finds digits and rows that are alike, over the same parts."""
    from shishi.adapters.engines.columns import ColumnStore
    from shishi.adapters.engines.patterns import Patterns

    return Patterns(LedgerSource(), ColumnStore(Path(settings.DATA) / "columns"))


def engine_named(name: str) -> Engine:
    """``duckdb`` (the default), ``spark`` or ``reference``; ``Misuse`` (unknown_engine) otherwise."""
    if name == "duckdb":
        return _duckdb(Path(settings.DATA) / "columns")
    if name == "spark":
        from shishi.adapters.engines.columns import ColumnStore
        from shishi.adapters.engines.spark import SparkEngine

        return SparkEngine(LedgerSource(), ColumnStore(Path(settings.DATA) / "columns"), settings.SPARK)
    if name == "reference":
        from shishi.adapters.engines.reference import ReferenceEngine

        return ReferenceEngine(LedgerSource())
    raise Misuse("unknown_engine", f"没有“{name}”这个引擎。可选：{'、'.join(ENGINES)}。")
