"""Evidence as people see it: of one row with its pairs, one piece with its copies. It reaches as far as its row."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import transaction

from shishi.apps.accounts.roles import Action
from shishi.apps.accounts.selectors import body_of, may, require
from shishi.apps.assurance.evidence import unknown_evidence
from shishi.apps.assurance.evidence_rows import (
    WHOLE_ROW,
    Subject,
    claim_from,
    core_evidence,
    evidence_on,
    subject_of,
    with_standing,
)
from shishi.apps.assurance.models import EvidenceRow, EvidenceWithdrawal
from shishi.apps.audit.services import record
from shishi.apps.divisions.selectors import load_tree
from shishi.apps.files.services import content_of
from shishi.apps.ledger.selectors import history
from shishi.apps.programmes.selectors import heir, table_named
from shishi.core.calendars import day_of
from shishi.core.divisions import COUNTRY, Level
from shishi.core.errors import Misuse
from shishi.core.evidence import Evidence, EvidenceKind, Proof, pairs
from shishi.core.evidence_plans import Side
from shishi.core.evidence_trust import Claim, Hint

if TYPE_CHECKING:
    from shishi.apps.accounts.models import Person

SIZES = ("view", "thumb")


@dataclass(frozen=True, slots=True)
class Noticed:
    """A hint with what it is about: ``entry`` and ``key`` of the other row where the viewer may read it, ``hidden``
    where another row is meant that they may not."""

    hint: Hint
    of: int | None = None
    differing: int | None = None
    entry: UUID | None = None
    key: str = ""
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class Piece:
    """One photo or paper. ``claim``: told at the shutter; ``metadata``: stood in the file."""

    evidence: Evidence
    file_name: str
    media: str
    size: int
    width: int
    height: int
    code: str
    claim: Claim
    metadata: Claim
    noticed: tuple[Noticed, ...]
    reaffirms: int | None
    withdrawn_by: str = ""
    withdrawn_why: str = ""

    @property
    def is_photo(self) -> bool:
        """Whether there is a picture to look at."""
        return self.evidence.kind is EvidenceKind.PHOTO


@dataclass(frozen=True, slots=True)
class GroupEvidence:
    """A group of the row with what stands behind it. ``title``: its columns; ``pairs``: before and after."""

    group: str
    title: str
    proof: Proof
    counted: tuple[Piece, ...]
    outlived: tuple[Piece, ...]
    withdrawn: tuple[Piece, ...]
    pairs: tuple[tuple[Piece | None, Piece | None], ...]

    @property
    def unpaired(self) -> tuple[Piece, ...]:
        """What counts and stands in no pair."""
        paired = {piece.evidence.sequence for pair in self.pairs for piece in pair if piece}
        return tuple(piece for piece in self.counted if piece.evidence.sequence not in paired)

    @property
    def empty(self) -> bool:
        """Whether there is nothing to show and nothing is asked."""
        return not (self.counted or self.outlived or self.withdrawn or self.proof.plan)


@dataclass(frozen=True, slots=True)
class RowEvidence:
    """All evidence of a row, group by group; the group without a name is of the row as a whole, and comes last."""

    subject: Subject
    groups: tuple[GroupEvidence, ...]
    adding: bool
    assuring: bool
    revealing: bool

    @property
    def many(self) -> int:
        """How many pieces are shown that were not withdrawn."""
        return sum(len(group.counted) + len(group.outlived) for group in self.groups)


def evidence_of(person: Person, entry: UUID, *, at: datetime) -> RowEvidence:
    """The evidence of a row that the person may read; ``Misuse`` (unknown_row)."""
    subject = subject_of(person, entry, at=at)
    rows = evidence_on([entry])[entry]
    pieces = {piece.evidence.sequence: piece for piece in _pieces(person, rows, at)}
    names = [*subject.table.groups, WHOLE_ROW]
    groups = tuple(_group(subject, name, pieces) for name in names)
    place, programme, on = subject.row.division or COUNTRY, subject.programme.name, day_of(at)
    return RowEvidence(
        subject,
        groups,
        subject.live and may(person, Action.HAND_IN, place, programme, on),
        may(person, Action.ASSURE, place, programme, on),
        may(person, Action.REVEAL, place, programme, on),
    )


def _group(subject: Subject, name: str, pieces: Mapping[int, Piece]) -> GroupEvidence:
    own = [piece for piece in pieces.values() if piece.evidence.group == name]
    proof = subject.proof(name, [piece.evidence for piece in own])
    fields = [subject.table.by_name[item].title for item in subject.table.groups.get(name, ())]
    paired = [
        (pieces[left.sequence] if left else None, pieces[right.sequence] if right else None)
        for left, right in pairs(proof.counted)
    ]
    return GroupEvidence(
        name,
        "、".join(fields),
        proof,
        tuple(pieces[item.sequence] for item in proof.counted),
        tuple(pieces[item.sequence] for item in proof.outlived),
        tuple(piece for piece in own if piece.evidence.withdrawn),
        tuple(paired),
    )


def piece_of(person: Person, evidence: int, *, at: datetime) -> tuple[Piece, Subject]:
    """One piece and its row; ``Misuse`` (unknown_evidence) where there is none or its row is out of reach."""
    row, subject = _within_reach(person, evidence, at)
    return next(iter(_pieces(person, [row], at))), subject


def picture_of(person: Person, evidence: int, size: str, *, at: datetime) -> bytes:
    """A copy to look at (``view`` or ``thumb``), JPEG; ``Misuse`` (unknown_evidence)."""
    row, _ = _within_reach(person, evidence, at)
    sha256 = {"view": row.view, "thumb": row.thumb}.get(size, "")
    if not sha256:
        raise unknown_evidence()
    return content_of(sha256)


def paper_of(person: Person, evidence: int, *, at: datetime) -> tuple[str, bytes]:
    """A paper's name and content; ``Misuse`` (unknown_evidence)."""
    row, _ = _within_reach(person, evidence, at)
    if row.kind != EvidenceKind.DOCUMENT:
        raise unknown_evidence()
    return row.file_name, content_of(row.original)


