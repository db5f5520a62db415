"""Running verbs: each in a savepoint of its own, three times at most; what fails then
is an incident 异常件 with an owner."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import timedelta

from django.db import transaction

from shishi.apps.cases.facts import plain_facts
from shishi.apps.cases.in_hand import InHand, Line
from shishi.apps.cases.models import CallRow, IncidentRow
from shishi.apps.cases.raising import caretaker
from shishi.apps.cases.telling import tell
from shishi.apps.cases.verbs import Errand, VerbError, verb_named
from shishi.apps.ledger.writing import lock
from shishi.core.case_states import CaseAction
from shishi.core.errors import ShishiError
from shishi.core.moves import Token, TokenKind
from shishi.core.processes import Call, Given
from shishi.core.tables import Value
from shishi.core.values import to_text

TRIES = 3
PAUSES = (timedelta(minutes=1), timedelta(minutes=10))
"""Before the second and the third try."""

log = logging.getLogger("shishi.cases")


def call_of(case: InHand, token: Token) -> CallRow | None:
    """The row of a call that is to be run."""
    return case.row.calls.filter(token=token.token).first()


def run(case: InHand, call: CallRow) -> str | None:
    """Run a verb. ``""``: it is done, the case goes on; the name of an error token: its boundary goes on instead;
    ``None``: it failed and is tried again, or has become an incident."""
    called = case.process.call_at.get(call.element, Call(call.element, call.verb))
    try:
        with transaction.atomic():
            if any(item.verb.startswith("ledger.") for item in case.process.calls):
                lock()  # before the chain of the trail, which a verb may take: see in_hand
            said = verb_named(called.verb)(errand(case, call, called))
    except VerbError as known:
        return _raised(case, call, known)
    except ShishiError as refused:
        _failed(case, call, refused.message)
        return None
    except Exception as fault:
        log.exception("verb %s of %s failed", call.verb, case.row.number)
        _failed(case, call, f"{type(fault).__name__}：{fault}")
        return None
    call.state, call.said, call.failure, call.next_at, call.ended_at = "done", said.text, "", None, case.at
    call.tries += 1
    call.save()
    facts = {f"{call.element}.{name}": to_text(value) for name, value in said.facts.items()}
    case.say(Line(CaseAction.CALL, said.text, element=call.element, token=call.token, facts=facts))
    return ""


def errand(case: InHand, call: CallRow, called: Call) -> Errand:
    """What the verb is told."""
    row = case.row
    facts = plain_facts(row, case.process)
    return Errand(
        case=row.uuid,
        number=row.number,
        title=row.title,
        token=call.token,
        process=case.process,
        call=called,
        facts=facts,
        arguments=_looked_up(called.arguments, facts),
        cells=_looked_up(called.cells, facts),
        programme=row.programme,
        division=row.division,
        applicant=row.applicant,
        by=case.by,
        opened_by=row.opened_by,
        at=case.at,
        state=case.standing.state,
    )


def _looked_up(given: Mapping[str, Given], facts: Mapping[str, Value]) -> dict[str, Value]:
    return {name: facts.get(item.fact) if item.fact else item.value for name, item in given.items()}


def _raised(case: InHand, call: CallRow, known: VerbError) -> str | None:
    """An error that the process may know at the call's boundary; unknown to it, it is a failure like any other."""
    waits = case.row.waits.filter(host=call.token, kind=TokenKind.ERROR, state="waiting")
    wait = waits.filter(signal=known.code).first() or waits.filter(signal="").first()
    if wait is None:
        _failed(case, call, known.message)
        return None
    wait.state = "fired"
    wait.save(update_fields=["state"])
    call.state, call.failure, call.next_at, call.ended_at = "dropped", known.message, None, case.at
    call.save()
    case.say(Line(CaseAction.CALL, f"没有办成：{known.message}", element=call.element, token=call.token))
    return str(wait.token)


def _failed(case: InHand, call: CallRow, why: str) -> None:
    call.tries += 1
    call.failure = why[:2000]
    if call.tries < TRIES:
        call.next_at = case.at + PAUSES[call.tries - 1]
        call.save()
        return
    call.state, call.next_at = "broken", None
    call.save()
    node = case.process.nodes.get(call.element)
    title = node.title if node and node.title else call.element
    note_incident(case, "call", call.token, call.element, f"“{title}”办理失败", call.failure, call.tries)


def note_incident(
    case: InHand, what: str, token: str, element: str, title: str, failure: str, tries: int
) -> IncidentRow:
    """What failed three times becomes a visible item with an owner, and a line of the thread. The same again is the
    same."""
    held = case.row.incidents.filter(token=token, state="open").first()
    if held is not None:
        return held
    owner = caretaker(case)
    made = IncidentRow.objects.create(
        case=case.row,
        what=what,
        token=token,
        element=element,
        title=title[:200],
        failure=failure,
        tries=tries,
        body=case.row.bodies[-1] if case.row.bodies else "",
        owner=owner,
        at=case.at,
    )
    case.say(Line(CaseAction.INCIDENT, f"{title}，试了{tries}次：{failure}", element=element, token=token))
    if owner:
        text = f"办件“{case.row.title}”（{case.row.number}）：{title}，试了{tries}次没有成功（{failure}）。请处置。"
        tell([owner], case.row, key=f"incident:{made.pk}", subject="异常件", text=text, at=case.at)
    return made
