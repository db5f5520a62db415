"""Processes 流程: what a case goes through. The diagram draws it; everything else (who, with which form, until when, on
which condition, by which verb) is said beside it, by element id."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

from shishi.core.criteria import ALWAYS, AnyOf, Criterion
from shishi.core.diagrams import Diagram, Node
from shishi.core.limits import Clocks, Limit, PauseKind, RatingPlan
from shishi.core.tables import Table

NEVER = AnyOf(())
"""Met by nothing."""


class Starter(StrEnum):
    """Who may open a case: the applicant, an official on the applicant's behalf, another instance, the platform."""

    APPLICANT = "applicant"
    OFFICIAL = "official"
    EXCHANGE = "exchange"
    SERVICE = "service"


@dataclass(frozen=True, slots=True)
class Starts:
    """How a case begins. ``items``: basic codes of the service items it carries out. ``on_behalf``: of whom."""

    by: tuple[Starter, ...] = (Starter.APPLICANT, Starter.OFFICIAL)
    form: str = ""
    items: tuple[str, ...] = ()


class LaneBody(StrEnum):
    """Bodies that are told by their part and not by name: any body, the lead body, the assisting ones."""

    ANY = ""
    LEAD = "lead"
    ASSISTING = "assisting"


@dataclass(frozen=True, slots=True)
class Lane:
    """Who stands behind a lane: the applicant, or a role at a body of the case's division. ``body``: a
    :class:`LaneBody` or a body's title. ``level``: ``""`` is the case's own division, else the name of the level above
    it (``county``, ``city``, ``province``) whose division is meant."""

    element: str
    title: str = ""
    applicant: bool = False
    role: str = ""
    body: str = ""
    level: str = ""


class OutcomeKind(StrEnum):
    """What an outcome means for the case. ``refuse`` asks for the legal basis and the remedy, ``supplement`` for the
    whole list at once, ``back`` for a reason."""

    APPROVE = "approve"
    REFUSE = "refuse"
    SUPPLEMENT = "supplement"
    BACK = "back"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Outcome:
    """One way to end a step. ``state``: the state that the case takes then, ``""`` for the one it has."""

    code: str
    title: str
    kind: OutcomeKind = OutcomeKind.OTHER
    state: str = ""


@dataclass(frozen=True, slots=True)
class Countersign:
    """A step of many people 会签: ``of`` names them (``posts`` of the lane, ``bodies`` of the lane, or a relation that
    the service knows, such as ``owners``). ``need``: ``all``, ``any`` or how many must agree."""

    of: str = "posts"
    need: str = "all"
    in_turn: bool = False

    @property
    def count(self) -> int | None:
        """How many, when ``need`` is a number."""
        return int(self.need) if self.need.isdigit() else None


@dataclass(frozen=True, slots=True)
class Step:
    """What somebody must do at an element. ``warn``: working days before the limit. ``state``: the state that the case
    takes when the step opens. ``special``: its time does not count, for the reason ``pause``. ``second``: a second
    person approves. ``shown``: forms that are shown beside its own. ``seen_by``: who sees its line in the thread."""

    element: str
    title: str
    lane: str = ""
    form: str = ""
    limit: Limit | None = None
    promised: Limit | None = None
    warn: int = 0
    outcomes: tuple[Outcome, ...] = ()
    second: bool = False
    countersign: Countersign | None = None
    copies: tuple[str, ...] = ()
    shown: tuple[str, ...] = ()
    state: str = ""
    special: bool = False
    seen_by: str = "parties"
    note: str = ""
    pause: PauseKind = PauseKind.SPECIAL

    def outcome(self, code: str) -> Outcome | None:
        """The outcome of that code."""
        return next((item for item in self.outcomes if item.code == code), None)


@dataclass(frozen=True, slots=True)
class Timer:
    """When a timer event is due: so long after it was armed, or on the day that the fact ``at`` holds (its closing
    time), or at the ``moment`` that is drawn (ISO 8601 with a zone). ``times``: how often in all. ``pause``: why the
    time until then does not count, ``None`` where it does."""

    element: str
    after: Limit | None = None
    at: str = ""
    moment: str = ""
    times: int = 1
    pause: PauseKind | None = None


@dataclass(frozen=True, slots=True)
class Repeat:
    """How often an activity with steps inside is done: ``times``, or once for each value of the fact ``each``, or
    again while ``again`` is met, at ``most``. ``enough``: when no more are needed."""

    element: str
    times: int | None = None
    each: str = ""
    again: Criterion = NEVER
    enough: Criterion = NEVER
    most: int = 1000


