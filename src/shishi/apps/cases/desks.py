"""What an official's page shows of a case beside its view: grouped answers, who else it concerns, where it was; and of
a task whom it may be given to and what may be sent back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from shishi.apps.accounts.roles import Action
from shishi.apps.accounts.selectors import body_titles, may, one_look
from shishi.apps.cases.body_rules import RulesSeen, rules_seen
from shishi.apps.cases.clock_reading import told_pauses
from shishi.apps.cases.definitions import process_of, step_of
from shishi.apps.cases.drawing import EARLIER_ROUND, drawing_of, waiting_on
from shishi.apps.cases.facts import form_of, known
from shishi.apps.cases.lanes import Place, people_of
from shishi.apps.cases.models import CaseRow, IncidentRow, TaskRow
from shishi.apps.cases.reach import hands, manages, within_reach
from shishi.apps.cases.seen import case_of, thread_of
from shishi.apps.cases.todo import task_of
from shishi.apps.cases.views import CaseView, StepView, TaskView, task_view
from shishi.apps.divisions.selectors import find_division
from shishi.apps.files.services import key_ring
from shishi.apps.ledger.sealing import Sealed, decode, mask_of
from shishi.apps.programmes.selectors import calendar
from shishi.core.calendars import day_of
from shishi.core.case_clocks import Pause
from shishi.core.divisions import official
from shishi.core.drawings import Drawing
from shishi.core.errors import ShishiError
from shishi.core.processes import Process, Step
from shishi.core.tables import Field, FieldType, Table, Value
from shishi.core.tasks import TaskKind, TaskState
from shishi.core.values import from_text, shown

if TYPE_CHECKING:
    from shishi.apps.accounts.models import Person

_STANDING = (TaskState.OPEN, TaskState.HELD)


@dataclass(frozen=True, slots=True)
class Answer:
    """One answered field. ``fact``: its name among the facts of the case, with the instance that it was answered in
    (``Sub[3]/form.field``); ``text`` is masked where ``hidden``."""

    fact: str
    field: Field
    text: str
    hidden: bool


@dataclass(frozen=True, slots=True)
class FormSeen:
    """A form with its answers, in the order of its fields."""

    name: str
    title: str
    answers: tuple[Answer, ...]


@dataclass(frozen=True, slots=True)
class PartySeen:
    """Who else it concerns: ``part`` is copied, raised, party or recused."""

    part: str
    name: str
    reason: str
    added_by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class WaitSeen:
    """What the case itself waits for: a time (``due_at``), or a message."""

    title: str
    kind: str
    due_at: datetime | None


@dataclass(frozen=True)
class CaseDesk:
    """A case on an official's desk. ``contact``: masked telephone and number; ``drawing``: where it stands in its
    process, this time; ``rules``: those of the body that has it, where its process asks for any."""

    view: CaseView
    thread: tuple[StepView, ...]
    place: str
    outcome: str
    contact: Mapping[str, str]
    forms: tuple[FormSeen, ...]
    parties: tuple[PartySeen, ...]
    pauses: tuple[Pause, ...]
    incidents: tuple[IncidentRow, ...]
    drawing: Drawing
    waits: tuple[WaitSeen, ...]
    bodies: Mapping[str, str]
    manages: bool
    reveals: bool
    followed_by: tuple[tuple[UUID, str], ...] = ()
    rules: RulesSeen | None = None

    @property
    def stands_still(self) -> bool:
        """Whether its clock stands now."""
        return any(pause.end is None for pause in self.pauses)

    @property
    def open_tasks(self) -> tuple[TaskView, ...]:
        """What is to be done with it now."""
        return tuple(task for task in self.view.tasks if task.state in _STANDING)


@dataclass(frozen=True)
class TaskDesk:
    """A task on an official's desk. ``mine``: whether the person may work on it now; ``earlier``: steps of the office
    that can be sent back (element, title); ``first``: of a second approval, what the first person decided; ``voices``:
    of a countersign, everybody who is asked; ``held``: what its form is known to say already."""

    view: TaskView
    case: CaseDesk
    step: Step
    form: Table | None
    mine: bool
    may_claim: bool
    may_release: bool
    may_hand_over: bool
    colleagues: tuple[tuple[str, str], ...]
    earlier: tuple[tuple[str, str], ...]
    first: TaskView | None
    voices: tuple[TaskView, ...]
    held: Mapping[str, Value]


def case_desk(person: Person, case: UUID | str, at: datetime) -> CaseDesk:
    """One case with everything beside it. ``Misuse`` (unknown_case)."""
    with one_look():
        view = case_of(person, case, at)
        row = CaseRow.objects.select_related("applicant").get(uuid=view.uuid)
        tasks = list(row.tasks.exclude(token__startswith=EARLIER_ROUND).order_by("pk"))
        place, on = row.division, day_of(at)
        return CaseDesk(
            view=view,
            thread=thread_of(person, view.uuid, at),
            place=_named(official(row.division), row),
            outcome=_outcome(row, view.process),
            contact={name: str(row.contact.get(f"{name}_shown", "")) for name in ("phone", "number")},
            forms=_forms(row, view.process),
            parties=_parties(row),
            pauses=told_pauses(row.pauses.filter(token="").order_by("started_at", "pk")),
            incidents=tuple(row.incidents.select_related("owner").order_by("-pk")),
            drawing=drawing_of(row, view.process, tasks, at),
            waits=_waits(row, view.process),
            bodies=body_titles({task.body for task in tasks} - {""}),
            manages=manages(person, place, row.programme, on),
            reveals=may(person, Action.REVEAL, place, row.programme, on),
            followed_by=tuple(
                row.followed_by.filter(within_reach(person, on)).order_by("pk").values_list("uuid", "number")
            ),
            rules=rules_seen(row, view.process),
        )


def task_desk(person: Person, task: int, at: datetime) -> TaskDesk:
    """One task with its case and what it asks. ``Misuse``: unknown_task, unknown_case."""
    with one_look():
        view = task_of(person, task, at)
        row = TaskRow.objects.select_related("case", "assignee").get(pk=task)
        process, own = process_of(row.case), hands(person, day_of(at))
        step = step_of(process, row.element)
        open_, fits = row.state == TaskState.OPEN, any(hand.fits(row) for hand in own)
        has, free = row.assignee_id == person.pk, row.assignee_id is None
        manager = manages(person, row.division, row.programme, day_of(at))
        asks = row.kind in (TaskKind.WORK, TaskKind.VOICE)
        return TaskDesk(
            view=view,
            case=case_desk(person, view.case, at),
            step=step,
            form=form_of(process, step.form) if step.form and row.kind == TaskKind.WORK else None,
            mine=open_ and not row.applicant and (has or (fits and free)),
            may_claim=open_ and fits and free and not row.applicant,
            may_release=open_ and not free and (has or manager or row.lent_by == person.username),
            may_hand_over=open_ and not row.applicant and (has or manager or (fits and free)),
            colleagues=_colleagues(row, at) if open_ else (),
            earlier=_earlier(row) if asks else (),
            first=_alike(row, at, TaskKind.WORK)[-1] if row.kind == TaskKind.SECOND else None,
            voices=tuple(_alike(row, at, TaskKind.VOICE)) if row.kind == TaskKind.VOICE else (),
            held=_held(row.case, process, step),
        )


def _named(code: str, row: CaseRow) -> str:
    """A place as it was called when the case was opened."""
    try:
        return find_division(code, day_of(row.opened_at)).name
    except ShishiError:
        return code


def _outcome(row: CaseRow, process: Process) -> str:
    """What it ended with, in the words of its process."""
    titles = {item.code: item.title for step in process.steps for item in step.outcomes}
    return titles.get(row.outcome, row.outcome)


def _forms(row: CaseRow, process: Process) -> tuple[FormSeen, ...]:
    told: dict[str, list[Answer]] = {name: [] for name in process.forms}
    ruled = process.rules.form if process.rules else ""
    for key, cell in decode(row.facts).items():
        fact = key.rpartition("/")[2]
        form, _, name = fact.partition(".")
        if form not in process.forms or name not in process.forms[form].by_name or cell in (None, "", ()):
            continue
        item = process.forms[form].by_name[name]
        if isinstance(cell, Sealed):
            text = mask_of(process.facts, fact, {fact: cell}, key_ring())
        else:
            text = _text(item, from_text(process.facts.by_name[fact], cell), row)
        if text:
            told[form].append(Answer(key, item, text, item.sensitive))
    return tuple(
        FormSeen(name, process.forms[name].title, tuple(_ordered(process.forms[name], answers)))
        for name, answers in told.items()
        if answers and name != ruled
    )


def _text(item: Field, value: Value, row: CaseRow) -> str:
    """As people read it: places by their names."""
    if item.type is FieldType.DIVISION and isinstance(value, str):
        return _named(value, row)
    return shown(item, value)


def _ordered(form: Table, answers: Iterable[Answer]) -> list[Answer]:
    order = {item.name: place for place, item in enumerate(form.fields)}
    return sorted(answers, key=lambda item: (item.fact.rpartition("/")[0], order[item.field.name]))


def _parties(row: CaseRow) -> tuple[PartySeen, ...]:
    rows = list(row.parties.select_related("person").order_by("pk"))
    titles = body_titles({item.body for item in rows} - {""})
    return tuple(
        PartySeen(
            item.part,
            item.person.name or item.person.username if item.person else titles.get(item.body, item.name),
            item.reason,
            item.added_by,
            item.at,
        )
        for item in rows
    )


def _waits(row: CaseRow, process: Process) -> tuple[WaitSeen, ...]:
    nodes = process.nodes
    return tuple(
        WaitSeen(nodes[wait.element].title if wait.element in nodes else wait.element, wait.kind, wait.due_at)
        for wait in waiting_on(row)
    )


def _colleagues(row: TaskRow, at: datetime) -> tuple[tuple[str, str], ...]:
    """To whom it may be handed: those who hold its post."""
    people = people_of(Place(row.role, row.body, row.division), day_of(at))
    return tuple((item.username, item.name or item.username) for item in people if item.pk != row.assignee_id)


def _earlier(row: TaskRow) -> tuple[tuple[str, str], ...]:
    """Steps of the office that were done before it and can be sent back."""
    done = TaskRow.objects.filter(case=row.case, kind=TaskKind.WORK, state=TaskState.DONE, applicant=False)
    found = done.exclude(element=row.element).exclude(token__startswith=EARLIER_ROUND).order_by("-pk")
    return tuple(dict(found.values_list("element", "step")).items())


def _alike(row: TaskRow, at: datetime, kind: TaskKind) -> list[TaskView]:
    """The other tasks of the same step."""
    rows = TaskRow.objects.select_related("case", "assignee").filter(case=row.case, token=row.token, kind=kind)
    days = calendar(None, at)
    return [task_view(item, at, days) for item in rows.order_by("pk")[:200]]


def _held(row: CaseRow, process: Process, step: Step) -> dict[str, Value]:
    """What its form is known to say; what is sealed stays where it is."""
    if not step.form:
        return {}
    form, facts = form_of(process, step.form), known(row, process)
    named = {item.name: facts.get(f"{step.form}.{item.name}") for item in form.fields if not item.sensitive}
    return {name: value for name, value in named.items() if value is not None}
