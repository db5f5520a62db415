"""What a case waits for comes: a time, a message, an error or escalation at a boundary."""

from __future__ import annotations

from shishi.apps.cases.advancing import due_of, fire
from shishi.apps.cases.in_hand import InHand, Line
from shishi.apps.cases.models import TaskRow, WaitRow
from shishi.core.case_states import CaseAction
from shishi.core.moves import TokenKind


def fire_wait(case: InHand, token: str, text: str = "") -> list[TaskRow]:
    """It came; a wait that is over already is left alone. Gives the tasks that opened."""
    wait = case.row.waits.filter(token=token).first()
    if wait is None or wait.state == "dropped" or (wait.state == "fired" and wait.kind != TokenKind.ERROR):
        return []
    _said(case, wait, text)
    again = _rearmed(case, wait)
    wait.state = "waiting" if again else "fired"
    wait.save()
    return fire(case, token)


def _said(case: InHand, wait: WaitRow, text: str) -> None:
    node = case.process.nodes.get(wait.element)
    title = node.title if node and node.title else wait.element
    action = CaseAction.TIMER if wait.kind == TokenKind.TIMER else CaseAction.MESSAGE
    case.say(Line(action, text or title, None, wait.element, wait.token))


def _rearmed(case: InHand, wait: WaitRow) -> bool:
    """A timer that comes several times is armed again, until it came as often as its process says."""
    timer = case.process.timer_at.get(wait.element)
    node = case.process.nodes.get(wait.element)
    if timer is None or timer.times <= wait.round or wait.due_at is None or (node and node.interrupting):
        return False
    wait.round += 1
    wait.due_at = due_of(case, timer, wait.due_at)
    return True
