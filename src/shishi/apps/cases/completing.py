"""Completing tasks: one person's work, a second approval, one voice of many; what comes twice is done once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from shishi.apps.accounts.models import Person
from shishi.apps.cases.advancing import carry_on, over
from shishi.apps.cases.body_rules import require_rules
from shishi.apps.cases.definitions import step_of
from shishi.apps.cases.facts import checked, stored, stored_outcome
from shishi.apps.cases.in_hand import InHand, Line, in_hand
from shishi.apps.cases.materials import require_complete
from shishi.apps.cases.models import TaskRow
from shishi.apps.cases.supplementing import Lacking, ask_for, finish_correction
from shishi.apps.cases.taking import looked_up, open_task
from shishi.core.case_states import CaseAction, CaseState, SeenBy
from shishi.core.cases import action_to
from shishi.core.errors import Misuse, Refused
from shishi.core.processes import Outcome, OutcomeKind, Step
from shishi.core.tables import Value
from shishi.core.tasks import (
    Decision,
    TaskKind,
    TaskState,
    Voices,
    outcome_of,
    outcome_of_voices,
    require_second,
    settled,
)

AGREE, DISAGREE = "agree", "disagree"
_SEEN = {"parties": SeenBy.PARTIES, "applicant": SeenBy.APPLICANT, "officials": SeenBy.OFFICIALS}


@dataclass(frozen=True, slots=True)
class Work:
    """What somebody did at a task. ``decision``: the outcome (of a second approval ``agree`` or ``disagree``), with
    text, and with basis and remedy where it refuses; ``answers``: typed values of the step's form; ``lacking``: with
    the outcome *supplement*, everything that is asked for."""

    decision: Decision
    answers: Mapping[str, Value]
    lacking: Sequence[Lacking] = ()


def complete_task(
    task: int,
    outcome: str,
    *,
    by: Person,
    at: datetime,
    answers: Mapping[str, Value] | None = None,
    text: str = "",
    basis: str = "",
    remedy: str = "",
    lacking: Sequence[Lacking] = (),
    once: str = "",
) -> TaskRow:
    """End a task and let the case go on. What the same person did already with the same outcome is done: nothing
    happens. ``Refused``: task_done, task_held, task_taken, conflict_of_interest, second_is_first, answers_refused,
    rules_broken, materials_lacking; ``Misuse``: unknown_task, outcome_unknown, outcome_reason_missing,
    refusal_basis_missing, refusal_remedy_missing, case_step_not_allowed."""
    work = Work(Decision(outcome, text, basis, remedy), answers or {}, lacking)
    with in_hand(task, by=by, at=at) as case:
        row = _completed(case, task, work, once)
    return row


def complete_in(case: InHand, task: int, work: Work) -> TaskRow:
    """As :func:`complete_task`, of a case that is in hand already (one of many)."""
    return _completed(case, task, work, "")


def _done_already(case: InHand, row: TaskRow, outcome: str) -> bool:
    """A double click: the same person, the same task, the same outcome."""
    over = row.state in (TaskState.DONE, TaskState.HELD)
    return over and case.by is not None and row.done_by == case.by.username and outcome in ("", row.outcome)


def _completed(case: InHand, task: int, work: Work, once: str) -> TaskRow:
    found = looked_up(case, task)
    if found is not None and _done_already(case, found, work.decision.outcome):
        return found
    row = open_task(case, task, found)
    if case.done_before(once):
        return row
    if case.standing.state is CaseState.SUSPENDED:
        raise Refused("case_suspended", "这件办件已中止，恢复办理后才能继续。")
    if row.kind == TaskKind.CORRECTION:
        return finish_correction(case, row, work.decision.text)
    if row.kind == TaskKind.SUPPLEMENT:
        raise Misuse("supplement_by_applicant", "补正要由申请人提交（shishi case supplement），不能在这里办结。")
    step = step_of(case.process, row.element)
    if row.kind == TaskKind.SECOND:
        return _seconded(case, row, step, work)
    _require_no_correction(case, row)
    return _worked(case, row, step, work)


def _worked(case: InHand, row: TaskRow, step: Step, work: Work) -> TaskRow:
    """One person's work at a step, or their voice."""
    found = outcome_of(step, work.decision)
    if found.kind is OutcomeKind.SUPPLEMENT:
        ask_for(case, row, work.lacking, work.decision.text)
        return row
    if row.kind == TaskKind.VOICE:
        return _voiced(case, row, step, found, work)
    facts = _facts(case, step, row, work)
    require_rules(case.row, case.process, row.element, facts, case.at)
    _close(row, case, found, work)
    if step.second and found.kind in (OutcomeKind.APPROVE, OutcomeKind.REFUSE):
        return _held(case, row, step, found, facts, work)
    _decided(case, row, step, found, facts, work)
    return row


