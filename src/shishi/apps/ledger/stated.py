"""What divisions stated for a period, as the ledger holds it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime
from uuid import UUID

from django.db.models import Min, QuerySet

from shishi.apps.ledger.continuing import receipts
from shishi.apps.ledger.models import Batch, RevisionRow
from shishi.apps.ledger.periods import PeriodCalendar
from shishi.apps.ledger.selectors import live
from shishi.core.periods import Period


def stated_rows(calendar: PeriodCalendar, period: Period, known_at: datetime | None) -> dict[str, RevisionRow]:
    """By division the row that holds for the period; without a day in the key also that of an earlier one."""
    by, table = calendar.plan.by, calendar.table.name
    if not by:
        return {row.division: row for row in live(table, period.end, known_at)}
    span = {f"cells__{by}__gte": period.start.isoformat(), f"cells__{by}__lte": period.end.isoformat()}
    return {row.division: row for row in live(table, date.max, known_at).filter(**span)}


def received_at(calendar: PeriodCalendar, period: Period, known_at: datetime | None) -> dict[str, datetime]:
    """When each division first reported for the period; what was undone never came."""
    undone, told = Batch.objects.filter(undoes__isnull=False), receipts(calendar.table.name)
    if known_at:
        undone, told = undone.filter(recorded_at__lte=known_at), told.filter(recorded_at__lte=known_at)
    standing = told.filter(as_of__range=(period.start, period.end)).exclude(batch__in=undone.values("undoes"))
    return dict(
        standing.order_by().values("division").annotate(first=Min("recorded_at")).values_list("division", "first")
    )


def batches_of(sequences: Collection[int]) -> Mapping[int, Batch]:
    """By sequence of a revision the batch that brought it, with its proposal."""
    found = RevisionRow.objects.filter(sequence__in=list(sequences)).select_related("batch__proposal")
    return {row.sequence: row.batch for row in found}


def posted_without_review(entry: UUID) -> QuerySet[RevisionRow]:
    """The revisions of a row that nobody but their sender saw, with their batches."""
    found = RevisionRow.objects.filter(entry=entry, batch__approved_by="").select_related("batch")
    return found.order_by("sequence")
