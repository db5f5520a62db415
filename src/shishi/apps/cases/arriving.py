"""Messages that arrive for a case from elsewhere: each moves it once, however often it comes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from shishi.apps.accounts.models import Person
from shishi.apps.cases.in_hand import InHand, Line, in_hand
from shishi.apps.cases.models import CaseRow, WaitRow
from shishi.apps.cases.waits import fire_wait
from shishi.core.case_states import CaseAction, CaseState
from shishi.core.errors import Refused
from shishi.core.moves import TokenKind
from shishi.core.tables import Value
from shishi.core.values import to_text


def message_arrived(
    case: UUID | str,
    message: str,
    *,
    key: str,
    at: datetime,
    facts: Mapping[str, Value] | None = None,
    text: str = "",
    by: Person | None = None,
) -> bool:
    """A message of that name came for the case; ``key`` names it for ever. Its facts are kept as ``<element>.name``, or
    under their own name where they have a form (``form.field``). True when it moved the case, false when it came
    before. ``Refused`` (message_not_awaited): nothing waits for it yet or any more; whoever carries it asks again
    later."""
    with in_hand(case, by=by, at=at) as held:
        if held.done_before(f"message:{key}"):
            return False
        wait = _awaited(held, message)
        if wait is None or held.standing.state is CaseState.SUSPENDED:
            raise Refused("message_not_awaited", f"办件 {held.row.number} 现在不等“{message}”，没有收下。请稍后再送。")
        kept = {name if "." in name else f"{wait.element}.{name}": to_text(v) for name, v in (facts or {}).items()}
        told = {"message": message, "key": key}
        line = Line(CaseAction.MESSAGE, text or message, None, wait.element, wait.token, facts=kept, told=told)
        fire_wait(held, wait.token, line=line)
    return True


def awaits(case: CaseRow, message: str) -> bool:
    """Whether the case waits for such a message now."""
    return case.waits.filter(kind=TokenKind.MESSAGE, signal=message, state="waiting").exists()


def _awaited(case: InHand, message: str) -> WaitRow | None:
    found = case.row.waits.filter(kind=TokenKind.MESSAGE, state="waiting").order_by("pk")
    return found.filter(signal=message).first() or found.filter(element=message).first()
