"""Tasks that open: one row for who stands in the lane, or one for each of many who are asked to speak."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from shishi.apps.accounts.lanes import nearest_part
from shishi.apps.accounts.models import Person
from shishi.apps.accounts.selectors import officials_named
from shishi.apps.cases.body_rules import step_here
from shishi.apps.cases.clock_reading import told_pauses
from shishi.apps.cases.clocks import begin_pause, set_task_clock
from shishi.apps.cases.definitions import lane_of, step_of
from shishi.apps.cases.facts import known
from shishi.apps.cases.in_hand import InHand, Line
from shishi.apps.cases.lanes import Place, people_of, place_of
from shishi.apps.cases.models import CaseParty, TaskRow
from shishi.apps.cases.reach import hands
from shishi.apps.cases.verbs import members_named
from shishi.core.calendars import day_of
from shishi.core.case_states import CaseAction, CaseState, SeenBy
from shishi.core.cases import MOVES
from shishi.core.errors import Refused
from shishi.core.moves import Token
from shishi.core.processes import Countersign, Lane, LaneBody, Step
from shishi.core.programmes import Part
from shishi.core.tasks import TaskKind


@dataclass(frozen=True, slots=True)
class Doer:
    """For whom a row is made: somebody in person, or whoever holds a place."""

    place: Place
    person: Person | None = None
    applicant: bool = False


def open_tasks(case: InHand, tokens: tuple[Token, ...]) -> list[TaskRow]:
    """Write a row for each token that waits for people. Those of one move are written together."""
    rows = [row for token in tokens for row in _rows(case, token)]
    case.add_tasks(rows)
    bodies = {row.body for row in rows if row.body} - set(case.row.bodies)
    case.row.bodies = [*case.row.bodies, *sorted(bodies)]
    for token in tokens:
        _copies(case, token)
        _begins(case, token)
    return rows


def _rows(case: InHand, token: Token) -> Iterator[TaskRow]:
    step = step_here(case.row, case.process, step_of(case.process, token.element))
    lane = lane_of(case.process, token.element, token.lane)
    doers = list(_doers(case, step, lane))
    clocked = bool(step.limit or step.promised)
    pauses = told_pauses(pause for pause in case.pauses if pause.token in ("", token.token)) if clocked else ()
    for doer in doers:
        row = task_row(case, token.token, token.element, doer)
        row.kind = TaskKind.VOICE if step.countersign else TaskKind.WORK
        row.step = f"{step.title}（代申请人）" if lane.applicant and not doer.applicant else step.title
        if clocked:
            set_task_clock(row, step, case.days, pauses)
        yield row


def task_row(case: InHand, token: str, element: str, doer: Doer) -> TaskRow:
    """A row as it begins; its kind, step and deadlines are the caller's."""
    return TaskRow(
        case=case.row,
        token=token,
        element=element,
        title=case.row.title,
        process=case.row.process,
        programme=case.row.programme,
        division=doer.place.division,
        body=doer.place.body,
        role=doer.place.role,
        applicant=doer.applicant,
        assignee=doer.person,
        opened_at=case.at,
    )


def _doers(case: InHand, step: Step, lane: Lane) -> Iterator[Doer]:
    place = where(case, lane)
    if step.countersign:
        yield from _voices(case, step, step.countersign, place)
    elif lane.applicant:
        yield _applicant(case)
    else:
        yield Doer(place)


def _applicant(case: InHand) -> Doer:
    """Who applied. Of a case that was taken in at a window for somebody without an account, the post that took it in
    does it on their word; else nobody could."""
    row = case.row
    if row.applicant is None:
        official = officials_named([row.opened_by]).get(row.opened_by)
        posts = hands(official, day_of(case.at)) if official else ()
        for hand in posts:
            if hand.reach.holds(row.division, row.programme):
                return Doer(Place(hand.role.value, hand.body, row.division), official)
    return Doer(Place("", "", row.division), row.applicant, applicant=True)


def where(case: InHand, lane: Lane) -> Place:
    """The place behind a lane for this case."""
    row = case.row
    return place_of(lane, programme=row.programme, division=row.division, on=day_of(case.at))


def _voices(case: InHand, step: Step, countersign: Countersign, place: Place) -> Iterator[Doer]:
    """A row for each who is asked. ``Refused`` (countersign_empty) where nobody is."""
    row, on = case.row, day_of(case.at)
    if countersign.of == "posts":
        found = [Doer(place, person) for person in people_of(place, on)]
    elif countersign.of == "bodies":
        found = [Doer(Place(place.role, code, place.division)) for code in _bodies(case, place)]
    else:
        members = members_named(countersign.of)
        people = members(row.uuid, known(row, case.process)) if members else _parties(case)
        found = [Doer(Place("", "", row.division), person, applicant=True) for person in people]
    if not found:
        message = f"“{step.title}”要会签，而现在没有可以会签的人。请先配好岗位或名册，再继续办理。"
        raise Refused("countersign_empty", message)
    yield from found


def _bodies(case: InHand, place: Place) -> list[str]:
    """The lead body and every assisting one there."""
    found: list[str] = []
    row, on = case.row, day_of(case.at)
    for part in (Part.LEAD, Part.ASSISTING):
        while code := nearest_part(part, row.programme, place.division, on, found):
            found.append(code)
    return found


def _parties(case: InHand) -> tuple[Person, ...]:
    held = CaseParty.objects.filter(case=case.row, part="party", person__isnull=False).select_related("person")
    return tuple(item.person for item in held.order_by("pk") if item.person)


def _copies(case: InHand, token: Token) -> None:
    """Who else gets to see it: the bodies behind the lanes that the step names."""
    for name in step_of(case.process, token.element).copies:
        place = where(case, case.process.lane_of.get(name, Lane(name)))
        if place.body and place.body not in case.row.bodies:
            CaseParty.objects.get_or_create(
                case=case.row, part="copied", body=place.body, defaults={"added_by": case.actor, "at": case.at}
            )


def _begins(case: InHand, token: Token) -> None:
    """What a step does to the case when it opens: its state, and time that does not count while it lasts."""
    step = step_of(case.process, token.element)
    lane = lane_of(case.process, token.element, token.lane)
    if lane.body and lane.body not in set(LaneBody) and (missing := where(case, lane).instead):
        said = f"本地没有“{missing}”，“{step.title}”由牵头单位办理"
        case.say(Line(CaseAction.COMMENT, said, SeenBy.OFFICIALS, token.element, token.token))
    wanted = CaseState(step.state) if step.state else None
    if wanted is CaseState.HANDLING and case.standing.state is CaseState.ACCEPTED:
        case.say(Line(CaseAction.HANDLE, element=token.element, token=token.token))
    stand_still(case, token, step.title)


def stand_still(case: InHand, token: Token, title: str = "") -> None:
    """Time that does not count begins where a token's element says so: for the token's own task and for the case."""
    kind = case.process.pause_at(token.element)
    if kind is None:
        return
    if case.standing.state in MOVES[CaseAction.PAUSE].sources:
        case.say(Line(CaseAction.PAUSE, title or kind.label, element=token.element, token=token.token))
    begin_pause(case, kind, token.token)
    if not case.row.pauses.filter(kind=kind, token="", ended_at__isnull=True).exists():
        begin_pause(case, kind)
