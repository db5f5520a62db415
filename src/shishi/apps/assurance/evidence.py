"""Evidence 佐证 comes in, is taken back, is said to hold on. The original stays as it came, with its hash.

A picture is opened and copied before anybody waits for the store; then it is written in one short transaction with its
trail, and the rows' state *evidenced* follows from what their pack asks.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import transaction

from shishi.adapters.images.base import MOST_BYTES
from shishi.adapters.images.sniffing import is_paper, require_quiet_paper
from shishi.apps.accounts.roles import Action
from shishi.apps.accounts.selectors import body_of, may
from shishi.apps.assurance import likenesses
from shishi.apps.assurance.developing import Print, developed, hints_of
from shishi.apps.assurance.evidence_history import digest_of, digest_of_withdrawing
from shishi.apps.assurance.evidence_rows import (
    WHOLE_ROW,
    Subject,
    claim_document,
    core_evidence,
    evidence_on,
    subject_of,
    with_standing,
)
from shishi.apps.assurance.models import CaptureRow, EvidenceRow, EvidenceWithdrawal
from shishi.apps.assurance.settling import settle
from shishi.apps.assurance.tickets import capture_of, claim_of, declare_capture, open_subject, ticket_of, trimmed
from shishi.apps.audit.services import record
from shishi.apps.files.services import keep, keep_all, lay_down
from shishi.apps.ledger.writing import claim as claim_sequence
from shishi.apps.ledger.writing import lock
from shishi.core.calendars import day_of
from shishi.core.divisions import COUNTRY
from shishi.core.errors import Misuse, Refused
from shishi.core.evidence import EvidenceKind
from shishi.core.evidence_plans import EvidencePlan, Side
from shishi.core.evidence_trust import Capture, Claim, Hint, TrustLevel, judge

if TYPE_CHECKING:
    from shishi.apps.accounts.models import Person

CAPTION_AT_MOST, NAME_AT_MOST, REASON_AT_MOST = 100, 120, 300
DEFAULT = EvidencePlan(WHOLE_ROW, "")


@dataclass(frozen=True, slots=True)
class NewEvidence:
    """What a file is evidence of. ``group`` empty: of the row as a whole. ``claim``: what the device said at the
    shutter, where it was not told with the ticket before."""

    entry: UUID
    group: str = WHOLE_ROW
    file_name: str = ""
    side: Side = Side.NONE
    caption: str = ""
    ticket: UUID | None = None
    claim: Claim = field(default_factory=Claim)


@dataclass(frozen=True, slots=True)
class ReceivedEvidence:
    """What became of a file. ``status``: received, or unchanged (it was there and still counts)."""

    evidence_id: int
    status: str
    level: TrustLevel
    hints: tuple[Hint, ...] = ()


def receive_evidence(new: NewEvidence, content: bytes, *, by: Person, at: datetime) -> ReceivedEvidence:
    """Take a photo or a PDF as evidence of a row that the person may write. The same file for the same row, group and
    side is held once while it counts.

    ``Refused``: what the darkroom refuses, paper_broken, paper_active, ticket_of_another, ticket_used, hash_differs,
    row_withdrawn. ``Misuse``: unknown_row, out_of_reach, unknown_group, ticket_unknown, ticket_elsewhere,
    caption_long."""
    subject = open_subject(new.entry, new.group, by, at)
    _require_words(new)
    sha256 = hashlib.sha256(content).hexdigest()
    held = _held(subject, new, sha256)
    if held:
        return _unchanged(held)
    if len(content) > MOST_BYTES:
        raise Refused("file_too_large", f"文件超过 {MOST_BYTES // 2**20} MB，没有保存。请压缩或拆开后再交。")
    capture, shutter = _capture(new, sha256, by, at)
    trust = judge(capture, shutter, subject.place(new.group), (subject.plan(new.group) or DEFAULT).within)
    made = _begun(new, subject, content, sha256, by)
    made.level, made.reasons, made.distance = trust.level, list(trust.reasons), trust.distance
    made.claim = claim_document(shutter)
    if is_paper(content):
        require_quiet_paper(content)
        made.kind, made.media, made.side = EvidenceKind.DOCUMENT, "pdf", Side.NONE
        return _written(made, subject, content, None, by, at)
    prints = developed(made, subject, content, trust, at)
    lay_down((content, prints.view, prints.thumb))  # nobody waits for the disk with the ledger in hand
    made.hints = hints_of(made, prints, shutter, capture)
    return _written(made, subject, content, prints, by, at)


def _begun(new: NewEvidence, subject: Subject, content: bytes, sha256: str, by: Person) -> EvidenceRow:
    return EvidenceRow(
        table=subject.table.name,
        entry=new.entry,
        group=new.group,
        side=new.side,
        caption=new.caption.strip(),
        file_name=_plain_name(new.file_name) or sha256[:16],
        size=len(content),
        original=sha256,
        code=secrets.token_urlsafe(18),
        ticket_id=new.ticket,
        person=by.username,
    )


def _require_words(new: NewEvidence) -> None:
    if len(new.caption.strip()) > CAPTION_AT_MOST:
        raise Misuse("caption_long", f"拍摄内容最多 {CAPTION_AT_MOST} 字。请写短些，如“3 号楼外墙”。")


def _plain_name(name: str) -> str:
    """The last part of a name, without what does not print."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(letter for letter in last if letter.isprintable())[-NAME_AT_MOST:]


