"""What a case waits for comes: a time, a message, an error or escalation at a boundary."""

from __future__ import annotations

from shishi.apps.cases.advancing import fire, over
from shishi.apps.cases.in_hand import InHand, Line
from shishi.apps.cases.models import TaskRow, WaitRow
from shishi.core.case_states import CaseAction
from shishi.core.moves import TokenKind


def fire_wait(case: InHand, token: str, text: str = "", line: Line | None = None) -> list[TaskRow]:
    """It came; a wait that is over already is left alone. ``line``: what the thread says of it, where that is more than
    ``text``. Gives the tasks that opened."""
    wait = case.row.waits.filter(token=token).first()
    if wait is None or wait.state == "dropped" or (wait.state == "fired" and wait.kind != TokenKind.ERROR):
        return []
    if line is None:
        _said(case, wait, text)
    else:
        case.say(line)
    wait.state = "fired"
    wait.save(update_fields=["state"])
    over(case, token)
    return fire(case, token)


def _said(case: InHand, wait: WaitRow, text: str) -> None:
    node = case.process.nodes.get(wait.element)
    title = node.title if node and node.title else wait.element
    action = CaseAction.TIMER if wait.kind == TokenKind.TIMER else CaseAction.MESSAGE
    case.say(Line(action, text or title, None, wait.element, wait.token))
