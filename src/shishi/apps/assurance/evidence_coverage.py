"""Coverage 佐证覆盖: of which rows evidence is asked, how many have all of it, and what the others lack."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING
from uuid import UUID

from django.db.models import Max

from shishi.apps.accounts.roles import Action
from shishi.apps.accounts.selectors import reaches
from shishi.apps.assurance.evidence_rows import asked_of, core_evidence, evidence_on, proof_in
from shishi.apps.assurance.models import EvidenceRow, EvidenceWithdrawal
from shishi.apps.divisions.selectors import load_tree
from shishi.apps.ledger.continuing import revisions
from shishi.apps.ledger.selectors import live, revision_of
from shishi.apps.ledger.showing import names_of, plain_key
from shishi.apps.programmes.selectors import lineage, table_named
from shishi.core.calendars import day_of
from shishi.core.divisions import COUNTRY, covers, is_placeholder, official
from shishi.core.evidence import Coverage, Lack, Proof, coverage_of
from shishi.core.programmes import Programme
from shishi.core.tables import Table

if TYPE_CHECKING:
    from shishi.apps.accounts.models import Person

AT_ONCE = 2000


@dataclass(frozen=True, slots=True)
class Asked:
    """One group of one row of which evidence is asked."""

    entry: UUID
    key: str
    division: str
    table: str
    group: str
    proof: Proof


@dataclass(frozen=True, slots=True)
class Line:
    """Coverage of one division under the one that is looked at."""

    division: str
    name: str
    coverage: Coverage


@dataclass(frozen=True, slots=True)
class Lacking:
    """A row that lacks something, with what."""

    entry: UUID
    key: str
    division: str
    name: str
    table: str
    group: str
    lacks: tuple[Lack, ...]


@dataclass(frozen=True, slots=True)
class CoverageReport:
    """Of a programme within reach: as a whole, by division, and the rows that lack something (a page of them).
    ``tables``: those that ask for evidence at all."""

    programme: Programme
    division: str
    tables: tuple[Table, ...]
    whole: Coverage
    lines: tuple[Line, ...]
    lacking: tuple[Lacking, ...]
    total_lacking: int


def coverage(
    person: Person, programme: Programme, *, division: str = "", at: datetime, offset: int = 0, limit: int = 50
) -> CoverageReport:
    """The coverage of everything that the person may read, under ``division`` (significant code)."""
    on, root = day_of(at), division or COUNTRY
    tables = tuple(table for table in programme.tables if table.evidence)
    read = [reach for reach in reaches(person, Action.READ, on) if reach.divisions]
    own = [
        item
        for table in tables
        for item in _everything_asked(table.name, on, *_standing(table))
        if covers(root, item.division) and any(reach.holds(item.division, programme.name) for reach in read)
    ]
    lacking = sorted((item for item in own if item.proof.lacks), key=lambda item: (item.division, item.key))
    shown = lacking[offset : offset + limit]
    names = names_of({item.division for item in shown}, on)
    return CoverageReport(
        programme,
        division,
        tables,
        coverage_of(item.proof for item in own),
        tuple(_lines(own, root, on)),
        tuple(
            Lacking(item.entry, item.key, item.division, names[item.division], item.table, item.group, item.proof.lacks)
            for item in shown
        ),
        len(lacking),
    )


def _standing(table: Table) -> tuple[int, int, int]:
    """Up to where what coverage is reckoned from was written: an answer is kept until more is."""
    names = lineage(table.name)
    evidence = EvidenceRow.objects.filter(table__in=names)
    return (
        revisions(table.name).aggregate(last=Max("sequence"))["last"] or 0,
        evidence.aggregate(last=Max("sequence"))["last"] or 0,
        EvidenceWithdrawal.objects.filter(evidence__table__in=names).count(),
    )


@lru_cache(maxsize=32)
def _everything_asked(name: str, on: date, rows: int, evidence: int, withdrawn: int) -> tuple[Asked, ...]:
    """Every group of every row of a table of which evidence is asked. The last three only tell when to ask anew."""
    table = table_named(name)[1]
    found: list[Asked] = []
    waiting = live(name, on).order_by("key", "sequence").iterator(AT_ONCE)
    while part := list(islice(waiting, AT_ONCE)):
        values = {row.entry: revision_of(row, table).values for row in part}
        asked = [
            (row, plan) for row in part for plan in table.evidence if asked_of(table, plan.group, values[row.entry], on)
        ]
        held = evidence_on({row.entry for row, _ in asked})
        for row, plan in asked:
            own = [core_evidence(item) for item in held[row.entry]]
            proof = proof_in(table, row.settled, values[row.entry], plan.group, own, on)
            found.append(Asked(row.entry, plain_key(row.key), row.division, table.title, plan.group, proof))
    return tuple(found)


def _lines(own: Sequence[Asked], root: str, on: date) -> Iterator[Line]:
    """By the divisions right under the root, in the order of their codes."""
    tree = load_tree(codes={item.division for item in own})
    below: dict[str, list[Proof]] = {}
    names: dict[str, str] = {}
    for item in own:
        chain = [
            unit
            for unit in tree.lineage(item.division, on)
            if covers(root, unit.code) and unit.code != root and not is_placeholder(unit.code, unit.name)
        ]
        first = chain[0] if chain else None
        code = first.code if first else item.division
        names[code] = first.name if first else official(item.division)
        below.setdefault(code, []).append(item.proof)
    for code in sorted(below):
        yield Line(code, names[code], coverage_of(below[code]))
