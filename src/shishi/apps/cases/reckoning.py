"""How long a case took by its own clock: what a ledger asks of it and nobody should count by hand."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from shishi.apps.cases.clock_reading import pauses_of
from shishi.apps.cases.models import CaseRow
from shishi.apps.cases.verbs import Errand, Said
from shishi.apps.programmes.selectors import calendar
from shishi.core.calendars import day_of
from shishi.core.divisions import official
from shishi.core.limits import PauseKind
from shishi.core.tables import Value


def reckon(errand: Errand) -> Said:
    """``cases.reckon``: the day of the decision, working days after the one on which the clock began up to it, without
    those that did not count, whether a supplement was asked for; and with ``group`` the place of the case and that word
    (``341800/KS-02``)."""
    row = CaseRow.objects.get(uuid=errand.case)
    first, last = day_of(row.clock_from or row.opened_at), day_of(errand.at)
    facts: dict[str, Value] = {
        "decided_on": last,
        "days": working_days(row, first, last, errand.at),
        "supplemented": row.pauses.filter(kind=PauseKind.SUPPLEMENT).exists(),
    }
    group = errand.arguments.get("group")
    if group:
        facts["group"] = f"{official(row.division)}/{group}"
    return Said(f"办理用时 {facts['days']} 个工作日（{first} 收件当日不计，补正等不计入的时间已扣除）", facts)


def working_days(row: CaseRow, first: date, last: date, at: datetime) -> int:
    """Working days after ``first`` up to and with ``last`` that count."""
    days, pauses = calendar(None, at), pauses_of(row)
    span = (first + timedelta(days=step) for step in range(1, (last - first).days + 1))
    return sum(days.is_working(day) and not any(pause.covers(day) for pause in pauses) for day in span)
