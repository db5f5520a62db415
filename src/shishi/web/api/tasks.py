"""Tasks over the interface: what waits, taking one, ending one."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Field, Router, Schema

from shishi.apps.cases.completing import complete_task
from shishi.apps.cases.facts import form_of, read_answers
from shishi.apps.cases.handing import claim
from shishi.apps.cases.seen import case_of
from shishi.apps.cases.todo import TaskQuery, task_of, to_do
from shishi.apps.cases.views import TaskView
from shishi.core.calendars import day_of
from shishi.core.divisions import official
from shishi.web.api.entrance import person_asking
from shishi.web.api.interface import KEYED, TROUBLES, Page, Size, once

router = Router(tags=["任务"])


class Ending(Schema):
    """A way in which a task may end."""

    code: str
    title: str
    kind: str


class Task(Schema):
    """One task. ``form``: the form that it asks for, empty for none. How it may end is told of one task, not in
    lists."""

    task: int
    case: UUID
    number: str
    title: str
    step: str
    element: str
    state: str
    process: str
    programme: str
    division: str
    owner: str
    opened_at: datetime
    due_at: datetime | None
    left: str
    form: str
    outcomes: list[Ending]


class Tasks(Schema):
    """A page of tasks, the most urgent first. ``count`` is exact unless ``many``."""

    items: list[Task]
    page: int
    count: int
    many: bool
    more: bool


class Completion(Schema):
    """How a task ends. ``answers``: field name or title → text. A refusal names its ``basis`` and ``remedy``."""

    outcome: str = Field("", max_length=60)
    answers: dict[str, str] = {}
    text: str = Field("", max_length=2000)
    basis: str = Field("", max_length=500)
    remedy: str = Field("", max_length=500)


class Done(Schema):
    """What became of it."""

    task: int
    state: str
    outcome: str
    case: UUID
    case_state: str


@router.get("/", response={200: Tasks, **TROUBLES}, url_name="tasks", summary="列出待办任务")
def listed(
    request: HttpRequest,
    process: str = "",
    programme: str = "",
    text: str = "",
    own: bool = False,
    overdue: bool = False,
    page: Page = 1,
    size: Size = 50,
) -> dict[str, object]:
    """What waits for the posts of the asking program's person."""
    asked = TaskQuery(process=process, programme=programme, text=text, own=own, overdue=overdue, page=page, size=size)
    found = to_do(person_asking(request), datetime.now(UTC), asked)
    items = [document_of(item) for item in found.lines]
    return {"items": items, "page": found.page, "count": found.count, "many": found.many, "more": found.more}


@router.get("/{int:task}/", response={200: Task, **TROUBLES}, url_name="task", summary="一件任务")
def read(request: HttpRequest, task: int) -> dict[str, object]:
    """One task, with how it may end."""
    return document_of(task_of(person_asking(request), task, datetime.now(UTC)))


@router.post("/{int:task}/claim/", response={200: Task, **TROUBLES}, url_name="task-claim", summary="认领任务")
def take(request: HttpRequest, task: int) -> dict[str, object]:
    """Take it: from now on nobody else may end it. Taking it again changes nothing."""
    person, at = person_asking(request), datetime.now(UTC)
    claim(task_of(person, task, at).id, by=person, at=at)
    return document_of(task_of(person, task, at))


@router.post(
    "/{int:task}/complete/",
    response={200: Done, **TROUBLES},
    url_name="task-complete",
    summary="办结任务",
    openapi_extra=KEYED,
)
def complete(request: HttpRequest, task: int, told: Completion) -> HttpResponse:
    """End it, and let the case go on."""
    person, at = person_asking(request), datetime.now(UTC)

    def act() -> dict[str, object]:
        seen = task_of(person, task, at)
        process = case_of(person, seen.case, at).process
        answers = read_answers(form_of(process, seen.form), told.answers, day_of(at)) if seen.form else {}
        row = complete_task(
            seen.id,
            told.outcome,
            answers=answers,
            text=told.text,
            basis=told.basis,
            remedy=told.remedy,
            by=person,
            at=at,
        )
        after = case_of(person, seen.case, at)
        return {
            "task": row.pk,
            "state": str(row.state),
            "outcome": row.outcome,
            "case": str(after.uuid),
            "case_state": after.state.value,
        }

    return once(request, act, status=200)


def document_of(seen: TaskView) -> dict[str, object]:
    """A task as it is told."""
    names = ("case", "number", "title", "step", "element", "process", "programme", "owner", "opened_at", "due_at")
    return {
        **{name: getattr(seen, name) for name in (*names, "left", "form")},
        "task": seen.id,
        "state": str(seen.state),
        "division": official(seen.division),
        "outcomes": [{"code": item.code, "title": item.title, "kind": str(item.kind)} for item in seen.outcomes],
    }
