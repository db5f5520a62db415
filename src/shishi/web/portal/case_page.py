"""One case as its applicant sees it: where it stands, until when, what is asked of them, what happened."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.http import HttpResponse

from shishi.apps.cases.views import CaseView, StepView
from shishi.core.case_states import CaseState
from shishi.core.diagrams import Diagram
from shishi.web.headers import WITH_SCRIPTS

STRIP = (
    ((CaseState.SUBMITTED, CaseState.PRECHECKED), "已提交"),
    ((CaseState.ACCEPTED, CaseState.HANDLING), "办理中"),
    ((CaseState.DECIDED,), "已决定"),
    ((CaseState.DELIVERED, CaseState.RATED, CaseState.ARCHIVED), "已送达"),
)
BAD_END = frozenset({CaseState.REFUSED, CaseState.WITHDRAWN})
GOOD = frozenset({CaseState.DECIDED, CaseState.DELIVERED, CaseState.RATED, CaseState.ARCHIVED})


def mark_of(state: CaseState) -> str:
    """The shape beside a state."""
    if state in BAD_END:
        return "behind"
    return "ahead" if state in GOOD else "even"


def shown_case(case: CaseView, thread: Sequence[StepView], at: datetime) -> dict[str, object]:
    """What the page of a case needs."""
    groups = [group for group, _ in STRIP]
    reached = next((index for index, group in enumerate(groups) if case.state in group), 1)
    return {
        "case": case,
        "thread": tuple(reversed(thread)),
        "mark": mark_of(case.state),
        "strip": [(title, index < reached, index == reached) for index, (_, title) in enumerate(STRIP)],
        "ended_badly": case.state in BAD_END,
        "promised": case.clock.promised,
        "legal": case.clock.legal,
        "asked_materials": [one for one in case.materials if one.code in case.asked],
    }


def drawing(response: HttpResponse) -> HttpResponse:
    """The page of a case may run the script that draws its process; without it the list says the same."""
    response["Content-Security-Policy"] = WITH_SCRIPTS
    return response


def drawn_as(diagram: Diagram) -> HttpResponse:
    """The file of a diagram."""
    return HttpResponse(diagram.xml, content_type="application/xml; charset=utf-8")