def _held(subject: Subject, new: NewEvidence, sha256: str) -> EvidenceRow | None:
    """The same file of the same row, group and side, where it still counts."""
    rows = evidence_on([new.entry])[new.entry]
    proof = subject.proof(new.group, [core_evidence(row) for row in rows])
    counted = {item.sequence for item in proof.counted}
    return next(
        (
            row
            for row in rows
            if row.sequence in counted
            and row.original == sha256
            and (row.side == new.side or row.kind == EvidenceKind.DOCUMENT)
        ),
        None,
    )


def _unchanged(held: EvidenceRow) -> ReceivedEvidence:
    return ReceivedEvidence(held.sequence, "unchanged", TrustLevel(held.level))


def _capture(new: NewEvidence, sha256: str, by: Person, at: datetime) -> tuple[Capture, Claim]:
    """How the photo came: told before by its hash, told only now, or without any ticket."""
    if new.ticket is None:
        return Capture(), trimmed(new.claim)
    held = ticket_of(new.ticket, by)
    if (held.entry, held.group, held.side) != (new.entry, new.group, new.side):
        raise Misuse("ticket_elsewhere", "这张拍摄凭证是为另一行或另一处拍的。请从要佐证的那一行重新拍摄。")
    told = CaptureRow.objects.filter(ticket=held).select_related("ticket").first()
    if told is None:
        return declare_capture(new.ticket, sha256, new.claim, by=by, at=at), trimmed(new.claim)
    if told.sha256 != sha256:
        raise Refused("hash_differs", "照片与拍摄时报的指纹不符：文件在途中被改动，或不是那一张。请上传当时拍的原图。")
    if EvidenceRow.objects.filter(ticket=held).exists():
        raise Refused("ticket_used", "这张拍摄凭证已经用过。每张照片要各取一张凭证，请重新拍摄。")
    return capture_of(told), claim_of(told)


@transaction.atomic
def _written(
    made: EvidenceRow, subject: Subject, content: bytes, prints: Print | None, by: Person, at: datetime
) -> ReceivedEvidence:
    lock()
    again = open_subject(made.entry, made.group, by, at)
    new = NewEvidence(made.entry, made.group, side=Side(made.side))
    held = _held(again, new, made.original)
    if held:  # somebody was quicker with the same file
        return _unchanged(held)
    if made.ticket_id and EvidenceRow.objects.filter(ticket_id=made.ticket_id).exists():
        raise Refused("ticket_used", "这张拍摄凭证已经用过。每张照片要各取一张凭证，请重新拍摄。")
    claimed = claim_sequence(1, at)
    made.sequence, made.recorded_at = claimed.first, claimed.recorded_at
    keep(content, at)
    if prints:
        made.view, made.thumb = (one.sha256 for one in keep_all((prints.view, prints.thumb), at))
    made.save(force_insert=True)
    if prints:
        likenesses.remember(made, prints.grey)
    _record(made, subject, by)
    settle(subject.table, [made.entry], by=by, at=at)
    return ReceivedEvidence(
        made.sequence, "received", TrustLevel(made.level), tuple(Hint(told["hint"]) for told in made.hints)
    )


