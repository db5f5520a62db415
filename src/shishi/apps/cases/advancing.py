"""Moving a case on: the engine says what opens and closes, and it is written down; verbs are run as they come up.

What fails is tried three times, each time by itself: a verb that breaks takes nothing else of the move with it."""

from __future__ import annotations

from collections import deque
from datetime import datetime

from shishi.adapters.processes.base import engine_for
from shishi.apps.cases.calling import call_of, run
from shishi.apps.cases.clocks import end_pause, set_case_clock
from shishi.apps.cases.facts import answers_of, known
from shishi.apps.cases.in_hand import InHand, Line
from shishi.apps.cases.models import CallRow, TaskRow, WaitRow
from shishi.apps.cases.opened_tasks import open_tasks, stand_still
from shishi.apps.cases.raising import raise_to_superior
from shishi.core.calendars import moment_of
from shishi.core.case_clocks import reckon_due
from shishi.core.case_states import CaseAction, CaseState
from shishi.core.errors import Refused
from shishi.core.moves import Moved, Token, TokenKind
from shishi.core.processes import Timer
from shishi.core.tasks import TaskState

_OPEN = (TaskState.OPEN, TaskState.HELD)
MOST_MOVES = 200
"""Calls after calls in one go: more is a circle that nobody has to do anything in."""


def begin(case: InHand) -> list[TaskRow]:
    """The case enters its process."""
    engine = engine_for(case.process)
    return _follow(case, engine.start(case.process, answers_of(case.row, case.process, case.at)))


def carry_on(case: InHand, token: str) -> list[TaskRow]:
    """A task or a call is done."""
    engine, row = engine_for(case.process), case.row
    moved = engine.complete(case.process, bytes(row.marking), token, answers_of(row, case.process, case.at))
    return _follow(case, moved)


def fire(case: InHand, token: str) -> list[TaskRow]:
    """A time has come, a message arrived, an error or escalation was raised."""
    engine, row = engine_for(case.process), case.row
    moved = engine.fire(case.process, bytes(row.marking), token, answers_of(row, case.process, case.at))
    return _follow(case, moved)


def take_over(case: InHand, moved: Moved) -> list[TaskRow]:
    """The case is run by another version of its process from here on."""
    return _follow(case, moved)


def _follow(case: InHand, first: Moved) -> list[TaskRow]:
    """Write down a move and those that follow by themselves from its verbs; gives the tasks that opened."""
    opened: list[TaskRow] = []
    waiting: deque[Token] = deque()
    ended = _note(case, first, opened, waiting)
    engine = engine_for(case.process)
    for _ in range(MOST_MOVES):
        if not waiting:
            break
        token = waiting.popleft()
        call = call_of(case, token)
        if call is None or call.state == "dropped":
            continue
        went = run(case, call)
        if went is None:
            continue
        answers = answers_of(case.row, case.process, case.at)
        at = bytes(case.row.marking)
        moved = (
            engine.complete(case.process, at, token.token, answers)
            if went == ""
            else engine.fire(case.process, at, went, answers)
        )
        ended = _note(case, moved, opened, waiting) or ended
    if ended:
        _end(case)
    set_case_clock(case)
    return opened


def _note(case: InHand, moved: Moved, opened: list[TaskRow], waiting: deque[Token]) -> bool:
    """Write down one move."""
    row = case.row
    row.marking = moved.marking
    if moved.closed:
        close_tokens(case, moved.closed)
    opened += open_tasks(case, moved.tasks)
    for token in moved.waiting:
        arm(case, token)
    if moved.calls:
        CallRow.objects.bulk_create(
            CallRow(
                case=row,
                token=token.token,
                element=token.element,
                verb=case.process.call_at[token.element].verb if token.element in case.process.call_at else "",
                asked_at=case.at,
            )
            for token in moved.calls
        )
        waiting.extend(moved.calls)
    for raised in moved.raised:
        title = case.process.nodes[raised.element].title if raised.element in case.process.nodes else raised.element
        raise_to_superior(case, f"{title}：{raised.signal}", element=raised.element)
    return moved.ended


