"""Cases and tasks by their names, for who tells a story of them from outside: no reach is asked, nothing is shown."""

from __future__ import annotations

from shishi.apps.cases.models import CaseLink, CaseRow, TaskRow
from shishi.core.tasks import TaskKind, TaskState


def case_numbered(number: str) -> CaseRow:
    """The case of that number."""
    return CaseRow.objects.get(number=number)


def on_the_other_side(case: CaseRow) -> CaseRow:
    """The case of the handling body that this one was forwarded to, in the same store."""
    conversation = CaseLink.objects.get(case=case).conversation
    return CaseRow.objects.get(link__conversation=conversation, link__side="handling")


def open_task_at(case: CaseRow, element: str, *, second: bool = False) -> TaskRow:
    """The open task at an element; ``second``: the second approval of it."""
    kind = TaskKind.SECOND if second else TaskKind.WORK
    return TaskRow.objects.get(case=case, element=element, kind=kind, state=TaskState.OPEN)
