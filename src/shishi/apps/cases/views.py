"""Cases, tasks and threads as pages and programs read them; nothing here asks for a right."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from shishi.apps.accounts.names import named, names_of
from shishi.apps.cases.clock_reading import clock_of
from shishi.apps.cases.definitions import process_of, step_of
from shishi.apps.cases.models import CaseRow, CaseStep, MaterialRow, TaskRow
from shishi.apps.cases.reach import EARLIER
from shishi.apps.files.services import key_ring
from shishi.apps.ledger.sealing import Sealed, decode, mask_of
from shishi.apps.programmes.selectors import calendar
from shishi.core.calendars import WorkingCalendar
from shishi.core.case_clocks import CaseClock
from shishi.core.case_states import CaseAction, CaseState, SeenBy
from shishi.core.deadlines import left_text
from shishi.core.identifiers import mask
from shishi.core.materials import MaterialState
from shishi.core.processes import Outcome, Process
from shishi.core.tables import FieldType
from shishi.core.tasks import DONE_OUTCOME, TaskKind, TaskState
from shishi.core.values import from_text, shown


@dataclass(frozen=True, slots=True)
class TaskView:
    """One task. ``left``: how much of its time is left, in words; ``owner``: user name of who has it, ``""``: whoever
    holds the post; ``outcomes``: how it may end."""

    id: int
    case: UUID
    number: str
    title: str
    step: str
    element: str
    token: str
    kind: TaskKind
    state: TaskState
    process: str
    programme: str
    division: str
    body: str
    role: str
    applicant: bool
    owner: str
    owner_name: str
    opened_at: datetime
    due_at: datetime | None
    legal_due: datetime | None
    left: str
    outcome: str
    text: str
    done_at: datetime | None
    done_by: str
    outcomes: tuple[Outcome, ...] = ()
    form: str = ""

    def overdue(self, at: datetime) -> bool:
        """Whether it is still open after its deadline."""
        return self.state is TaskState.OPEN and self.due_at is not None and at > self.due_at


@dataclass(frozen=True, slots=True)
class StepView:
    """One line of the thread. ``who``: name and body, or 申请人; ``facts``: what a form said, title → as people read it,
    sensitive values masked; ``changes``: of corrected answers title, what stood there before, and what stands now."""

    position: int
    action: CaseAction
    who: str
    person: str
    at: datetime
    text: str
    seen_by: SeenBy
    element: str
    token: str
    outcome: str
    items: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]
    told: Mapping[str, object]
    changes: tuple[tuple[str, str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class MaterialView:
    """One material of a case."""

    code: str
    title: str
    required: bool
    state: MaterialState
    file_name: str
    sha256: str
    receipt: str
    source: str
    remark: str
    due_at: datetime | None
    may_promise: bool
    may_follow: bool
    note: str


@dataclass(frozen=True, slots=True)
class CaseView:
    """One case. ``may``: the verbs that the reader may use on it now; ``clock``: both deadlines with their reckoning;
    ``answers``: facts with their titles, sensitive ones masked; ``asked``: what an open supplement asks for."""

    uuid: UUID
    number: str
    title: str
    process: Process
    programme: str
    item: str
    division: str
    channel: str
    state: CaseState
    outcome: str
    applicant: str
    applicant_kind: str
    phone: str
    opened_at: datetime
    opened_by: str
    ended_at: datetime | None
    clock: CaseClock
    left: str
    extended: bool
    rounds: int
    asked: tuple[str, ...]
    asked_told: str
    answers: tuple[tuple[str, str, str], ...]
    tasks: tuple[TaskView, ...]
    materials: tuple[MaterialView, ...]
    marking: bytes = field(repr=False, default=b"")
    follows: str = ""
    rating: int = 0
    demonstration: bool = False
    may: tuple[str, ...] = ()


def task_view(row: TaskRow, at: datetime, days: WorkingCalendar, process: Process | None = None) -> TaskView:
    """A task as it stands; with its process also how it may end."""
    outcomes: tuple[Outcome, ...] = ()
    form = ""
    if process is not None and row.kind in (TaskKind.WORK, TaskKind.VOICE):
        step = step_of(process, row.element)
        outcomes, form = step.outcomes or (DONE_OUTCOME,), step.form
    owner = row.assignee
    return TaskView(
        id=row.pk,
        case=row.case.uuid,
        number=row.case.number,
        title=row.title,
        step=row.step,
        element=row.element,
        token=row.token,
        kind=TaskKind(row.kind),
        state=TaskState(row.state),
        process=row.process,
        programme=row.programme,
        division=row.division,
        body=row.body,
        role=row.role,
        applicant=row.applicant,
        owner=owner.username if owner else "",
        owner_name=owner.name if owner else "",
        opened_at=row.opened_at,
        due_at=row.due_at,
        legal_due=row.legal_due,
        left=left_text(days, row.due_at, at) if row.due_at and row.state == TaskState.OPEN else "",
        outcome=row.outcome,
        text=row.text,
        done_at=row.done_at,
        done_by=row.done_by,
        outcomes=outcomes,
        form=form,
    )


def case_view(row: CaseRow, at: datetime, *, officials: bool, may: Collection[str] = ()) -> CaseView:
    """A case as it stands. Who is no official sees no open tasks of colleagues but their titles, no names."""
    process, days = process_of(row), calendar(None, at)
    clock = clock_of(row, process, days)
    tasks = row.tasks.exclude(state=TaskState.CLOSED).exclude(EARLIER).select_related("assignee", "case")
    rating = row.ratings.order_by("-round").values_list("code", flat=True).first()
    supplement = row.tasks.filter(kind=TaskKind.SUPPLEMENT, state=TaskState.OPEN).order_by("-pk").first()
    return CaseView(
        uuid=row.uuid,
        number=row.number,
        title=row.title,
        process=process,
        programme=row.programme,
        item=row.item,
        division=row.division,
        channel=row.channel,
        state=CaseState(row.state),
        outcome=row.outcome,
        applicant=row.applicant_name if row.applicant_kind == "legal" else mask(FieldType.TEXT, row.applicant_name),
        applicant_kind=row.applicant_kind,
        phone=str(row.contact.get("phone_shown", "")),
        opened_at=row.opened_at,
        opened_by=row.opened_by if officials else "",
        ended_at=row.ended_at,
        clock=clock,
        left=clock.told(days, at) if not row.ended else "",
        extended=bool(row.extended),
        rounds=int(row.standing.get("rounds", 0)),
        asked=tuple(row.standing.get("asked", ())) if supplement else (),
        asked_told=supplement.text if supplement else "",
        answers=tuple(answers_shown(row.facts, process)),
        tasks=tuple(task_view(task, at, days, process if officials else None) for task in tasks.order_by("pk")[:200]),
        materials=tuple(material_view(item, process) for item in row.materials.order_by("pk")),
        marking=bytes(row.marking),
        follows=row.follows.number if row.follows else "",
        rating=rating or 0,
        demonstration=row.demonstration,
        may=tuple(sorted(may)),
    )


def material_view(row: MaterialRow, process: Process) -> MaterialView:
    """One material with what may be done instead of handing it in."""
    material = next((item for item in process.materials if item.code == row.code), None)
    return MaterialView(
        code=row.code,
        title=row.title,
        required=row.required,
        state=MaterialState(row.state),
        file_name=row.file_name,
        sha256=row.sha256,
        receipt=row.receipt,
        source=row.source,
        remark=row.remark,
        due_at=row.due_at,
        may_promise=bool(material and material.promise),
        may_follow=bool(material and material.later),
        note=material.note if material else "",
    )


def answers_shown(facts: Mapping[str, object], process: Process) -> Iterable[tuple[str, str, str]]:
    """Of each fact of a form: its name, its title and how people read it; sensitive values masked."""
    for key, cell in decode(facts).items():
        field_ = process.facts.by_name.get(key.rpartition("/")[2])
        if field_ is None or key.rpartition("/")[2].endswith(".outcome"):
            continue
        text = "（已加密）" if isinstance(cell, Sealed) else shown(field_, from_text(field_, cell))
        if text:
            yield key, field_.title, text


def step_views(steps: Sequence[CaseStep], row: CaseRow, process: Process, *, officials: bool) -> tuple[StepView, ...]:
    """The lines that the reader may see, in their order. To an applicant no official has a name, only a body."""
    seen = frozenset(SeenBy) if officials else frozenset({SeenBy.APPLICANT, SeenBy.PARTIES})
    names_of({step.person for step in steps})
    own = row.applicant.username if row.applicant else ""
    changed = _changes(steps, process) if officials else {}
    return tuple(
        StepView(
            position=step.position,
            action=CaseAction(step.action),
            who=_who(step.person, own, officials),
            person=step.person if officials else "",
            at=step.at,
            text=step.text,
            seen_by=SeenBy(step.seen_by),
            element=step.element,
            token=step.token,
            outcome=step.outcome,
            items=tuple(step.items),
            facts=tuple((title, text) for _, title, text in answers_shown(step.facts, process)) if officials else (),
            told=step.told if officials else _public(step.told),
            changes=changed.get(step.position, ()) if officials else (),
        )
        for step in steps
        if step.seen_by in seen
    )


def _changes(steps: Sequence[CaseStep], process: Process) -> dict[int, tuple[tuple[str, str, str], ...]]:
    """By the place of their line: answers that the applicant corrected, with what stood there before."""
    found: dict[int, tuple[tuple[str, str, str], ...]] = {}
    before: dict[str, object] = {}
    for step in steps:
        if step.action == CaseAction.SUPPLEMENT and step.facts:
            old, new = (_shown_facts(facts, process) for facts in (before, step.facts))
            named = ((process.facts.by_name[key].title, old.get(key, ""), text) for key, text in new.items())
            found[step.position] = tuple(named)
        before |= step.facts
    return found


def _shown_facts(facts: Mapping[str, object], process: Process) -> dict[str, str]:
    """Facts of forms as people read them; what is sensitive by its mask."""
    told: dict[str, str] = {}
    for key, cell in decode(facts).items():
        field_ = process.facts.by_name.get(key)
        if field_ is not None:
            told[key] = (
                mask_of(process.facts, key, {key: cell}, key_ring())
                if isinstance(cell, Sealed)
                else shown(field_, from_text(field_, cell))
            )
    return told


def _who(person: str, applicant: str, officials: bool) -> str:
    if person == applicant:
        return "申请人"
    found = named(person)
    return found.told if officials else found.body or "系统"


_TOLD = ("basis", "remedy", "outcome", "receipt", "due", "list", "code")


def _public(told: Mapping[str, object]) -> dict[str, object]:
    return {key: value for key, value in told.items() if key in _TOLD}
