"""Coverage 佐证覆盖: of which rows evidence is asked, how many have all of it, and what the others lack."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import TYPE_CHECKING
from uuid import UUID

from django.db.models import Max

from shishi.apps.accounts.roles import Action
from shishi.apps.accounts.selectors import reaches
from shishi.apps.assurance.evidence_rows import asked_of, core_evidence, evidence_on
from shishi.apps.assurance.models import EvidenceRow, EvidenceWithdrawal
from shishi.apps.divisions.selectors import load_tree
from shishi.apps.ledger.continuing import revisions
from shishi.apps.ledger.sealing import decode, typed
from shishi.apps.ledger.selectors import live
from shishi.apps.ledger.showing import names_of, plain_key
from shishi.apps.programmes.selectors import lineage, table_named
from shishi.core.calendars import day_of
from shishi.core.criterion_forms import criterion_document
from shishi.core.divisions import COUNTRY, covers, is_placeholder, official
from shishi.core.evidence import Coverage, Lack, Proof, coverage_of, proof_of
from shishi.core.evidence_plans import EvidencePlan
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
    for plan in table.evidence:
        asked = list(_rows_asked(table, plan, on))
        for start in range(0, len(asked), AT_ONCE):
            part = asked[start : start + AT_ONCE]
            held = evidence_on([row.entry for row in part])
            for row in part:
                own = [core_evidence(item) for item in held[row.entry] if item.group == plan.group]
                proof = proof_of(plan, own, row.settled.get(plan.group, 0))
                found.append(Asked(row.entry, plain_key(row.key), row.division, table.title, plan.group, proof))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class _Row:
    entry: UUID
    key: str
    division: str
    settled: Mapping[str, int]


def _rows_asked(table: Table, plan: EvidencePlan, on: date) -> Iterator[_Row]:
    """The live rows that meet the plan's criterion. Only what the criterion names is read of each row, and rows that
    agree in it are judged once: a table may have a million."""
    names = sorted(set(_named(criterion_document(plan.where))) & set(table.by_name))
    judged: dict[str, bool] = {}
    wanted = ("entry", "key", "division", "settled", *(f"cells__{name}" for name in names))
    for entry, key, division, settled, *cells in live(table.name, on).order_by().values_list(*wanted).iterator(AT_ONCE):
        seen = repr(cells)
        if seen not in judged:
            told = {name: cell for name, cell in zip(names, cells, strict=True) if cell is not None}
            judged[seen] = asked_of(table, plan.group, typed(table, decode(told)), on) is not None
        if judged[seen]:
            yield _Row(entry, key, division, settled)


def _named(document: object) -> Iterator[str]:
    """The fields that a criterion's document names."""
    if isinstance(document, Mapping):
        if isinstance(document.get("field"), str):
            yield document["field"]
        for part in document.values():
            yield from _named(part)
    elif isinstance(document, list | tuple):
        for part in document:
            yield from _named(part)


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
