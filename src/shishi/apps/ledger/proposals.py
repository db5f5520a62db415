"""Proposals 送审: a workbook is held with its cell changes until a second person approves just these, or returns it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from django.db import transaction

from shishi.apps.accounts.models import Person
from shishi.apps.accounts.roles import Action
from shishi.apps.accounts.selectors import body_of, person_named, require
from shishi.apps.audit import chain
from shishi.apps.audit.services import record
from shishi.apps.files.services import content_of, keep
from shishi.apps.ledger.decided_handler import tell_decided
from shishi.apps.ledger.differences import Difference, difference, digest_of_changes
from shishi.apps.ledger.intake import HandIn, WorkbookRefused
from shishi.apps.ledger.mappings import remember
from shishi.apps.ledger.models import Batch, Proposal, ProposedDivision
from shishi.apps.ledger.proposed import decision_of, difference_of, facts_of
from shishi.apps.ledger.services import Read, Received, Weighed, read_in, receive_workbook, weigh, write
from shishi.apps.ledger.writing import lock
from shishi.apps.programmes.selectors import table_named, tables
from shishi.core.calendars import day_of
from shishi.core.cell_changes import ShownCell
from shishi.core.divisions import COUNTRY
from shishi.core.errors import Issue, Misuse, Refused
from shishi.core.ledger import Mode, RevisionKind
from shishi.core.provenance import Door

WITHDRAWN_FOR_NEWER = "同一份工作簿已重新提请。"
_CELL = re.compile(r"(?:(.+)!)?\$?([A-Za-z]{1,3})\$?([1-9]\d*)")


def propose_workbook(hand_in: HandIn, *, by: Person, at: datetime) -> Proposal | Received:
    """Hold a workbook for approval; nothing is written to the ledger. The same file again is the same proposal while
    it would change the same. A workbook that changes nothing needs nobody's approval and is received."""
    read = read_in(hand_in, by=by, at=at)
    with transaction.atomic():
        lock()
        weighed = weigh(hand_in, read, by=by, at=at)
        if weighed.outcome.changes:
            return _held(hand_in, weighed, by, at)
    return receive_workbook(hand_in, by=by, at=at)


def _held(hand_in: HandIn, weighed: Weighed, by: Person, at: datetime) -> Proposal:
    content = keep(weighed.read.content, at)
    digest = digest_of_changes(hand_in.table, weighed)
    earlier = Proposal.objects.select_for_update().filter(
        table=hand_in.table.name,
        as_of=hand_in.as_of,
        mode=hand_in.mode,
        division=hand_in.division,
        sha256=content.sha256,
        person=by.username,
        state="open",
    )
    for proposal in earlier:
        if proposal.digest == digest:
            return proposal
        _decide(proposal, "withdrawn", by=by, at=at, reason=WITHDRAWN_FOR_NEWER)
    told = difference(weighed, hand_in.table, tables(), hand_in.as_of)
    proposal = _proposal(hand_in, weighed, told, at)
    proposal.sha256, proposal.digest, proposal.person, proposal.proposed_at = content.sha256, digest, by.username, at
    proposal.save(force_insert=True)
    codes = sorted(_touched(hand_in, weighed))
    ProposedDivision.objects.bulk_create(ProposedDivision(proposal=proposal, division=code) for code in codes)
    remember(hand_in.table, weighed.read.said, by=by, at=at)
    _record("ledger.proposed", "ledger.proposal", proposal, chain.digest(facts_of(proposal)), by, at)
    return proposal


def _proposal(hand_in: HandIn, weighed: Weighed, told: Difference, at: datetime) -> Proposal:
    document = {"rows": [row.document() for row in told.rows], "kept": list(told.kept)}
    shown = keep(json.dumps(document, ensure_ascii=False).encode(), at)
    counts = weighed.outcome.counts
    return Proposal(
        table=hand_in.table.name,
        as_of=hand_in.as_of,
        mode=hand_in.mode,
        division=hand_in.division,
        door=hand_in.door,
        corrected=weighed.read.said,
        explained=dict(hand_in.explained),
        file_name=hand_in.path.name[:255],
        rows=len(weighed.read.rows),
        posted=counts[RevisionKind.POSTED],
        revised=counts[RevisionKind.REVISED],
        withdrawn=counts[RevisionKind.WITHDRAWN],
        cells=told.cells,
        conflicts=len(weighed.disagreements),
        shown=shown.sha256,
    )


