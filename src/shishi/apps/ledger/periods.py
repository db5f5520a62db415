"""Periods 期 of a table that states figures: which one a row belongs to, when it closes, and who opened it again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from shishi.apps.accounts.models import Person
from shishi.apps.accounts.roles import Action
from shishi.apps.accounts.selectors import body_of, require
from shishi.apps.audit import chain
from shishi.apps.audit.services import record
from shishi.apps.divisions.selectors import load_tree
from shishi.apps.ledger.models import Proposal, Reopening
from shishi.apps.programmes.selectors import table_named
from shishi.core.calendars import SHANGHAI, day_of
from shishi.core.divisions import COUNTRY, Level, level_of, normalise
from shishi.core.errors import Misuse
from shishi.core.periods import Period, closes_at, period_of
from shishi.core.programmes import Cadence, Programme
from shishi.core.statements import StatementPlan
from shishi.core.tables import Table, Values


@dataclass(frozen=True, slots=True)
class PeriodCalendar:
    """The periods of one table: its plan, its cadence, and what was opened again."""

    table: Table
    programme: Programme
    plan: StatementPlan
    cadence: Cadence

    def day(self, values: Values, otherwise: date) -> date:
        """The day that a row is about; ``otherwise`` where the row names none."""
        value = values.get(self.plan.by) if self.plan.by else None
        return value if isinstance(value, date) and not isinstance(value, datetime) else otherwise

    def period(self, day: date) -> Period:
        """The period that holds the day."""
        return period_of(self.cadence.kind, day)

    def closing(self, period: Period) -> datetime | None:
        """The moment after which what was stated stands; ``None``: it may always be changed."""
        if self.plan.grace_hours is None:
            return None
        return closes_at(self.cadence, period) + timedelta(hours=self.plan.grace_hours)

    def closed(self, division: str, period: Period, at: datetime) -> bool:
        """Whether the division may no longer change the period, and nobody has opened it again."""
        closing = self.closing(period)
        if closing is None or at <= closing:
            return False
        found = Reopening.objects.filter(table=self.table.name, division=division, start=period.start, end=period.end)
        return not found.filter(opened_at__lte=at, until__gte=at).exists()

    def closed_message(self, period: Period) -> str:
        """What to do about it."""
        closing = self.closing(period)
        when = f"{closing.astimezone(SHANGHAI):%Y-%m-%d %H:%M}" if closing else ""
        return (
            f"{period.label} 已于 {when} 截止，不能再改。"
            "确需更正，请上一级用 shishi report reopen 写明原因和期限，重新打开后再报。"
        )


def calendar_of(table: Table, programme: Programme | None = None) -> PeriodCalendar | None:
    """The periods of a table; ``None`` when its rows are no statements."""
    if table.statements is None:
        return None
    known = programme or table_named(table.name)[0]
    cadence = next((item for item in known.cadences if item.table == table.name), None)
    return PeriodCalendar(table, known, table.statements, cadence) if cadence else None


def required_calendar(table: Table, programme: Programme) -> PeriodCalendar:
    """The periods of a table; ``Misuse`` (not_by_period) when its rows are no statements."""
    found = calendar_of(table, programme)
    if found is None:
        message = f"“{table.title}”不是按期填报的台账。按期填报的，要在清单的台账文件里写 statements。"
        raise Misuse("not_by_period", message)
    return found


def node_above(calendar: PeriodCalendar, division: str, level: Level | None, on: date) -> str:
    """The division at that level above a division (significant codes), or without ``level`` the nearest one."""
    lineage = [unit for unit in load_tree(codes=[division]).lineage(division, on) if unit.code != division]
    wanted = [unit for unit in lineage if not unit.placeholder and (level is None or unit.level == level)]
    root = normalise(calendar.programme.division)
    return wanted[-1].code if wanted else root if root != division else COUNTRY


@transaction.atomic
def reopen(
    calendar: PeriodCalendar, division: str, period: Period, *, until: datetime, reason: str, by: Person, at: datetime
) -> Reopening:
    """Open a closed period again for one division (significant code): by the level above, with a reason, for a time.
    Saying the same twice changes nothing."""
    levels = calendar.plan.above(level_of(division))
    above = node_above(calendar, division, levels[0] if levels else None, period.end)
    require(by, Action.ACCEPT_REPORTS, above, calendar.programme.name, day_of(at))
    if not reason.strip():
        raise Misuse("reason_missing", "重新打开要写明原因：加 --reason。")
    if until <= at:
        raise Misuse("until_in_past", "重新打开的期限（--until）要晚于现在。")
    closing = calendar.closing(period)
    if closing is None or at <= closing:
        raise Misuse("period_open", f"{period.label} 还没有截止，可以直接填报或更正。")
    facts = {"table": calendar.table.name, "division": division, "start": period.start, "end": period.end}
    told = {"reason": reason, "person": by.username, "until": until}
    held = Reopening.objects.filter(**facts, **told).first()
    if held is not None:
        return held
    opened = Reopening.objects.create(**facts, **told, opened_at=at)
    record(
        at=at,
        person=by.username,
        body=body_of(by, day_of(at)),
        action="ledger.reopened",
        subject=f"ledger.reopening:{opened.pk}",
        digest=chain.digest(_facts_of(opened)),
        detail={**facts, **told, "start": str(period.start), "end": str(period.end), "until": until.isoformat()},
    )
    return opened


def reopenings(table: str, since: datetime, until: datetime) -> Sequence[Reopening]:
    """What was opened again after one moment up to another."""
    return tuple(
        Reopening.objects.filter(table=table, opened_at__gt=since, opened_at__lte=until).order_by("opened_at", "pk")
    )


def reopenings_of(calendar: PeriodCalendar, period: Period, division: str) -> QuerySet[Reopening]:
    """How often one division's period was opened again, in order."""
    found = Reopening.objects.filter(table=calendar.table.name, division=division, start=period.start, end=period.end)
    return found.order_by("opened_at", "pk")


def _facts_of(opened: Reopening) -> list[object]:
    days = (opened.start.isoformat(), opened.end.isoformat())
    moments = (item.isoformat(timespec="microseconds") for item in (opened.opened_at, opened.until))
    return [opened.table, opened.division, *days, opened.reason, opened.person, *moments]


def digest_of_reopening(identifier: str) -> str | None:
    """Recomputed from what is stored now; ``None`` when it is gone."""
    found = Reopening.objects.filter(pk=int(identifier)).first()
    return chain.digest(_facts_of(found)) if found else None


def reopening_identifiers() -> Iterator[str]:
    """The id of every reopening, for the audit."""
    return map(str, Reopening.objects.values_list("pk", flat=True).iterator())


def proposals_of(calendar: PeriodCalendar, period: Period) -> QuerySet[Proposal]:
    """What was ever submitted for a period, in order."""
    found = Proposal.objects.filter(table=calendar.table.name, as_of__range=(period.start, period.end))
    return found.order_by("proposed_at", "pk")
