"""Where each side of a case stands, as it tells the other: state, who has it, until when, under which rules. It goes
with every message about the case; what comes from there is a stranger's word and is read as one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from shishi.apps.accounts.selectors import body_titles
from shishi.apps.cases.body_rules import RulesSeen, rules_seen
from shishi.apps.cases.clock_reading import clock_of
from shishi.apps.cases.definitions import process_of
from shishi.apps.cases.models import CaseRow
from shishi.apps.divisions.selectors import find_division
from shishi.apps.programmes.selectors import calendar
from shishi.core.calendars import day_of
from shishi.core.case_states import CaseState
from shishi.core.cases import UNFINISHED
from shishi.core.divisions import official
from shishi.core.errors import ShishiError
from shishi.core.provenance import Trust
from shishi.core.tasks import TaskState

_LONG, _SHORT, _MANY = 600, 80, 20
"""So much of what the other side says is kept: characters of a sentence and of a word, lines of a list."""


@dataclass(frozen=True, slots=True)
class Stands:
    """One side of a case. ``opened_at``: when it took the case in; ``steps``: what is to be done there; ``due_at``: the
    end of its clock (``None``: none runs, or it stands still); ``sentence``: how that is reckoned."""

    place: str
    body: str
    number: str
    state: str
    opened_at: datetime | None
    steps: tuple[str, ...]
    due_at: datetime | None
    sentence: str
    rules: RulesSeen | None


def stands(row: CaseRow, at: datetime, state: str = "") -> Stands:
    """Our own side, now. ``state``: of a case in hand, before it is written down."""
    process, days = process_of(row), calendar(None, at)
    open_rows = row.tasks.filter(state__in=[TaskState.OPEN, TaskState.HELD]).order_by("pk")
    steps = dict.fromkeys(open_rows.values_list("step", flat=True))
    binding = clock_of(row, process, days).binding
    runs = CaseState(state or row.state) in UNFINISHED - {CaseState.DECIDED} and not row.ended
    tasks_due = open_rows.filter(due_at__isnull=False).order_by("due_at").values_list("due_at", flat=True).first()
    return Stands(
        place=_place(official(row.division), row),
        body=body_titles(row.bodies[-1:]).get(row.bodies[-1], "") if row.bodies else "",
        number=row.number,
        state=CaseState(state or row.state).label,
        opened_at=row.opened_at,
        steps=tuple(steps)[:_MANY],
        due_at=(binding.moment if binding else tasks_due) if runs else None,
        sentence=binding.sentence if binding and runs else "",
        rules=rules_seen(row, process),
    )


def standing_document(told: Stands) -> dict[str, object]:
    """As it travels."""
    rules = told.rules
    return {
        "place": told.place,
        "body": told.body,
        "number": told.number,
        "state": told.state,
        "opened_at": told.opened_at.isoformat() if told.opened_at else "",
        "steps": list(told.steps),
        "due_at": told.due_at.isoformat() if told.due_at else "",
        "sentence": told.sentence,
        "rules": {
            "title": rules.title,
            "lines": [list(line) for line in rules.lines],
            "basis": rules.basis,
            "trust": rules.trust,
            "verified": rules.verified,
            "set": bool(rules.entry),
        }
        if rules
        else {},
    }


def read_standing(told: object) -> Stands | None:
    """What the other side said of itself, cut to what fits; ``None`` where it says nothing (an older version)."""
    if not isinstance(told, Mapping) or not told:
        return None
    steps = told.get("steps")
    return Stands(
        place=_word(told.get("place")),
        body=_word(told.get("body")),
        number=_word(told.get("number")),
        state=_word(told.get("state")),
        opened_at=_moment(told.get("opened_at")),
        steps=tuple(_word(item) for item in steps[:_MANY]) if isinstance(steps, list) else (),
        due_at=_moment(told.get("due_at")),
        sentence=_word(told.get("sentence"), _LONG),
        rules=_rules(told.get("rules")),
    )


def _rules(told: object) -> RulesSeen | None:
    if not isinstance(told, Mapping) or not told:
        return None
    lines = told.get("lines")
    pairs = [item for item in lines if isinstance(item, list) and len(item) == 2] if isinstance(lines, list) else []
    trust = _word(told.get("trust"))
    return RulesSeen(
        table="",
        title=_word(told.get("title")),
        entry="there" if told.get("set") is True else "",
        lines=tuple((_word(title), _word(text, _LONG)) for title, text in pairs[:_MANY]),
        basis=_word(told.get("basis"), _LONG),
        trust=trust if trust in set(Trust) else Trust.DESIGN.value,
        verified=told.get("verified") is True,
    )


def _word(told: object, most: int = _SHORT) -> str:
    return told[:most] if isinstance(told, str) else ""


def _moment(told: object) -> datetime | None:
    try:
        found = datetime.fromisoformat(told) if isinstance(told, str) and told else None
    except ValueError:
        return None
    return found if found is not None and found.tzinfo is not None else None


def _place(code: str, row: CaseRow) -> str:
    try:
        return find_division(code, day_of(row.opened_at)).name
    except ShishiError:
        return code