def _facts(case: InHand, step: Step, row: TaskRow, work: Work) -> dict[str, object]:
    """What the form of the step said."""
    if not step.form:
        if work.answers:
            raise Misuse("form_unknown", f"“{step.title}”没有表单可填。")
        return {}
    return stored(case.process, step.form, checked(case.process, step.form, work.answers, case.at), within(row.token))


def within(token: str) -> str:
    """The instance that a token stands in, ``""`` for the case itself."""
    return token.rpartition("/")[0]


def _close(row: TaskRow, case: InHand, outcome: Outcome, work: Work, state: TaskState = TaskState.DONE) -> None:
    row.state, row.outcome, row.text = state, outcome.code, work.decision.text.strip()
    row.done_at, row.done_by, row.watch_at = case.at, case.actor, None
    if row.assignee_id is None and case.by is not None:
        row.assignee = case.by
    case.close_task(row)


def _told(work: Work, row: TaskRow, more: Mapping[str, object] | None = None) -> dict[str, object]:
    found: dict[str, object] = {"task": row.pk, "step": row.step, **(more or {})}
    decision = work.decision
    if decision.basis or decision.remedy:
        found |= {"basis": decision.basis.strip(), "remedy": decision.remedy.strip()}
    return found


def _decided(case: InHand, row: TaskRow, step: Step, outcome: Outcome, facts: Mapping[str, object], work: Work) -> None:
    """A step has its outcome: the case takes the state that it names, and goes on."""
    kept = {**facts, **stored_outcome(row.element, outcome.code, within(row.token))}
    refused = outcome.kind is OutcomeKind.REFUSE
    action = action_to(outcome.state, case.standing, refused)
    if action is CaseAction.ACCEPT:
        require_complete(case)
    if action in (CaseAction.DECIDE, CaseAction.REFUSE, CaseAction.DELIVER):
        case.row.outcome = outcome.code
    text = work.decision.text.strip() or (outcome.title if action is not CaseAction.HANDLE else "")
    seen = _SEEN.get(step.seen_by, SeenBy.PARTIES) if action is CaseAction.HANDLE else None
    told = _told(work, row, {"outcome": outcome.title, **({"refused": True} if refused else {})})
    case.say(Line(action, text, seen, row.element, row.token, outcome.code, facts=kept, told=told))
    over(case, row.token)
    if case.process.clocks.starts == row.element and case.row.clock_from is None and not refused:
        case.row.clock_from = case.at
    carry_on(case, row.token)


def _held(case: InHand, row: TaskRow, step: Step, outcome: Outcome, facts: Mapping[str, object], work: Work) -> TaskRow:
    """The first of two approvals: another person of the same lane is asked."""
    row.state = TaskState.HELD
    row.save(update_fields=["state"])
    second = TaskRow(
        case=case.row,
        token=row.token,
        element=row.element,
        kind=TaskKind.SECOND,
        step=f"{step.title}（复核）",
        title=row.title,
        process=row.process,
        programme=row.programme,
        division=row.division,
        body=row.body,
        role=row.role,
        opened_at=case.at,
        due_at=row.due_at,
        legal_due=row.legal_due,
        watch_at=row.due_at,
    )
    second.save(force_insert=True)
    told = _told(work, row, {"outcome": outcome.title, "second": second.pk})
    text = work.decision.text.strip()
    case.say(Line(CaseAction.HANDLE, text, SeenBy.OFFICIALS, row.element, row.token, outcome.code, (), facts, told))
    return row


