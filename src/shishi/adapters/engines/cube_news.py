"""What changed in a ledger since a cube was true, and the few rows around it, as parts that an engine can read.

The entries of the asked table that may answer otherwise are those with a new revision or mark, and those that criteria
tie to such entries of other tables, before or after. With them come all rows that their criteria look at. Whatever is
asked of these rows alone is answered as over the whole ledger, for these entries.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

from shishi.adapters.engines.base import Histories, Question
from shishi.adapters.engines.columns import Opened
from shishi.core.assurance import Mark
from shishi.core.questions import Tie
from shishi.core.tables import Table

if TYPE_CHECKING:
    import pyarrow as pa

Heads = Mapping[str, int]


class UnfollowableError(Exception):
    """News that are asked from everything: so much changed that this is cheaper, or the numbers do not fit."""


@dataclass(frozen=True, slots=True)
class Around:
    """The rows as they stood ``before`` and as they stand ``after`` (table → parts), and the entries that count
    (``None``: all that are there)."""

    before: Mapping[str, Opened]
    after: Mapping[str, Opened]
    touched: pa.Table | None


@dataclass
class _Rows:
    """Of one table: the entries that were fetched, and all their revisions."""

    entries: set[UUID] = field(default_factory=set)
    revisions: list[pa.Table] = field(default_factory=list)


@dataclass
class Gathering:
    """Rows being collected. ``base`` and ``heads`` (table → sequence) are the two states; no more than ``most`` entries
    are fetched: beyond, ``UnfollowableError``."""

    source: Histories
    tables: Mapping[str, Table]
    base: Heads
    heads: Heads
    most: int
    held: dict[str, _Rows] = field(default_factory=dict)

    def around(self, question: Question, folder: Path) -> Around:
        """Everything for one question; ``folder`` gets the parts."""
        touched = self._tied(question) if question.ties else self._alone(question.table.name)
        marks = sorted(self.source.marks_on(question.table.name, touched), key=lambda mark: mark.sequence)
        before, after = {}, {}
        for name in question.touched:
            said = marks if name == question.table.name else []
            before[name], after[name] = self._parts(name, said, folder)
        return Around(before, after, _entries(touched) if question.ties else None)

    def _alone(self, table: str) -> Collection[UUID]:
        """What changed in a table of which nothing looks at others: fetched in one go."""
        from shishi.adapters.engines.arrow_texts import of_texts

        held, found = self.held.setdefault(table, _Rows()), set[str]()
        for several in self.source.news(table, self.base[table]):
            found.update(several.entry)
            if len(found) > self.most:
                raise UnfollowableError
            held.revisions.append(of_texts(self.tables[table], several))
        return [UUID(entry) for entry in found]

    def _tied(self, question: Question) -> Collection[UUID]:
        touched = self._touched(question.table.name, question.ties)
        self._fetch_around(question.table.name, touched, question.ties)
        return touched

    def _touched(self, table: str, ties: Collection[Tie]) -> set[UUID]:
        """Entries of the table whose answer may be another."""
        found = set(self.source.changed(table, self.base[table])) if self.base[table] < self.heads[table] else set()
        self._weigh(found)
        for tie in ties:
            others = self._touched(tie.table, tie.ties)
            found |= self._held_by(tie, others) if tie.inward else self._referring(table, tie.via, others)
            self._weigh(found)
        return found

    def _fetch_around(self, table: str, entries: Collection[UUID], ties: Collection[Tie]) -> None:
        """The histories of the entries, and of all rows that criteria look at from them."""
        self._fetch(table, entries)
        for tie in ties:
            if tie.inward:
                others: Collection[UUID] = self._referring(tie.table, tie.via, entries)
            else:
                others = self._values(table, entries, tie.via)
            self._fetch_around(tie.table, others, tie.ties)

    def _held_by(self, tie: Tie, others: Collection[UUID]) -> set[UUID]:
        self._fetch(tie.table, others)
        return self._values(tie.table, others, tie.via)

    def _values(self, table: str, entries: Collection[UUID], via: str) -> set[UUID]:
        """The entries that these entries ever held in a reference field."""
        from shishi.adapters.engines.arrow_rows import column_of

        column = column_of(via)
        found: set[UUID] = set()
        for rows in self.held[table].revisions if table in self.held else ():
            held = zip(rows["entry"].to_pylist(), rows[column].to_pylist(), strict=True)
            found.update(value for entry, value in held if value is not None and entry in entries)
        return found

    def _referring(self, table: str, via: str, targets: Collection[UUID]) -> frozenset[UUID]:
        return self.source.referring(table, via, targets) if targets else frozenset()

    def _fetch(self, table: str, entries: Collection[UUID]) -> None:
        from shishi.adapters.engines.arrow_texts import of_texts

        held = self.held.setdefault(table, _Rows())
        wanted = set(entries) - held.entries
        self._weigh(wanted)
        held.entries |= wanted
        texts = self.source.texts_of(table, wanted) if wanted else ()
        held.revisions += [of_texts(self.tables[table], several) for several in texts]

    def _weigh(self, more: Collection[UUID]) -> None:
        if sum(len(rows.entries) for rows in self.held.values()) + len(more) > self.most:
            raise UnfollowableError

    def _parts(self, name: str, marks: Sequence[Mark], folder: Path) -> tuple[Opened, Opened]:
        import pyarrow as pa
        import pyarrow.compute as pc

        from shishi.adapters.engines import arrow_rows

        table, base, head = self.tables[name], self.base[name], self.heads[name]
        none = arrow_rows.of_revisions(table, [])
        rows = pa.concat_tables([none, *(self.held[name].revisions if name in self.held else ())])
        old, new, old_marks, new_marks = (
            _written(folder, made)
            for made in (
                rows.filter(pc.less_equal(rows["sequence"], base)),
                rows.filter(pc.and_(pc.greater(rows["sequence"], base), pc.less_equal(rows["sequence"], head))),
                arrow_rows.of_marks([mark for mark in marks if mark.sequence <= base]),
                arrow_rows.of_marks([mark for mark in marks if base < mark.sequence <= head]),
            )
        )
        return Opened((old,), (old_marks,), base), Opened((old, new), (old_marks, new_marks), head)


def _entries(entries: Collection[UUID]) -> pa.Table:
    import pyarrow as pa

    return pa.table({"entry": pa.array([entry.bytes for entry in entries], pa.uuid())})


def _written(folder: Path, rows: pa.Table) -> str:
    import pyarrow.parquet as pq

    path = folder / f"{len(list(folder.iterdir()))}.parquet"
    pq.write_table(rows, path)
    return str(path)
