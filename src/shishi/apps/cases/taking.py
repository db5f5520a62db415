"""Taking hold of tasks: who may act on one, and that two officials at once make one outcome."""

from __future__ import annotations

from shishi.apps.accounts.models import Person
from shishi.apps.cases.in_hand import InHand, unknown_task
from shishi.apps.cases.models import CaseParty, TaskRow
from shishi.apps.cases.reach import Hand, hands, manages
from shishi.core.calendars import day_of
from shishi.core.errors import Misuse
from shishi.core.tasks import TaskKind, TaskState, require_free, require_without_interest

_LOOK = """
SELECT task.*,
EXISTS (SELECT 1 FROM cases_caseparty party WHERE party.case_id = task.case_id) AS has_parties,
EXISTS (SELECT 1 FROM cases_pauserow pause WHERE pause.case_id = task.case_id) AS has_pauses
FROM cases_taskrow task
WHERE task.case_id = %s AND (task.id = %s OR (task.kind = 'correction' AND task.state = 'open'))
ORDER BY task.id
"""


def fitting_hand(person: Person, task: TaskRow, case: InHand) -> Hand | None:
    """The post in which the person may do it."""
    return next((hand for hand in hands(person, day_of(case.at)) if hand.fits(task)), None)


def looked_up(case: InHand, task: int) -> TaskRow | None:
    """The task of the case in hand; on the way it is noted at which tokens colleagues still have something to
    correct, and what else there is nothing of, so that nobody has to ask for it."""
    if task in case.ahead:
        return case.ahead.pop(task)
    rows = list(TaskRow.objects.raw(_LOOK, [case.row.pk, task]))
    case.corrected = frozenset(row.token for row in rows if row.kind == TaskKind.CORRECTION)
    beside = vars(rows[0]) if rows else {}  # what the question told besides the columns
    if not beside.get("has_pauses", True):
        case.know_pauses([])
    case.nobodys = not beside.get("has_parties", True)
    return next((row for row in rows if row.pk == task), None)


def open_task(case: InHand, task: int, found: TaskRow | None = None) -> TaskRow:
    """The task of the case in hand, free for the person to act on; asked again under the lock, so that of two at
    once the second sees what the first did. ``Misuse`` (unknown_task); ``Refused``: task_done, task_held,
    task_taken, conflict_of_interest."""
    row = found or looked_up(case, task)
    if row is None or case.by is None:
        raise unknown_task(task)
    mine = row.assignee_id == case.by.pk or (row.applicant and case.row.applicant_id == case.by.pk)
    if not mine and fitting_hand(case.by, row, case) is None:
        raise unknown_task(task)
    holder = case.by.username if row.assignee_id == case.by.pk else row.assignee.username if row.assignee else ""
    require_free(row.step, TaskState(row.state), holder, case.by.username)
    if not row.applicant:
        require_no_interest(case, row.step, case.by)
    return row


def require_no_interest(case: InHand, title: str, person: Person) -> None:
    """Nobody handles a matter of their own. ``Refused`` (conflict_of_interest)."""
    parts: set[str] = set()
    if not case.nobodys:
        held = CaseParty.objects.filter(case=case.row, part__in=["party", "recused"], person=person)
        parts = set(held.values_list("part", flat=True))
    concerned = {person.username} if person.pk == case.row.applicant_id or "party" in parts else set()
    declared = {person.username} if "recused" in parts else set()
    require_without_interest(title, person.username, concerned, declared)


def require_worker(case: InHand) -> None:
    """That the person works on the case: has one of its open tasks or could take one, or looks after cases there.
    ``Misuse`` (not_your_case)."""
    person = case.by
    if person is None:
        return
    open_rows = list(case.row.tasks.filter(state__in=[TaskState.OPEN, TaskState.HELD], applicant=False))
    own = hands(person, day_of(case.at))
    if any(row.assignee_id == person.pk or any(hand.fits(row) for hand in own) for row in open_rows):
        require_no_interest(case, case.row.title, person)
        return
    require_manager(case)


def may_manage(case: InHand) -> bool:
    """Whether the person looks after cases there."""
    return case.by is not None and manages(case.by, case.row.division, case.row.programme, day_of(case.at))


def require_manager(case: InHand) -> None:
    """``Misuse`` (not_your_case) unless the person looks after cases there; ``Refused`` in one's own matter."""
    if not may_manage(case):
        raise Misuse("not_your_case", "这件办件现在不归您办理，您也不负责管理它。请由经办人或负责人办理。")
    if case.by:
        require_no_interest(case, case.row.title, case.by)