@transaction.atomic
def original_of(person: Person, evidence: int, reason: str, *, at: datetime) -> tuple[str, bytes]:
    """The file as it came, with all that it carries, and its name: for who may reveal, with a reason that goes to the
    trail. ``Misuse``: unknown_evidence, reason_missing, out_of_reach."""
    row, subject = _within_reach(person, evidence, at)
    if not reason.strip():
        raise Misuse("reason_missing", "请写明为什么要看原件，它会记入审计。")
    require(person, Action.REVEAL, subject.row.division or COUNTRY, subject.programme.name, day_of(at))
    told = {"reason": reason.strip()[:300], "table": row.table, "sha256": row.original}
    body = body_of(person, day_of(at))
    subject_name = f"row:{row.entry}"
    record(at=at, person=person.username, body=body, action="evidence.original", subject=subject_name, detail=told)
    return row.file_name, content_of(row.original)


def _within_reach(person: Person, evidence: int, at: datetime) -> tuple[EvidenceRow, Subject]:
    row = with_standing().filter(pk=evidence).first()
    if row is None:
        raise unknown_evidence()
    try:
        return row, subject_of(person, row.entry, at=at)
    except Misuse as hidden:
        raise unknown_evidence() from hidden


def _pieces(person: Person, rows: Collection[EvidenceRow], at: datetime) -> list[Piece]:
    gone = {item.evidence_id: item for item in EvidenceWithdrawal.objects.filter(evidence__in=[row.pk for row in rows])}
    others = _others(person, rows, at)
    return [_piece(row, gone.get(row.sequence), others) for row in rows]


def _piece(row: EvidenceRow, gone: EvidenceWithdrawal | None, others: Mapping[int, tuple[UUID, str] | None]) -> Piece:
    return Piece(
        core_evidence(row),
        row.file_name,
        row.media,
        row.size,
        row.width,
        row.height,
        row.code,
        claim_from(row.claim),
        claim_from(row.metadata),
        tuple(_noticed(told, row, others) for told in row.hints),
        row.reaffirms_id,
        gone.person if gone else "",
        gone.reason if gone else "",
    )


def _noticed(told: Mapping[str, object], row: EvidenceRow, others: Mapping[int, tuple[UUID, str] | None]) -> Noticed:
    of, differing = told.get("of"), told.get("differing")
    if not isinstance(of, int):
        return Noticed(Hint(str(told["hint"])))
    seen = others.get(of)
    return Noticed(
        Hint(str(told["hint"])),
        of if seen else None,
        differing if isinstance(differing, int) else None,
        seen[0] if seen else None,
        seen[1] if seen else "",
        seen is None,
    )


def _others(person: Person, rows: Collection[EvidenceRow], at: datetime) -> dict[int, tuple[UUID, str] | None]:
    """The rows that hints point to: their entry and key, ``None`` where the person may not read them."""
    wanted = {told["of"] for row in rows for told in row.hints if "of" in told}
    found: dict[int, tuple[UUID, str] | None] = dict.fromkeys(wanted)
    for number, entry in EvidenceRow.objects.filter(pk__in=wanted).values_list("pk", "entry"):
        try:
            found[number] = (entry, subject_of(person, entry, at=at).key)
        except Misuse:
            continue
    return found


@dataclass(frozen=True, slots=True)
class Verified:
    """What anybody may know who holds a print: no picture, no name, no key of a row."""

    promise: str
    table: str
    division: str
    side: Side
    kind: EvidenceKind
    received_on: datetime
    level: str
    label: str
    sha256: str
    view_sha256: str
    withdrawn: bool


def verified_by(code: str) -> Verified | None:
    """What the page of a QR code says; ``None`` when the code is nobody's."""
    row = with_standing().filter(code=code).first() if 8 <= len(code) <= 32 else None
    if row is None:
        return None
    programme, table = table_named(heir(row.table))
    item = core_evidence(row)
    return Verified(
        programme.title,
        table.title,
        _county(row),
        item.side,
        item.kind,
        row.recorded_at,
        item.trust.level,
        item.trust.level.label,
        row.original,
        row.view,
        item.withdrawn,
    )


def _county(row: EvidenceRow) -> str:
    """Where its row lies, no nearer than the county."""
    division = next((told.division for told in reversed(history([row.entry])[row.entry]) if told.division), "")
    if not division:
        return ""
    tree = load_tree(codes=[division])
    return "".join(unit.name for unit in tree.lineage(division, day_of(row.recorded_at)) if _told(unit.level))


def _told(level: Level) -> bool:
    return Level.COUNTRY < level <= Level.COUNTY
