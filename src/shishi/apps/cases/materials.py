"""Materials of a case: listed once, prefilled from what is held, uploaded, promised or deferred, checked, sent back."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from shishi.apps.accounts.models import Person
from shishi.apps.cases.clocks import own_limit
from shishi.apps.cases.facts import known
from shishi.apps.cases.in_hand import InHand, Line, in_hand
from shishi.apps.cases.models import CaseRow, MaterialRow, TaskRow
from shishi.apps.cases.taking import require_worker
from shishi.apps.files.services import keep
from shishi.core.calendars import day_of
from shishi.core.case_states import CaseAction
from shishi.core.errors import Misuse, Refused
from shishi.core.evaluation import LoneRow, Moments, evaluate
from shishi.core.materials import (
    Asked,
    MaterialState,
    asked_of,
    lacking,
    named,
    require_deferrable,
    require_promisable,
)

M = MaterialState


def list_materials(case: InHand) -> None:
    """Write down what this case asks for; what the office has already is not asked for again (在线政务服务规定 7)."""
    facts = known(case.row, case.process)
    seen = LoneRow(case.process.facts, facts)
    moments = Moments(day_of(case.at), None, None)
    asked = asked_of(case.process.materials, lambda criterion: evaluate(criterion, seen, moments))
    earlier = _held_elsewhere(case.row)
    rows = []
    for item in asked:
        row = MaterialRow(case=case.row, code=item.code, title=item.title, required=item.required)
        before = earlier.get(item.code)
        if item.held and facts.get(item.held) not in (None, "", ()):
            row.state, row.source = M.HELD, "申请表"
        elif before is not None:
            row.state, row.source = M.HELD, before.case.number
            row.sha256, row.file_name, row.size = before.sha256, before.file_name, before.size
        rows.append(row)
    MaterialRow.objects.bulk_create(rows)


def _held_elsewhere(row: CaseRow) -> dict[str, MaterialRow]:
    """What the same applicant gave and an official found fit, in any case, by its code; the newest."""
    if not row.applicant_digest:
        return {}
    found = MaterialRow.objects.filter(case__applicant_digest=row.applicant_digest, state=M.FITS).exclude(sha256="")
    return {item.code: item for item in found.select_related("case").order_by("pk")}


def add_material(
    case: UUID | str, code: str, *, name: str, content: bytes, by: Person, at: datetime, once: str = ""
) -> MaterialRow:
    """Hand in one material; the same file again changes nothing. It gets a receipt number. ``Misuse``:
    unknown_material, file_empty."""
    if not content:
        raise Misuse("file_empty", "文件是空的，没有收下。请重新选择文件。")
    with in_hand(case, by=by, at=at) as held:
        _require_giver(held)
        row = _row(held, code)
        file = keep(content, at)
        if held.done_before(once) or (row.sha256 == file.sha256 and row.state in (M.GIVEN, M.FITS)):
            return row
        row.state, row.sha256, row.file_name, row.size = M.GIVEN, file.sha256, name[:255], file.size
        _given(held, row, f"提交“{row.title}”：{name}")
    return row


def promise_material(case: UUID | str, code: str, text: str, *, by: Person, at: datetime) -> MaterialRow:
    """A written promise stands for it 告知承诺. ``Misuse`` (material_not_promisable, promise_empty)."""
    with in_hand(case, by=by, at=at) as held:
        _require_giver(held)
        require_promisable(named(held.process.materials, code))
        if not text.strip():
            raise Misuse("promise_empty", "请写明承诺的内容和不实承诺的责任。")
        row = _row(held, code)
        row.state, row.remark = M.PROMISED, text.strip()
        _given(held, row, f"以书面承诺代替“{row.title}”：{text.strip()}")
    return row


def defer_material(case: UUID | str, code: str, *, by: Person, at: datetime) -> MaterialRow:
    """It follows later 容缺, within the limit that the process gives. ``Misuse`` (material_not_deferrable)."""
    with in_hand(case, by=by, at=at) as held:
        _require_giver(held)
        material = named(held.process.materials, code)
        require_deferrable(material)
        row = _row(held, code)
        if row.state == M.LATER:
            return row
        clock = TaskRow(opened_at=at)
        if material.later:
            own_limit(clock, material.later, held.days)
        row.state, row.due_at, row.watched = M.LATER, clock.due_at, False
        row.save()
        held.say(Line(CaseAction.MATERIAL, f"“{row.title}”容缺后补", told={"material": code, "due": _iso(row.due_at)}))
    return row


def check_material(
    case: UUID | str, code: str, fits: bool, *, by: Person, at: datetime, remark: str = ""
) -> MaterialRow:
    """An official looked at it: it fits, or goes back with a reason. ``Refused`` (material_not_there)."""
    with in_hand(case, by=by, at=at) as held:
        require_worker(held)
        row = _row(held, code)
        if row.state not in (M.GIVEN, M.HELD, M.PROMISED, M.FITS, M.RETURNED):
            raise Refused("material_not_there", f"“{row.title}”还没有提交，不能核验。")
        if not fits and not remark.strip():
            raise Misuse("material_reason_missing", f"退回“{row.title}”须写明哪里不合要求、怎样改。")
        row.state = M.FITS if fits else M.RETURNED
        row.remark, row.checked_by = remark.strip(), by.username
        row.due_at = None
        row.save()
        told = {"material": code, "fits": fits}
        held.say(Line(CaseAction.CHECK_MATERIAL, f"“{row.title}”{'合格' if fits else '退回'}{_why(remark)}", told=told))
    return row


def require_complete(case: InHand) -> None:
    """``Refused`` (materials_lacking) with each material that stands in the way of accepting the case."""
    if not case.process.materials:
        return
    by_code = {item.code: item for item in case.process.materials}
    asked = [
        Asked(by_code[row.code], MaterialState(row.state))
        for row in (case.row.materials.order_by("pk") if case.papers is None else case.papers)
        if row.code in by_code
    ]
    issues = lacking(asked)
    if issues:
        message = f"还有 {len(issues)} 项必备材料没有：请一次性告知补正，或由申请人补交、承诺后再受理。"
        raise Refused("materials_lacking", message, issues)


def _given(case: InHand, row: MaterialRow, text: str) -> None:
    """It was taken in: with a receipt number made of the case's number and the line of the thread."""
    row.receipt = f"{case.row.number}-{case.row.steps_count + 1:03d}"
    row.given_by, row.given_at, row.due_at = case.actor, case.at, None
    row.save()
    told = {"material": row.code, "sha256": row.sha256, "receipt": row.receipt}
    case.say(Line(CaseAction.MATERIAL, f"{text}（收件编号 {row.receipt}）", told=told))


def _row(case: InHand, code: str) -> MaterialRow:
    material = named(case.process.materials, code)
    row = case.row.materials.filter(code=code).first()
    return row or MaterialRow(case=case.row, code=code, title=material.title, required=material.required)


def _require_giver(case: InHand) -> None:
    """The applicant, or an official who works on the case and takes papers over the counter."""
    if case.by is not None and case.by.pk == case.row.applicant_id:
        return
    if case.by is not None and case.by.username == case.row.opened_by:
        return
    require_worker(case)


def _why(remark: str) -> str:
    return f"：{remark.strip()}" if remark.strip() else ""


def _iso(moment: datetime | None) -> str:
    return moment.isoformat() if moment else ""
