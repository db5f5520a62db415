"""Tasks 环节任务: who has one, what ends it, and when the voices of many are enough."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum

from shishi.core.errors import Misuse, Refused
from shishi.core.labels import Labelled
from shishi.core.processes import Countersign, Outcome, OutcomeKind, Step


class TaskState(Labelled):
    """Where a task stands. ``held``: its own work is done, a second person or other voices are awaited."""

    OPEN = "open", "待办"
    HELD = "held", "待复核"
    DONE = "done", "已办"
    CLOSED = "closed", "已取消"


class TaskKind(Labelled):
    """What a task asks for: the work of its step, a second approval, one voice of many, what an applicant is to supply,
    what a colleague is to correct."""

    WORK = "work", "办理"
    SECOND = "second", "复核"
    VOICE = "voice", "会签"
    SUPPLEMENT = "supplement", "补正"
    CORRECTION = "correction", "更正"


class Basis(StrEnum):
    """Why somebody may act on a task."""

    ASSIGNED = "assigned"
    POST = "post"
    APPLICANT = "applicant"


@dataclass(frozen=True, slots=True)
class Decision:
    """How somebody ends a task. ``basis`` and ``remedy`` are those of a refusal: the law, and where one may turn."""

    outcome: str
    text: str = ""
    basis: str = ""
    remedy: str = ""


DONE_OUTCOME = Outcome("done", "办理完毕", OutcomeKind.OTHER)
"""What ends a step that names no outcomes."""
_REASONED = frozenset({OutcomeKind.REFUSE, OutcomeKind.BACK})


def outcome_of(step: Step, decision: Decision) -> Outcome:
    """The outcome that is meant, fit to be taken. ``Misuse``: outcome_unknown, outcome_reason_missing,
    refusal_basis_missing, refusal_remedy_missing."""
    known = step.outcomes or (DONE_OUTCOME,)
    found = next((item for item in known if item.code == decision.outcome), None)
    if found is None and not decision.outcome and len(known) == 1:
        found = known[0]
    if found is None:
        ways = "、".join(f"{item.code}（{item.title}）" for item in known)
        raise Misuse("outcome_unknown", f"“{step.title}”没有“{decision.outcome}”这种结果。可以选：{ways}。")
    if found.kind in _REASONED and not decision.text.strip():
        raise Misuse("outcome_reason_missing", f"选择“{found.title}”须写明理由，它会告知有关的人。")
    if found.kind is OutcomeKind.REFUSE and not decision.basis.strip():
        raise Misuse("refusal_basis_missing", f"“{found.title}”须写明法律依据（哪部法、第几条）。")
    if found.kind is OutcomeKind.REFUSE and not decision.remedy.strip():
        raise Misuse("refusal_remedy_missing", f"“{found.title}”须告知救济途径：向哪里、在多少日内申请复议或者起诉。")
    return found


def require_free(title: str, state: TaskState, assignee: str, person: str) -> None:
    """That the task can still be worked on by this person. ``Refused``: task_done, task_taken."""
    if state in (TaskState.DONE, TaskState.CLOSED):
        raise Refused("task_done", f"“{title}”已经办过或取消了，没有再办一次。请刷新看现在的样子。")
    if state is TaskState.HELD:
        raise Refused("task_held", f"“{title}”已经办理，正等复核或其他人会签。")
    if assignee and assignee != person:
        raise Refused("task_taken", f"“{title}”已由 {assignee} 认领。需要换人时，请对方转办，或由负责人转办。")


def require_without_interest(title: str, person: str, concerned: Collection[str], declared: Collection[str]) -> None:
    """Nobody handles their own matter, nor one in which they declared an interest 回避. ``concerned``: user names of who
    applied and of the parties. ``Refused`` (conflict_of_interest)."""
    if person in concerned:
        reason = "您是申请人或当事人"
    elif person in declared:
        reason = "您已声明回避，或被决定回避"
    else:
        return
    raise Refused("conflict_of_interest", f"{reason}，不能办理“{title}”。请由其他同志办理。")


def require_second(title: str, first: str, second: str) -> None:
    """Two approvals are those of two people. ``Refused`` (second_is_first)."""
    if first == second:
        raise Refused("second_is_first", f"“{title}”须由两个人先后审批，您已经办过第一道。请由另一位同志复核。")


@dataclass(frozen=True, slots=True)
class Voices:
    """What was said so far by those who are asked: for and against."""

    asked: int
    agreed: int
    against: int

    @property
    def open(self) -> int:
        """How many have not spoken."""
        return self.asked - self.agreed - self.against


def settled(countersign: Countersign, voices: Voices) -> bool | None:
    """Whether many have agreed: true or false as soon as no later voice can change it, ``None`` before that. *All*:
    one refusal settles it; *any*: one agreement; a number: so many agreements, or too few left to reach it."""
    need = needed(countersign, voices.asked)
    if voices.agreed >= need:
        return True
    if voices.agreed + voices.open < need:
        return False
    return None


def needed(countersign: Countersign, asked: int) -> int:
    """How many must agree. ``Refused`` (countersign_impossible) where fewer are asked than must agree."""
    need = {"all": asked, "any": 1}.get(countersign.need)
    need = countersign.count if need is None else need
    if need is None or asked == 0 or need > asked:
        raise Refused("countersign_impossible", f"会签须 {countersign.need} 人同意，现在只有 {asked} 人可以会签。")
    return need


def outcome_of_voices(outcomes: Sequence[Outcome], agreed: bool) -> Outcome:
    """The outcome of the step that the voices lead to: its first approving or its first other one."""
    approving = [item for item in outcomes if item.kind is OutcomeKind.APPROVE]
    others = [item for item in outcomes if item.kind in (OutcomeKind.REFUSE, OutcomeKind.BACK)]
    found = approving if agreed else others
    return found[0] if found else DONE_OUTCOME if agreed else Outcome("against", "未获同意", OutcomeKind.BACK)