def _seconded(case: InHand, row: TaskRow, step: Step, work: Work) -> TaskRow:
    """A second person agrees, and the first one's outcome holds; or not, and the first one has it again with the
    reason."""
    first = case.row.tasks.get(token=row.token, kind=TaskKind.WORK, state=TaskState.HELD)
    require_second(step.title, first.done_by, case.actor)
    found = step.outcome(first.outcome) or Outcome(first.outcome, first.outcome)
    wanted = work.decision.outcome or AGREE
    if wanted not in (AGREE, DISAGREE):
        raise Misuse("outcome_unknown", f"复核只有 {AGREE}（同意）和 {DISAGREE}（不同意，须写明理由）。")
    agreed = wanted == AGREE
    action = CaseAction.AGREE if agreed else CaseAction.DISAGREE
    case.say(_spoken(action, row, wanted, work, {"first": first.done_by}))
    _close(row, case, Outcome(wanted, ""), work)
    if agreed:
        first.state = TaskState.DONE
        first.save(update_fields=["state"])
        kept = Work(Decision(first.outcome, first.text, *_refusal_of(case, first)), {})
        _decided(case, first, step, found, {}, kept)
    else:
        first.state, first.outcome, first.done_by, first.done_at = TaskState.OPEN, "", "", None
        first.watch_at = first.due_at
        first.save()
    return row


def _refusal_of(case: InHand, first: TaskRow) -> tuple[str, str]:
    """Basis and remedy as the first person wrote them."""
    steps = case.row.steps.filter(token=first.token, action=CaseAction.HANDLE, person=first.done_by)
    told = steps.order_by("-position").values_list("told", flat=True).first() or {}
    return str(told.get("basis", "")), str(told.get("remedy", ""))


def _voiced(case: InHand, row: TaskRow, step: Step, outcome: Outcome, work: Work) -> TaskRow:
    """One voice of many; the engine hears of it when no later one can change what they lead to."""
    if step.countersign is None:
        raise Refused("countersign_gone", f"“{step.title}”在现在的流程里不再会签，请由管理人员处置。")
    agreed = outcome.kind not in (OutcomeKind.REFUSE, OutcomeKind.BACK)
    _close(row, case, outcome, work)
    case.say(_spoken(CaseAction.VOTE, row, outcome.code, work, {"agreed": agreed}))
    voices = voices_of(case, row.token, step)
    verdict = settled(step.countersign, voices)
    if verdict is None:
        return row
    others = case.row.tasks.filter(token=row.token, kind=TaskKind.VOICE, state=TaskState.OPEN)
    others.update(state=TaskState.CLOSED, watch_at=None)
    told = {"asked": voices.asked, "agreed": voices.agreed, "against": voices.against}
    counted = Work(Decision("", f"会签{voices.asked}人：同意{voices.agreed}，不同意{voices.against}"), {})
    final = outcome_of_voices(step.outcomes, verdict)
    _decided(case, row, step, final, told_facts(row, told), counted)
    return row


def told_facts(row: TaskRow, told: Mapping[str, int]) -> dict[str, object]:
    """How many spoke, as facts of the case."""
    return {f"{row.element}.{name}": value for name, value in told.items()}


def voices_of(case: InHand, token: str, step: Step) -> Voices:
    """What was said so far."""
    against = [item.code for item in step.outcomes if item.kind in (OutcomeKind.REFUSE, OutcomeKind.BACK)]
    rows = case.row.tasks.filter(token=token, kind=TaskKind.VOICE).exclude(state=TaskState.CLOSED)
    said = rows.filter(state=TaskState.DONE)
    no = said.filter(outcome__in=against).count()
    return Voices(rows.count(), said.count() - no, no)


def _spoken(action: CaseAction, row: TaskRow, outcome: str, work: Work, more: Mapping[str, object]) -> Line:
    text = work.decision.text.strip()
    return Line(action, text, None, row.element, row.token, outcome, told=_told(work, row, more))


def _require_no_correction(case: InHand, row: TaskRow) -> None:
    if row.token in case.corrected:
        raise Refused("correction_awaited", f"“{row.step}”已退回更正，正等对方改好。改好后再办理。")