@dataclass(frozen=True, slots=True)
class Given:
    """Where a value comes from: a fact of the case (``fact``), or written in the process; amounts and days as text."""

    fact: str = ""
    value: str | int | bool | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """What a service task does: a verb of the platform. ``table``: full name of the ledger table that it posts to,
    ``cells``: what goes into which of its fields."""

    element: str
    verb: str
    arguments: Mapping[str, Given] = field(default_factory=dict)
    table: str = ""
    cells: Mapping[str, Given] = field(default_factory=dict)


class MaterialForm(StrEnum):
    """原件、复印件、电子件."""

    ORIGINAL = "original"
    COPY = "copy"
    ELECTRONIC = "electronic"


@dataclass(frozen=True, slots=True)
class Material:
    """One thing to hand in. ``promise``: a promise may stand for it 告知承诺; ``later``: it may follow within 容缺.
    ``held``: the fact or register that it is taken from when it is held already. ``when``: only then is it asked."""

    code: str
    title: str
    form: MaterialForm = MaterialForm.ELECTRONIC
    issuer: str = ""
    copies: int = 1
    required: bool = True
    promise: bool = False
    later: Limit | None = None
    held: str = ""
    when: Criterion = ALWAYS
    note: str = ""


@dataclass(frozen=True, slots=True)
class RuleCheck:
    """What a body allows: asked of the case's facts when one of the elements ``at`` is completed."""

    code: str
    criterion: Criterion
    message: str
    at: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RuleSet:
    """Rules of the body that has a case: the row of ledger ``table`` with the key ``match``; its other columns are
    facts under ``form``. ``promised``: element (``case``: all of it) → the fact with its working days."""

    table: str
    form: str
    match: Mapping[str, Given] = field(default_factory=dict)
    promised: Mapping[str, str] = field(default_factory=dict)
    checks: tuple[RuleCheck, ...] = ()


@dataclass(frozen=True)
class Process:
    """A process of a pack. ``name``: ``jurisdiction/year/NAME``; ``programme``: full name, ``""`` where any may be
    meant; ``diagrams``: its own first, then those it calls (no element id twice in all of them); ``facts``: all of a
    case as columns: ``form.field``, ``<element>.outcome``, ``case.state`` and others of the platform. ``digest`` tells
    two versions apart. ``sources``: its files as written, by name, to write the pack again; none of a given one."""

    name: str
    title: str
    version: int
    digest: str
    programme: str
    diagrams: tuple[Diagram, ...]
    facts: Table
    mark: str = ""
    starts: Starts = Starts()
    lanes: tuple[Lane, ...] = ()
    forms: Mapping[str, Table] = field(default_factory=dict)
    steps: tuple[Step, ...] = ()
    flows: Mapping[str, Criterion] = field(default_factory=dict)
    timers: tuple[Timer, ...] = ()
    repeats: tuple[Repeat, ...] = ()
    calls: tuple[Call, ...] = ()
    clocks: Clocks = field(default_factory=Clocks)
    materials: tuple[Material, ...] = ()
    ratings: RatingPlan | None = None
    rules: RuleSet | None = None
    note: str = ""
    sources: Mapping[str, str] = field(default_factory=dict)

    @property
    def short(self) -> str:
        """The last part of the name."""
        return self.name.rsplit("/", 1)[-1]

    @property
    def diagram(self) -> Diagram:
        """Its own diagram."""
        return self.diagrams[0]

    @cached_property
    def by_called(self) -> Mapping[str, Diagram]:
        """Diagrams by the id that call activities name."""
        return {diagram.id: diagram for diagram in self.diagrams}

    @cached_property
    def nodes(self) -> Mapping[str, Node]:
        """Every element of every diagram by its id."""
        return {node.id: node for diagram in self.diagrams for node in diagram.nodes}

    @cached_property
    def step_at(self) -> Mapping[str, Step]:
        """Steps by element id."""
        return {step.element: step for step in self.steps}

    def pause_at(self, element: str) -> PauseKind | None:
        """Why time does not count while a token stands at an element; ``None`` where it counts."""
        step, timer = self.step_at.get(element), self.timer_at.get(element)
        if step is not None:
            return step.pause if step.special else None
        return timer.pause if timer is not None else None

    @cached_property
    def lane_of(self) -> Mapping[str, Lane]:
        """Lanes by element id."""
        return {lane.element: lane for lane in self.lanes}

    @cached_property
    def timer_at(self) -> Mapping[str, Timer]:
        """Timers by element id."""
        return {timer.element: timer for timer in self.timers}

    @cached_property
    def repeat_at(self) -> Mapping[str, Repeat]:
        """Repetitions by element id."""
        return {repeat.element: repeat for repeat in self.repeats}

    @cached_property
    def call_at(self) -> Mapping[str, Call]:
        """Verbs by element id."""
        return {call.element: call for call in self.calls}
