"""Live rows: what stands in the ledger as of a day, known at a moment (DESIGN §4.1, §4.5)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from shishi.core.assurance import Basis, Mark
from shishi.core.criteria import Answer
from shishi.core.evaluation import LoneRow, RowView, evaluate
from shishi.core.ledger import Revision, RevisionKind
from shishi.core.questions import Held, Question
from shishi.core.tables import Table, Value


def state_as_of(revisions: Iterable[Revision], as_of: date, known_at: datetime) -> dict[UUID, Revision]:
    """The live rows: per entry the revision of greatest (effective_on, sequence) that is true by ``as_of`` and recorded
    by ``known_at``. A withdrawn entry is not live. What is voided counts for no day, for those who know of the voiding;
    to void a voiding has no effect (a new revision brings the row back)."""
    known = [revision for revision in revisions if revision.recorded_at <= known_at]
    voided = {revision.voids for revision in known if revision.kind is RevisionKind.VOIDED}
    standing: dict[UUID, Revision] = {}
    for revision in known:
        if revision.kind is RevisionKind.VOIDED or revision.effective_on > as_of or revision.sequence in voided:
            continue
        held = standing.get(revision.entry)
        if held is None or _order(held) < _order(revision):
            standing[revision.entry] = revision
    return {entry: revision for entry, revision in standing.items() if revision.kind is not RevisionKind.WITHDRAWN}


def marks_as_of(marks: Iterable[Mark], as_of: date, known_at: datetime) -> dict[tuple[UUID, str], Mark]:
    """The standing mark of each entry and group: again the greatest (effective_on, sequence)."""
    standing: dict[tuple[UUID, str], Mark] = {}
    for mark in marks:
        if mark.recorded_at <= known_at and mark.effective_on <= as_of:
            held = standing.get((mark.entry, mark.group))
            if held is None or _order(held) < _order(mark):
                standing[mark.entry, mark.group] = mark
    return standing


def is_empty(value: Value) -> bool:
    """Whether a cell says nothing."""
    return value is None or value in ("", ())


def division_of(table: Table, revision: Revision) -> str:
    """The division code of a row as it was given; ``""`` when the row names none."""
    value = revision.values.get(table.division_field)
    return value if isinstance(value, str) else ""


def _order(item: Revision | Mark) -> tuple[date, int]:
    return item.effective_on, item.sequence


class LiveRows:
    """The live rows of all tables that a question touches, and which of them it counts."""

    def __init__(self, question: Question, held: Mapping[str, Held]) -> None:
        self._question, self._held = question, held
        self._live: dict[str, dict[UUID, Revision]] = {}
        self._referring: dict[tuple[str, str], Mapping[str, list[UUID]]] = {}
        self._marks = marks_as_of(self._held_under(question.table.name).marks, question.as_of, question.known_at)

    def __iter__(self) -> Iterator[Revision]:
        """The rows of the asked table, by division code, then in the order in which they came."""
        table = self._question.table
        rows = self.of(table.name).values()
        return iter(sorted(rows, key=lambda row: (division_of(table, row), row.sequence)))

    def of(self, table: str) -> Mapping[UUID, Revision]:
        """Live rows of a table by entry."""
        if table not in self._live:
            revisions = self._held_under(table).revisions
            self._live[table] = state_as_of(revisions, self._question.as_of, self._question.known_at)
        return self._live[table]

    def meets(self, revision: Revision) -> bool:
        """Whether a row of the asked table meets the criterion and has the basis."""
        row = self.row(self._question.table.name, revision.entry)
        answer = evaluate(self._question.indicator.where, row, self._question.moments)
        return answer is Answer.MET and self._assured(revision)

    def row(self, table: str, entry: UUID) -> RowView:
        """A live row as criteria see it, tied to the other live rows."""
        known = self._question.tables[table]
        return LoneRow(known, self.of(table)[entry].values, _Ties(self, known, entry))

    def referring(self, table: str, via: str) -> Mapping[str, list[UUID]]:
        """Entries of ``table`` by the entry that their field ``via`` holds."""
        if (table, via) not in self._referring:
            found: defaultdict[str, list[UUID]] = defaultdict(list)
            for entry, revision in self.of(table).items():
                found[str(revision.values.get(via))].append(entry)
            self._referring[table, via] = found
        return self._referring[table, via]

    def _held_under(self, table: str) -> Held:
        return self._held.get(table, Held(()))

    def _assured(self, revision: Revision) -> bool:
        return all(self._marked(revision, group, basis) for group, basis in self._question.assurances)

    def _marked(self, revision: Revision, group: str, basis: Basis) -> bool:
        mark = self._marks.get((revision.entry, group))
        if mark is None or mark.sequence < revision.settled.get(group, 0):
            return False
        return mark.state.rank >= basis.rank


@dataclass(frozen=True, slots=True)
class _Ties:
    """The live rows that one row refers to and is referred to by."""

    rows: LiveRows
    table: Table
    entry: UUID

    def related(self, table: str, via: str) -> Iterable[RowView]:
        return (self.rows.row(table, other) for other in self.rows.referring(table, via).get(str(self.entry), ()))

    def through(self, field: str) -> RowView | None:
        referred = self.table.by_name[field].references
        value = self.rows.of(self.table.name)[self.entry].values.get(field)
        entry = UUID(value) if isinstance(value, str) and value else None
        return self.rows.row(referred, entry) if entry is not None and entry in self.rows.of(referred) else None
