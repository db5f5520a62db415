"""Cases as the command line shows them: documents for programs, lines for people."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from shishi.core.calendars import SHANGHAI
from shishi.core.divisions import official
from shishi.core.errors import Misuse

if TYPE_CHECKING:
    from shishi.apps.cases.seen import CaseLine, CasePage
    from shishi.apps.cases.todo import TaskPage
    from shishi.apps.cases.views import CaseView, StepView, TaskView
    from shishi.core.case_clocks import Due


def answers_of(words: Sequence[str]) -> dict[str, str]:
    """``字段=内容`` as they were typed. ``Misuse`` (answer_malformed)."""
    found: dict[str, str] = {}
    for word in words:
        name, equals, text = word.partition("=")
        if not equals or not name.strip():
            raise Misuse("answer_malformed", f"“{word}”写法不对，应如 number=H-01。")
        found[name.strip()] = text
    return found


def moment_text(moment: datetime | None) -> str:
    """A moment as people read it, in Shanghai; ``""`` for none."""
    return f"{moment.astimezone(SHANGHAI):%Y-%m-%d %H:%M}" if moment else ""


def page_document(page: CasePage | TaskPage, lines: Sequence[object]) -> dict[str, object]:
    """A page of a list."""
    return {"page": page.page, "count": page.count, "many": page.many, "more": page.more, "lines": list(lines)}


def line_document(item: CaseLine) -> dict[str, object]:
    """A case in a list."""
    return {
        "number": item.number,
        "uuid": str(item.uuid),
        "title": item.title,
        "process": item.process,
        "programme": item.programme,
        "division": official(item.division),
        "state": item.state.value,
        "outcome": item.outcome,
        "opened_at": item.opened_at.isoformat(),
        "due_at": item.due_at.isoformat() if item.due_at else None,
        "overdue": item.overdue,
    }


def case_line(item: CaseLine) -> str:
    """A case in a list, for people."""
    late = "　逾期" if item.overdue else ""
    return f"{item.number}　{item.state.label}　{item.title}　{moment_text(item.due_at)}{late}"


def task_document(item: TaskView) -> dict[str, object]:
    """A task."""
    return {
        "task": item.id,
        "case": item.number,
        "step": item.step,
        "element": item.element,
        "kind": item.kind.value,
        "state": item.state.value,
        "title": item.title,
        "owner": item.owner,
        "body": item.body,
        "role": item.role,
        "division": official(item.division),
        "opened_at": item.opened_at.isoformat(),
        "due_at": item.due_at.isoformat() if item.due_at else None,
        "legal_due": item.legal_due.isoformat() if item.legal_due else None,
        "outcome": item.outcome,
        "done_by": item.done_by,
        "form": item.form,
        "outcomes": [{"code": way.code, "title": way.title, "kind": way.kind.value} for way in item.outcomes],
    }


def task_line(item: TaskView) -> str:
    """A task, for people."""
    owner = f"　{item.owner_name or item.owner}" if item.owner else ""
    done = f"　{item.outcome} {moment_text(item.done_at)}" if item.done_at else f"　{item.left}" if item.left else ""
    return f"{item.id}　{item.number}　{item.step}　{item.title}{owner}{done}"


def case_document(case: CaseView, thread: Iterable[StepView]) -> tuple[dict[str, object], list[str]]:
    """A case with its thread: the document and the lines."""
    steps = tuple(thread)
    document = {
        "number": case.number,
        "uuid": str(case.uuid),
        "title": case.title,
        "process": case.process.name,
        "version": case.process.version,
        "programme": case.programme,
        "division": official(case.division),
        "state": case.state.value,
        "outcome": case.outcome,
        "applicant": case.applicant,
        "opened_at": case.opened_at.isoformat(),
        "clock": {name: _due(due) for name, due in (("legal", case.clock.legal), ("promised", case.clock.promised))},
        "asked": list(case.asked),
        "answers": {name: text for name, _, text in case.answers},
        "tasks": [task_document(task) for task in case.tasks],
        "materials": [
            {"material": item.code, "title": item.title, "state": item.state.value, "receipt": item.receipt}
            for item in case.materials
        ],
        "thread": [_step(step) for step in steps],
        "may": list(case.may),
    }
    return document, [*_head(case), *(_step_line(step) for step in steps)]


def _due(due: Due | None) -> dict[str, object] | None:
    if due is None:
        return None
    return {
        "moment": due.moment.isoformat() if due.moment else None,
        "provisional": due.provisional,
        "reckoning": due.sentence,
    }


def _step(step: StepView) -> dict[str, object]:
    return {
        "position": step.position,
        "action": step.action.value,
        "person": step.person,
        "at": step.at.isoformat(),
        "text": step.text,
        "seen_by": step.seen_by.value,
        "element": step.element,
        "outcome": step.outcome,
        "items": list(step.items),
    }


def _step_line(step: StepView) -> str:
    text = f"：{step.text}" if step.text else ""
    return f"  {step.position:>3}　{moment_text(step.at)}　{step.who}　{step.action.label}{text}"


def _head(case: CaseView) -> list[str]:
    clock = [due.sentence for due in (case.clock.promised, case.clock.legal) if due is not None]
    answers = [f"  {title}：{text}" for _, title, text in case.answers]
    materials = [f"  {item.title}　{item.state.label}　{item.receipt}" for item in case.materials]
    open_tasks = [f"  {task_line(task)}" for task in case.tasks if task.state.value in ("open", "held")]
    asked = [f"待补正：{case.asked_told}"] if case.asked_told else []
    return [
        f"{case.number}　{case.state.label}　{case.title}",
        f"申请人 {case.applicant}　{moment_text(case.opened_at)}　{case.left}",
        *clock,
        *asked,
        *(["申请内容：", *answers] if answers else []),
        *(["材料：", *materials] if materials else []),
        *(["任务：", *open_tasks] if open_tasks else []),
    ]