def close_tokens(case: InHand, tokens: tuple[str, ...]) -> None:
    """Their tasks, waits and calls are over without having been done."""
    row = case.row
    row.tasks.filter(token__in=tokens, state__in=_OPEN).update(state=TaskState.CLOSED, watch_at=None)
    row.waits.filter(token__in=tokens, state="waiting").update(state="dropped")
    row.calls.filter(token__in=tokens, state__in=["waiting", "broken"]).update(state="dropped", next_at=None)
    row.incidents.filter(token__in=tokens, state="open").update(state="closed", mended_at=case.at)
    for token in tokens:
        over(case, token)


def close_all(case: InHand) -> None:
    """Nothing of the case waits for anybody any more."""
    row = case.row
    row.tasks.filter(state__in=_OPEN).update(state=TaskState.CLOSED, watch_at=None)
    row.waits.filter(state="waiting").update(state="dropped")
    row.calls.filter(state__in=["waiting", "broken"]).update(state="dropped", next_at=None)
    row.incidents.filter(state="open").update(state="closed", mended_at=case.at)
    row.pauses.filter(ended_at__isnull=True).update(ended_at=case.at)
    row.ended, row.ended_at, row.watch_at = True, case.at, None


def over(case: InHand, token: str) -> None:
    """A token is open no more: time that did not count for its sake counts again."""
    element = _element(token)
    kind = case.process.pause_at(element)
    if kind is None:
        return
    end_pause(case, kind, token)
    others = set(case.row.pauses.filter(ended_at__isnull=True).exclude(token="").values_list("kind", flat=True))
    if kind not in others:
        end_pause(case, kind)
    if not others and case.standing.state is CaseState.PAUSED:
        case.say(Line(CaseAction.CONTINUE, element=element, token=token))


def arm(case: InHand, token: Token) -> WaitRow:
    """Write down what is waited for; a time with the moment at which it comes."""
    timer = case.process.timer_at.get(token.element)
    due = due_of(case, timer, case.at) if token.kind is TokenKind.TIMER and timer else None
    stand_still(case, token)
    return WaitRow.objects.create(
        case=case.row,
        token=token.token,
        element=token.element,
        kind=token.kind,
        signal=token.signal,
        host=token.host,
        armed_at=case.at,
        due_at=due,
    )


def due_of(case: InHand, timer: Timer, armed: datetime) -> datetime:
    """When a timer comes. ``Refused`` (timer_unset) where the fact that it waits for says no day."""
    if timer.after:
        return reckon_due(case.days, timer.after, armed).moment or armed
    if timer.moment:
        return datetime.fromisoformat(timer.moment)
    value = known(case.row, case.process).get(timer.at)
    if isinstance(value, datetime):
        return value
    if hasattr(value, "isoformat"):
        return moment_of(value, case.days.closing)  # type: ignore[arg-type]  # a day, not a moment
    raise Refused("timer_unset", f"流程要在“{timer.at}”那天继续，而它还没有填写。请补填后再提交。")


def _end(case: InHand) -> None:
    """The process is over. What was decided and has no step of delivering is delivered by being told here."""
    if case.standing.state is CaseState.PAUSED:
        case.say(Line(CaseAction.CONTINUE))
    if case.standing.state not in (CaseState.REFUSED, CaseState.DECIDED, CaseState.DELIVERED):
        case.say(Line(CaseAction.DECIDE, "流程已全部办完。"))
    if case.standing.state is CaseState.DECIDED:
        case.say(Line(CaseAction.DELIVER, "结果已在系统中告知。"))
    close_all(case)


def _element(token: str) -> str:
    """The element id that a token's name ends with."""
    return token.rpartition("/")[2].partition("#")[0].partition("[")[0]