def _touched(hand_in: HandIn, weighed: Weighed) -> set[str]:
    """Significant codes of the divisions whose rows change, before and after."""
    name = hand_in.table.division_field
    held = (change.held.cells for change in weighed.outcome.changes if change.held)
    given = {str(cells.get(name) or "") for cells in (*held, *(item.cells for item in weighed.outcome.changes))} - {""}
    return {weighed.outcome.place(text) for text in given} or {COUNTRY}


def approve(proposal: Proposal, *, overwrite: bool = False, by: Person, at: datetime) -> Batch:
    """Write what was proposed, if it still is exactly that; the batch names both people. Approving twice returns the
    same batch. ``Refused``: proposal_stale (with each cell that differs now), changed_since without ``overwrite``."""
    if proposal.batch is not None:
        return proposal.batch
    _require_second_person(proposal, by, at)
    sender = person_named(proposal.person)
    with _as_it_came(proposal) as hand_in:
        read = read_in(hand_in, by=sender, at=at)
        with transaction.atomic():
            lock()
            held = Proposal.objects.select_for_update().get(pk=proposal.pk)
            if held.batch is not None:
                return held.batch
            _require_open(held)
            weighed = _still_the_same(held, hand_in, read, sender=sender, at=at)
            if weighed.disagreements and not overwrite:
                message = f"有 {len(weighed.disagreements)} 处在工作簿发出之后被别人改过。确认仍按送来的写入，请加 --overwrite。"
                raise Refused("changed_since", message, weighed.disagreements)
            batch = write(hand_in, weighed, by=sender, at=at, approved_by=by.username)
            held.batch = batch
            _decide(held, "approved", by=by, at=at)
            return batch


def _still_the_same(proposal: Proposal, hand_in: HandIn, read: Read, *, sender: Person, at: datetime) -> Weighed:
    """What it would do now; ``Refused`` (proposal_stale) unless that is what was proposed."""
    try:
        weighed = weigh(hand_in, read, by=sender, at=at)
    except WorkbookRefused as refused:
        message = (
            f"提请之后情况有变，这份工作簿现在有 {len(refused.issues)} 处问题，没有写入。请退回或请报送人重新提请。"
        )
        raise Refused("proposal_stale", message, refused.issues) from refused
    if digest_of_changes(hand_in.table, weighed) != proposal.digest:
        now = difference(weighed, hand_in.table, tables(), hand_in.as_of)
        issues = tuple(_apart(difference_of(proposal), now))
        message = "提请之后台账有了别的改动，将要写入的已不是当时所见，没有写入。请退回，或请报送人重新提请。"
        raise Refused("proposal_stale", message, issues)
    return weighed


def _apart(then: Difference, now: Difference) -> Iterator[Issue]:
    """Each cell that would change otherwise than was shown."""
    first, second = (_by_cell(item) for item in (then, now))
    for place in sorted({*first, *second}):
        before, after = first.get(place), second.get(place)
        if before != after:
            key, name = place
            cell, sheet, row = after or before  # type: ignore[misc]  # one of them is there
            message = f"{key}“{cell.title}”：提请时{_told(before)}，现在{_told(after)}。"
            yield Issue("proposal_stale", message, sheet, row, cell.column, name)


def _told(found: tuple[ShownCell, str, int | None] | None) -> str:
    if found is None:
        return "不改"
    return f"由“{found[0].old}”改为“{found[0].new}”"


def _by_cell(told: Difference) -> Mapping[tuple[str, str], tuple[ShownCell, str, int | None]]:
    return {(row.key, cell.field): (cell, row.sheet, row.row) for row in told.rows for cell in row.cells}


@contextmanager
def _as_it_came(proposal: Proposal) -> Iterator[HandIn]:
    """The kept file as it was handed in, in a folder of its own that nobody else can open and that is gone after."""
    programme, table = table_named(proposal.table, proposal.as_of)
    with TemporaryDirectory(prefix="shishi-") as folder:
        path = Path(folder) / proposal.file_name
        path.write_bytes(content_of(proposal.sha256))
        mode = Mode(proposal.mode)
        hand_in = HandIn(programme, table, path, proposal.as_of, mode, proposal.division, False, proposal.corrected)
        yield replace(hand_in, door=Door(proposal.door), explained=proposal.explained)


