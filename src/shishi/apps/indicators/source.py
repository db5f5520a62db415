"""What engines read: the ledger's revisions and the marks on them, and the column store that is fed from both."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from django.conf import settings

from shishi.adapters.engines.base import Engine
from shishi.apps.assurance import selectors as assurance
from shishi.apps.ledger import selectors as ledger
from shishi.apps.programmes.selectors import tables
from shishi.core.assurance import Mark
from shishi.core.errors import Misuse
from shishi.core.ledger import Revision


class LedgerSource:
    """The port ``Source`` over this store. Encrypted values go out as keyed digests."""

    def revisions(self, table: str, after_sequence: int) -> Iterator[Revision]:
        """Revisions in the order of their sequence."""
        return ledger.revisions_after(tables()[table], after_sequence)

    def marks(self, table: str, after_sequence: int) -> Iterator[Mark]:
        """Marks in the order of their sequence."""
        return assurance.marks_after(table, after_sequence)

    def head(self, table: str) -> int:
        """The last sequence of either."""
        return max(ledger.head(table), assurance.head(table))


ENGINES = ("duckdb", "reference")


@lru_cache(maxsize=4)
def _duckdb(folder: Path) -> Engine:
    # Loaded only by commands that need a figure.
    from shishi.adapters.engines.columns import ColumnStore
    from shishi.adapters.engines.duckdb import DuckDBEngine

    return DuckDBEngine(LedgerSource(), ColumnStore(folder))


def engine_named(name: str) -> Engine:
    """``duckdb`` (the default) or ``reference``; ``Misuse`` (unknown_engine) otherwise."""
    if name == "duckdb":
        return _duckdb(Path(settings.DATA) / "columns")
    if name == "reference":
        from shishi.adapters.engines.reference import ReferenceEngine

        return ReferenceEngine(LedgerSource())
    raise Misuse("unknown_engine", f"没有“{name}”这个引擎。可选：{'、'.join(ENGINES)}。")
