"""What programs may hear of cases: that something happened, to which case, and where it stands. Names, telephone
numbers and what people wrote are not told: who may know them asks for the case itself."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from shishi.apps.accounts.models import Person
from shishi.apps.cases.seen import case_of
from shishi.core.divisions import official
from shishi.core.errors import Misuse


def heard(person: Person, subject: str, at: datetime) -> Mapping[str, object] | None:
    """Of ``case.step:<uuid>/<position>``; ``None`` for a case beyond the person's reach and for what is no case."""
    identifier = subject.partition(":")[2].partition("/")[0]
    try:
        seen = case_of(person, identifier, at)
    except (Misuse, ValueError):
        return None
    due = seen.clock.binding
    return {
        "case": str(seen.uuid),
        "number": seen.number,
        "process": seen.process.name,
        "programme": seen.programme,
        "division": official(seen.division),
        "state": seen.state.value,
        "outcome": seen.outcome,
        "due_at": due.moment.isoformat() if due and due.moment else None,
    }
