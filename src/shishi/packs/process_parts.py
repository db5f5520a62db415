"""Parts of ``processes/NAME.yaml`` as core objects: limits, lanes, steps, timers, calls, materials."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from shishi.core.criteria import Criterion
from shishi.core.diagrams import Diagram, Many, Node
from shishi.core.errors import Refused
from shishi.core.limits import Clocks, Limit, PauseKind, RatingPlan, duration_limit
from shishi.core.processes import (
    Call,
    Countersign,
    Given,
    Lane,
    Material,
    Outcome,
    OutcomeKind,
    Starts,
    Step,
    Timer,
)
from shishi.packs.process_shapes import (
    CallShape,
    ClockShape,
    FromShape,
    LaneShape,
    LimitShape,
    MaterialShape,
    OutcomeShape,
    ProcessShape,
    RatingsShape,
    Source,
    StepShape,
    TimerShape,
)
from shishi.packs.yaml_files import typed

_CYCLE = re.compile(r"R(\d{0,4})/(P.+)", re.ASCII)
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?(Z|[+-]\d\d:\d\d)", re.ASCII)


def limit(shape: LimitShape | None) -> Limit | None:
    """A limit, where there is one."""
    return Limit(**shape.model_dump()) if shape else None


def lane(element: str, shape: LaneShape, diagram: Diagram) -> Lane:
    """Who stands behind a lane, under the name that is drawn unless another is given."""
    drawn = next((item.title for item in diagram.lanes if item.id == element), "")
    return Lane(element, shape.title or drawn or element, shape.applicant, shape.role, shape.body, shape.level)


def step(node: Node, shape: StepShape, lane_of: str) -> Step:
    """What is to be done at an element."""
    told = shape.countersign
    return Step(
        element=node.id,
        title=shape.title or node.title or node.id,
        lane=lane_of,
        form=shape.form,
        limit=limit(shape.limit),
        promised=limit(shape.promised),
        warn=shape.warn,
        outcomes=tuple(outcome(code, item) for code, item in shape.outcomes.items()),
        second=shape.second,
        countersign=Countersign(told.of, told.need, told.in_turn or node.many is Many.IN_TURN) if told else None,
        copies=tuple(shape.copies),
        shown=tuple(shape.shown),
        state=shape.state,
        special=bool(shape.special),
        pause=pause(shape.special) or PauseKind.SPECIAL,
        seen_by=shape.seen_by,
        note=shape.note,
    )


def pause(special: bool | str) -> PauseKind | None:
    """Why time does not count, as a step or a timer says it."""
    return PauseKind.SPECIAL if special is True else PauseKind(special) if special else None


def outcome(code: str, shape: str | OutcomeShape) -> Outcome:
    """An outcome; its kind is its code's unless it is said."""
    kinds = {kind.value: kind for kind in OutcomeKind}
    usual = kinds.get(code, OutcomeKind.OTHER)
    if isinstance(shape, str):
        return Outcome(code, shape, usual)
    return Outcome(code, shape.title, shape.kind or usual, shape.state)


def timer(node: Node, shape: TimerShape | None) -> Timer:
    """When a timer is due: as the YAML says, else as the diagram says to the letter: a duration, ``R3/PT1H`` for three
    times, or a moment with its zone. ``Refused`` ``duration_unreadable``."""
    if shape is None:
        return _drawn_timer(node)
    if shape.at:
        return Timer(node.id, at=shape.at, times=shape.times, pause=pause(shape.special))
    if shape.amount is None and shape.special and node.timing.strip():
        return replace(_drawn_timer(node), pause=pause(shape.special))
    if shape.amount is None:
        message = f"定时“{node.title or node.id}”要写 amount（多久）或 at（哪个日期字段）。"
        raise Refused("duration_unreadable", message)
    told = Limit(shape.amount, shape.unit, shape.basis, shape.trust, shape.verified)
    return Timer(node.id, told, times=shape.times, pause=pause(shape.special))


def _drawn_timer(node: Node) -> Timer:
    text = node.timing.strip()
    cycle = _CYCLE.fullmatch(text)
    if cycle:
        return Timer(node.id, duration_limit(cycle[2]), times=int(cycle[1] or 0))
    if _MOMENT.fullmatch(text):
        try:
            return Timer(node.id, moment=datetime.fromisoformat(text.replace("Z", "+00:00")).isoformat())
        except ValueError:
            pass
    return Timer(node.id, duration_limit(text))


def call(element: str, shape: CallShape, table: str) -> Call:
    """What a service task does. ``table``: the full name of the table that it posts to."""
    return Call(element, shape.verb, given(shape.with_), table, given(shape.cells))


def given(sources: Mapping[str, Source]) -> dict[str, Given]:
    """Where each value comes from."""
    return {name: _source(source) for name, source in sources.items()}


def _source(source: Source) -> Given:
    if isinstance(source, FromShape):
        return Given(fact=source.from_)
    value = typed(source)
    return Given(value=value if isinstance(value, bool | int) else str(source))


def clocks(shape: ClockShape) -> Clocks:
    """The clock of the case."""
    legal, promised, extension = limit(shape.legal), limit(shape.promised), limit(shape.extension)
    return Clocks(legal, promised, shape.starts, extension, shape.warn)


def material(code: str, shape: MaterialShape, when: Criterion) -> Material:
    """One thing to hand in."""
    told = shape.model_dump(exclude={"later", "when"})
    return Material(code=code, later=limit(shape.later), when=when, **told)


def ratings(shape: RatingsShape | None) -> RatingPlan | None:
    """What a bad rating asks for."""
    if shape is None:
        return None
    verify, correct = limit(shape.verify), limit(shape.correct)
    assert verify is not None and correct is not None  # noqa: S101, PT018 - both are required by the shape
    return RatingPlan(verify, correct)


def starts(shape: ProcessShape) -> Starts:
    """How a case begins."""
    return Starts(tuple(shape.starts.by), shape.starts.form, tuple(shape.starts.items))
