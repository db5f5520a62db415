"""Submissions: what a device sends is kept first, whatever comes of it; then it becomes a row by the ordinary way in.

A form that can't be taken is a submission with its faults that waits for its person, never an error that a phone
would throw away or send for ever.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from django.db import transaction

from shishi.adapters.xforms.base import FilledForm
from shishi.adapters.xforms.reading import cells_of, read_form
from shishi.apps.accounts.acting import record_act
from shishi.apps.accounts.models import Person
from shishi.apps.accounts.selectors import Reach
from shishi.apps.assurance.evidence import NewEvidence, receive_evidence
from shishi.apps.audit.services import one_at_a_time
from shishi.apps.divisions.selectors import find_division
from shishi.apps.fieldwork.devices_seen import (
    Offered,
    SubmissionView,
    digest_of_submission,
    form_for,
    reach_of,
    submission_row,
    submission_view,
)
from shishi.apps.fieldwork.models import Device, SubmissionFile, SubmissionRow
from shishi.apps.files.services import content_of, keep
from shishi.apps.ledger.fillings import note_filling
from shishi.apps.ledger.forms import write_form
from shishi.apps.ledger.intake import HandIn
from shishi.apps.ledger.proposals import propose_workbook
from shishi.apps.ledger.selectors import batch_of, rows_of_batch
from shishi.apps.ledger.services import Received, receive_workbook
from shishi.core.calendars import day_of
from shishi.core.errors import Misuse, Refused, ShishiError
from shishi.core.fillings import Way
from shishi.core.ledger import Mode
from shishi.core.provenance import Door
from shishi.core.tables import FieldType, Table

RECEIVED, WRITTEN, PROPOSED, REFUSED, DISMISSED = "received", "written", "proposed", "refused", "dismissed"
STATES = {
    RECEIVED: "已收到",
    WRITTEN: "已入台账",
    PROPOSED: "已送审",
    REFUSED: "有问题，待处理",
    DISMISSED: "已作废",
}
MOST_FILES = 100


@dataclass(frozen=True, slots=True)
class Sent:
    """What came of a request. ``created``: the form was not here before."""

    submission: SubmissionView
    created: bool

    @property
    def written(self) -> bool:
        """Whether it stands in the ledger."""
        return self.submission.state == WRITTEN


def receive_submission(xml: bytes, files: Mapping[str, bytes], *, device: Device, at: datetime) -> Sent:
    """Keep a filled form and the files that came along, then make it a row. The same form again adds what files are
    new. ``Refused``: submission_changed (same instance, other content), edit_not_newest, edit_unknown, edit_elsewhere,
    file_changed; ``Misuse``: unknown_form, what :func:`read_form` says."""
    filled = read_form(xml)
    offered = form_for(device, filled.form, at)
    if len(files) > MOST_FILES:
        raise Misuse("files_too_many", f"一次最多带 {MOST_FILES} 个文件。请让采集程序分几次发送。")
    row, created = _keep(xml, filled, offered, device, at)
    _keep_files(row, files, device, at)
    if row.state == RECEIVED:
        settle(row, at=at)
    prove(row, files, at)
    return Sent(submission_view(_again(row)), created)


def settle(row: SubmissionRow, *, at: datetime) -> None:
    """Make a kept form a row, or say on it why not. Handing in has its own transaction and does nothing twice: whoever
    is killed before the outcome is noted is told it again the next time."""
    person = row.device.post.person
    faults: tuple[Mapping[str, str], ...] = ()
    try:
        state, batch = _hand_in(row, read_form(content_of(row.sha256)), person, at)
    except ShishiError as refused:
        if refused.code.endswith("_busy"):
            return  # another is writing: it stays as it came, to be settled with the next request or by its person
        state, batch = REFUSED, ""
        faults = tuple({"code": item.code, "message": item.message, "field": item.field} for item in refused.issues)
    with transaction.atomic():
        note(row, state, batch, faults, by=person, at=at)


def retry_submission(submission: int, *, by: Person, at: datetime) -> SubmissionView:
    """Try a refused one again: what it lacked may be there now. Anything else stays as it is."""
    row = submission_row(by, submission)
    if row.state in (REFUSED, RECEIVED) and not hasattr(row, "replaced_by"):
        settle(row, at=at)
    return submission_view(_again(row))


@transaction.atomic
def dismiss_submission(submission: int, reason: str, *, by: Person, at: datetime) -> SubmissionView:
    """A refused one will not become a row: said by name and with a reason, the form stays."""
    one_at_a_time()
    row = SubmissionRow.objects.select_for_update().get(pk=submission_row(by, submission).pk)
    if row.state == DISMISSED:
        return submission_view(_again(row))
    if row.state != REFUSED:
        raise Misuse("submission_not_refused", "只有没有收下的采集才能作废。已入台账的，请在台账里更正或撤下。")
    if not reason.strip():
        raise Misuse("reason_missing", "请写明为什么作废。")
    row.reason = reason.strip()
    note(row, DISMISSED, "", tuple(row.faults), by=by, at=at)
    return submission_view(_again(row))


@transaction.atomic
def _keep(xml: bytes, filled: FilledForm, offered: Offered, device: Device, at: datetime) -> tuple[SubmissionRow, bool]:
    one_at_a_time()
    sha256 = hashlib.sha256(xml).hexdigest()
    held = SubmissionRow.objects.select_related("device__post__person").filter(instance=filled.instance).first()
    person = device.post.person.username
    if held:
        if held.sha256 != sha256 or held.person != person:
            told = "这份采集的编号已经用过，内容不同，没有收。要更正的，请在手机上打开已完成的表单修改后再发。"
            raise Refused("submission_changed", told)
        return held, False
    replaces = _replaced(filled, offered, person)
    row = SubmissionRow(
        instance=filled.instance,
        replaces=replaces,
        device=device,
        person=person,
        table=offered.table.name,
        version=filled.version,
        sha256=keep(xml, at).sha256,
        expected=_expected(offered.table, filled),
        received_at=at,
    )
    row.digest = digest_of_submission(row)
    row.save(force_insert=True)
    detail = {"table": row.table, "device": device.pk, "replaces": filled.replaces}
    record_act(device.post.person, at, "submission.receive", f"submission:{row.pk}", row.digest, detail)
    if filled.took is not None and not filled.replaces:
        note_filling(row.table, filled.took, at=at, way=Way.DEVICE)
    return row, True


def _replaced(filled: FilledForm, offered: Offered, person: str) -> SubmissionRow | None:
    """The form that this one corrects: the newest of its chain, of the same table and person."""
    if not filled.replaces:
        return None
    older = SubmissionRow.objects.select_related("replaced_by").filter(instance=filled.replaces, person=person).first()
    if older is None:
        raise Refused("edit_unknown", "要更正的那份采集不在系统里，没有收。请先发送原来那份，再发送更正。")
    if older.table != offered.table.name:
        raise Refused("edit_elsewhere", "要更正的那份采集是另一张表的，没有收。请在原来那张表里更正。")
    if hasattr(older, "replaced_by"):
        raise Refused("edit_not_newest", "要更正的那份采集已有更新的更正，没有收。请在最近一次的基础上更正。")
    return older


def _expected(table: Table, filled: FilledForm) -> list[str]:
    """The names of files that the form speaks of."""
    files = [item.name for item in table.fields if item.type is FieldType.FILE]
    return [name for name in (filled.answers.get(item, "") for item in files) if name]


def _keep_files(row: SubmissionRow, files: Mapping[str, bytes], device: Device, at: datetime) -> None:
    """A big form comes in several requests; a file that is here stays as it is."""
    for name, content in files.items():
        with transaction.atomic():
            one_at_a_time()
            sha256 = hashlib.sha256(content).hexdigest()
            known = SubmissionFile.objects.filter(submission=row, name=name[:200]).first()
            if known and known.sha256 != sha256:
                told = f"文件“{name[:60]}”已经收过，内容不同，没有替换。要换的，请修改表单后重新发送。"
                raise Refused("file_changed", told)
            if known is None:
                keep(content, at)
                SubmissionFile.objects.create(submission=row, name=name[:200], sha256=sha256, received_at=at)
                detail = {"name": name[:200], "sha256": sha256}
                record_act(device.post.person, at, "submission.file", f"submission.file:{row.pk}", "", detail)


def prove(row: SubmissionRow, files: Mapping[str, bytes], at: datetime) -> None:
    """Files that came with a form that stands in the ledger are evidence of its row, at the lowest level of trust. What
    is no evidence (no photo, no paper) stays with the submission."""
    if row.state != WRITTEN or not files:
        return
    entries = {item.entry for item in rows_of_batch(batch_of(row.batch))}
    for entry in entries if len(entries) == 1 else ():
        for name, content in files.items():
            with suppress(ShishiError):
                receive_evidence(NewEvidence(entry, file_name=name), content, by=row.device.post.person, at=at)


def _hand_in(row: SubmissionRow, filled: FilledForm, person: Person, at: datetime) -> tuple[str, str]:
    """State and batch after the ordinary way into the ledger."""
    reach = reach_of(row.device, at)
    offered = form_for(row.device, filled.form, at)
    table, cells = offered.table, _cells(row, offered.table, filled)
    _require_reach(table, cells, reach, offered.programme.name, at)
    as_of = min(filled.as_of or day_of(row.received_at), day_of(at))
    with TemporaryDirectory(prefix="shishi-") as folder:
        path = Path(folder) / f"采集 {row.device.title[:40]} {row.pk}".replace("/", "_")
        write_form(path, cells, filled.explanation)
        hand_in = HandIn(offered.programme, table, path, as_of, Mode.MERGE, door=Door.DEVICE)
        if not table.approval:
            return WRITTEN, receive_workbook(hand_in, by=person, at=at).batch
        made = propose_workbook(hand_in, by=person, at=at)
        return (WRITTEN, made.batch) if isinstance(made, Received) else (PROPOSED, str(made.pk))


def _cells(row: SubmissionRow, table: Table, filled: FilledForm) -> dict[str, str]:
    """What is written: an empty answer says nothing, unless the form corrects one in which there was something."""
    cells = cells_of(table, filled)
    before = cells_of(table, read_form(content_of(row.replaces.sha256))) if row.replaces else {}
    if before and row.replaces and row.replaces.state == WRITTEN:
        changed = [table.by_name[name].title for name in table.key if before.get(name) != cells.get(name)]
        if changed:
            told = f"更正改了主键（{'、'.join(changed)}），手机上不能改主键。请在网页上打开这一行“更正主键”。"
            raise Refused("edit_changes_key", told)
    return {name: text for name, text in cells.items() if text or before.get(name)}


def _require_reach(table: Table, cells: Mapping[str, str], reach: Reach | None, programme: str, at: datetime) -> None:
    """The device's own post must reach the row's division, not only some post of its person."""
    told = cells.get(table.division_field, "")
    place = find_division(told, day_of(at)).code if told else ""
    if reach is None or (place and not reach.holds(place, programme)):
        raise Misuse(
            "out_of_reach", "这一行的行政区划不在这台设备所绑岗位的范围内。请核对行政区划，或换用有权限的设备。"
        )


def note(
    row: SubmissionRow, state: str, batch: str, faults: tuple[Mapping[str, str], ...], *, by: Person, at: datetime
) -> None:
    """Write down what came of a submission, and say so on the trail. Call inside a transaction."""
    row.state, row.batch, row.settled_at, row.faults = state, batch, at, [dict(item) for item in faults]
    row.save(update_fields=["state", "batch", "settled_at", "faults", "reason"])
    detail = {"state": state, "batch": batch, "faults": [item["code"] for item in faults], "reason": row.reason}
    record_act(by, at, f"submission.{state}", f"submission.state:{row.pk}", "", detail)


def _again(row: SubmissionRow) -> SubmissionRow:
    return SubmissionRow.objects.select_related("device", "replaces", "replaced_by").get(pk=row.pk)