def _record(made: EvidenceRow, subject: Subject, by: Person) -> None:
    detail = {
        "table": made.table,
        "entry": str(made.entry),
        "group": made.group,
        "side": made.side,
        "sha256": made.original,
        "level": made.level,
        "hints": [told["hint"] for told in made.hints],
        **({"reaffirms": made.reaffirms_id} if made.reaffirms_id else {}),
    }
    record(
        at=made.recorded_at,
        person=by.username,
        body=body_of(by, subject.on),
        action="evidence.received",
        subject=f"evidence:{made.sequence}",
        digest=digest_of(made),
        detail=detail,
    )


@transaction.atomic
def withdraw_evidence(evidence: int, reason: str, *, by: Person, at: datetime) -> None:
    """Say that evidence no longer counts: by who added it, or who may assure. It stays readable; what was marked for
    its sake falls back. Twice is once. ``Misuse``: unknown_evidence, reason_missing, out_of_reach."""
    lock()
    row, subject = _one(evidence, by, at)
    told = reason.strip()
    if not told or len(told) > REASON_AT_MOST:
        raise Misuse("reason_missing", f"请写明撤下的原因（{REASON_AT_MOST} 字以内），它会一直留着。")
    place = subject.row.division or COUNTRY
    own = row.person == by.username and may(by, Action.HAND_IN, place, subject.programme.name, day_of(at))
    if not own and not may(by, Action.ASSURE, place, subject.programme.name, day_of(at)):
        raise Misuse("out_of_reach", "只有上传人和有“标注佐证和核实”权限的人员能撤下佐证。请由他们办理。")
    if getattr(row, "gone", False):
        return
    made = EvidenceWithdrawal.objects.create(evidence=row, reason=told, person=by.username, at=at)
    record(
        at=at,
        person=by.username,
        body=body_of(by, day_of(at)),
        action="evidence.withdrawn",
        subject=f"evidence.withdrawal:{row.sequence}",
        digest=digest_of_withdrawing(made),
        detail={"table": row.table, "entry": str(row.entry), "reason": told},
    )
    settle(subject.table, [row.entry], by=by, at=at)


@transaction.atomic
def reaffirm_evidence(evidence: int, *, by: Person, at: datetime) -> ReceivedEvidence:
    """Say that a file, given for what the row said before, proves what it says now, too: new evidence with the same
    file and the trust it had. What still counts is not said again. ``Misuse``: unknown_evidence, out_of_reach."""
    lock()
    row, subject = _one(evidence, by, at)
    open_subject(row.entry, row.group, by, at)
    held = _held(subject, NewEvidence(row.entry, row.group, side=Side(row.side)), row.original)
    if held:
        return _unchanged(held)
    claimed = claim_sequence(1, at)
    copied = {item.attname: getattr(row, item.attname) for item in EvidenceRow._meta.concrete_fields}
    made = EvidenceRow(
        **{
            **copied,
            "sequence": claimed.first,
            "recorded_at": claimed.recorded_at,
            "person": by.username,
            "code": secrets.token_urlsafe(18),
            "ticket_id": None,
            "reaffirms_id": row.sequence,
        }
    )
    made.save(force_insert=True)
    _record(made, subject, by)
    settle(subject.table, [row.entry], by=by, at=at)
    return ReceivedEvidence(made.sequence, "received", TrustLevel(made.level))


def _one(evidence: int, by: Person, at: datetime) -> tuple[EvidenceRow, Subject]:
    row = with_standing().filter(pk=evidence).first()
    if row is None:
        raise unknown_evidence()
    try:
        return row, subject_of(by, row.entry, at=at)
    except Misuse as hidden:
        raise unknown_evidence() from hidden


def unknown_evidence() -> Misuse:
    """Evidence out of reach is as unknown as one that is not there."""
    return Misuse("unknown_evidence", "没有这份佐证，或它不在您的权限范围内。请从台账的那一行进入。")