def return_proposal(proposal: Proposal, *, reason: str, cells: Mapping[str, str], by: Person, at: datetime) -> Proposal:
    """Send it back with reasons; ``cells``: place (``表!C7``) → reason. Saying the same twice changes nothing."""
    if not reason.strip() and not cells:
        raise Misuse("reason_missing", "退回要写明原因：加 --reason，或用 --cell 单元格=原因 逐格说明。")
    faults = [_fault(proposal, place, why).document() for place, why in cells.items()]
    if (proposal.state, proposal.reason, proposal.faults) == ("returned", reason, faults):
        return proposal
    _require_second_person(proposal, by, at)
    with transaction.atomic():
        held = Proposal.objects.select_for_update().get(pk=proposal.pk)
        _require_open(held)
        held.faults = faults
        return _decide(held, "returned", by=by, at=at, reason=reason)


def _fault(proposal: Proposal, place: str, why: str) -> Issue:
    found = _CELL.fullmatch(place.strip())
    if found is None or not why.strip():
        raise Misuse("cell_malformed", f"“{place}”不是单元格。请写成 --cell 表名!C7=原因，只有一张表时可写 C7=原因。")
    told = difference_of(proposal)
    sheet = found[1] or next((row.sheet for row in told.rows if row.sheet), "")
    return Issue("returned", why.strip(), sheet, int(found[3]), found[2].upper())


def withdraw_proposal(proposal: Proposal, *, reason: str, by: Person, at: datetime) -> Proposal:
    """Take one's own proposal back."""
    if proposal.state == "withdrawn":
        return proposal
    if proposal.person != by.username:
        raise Misuse("not_the_sender", f"送审只能由提请人 {proposal.person} 自己收回。审批人可以退回（return）。")
    with transaction.atomic():
        held = Proposal.objects.select_for_update().get(pk=proposal.pk)
        _require_open(held)
        return _decide(held, "withdrawn", by=by, at=at, reason=reason)


@contextmanager
def returned_file(proposal: Proposal) -> Iterator[tuple[Path, Sequence[Issue]]]:
    """The workbook as it came and the reasons to mark in it."""
    with _as_it_came(proposal) as hand_in:
        issues = [Issue(**fault) for fault in proposal.faults]
        whole = [Issue("returned", proposal.reason)] if proposal.reason else []
        yield hand_in.path, [*whole, *issues]


def _require_open(proposal: Proposal) -> None:
    if proposal.state != "open":
        words = {"approved": "批准", "returned": "退回", "withdrawn": "收回"}[proposal.state]
        raise Misuse("proposal_decided", f"送审 {proposal.pk} 已由 {proposal.decided_by} {words}，不能再办。")


def _require_second_person(proposal: Proposal, by: Person, at: datetime) -> None:
    """Somebody else than the sender, whose role may approve in every division that is touched."""
    if by.username == proposal.person:
        raise Misuse("same_person", "提请人不能审批自己的送审。请由另一个有审批权限的人办理。")
    programme = proposal.table.rpartition("/")[0]
    for division in proposal.divisions.values_list("division", flat=True):
        require(by, Action.APPROVE_ROWS, division, programme, day_of(at))


def _decide(proposal: Proposal, state: str, *, by: Person, at: datetime, reason: str = "") -> Proposal:
    proposal.state, proposal.decided_by, proposal.decided_at, proposal.reason = state, by.username, at, reason
    proposal.save()
    digest = chain.digest(decision_of(proposal))
    _record(f"ledger.proposal_{state}", "ledger.proposal.decision", proposal, digest, by, at)
    tell_decided(proposal, by, at)
    return proposal


def _record(action: str, kind: str, proposal: Proposal, digest: str, by: Person, at: datetime) -> None:
    detail = {
        "table": proposal.table,
        "as_of": proposal.as_of.isoformat(),
        "file": proposal.file_name,
        "sha256": proposal.sha256,
        "changes": proposal.digest,
        "sender": proposal.person,
        "reason": proposal.reason,
        "batch": str(proposal.batch_id) if proposal.batch_id else None,
    }
    body, subject = body_of(by, day_of(at)), f"{kind}:{proposal.pk}"
    record(at=at, person=by.username, body=body, action=action, subject=subject, digest=digest, detail=detail)
