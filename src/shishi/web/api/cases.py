"""Cases over the interface: open one, read it, read its thread, say something in it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Literal
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Field, Router, Schema
from ninja.params.functions import Query as Param

from shishi.apps.cases.facts import form_of, read_answers
from shishi.apps.cases.opening import open_case
from shishi.apps.cases.parties import Applicant
from shishi.apps.cases.seen import CaseLine, CaseQuery, access_cases, case_of, thread_of
from shishi.apps.cases.talking import comment
from shishi.apps.cases.views import CaseView, StepView
from shishi.apps.divisions.selectors import find_division
from shishi.apps.programmes.selectors import process_named
from shishi.core.calendars import day_of
from shishi.core.divisions import official
from shishi.web.api.entrance import person_asking
from shishi.web.api.interface import KEYED, MOST, TROUBLES, Page, Size, once

router = Router(tags=["办件"])
After = Annotated[int, Param(0, ge=0)]
Lines = Annotated[int, Param(MOST, ge=1, le=MOST)]


class Listed(Schema):
    """A case in a list."""

    case: UUID
    number: str
    title: str
    process: str
    programme: str
    division: str
    state: str
    outcome: str
    opened_at: datetime
    due_at: datetime | None
    ended_at: datetime | None
    overdue: bool


class Cases(Schema):
    """A page of cases, the newest first. ``count`` is exact unless ``many``."""

    items: list[Listed]
    page: int
    count: int
    many: bool
    more: bool


class Answered(Schema):
    """What a form says; sensitive values are masked."""

    name: str
    title: str
    text: str


class Waiting(Schema):
    """A task of the case that is open."""

    task: int
    step: str
    element: str
    opened_at: datetime
    due_at: datetime | None


class Case(Schema):
    """One case. ``clock``: both deadlines in words; ``may``: what the asking program may do with it now."""

    case: UUID
    number: str
    title: str
    process: str
    programme: str
    division: str
    channel: str
    state: str
    state_title: str
    outcome: str
    applicant: str
    phone: str
    opened_at: datetime
    ended_at: datetime | None
    clock: str
    answers: list[Answered]
    tasks: list[Waiting]
    may: list[str]


class Line(Schema):
    """A line of the thread."""

    position: int
    action: str
    title: str
    who: str
    at: datetime
    text: str
    outcome: str


class ApplicantIn(Schema):
    """Whose matter it is. ``kind``: ``natural`` or ``legal``."""

    name: str = Field(max_length=80)
    phone: str = Field("", max_length=30)
    id_number: str = Field("", max_length=30)
    kind: str = "natural"


class NewCase(Schema):
    """A case to be opened. ``answers``: field name or title → text, as a person would type it."""

    process: str = Field(max_length=120)
    division: str = Field(max_length=40)
    programme: str = Field("", max_length=120)
    title: str = Field("", max_length=200)
    applicant: ApplicantIn
    answers: dict[str, str] = {}


class Opened(Schema):
    """A case just opened."""

    case: UUID
    number: str
    state: str


class Words(Schema):
    """Something said. ``seen_by``: ``applicant``, ``parties`` or ``officials``."""

    text: str = Field(min_length=1, max_length=2000)
    seen_by: Literal["applicant", "parties", "officials"] = "officials"


class Said(Schema):
    """That it stands in the thread."""

    case: UUID
    number: str


@router.get("/", response={200: Cases, **TROUBLES}, url_name="cases", summary="列出办件")
def listed(
    request: HttpRequest,
    text: str = "",
    process: str = "",
    programme: str = "",
    division: str = "",
    state: str = "",
    open: bool = False,
    overdue: bool = False,
    page: Page = 1,
    size: Size = 50,
) -> dict[str, object]:
    """The cases within reach, the newest first."""
    asked = CaseQuery(text, process, programme, division, state, open, overdue, page, size)
    found = access_cases(person_asking(request), datetime.now(UTC), asked)
    items = [_line(item) for item in found.lines]
    return {"items": items, "page": found.page, "count": found.count, "many": found.many, "more": found.more}


@router.post("/", response={201: Opened, **TROUBLES}, url_name="case-new", summary="新建办件", openapi_extra=KEYED)
def new(request: HttpRequest, asked: NewCase) -> HttpResponse:
    """Open a case. It enters its process at once."""
    person, at = person_asking(request), datetime.now(UTC)

    def act() -> dict[str, object]:
        process = process_named(asked.process)
        form = process.starts.form
        answers = read_answers(form_of(process, form), asked.answers, day_of(at)) if form else {}
        row = open_case(
            process.name,
            answers=answers,
            applicant=Applicant(**asked.applicant.dict()),
            division=find_division(asked.division, day_of(at)).code,
            programme=asked.programme,
            title=asked.title,
            channel="api",
            by=person,
            at=at,
        )
        return {"case": str(row.uuid), "number": row.number, "state": str(row.state)}

    return once(request, act)


@router.get("/{case}/", response={200: Case, **TROUBLES}, url_name="case", summary="一件办件")
def read(request: HttpRequest, case: str) -> dict[str, object]:
    """One case, by its lasting id or its number."""
    return document_of(case_of(person_asking(request), case, datetime.now(UTC)))


@router.get("/{case}/thread/", response={200: list[Line], **TROUBLES}, url_name="case-thread", summary="办件记录")
def thread(request: HttpRequest, case: str, after: After = 0, size: Lines = MOST) -> list[dict[str, object]]:
    """Everything that happened to it, in order. ``after``: the position of the last line that is known already; fewer
    than ``size`` lines are the last ones."""
    lines = thread_of(person_asking(request), case, datetime.now(UTC))
    return [_step(item) for item in lines if item.position > after][:size]


@router.post(
    "/{case}/comments/",
    response={201: Said, **TROUBLES},
    url_name="case-comment",
    summary="留言",
    openapi_extra=KEYED,
)
def say(request: HttpRequest, case: str, words: Words) -> HttpResponse:
    """Say something in the thread."""
    person, at = person_asking(request), datetime.now(UTC)

    def act() -> dict[str, object]:
        seen = case_of(person, case, at)
        comment(seen.uuid, words.text, by=person, at=at, seen_by=words.seen_by)
        return {"case": str(seen.uuid), "number": seen.number}

    return once(request, act)


def _line(item: CaseLine) -> dict[str, object]:
    names = ("number", "title", "process", "programme", "outcome", "opened_at", "due_at", "ended_at", "overdue")
    told = {name: getattr(item, name) for name in names}
    return {**told, "case": item.uuid, "division": official(item.division), "state": item.state.value}


def document_of(seen: CaseView) -> dict[str, object]:
    """A case as it is told."""
    names = ("number", "title", "programme", "channel", "outcome", "applicant", "phone", "opened_at", "ended_at")
    return {
        **{name: getattr(seen, name) for name in names},
        "case": seen.uuid,
        "process": seen.process.name,
        "division": official(seen.division),
        "state": seen.state.value,
        "state_title": seen.state.label,
        "clock": seen.left,
        "answers": [{"name": name, "title": title, "text": text} for name, title, text in seen.answers],
        "tasks": [
            {"task": task.id, "step": task.step, "element": task.element}
            | {"opened_at": task.opened_at, "due_at": task.due_at}
            for task in seen.tasks
            if task.done_at is None
        ],
        "may": list(seen.may),
    }


def _step(item: StepView) -> dict[str, object]:
    names = ("position", "who", "at", "text", "outcome")
    told = {name: getattr(item, name) for name in names}
    return {**told, "action": item.action.value, "title": item.action.label}
