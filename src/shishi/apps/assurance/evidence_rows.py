"""From what is stored to the core's evidence, and the row that it belongs to: what both writing and reading need."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from shishi.apps.assurance.models import EvidenceRow, EvidenceWithdrawal
from shishi.apps.ledger.one_row import row_of
from shishi.apps.ledger.selectors import live, revision_of, states
from shishi.core.calendars import day_of
from shishi.core.criteria import Answer
from shishi.core.errors import Misuse
from shishi.core.evaluation import LoneRow, Moments, evaluate
from shishi.core.evidence import Evidence, EvidenceKind, Proof, proof_of
from shishi.core.evidence_plans import EvidencePlan, Side
from shishi.core.evidence_trust import Claim, Trust, TrustLevel, TrustReason
from shishi.core.ledger import RevisionKind
from shishi.core.programmes import Programme
from shishi.core.tables import FieldType, Point, Table, Values
from shishi.core.values import KEY_SEPARATOR

if TYPE_CHECKING:
    from datetime import date

    from shishi.apps.accounts.models import Person
    from shishi.apps.ledger.models import RevisionRow

AT_ONCE = 800
WHOLE_ROW = ""
"""The group of evidence that is of the row as a whole."""


@dataclass(frozen=True)
class Subject:
    """The row that evidence is about, as it stands on the day."""

    programme: Programme
    table: Table
    row: RevisionRow
    key: str
    values: Values
    on: date

    @property
    def live(self) -> bool:
        """Whether it is there."""
        return self.row.kind != RevisionKind.WITHDRAWN

    def plan(self, group: str) -> EvidencePlan | None:
        """What is asked of this row for the group; ``None`` where nothing is."""
        return asked_of(self.table, group, self.values, self.on)

    def place(self, group: str) -> Point | None:
        """The registered place: the plan's field, else the first point that the table has."""
        plan = self.table.evidence_for(group)
        points = [item.name for item in self.table.fields if item.type is FieldType.POINT]
        name = plan.place if plan and plan.place else next(iter(points), "")
        found = self.values.get(name) if name else None
        return found if isinstance(found, Point) else None

    def proof(self, group: str, evidence: Collection[Evidence]) -> Proof:
        """What stands behind a group and what it lacks."""
        return proof_in(self.table, self.row.settled, self.values, group, evidence, self.on)


def subject_of(person: Person, entry: UUID, *, at: datetime) -> Subject:
    """The row for whoever may read it; ``Misuse`` (unknown_row) otherwise."""
    found = row_of(person, entry, at=at)
    on = day_of(at)
    row = states(found.table.name, on, entries=[entry]).first()
    if row is None:  # all of it was voided, or it only begins later: what it says today is nothing
        row = next(iter(_last(entry)))
    values = revision_of(row, found.table).values if row.kind != RevisionKind.WITHDRAWN else {}
    return Subject(found.programme, found.table, row, found.key, values, on)


def _last(entry: UUID) -> Iterator[RevisionRow]:
    from shishi.apps.ledger.selectors import history

    for row in reversed(history([entry])[entry]):
        row.kind = RevisionKind.WITHDRAWN
        yield row


def asked_of(table: Table, group: str, values: Values, on: date) -> EvidencePlan | None:
    """The plan of the group where the row meets its criterion. What is not known is not asked."""
    plan = table.evidence_for(group)
    if plan is None or evaluate(plan.where, LoneRow(table, values), Moments(on)) is not Answer.MET:
        return None
    return plan


def proof_in(
    table: Table, settled: Mapping[str, int], values: Values, group: str, evidence: Collection[Evidence], on: date
) -> Proof:
    """The proof of one group of a row."""
    own = [item for item in evidence if item.group == group]
    return proof_of(asked_of(table, group, values, on), own, settled.get(group, 0))


def evidence_on(entries: Collection[UUID]) -> dict[UUID, list[EvidenceRow]]:
    """The evidence of the entries in the order in which it came, withdrawn ones included (``gone``)."""
    found: dict[UUID, list[EvidenceRow]] = {entry: [] for entry in entries}
    waiting = list(entries)
    for start in range(0, len(waiting), AT_ONCE):
        for row in with_standing().filter(entry__in=waiting[start : start + AT_ONCE]).order_by("sequence"):
            found[row.entry].append(row)
    return found


def with_standing() -> QuerySet[EvidenceRow]:
    """Evidence, each told whether it is ``gone``."""
    return EvidenceRow.objects.annotate(gone=Exists(EvidenceWithdrawal.objects.filter(evidence=OuterRef("pk"))))


def core_evidence(row: EvidenceRow) -> Evidence:
    """The core's evidence of a stored one (from :func:`with_standing`)."""
    return Evidence(
        sequence=row.sequence,
        entry=row.entry,
        group=row.group,
        kind=EvidenceKind(row.kind),
        side=Side(row.side),
        original=row.original,
        trust=Trust(TrustLevel(row.level), tuple(TrustReason(it) for it in row.reasons), row.distance),
        recorded_at=row.recorded_at,
        person=row.person,
        caption=row.caption,
        withdrawn=bool(getattr(row, "gone", False)),
    )


def claim_document(claim: Claim) -> dict[str, object]:
    """A claim as it is stored and chained: text and whole numbers only."""
    told: dict[str, object] = {
        "taken_at": claim.taken_at.isoformat() if claim.taken_at else None,
        "longitude": str(claim.place.longitude) if claim.place else None,
        "latitude": str(claim.place.latitude) if claim.place else None,
        "accuracy": claim.accuracy,
        "device": claim.device,
        "software": claim.software,
    }
    return {name: value for name, value in told.items() if value not in (None, "")}


def claim_from(told: Mapping[str, object]) -> Claim:
    """The claim that :func:`claim_document` wrote."""
    place = None
    if "longitude" in told and "latitude" in told:
        place = Point(Decimal(str(told["longitude"])), Decimal(str(told["latitude"])))
    accuracy = told.get("accuracy")
    return Claim(
        taken_at=datetime.fromisoformat(str(told["taken_at"])) if "taken_at" in told else None,
        place=place,
        accuracy=accuracy if isinstance(accuracy, int) else None,
        device=str(told.get("device", "")),
        software=str(told.get("software", "")),
    )


def entry_of(table: Table, key: str, *, at: datetime) -> UUID:
    """The entry of a live row by its key as people read it (parts with " / " between); ``Misuse`` (unknown_row). Who
    may see it is for the caller to ask."""
    row = live(table.name, day_of(at)).filter(key=key.replace(" / ", KEY_SEPARATOR)).first()
    if row is None:
        raise Misuse("unknown_row", f"“{table.title}”里没有主键为 {key} 的行，或它不在您的权限范围内。")
    found: UUID = row.entry
    return found
