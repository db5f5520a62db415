"""What the applicant and colleagues hear of a case: a message at each step that concerns
them, in the transaction of the step."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from shishi.apps.accounts.models import Person
from shishi.apps.cases.models import CaseRow, CaseStep
from shishi.apps.messages.services import Post, post_message, post_messages
from shishi.core.case_states import CaseAction, SeenBy

A = CaseAction
_HEARD = frozenset(
    {
        A.SUBMIT,
        A.PRECHECK,
        A.ACCEPT,
        A.ASK_SUPPLEMENT,
        A.SUPPLEMENT,
        A.REFUSE,
        A.PAUSE,
        A.CONTINUE,
        A.SUSPEND,
        A.RESUME,
        A.EXTEND,
        A.DECIDE,
        A.DELIVER,
        A.WITHDRAW,
        A.REOPEN,
        A.RECKON,
    }
)


def tell_applicant(row: CaseRow, step: CaseStep) -> None:
    """The applicant who has an account hears of a step that concerns them; each step once."""
    if (heard := _heard(row, step)) is not None:
        post_message(**heard)


def tell_applicants(steps: Iterable[tuple[CaseRow, CaseStep]]) -> None:
    """The same of many cases together."""
    post_messages(heard for row, step in steps if (heard := _heard(row, step)) is not None)


def _heard(row: CaseRow, step: CaseStep) -> Post | None:
    """What the applicant hears of a step, if anything."""
    if row.applicant is None or step.seen_by == SeenBy.OFFICIALS or not _concerns(step, row.applicant):
        return None
    action = A(step.action)
    asked = f"需要补正：{'；'.join(step.items)}。" if step.items else ""
    return Post(
        to=row.applicant,
        key=f"case:{row.uuid}:{step.position}",
        subject=f"{row.number} {action.label}",
        text=f"您的办件“{row.title}”（{row.number}）：{action.label}。{asked}{step.text}",
        about=f"case:{row.number}",
        at=step.at,
    )


def _concerns(step: CaseStep, applicant: Person) -> bool:
    """Whether the applicant hears of a line: also of a material that was sent back, and of what somebody else says to
    them. What is told of their rating has a message of its own."""
    if step.action == A.CHECK_MATERIAL:
        return step.told.get("fits") is False
    if step.action == A.COMMENT:
        return step.person != applicant.username and "code" not in step.told
    return step.action in _HEARD


def tell(people: Iterable[Person], row: CaseRow, *, key: str, subject: str, text: str, at: datetime) -> None:
    """Colleagues hear of it; each once for the same key."""
    for person in people:
        post_message(
            to=person,
            key=f"case:{row.uuid}:{key}:{person.username}"[:200],
            subject=f"{row.number} {subject}",
            text=text,
            about=f"case:{row.number}",
            at=at,
        )
