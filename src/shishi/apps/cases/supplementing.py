"""What lacks: told to the applicant once and whole 一次性告知补正, with the clock stopped until it comes; and between
colleagues 退回更正, once and whole too."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from shishi.apps.accounts.models import Person
from shishi.apps.cases.clocks import begin_pause, end_pause, set_case_clock
from shishi.apps.cases.facts import form_of, read_facts, stored
from shishi.apps.cases.in_hand import InHand, Line, in_hand
from shishi.apps.cases.lanes import Place
from shishi.apps.cases.models import TaskRow
from shishi.apps.cases.opened_tasks import Doer, task_row
from shishi.apps.cases.taking import open_task, require_worker
from shishi.apps.cases.telling import tell
from shishi.core.calendars import day_of
from shishi.core.case_states import CaseAction
from shishi.core.checking import RowContext, check_row
from shishi.core.errors import Misuse, Refused
from shishi.core.evaluation import Moments
from shishi.core.limits import PauseKind
from shishi.core.materials import OWED, MaterialState
from shishi.core.tables import Value
from shishi.core.tasks import TaskKind, TaskState


@dataclass(frozen=True, slots=True)
class Lacking:
    """One thing that lacks: a material by its code, a field of a form (``form.field``), or anything else in words.
    ``what``: what is wrong with it and how it is put right."""

    what: str
    material: str = ""
    field: str = ""

    @property
    def name(self) -> str:
        """What it is called among the things asked for: the same thing is always called the same."""
        return self.material or self.field or self.what.strip()

    @property
    def told(self) -> str:
        """As the applicant reads it."""
        return self.what.strip() or self.name


def ask_supplement(task: int, lacking: Sequence[Lacking], *, by: Person, at: datetime, text: str = "") -> TaskRow:
    """Tell the applicant everything that lacks, once. The clock stops. Returns the applicant's task. ``Refused``
    (supplement_asked_before) for anything that was not on the first list."""
    with in_hand(task, by=by, at=at) as case:
        return ask_for(case, open_task(case, task), lacking, text)


def ask_for(case: InHand, row: TaskRow, lacking: Sequence[Lacking], text: str) -> TaskRow:
    """As :func:`ask_supplement`, of a case that is in hand."""
    titles = {item.code: item.title for item in case.process.materials}
    for item in lacking:
        if item.material and item.material not in titles:
            raise Misuse("unknown_material", f"材料清单里没有“{item.material}”。")
    told = "；".join(f"{titles.get(item.material, '')}{'：' if item.material else ''}{item.told}" for item in lacking)
    reason = text.strip() or told
    listed = {"list": [{"name": item.name, "what": item.told} for item in lacking], "task": row.pk}
    names = [item.name for item in lacking]
    case.say(Line(CaseAction.ASK_SUPPLEMENT, reason, None, row.element, row.token, items=names, told=listed))
    for item in lacking:
        if item.material:
            case.row.materials.filter(code=item.material).update(
                state=MaterialState.RETURNED, remark=item.told, checked_by=case.actor, due_at=None
            )
    place = Place("", "", case.row.division)
    made = task_row(case, row.token, row.element, Doer(place, case.row.applicant, applicant=True))
    made.kind, made.step, made.text = TaskKind.SUPPLEMENT, "补正", told
    made.save(force_insert=True)
    begin_pause(case, PauseKind.SUPPLEMENT)
    return made


def supplement(
    case: UUID | str,
    *,
    by: Person,
    at: datetime,
    answers: Mapping[str, Value] | None = None,
    texts: Mapping[str, str] | None = None,
    text: str = "",
    once: str = "",
) -> TaskRow:
    """The applicant (or an official over the counter) has brought what was asked for; the clock goes on. ``answers``:
    ``form.field`` → typed value, of fields that were asked for; ``texts``: the same as they were typed. ``Refused``
    (supplement_incomplete) with what still lacks."""
    with in_hand(case, by=by, at=at) as held:
        row = held.row.tasks.filter(kind=TaskKind.SUPPLEMENT).order_by("-pk").first()
        if row is None:
            raise Misuse("supplement_not_asked", "这件办件没有要补正的内容。")
        _require_supplier(held)
        if held.done_before(once) or (row.state == TaskState.DONE and row.done_by == held.actor):
            return row
        read = read_facts(held.process, texts or {}, day_of(at))
        facts = _answered(held, {**(answers or {}), **read})
        _require_brought(held)
        held.say(Line(CaseAction.SUPPLEMENT, text.strip(), None, row.element, row.token, facts=facts))
        row.state, row.done_at, row.done_by = TaskState.DONE, at, held.actor
        row.save()
        end_pause(held, PauseKind.SUPPLEMENT)
    return row


def _require_supplier(case: InHand) -> None:
    if case.by is not None and (case.by.pk == case.row.applicant_id or case.by.username == case.row.opened_by):
        return
    require_worker(case)


def _answered(case: InHand, answers: Mapping[str, Value]) -> dict[str, object]:
    """Corrected answers, of what was asked for only; each form still has to hold as a whole."""
    facts: dict[str, object] = {}
    for name, value in answers.items():
        form, _, field = name.partition(".")
        if name not in case.standing.asked:
            raise Misuse(
                "supplement_not_asked", f"“{name}”不在补正清单里，不能改。补正清单：{'、'.join(case.standing.asked)}。"
            )
        if field not in form_of(case.process, form).by_name:
            raise Misuse("unknown_field", f"表单“{form}”没有“{field}”。")
        table = form_of(case.process, form)
        issues = [
            issue
            for issue in check_row(table, {field: value}, RowContext(Moments(day_of(case.at), None, None)))
            if issue.field == field
        ]
        if issues:
            raise Refused("answers_refused", "补正的内容还有没有填对的。", issues)
        facts |= stored(case.process, form, {field: value})
    return facts


def _require_brought(case: InHand) -> None:
    asked = {row.code: row for row in case.row.materials.filter(code__in=list(case.standing.asked))}
    open_ones = [row.title for row in asked.values() if row.state in (OWED - {MaterialState.LATER})]
    if open_ones:
        raise Refused("supplement_incomplete", f"还没有补交：{'、'.join(open_ones)}。请补齐后再提交。")


def return_for_correction(
    task: int, element: str, lacking: Sequence[str], *, by: Person, at: datetime, text: str = ""
) -> TaskRow:
    """Send an earlier step of the office back to who did it, once, with everything listed; the own task waits for it.
    The clock does not stop: the applicant has no part in it. ``Refused`` (returned_before); ``Misuse``
    (correction_empty, step_not_done)."""
    wanted = [item.strip() for item in lacking if item.strip()]
    if not wanted:
        raise Misuse("correction_empty", "还没有写要更正什么。请一次列全。")
    with in_hand(task, by=by, at=at) as case:
        row = open_task(case, task)
        if case.row.tasks.filter(token=row.token, kind=TaskKind.CORRECTION).exists():
            raise Refused(
                "returned_before", f"“{row.step}”已经退回过一次。要更正的应一次列全；请直接办理，或转由负责人处理。"
            )
        done = case.row.tasks.filter(element=element, kind=TaskKind.WORK, state=TaskState.DONE).order_by("-pk").first()
        if done is None:
            raise Misuse("step_not_done", f"“{element}”还没有人办过，不能退回。")
        made = task_row(case, row.token, element, Doer(Place(done.role, done.body, done.division), done.assignee))
        made.kind, made.step, made.text = TaskKind.CORRECTION, f"{done.step}（更正）", "；".join(wanted)
        made.due_at = made.watch_at = row.due_at
        made.save(force_insert=True)
        told = {"task": row.pk, "to": done.done_by, "correction": made.pk}
        case.say(Line(CaseAction.RETURN, text.strip() or made.text, None, element, row.token, items=wanted, told=told))
        if done.assignee:
            what = f"办件“{row.title}”（{case.row.number}）退回更正：{made.text}"
            tell([done.assignee], case.row, key=f"correct:{made.pk}", subject="退回更正", text=what, at=at)
    return made


def finish_correction(case: InHand, row: TaskRow, text: str) -> TaskRow:
    """It is put right; who sent it back goes on."""
    if not text.strip():
        raise Misuse("correction_text_missing", "请写明更正了什么。")
    row.state, row.done_at, row.done_by, row.watch_at = TaskState.DONE, case.at, case.actor, None
    row.outcome = "corrected"
    row.save()
    case.say(Line(CaseAction.CORRECT, text.strip(), None, row.element, row.token, told={"task": row.pk}))
    set_case_clock(case)
    return row
