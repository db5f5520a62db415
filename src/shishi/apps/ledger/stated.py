"""What divisions stated for a period, as the ledger holds it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime
from uuid import UUID

from django.db.models import Max, Min, QuerySet

from shishi.apps.ledger.continuing import receipts
from shishi.apps.ledger.models import Batch, Proposal, RevisionRow
from shishi.apps.ledger.periods import PeriodCalendar
from shishi.apps.ledger.selectors import head, live
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


def days_stated(table: str, limit: int) -> frozenset[date]:
    """The newest days, at most ``limit`` of each, for which anything was reported or is sent to be reviewed."""
    sent = Proposal.objects.filter(table=table).order_by("-as_of").values_list("as_of", flat=True).distinct()
    told = receipts(table).order_by("-as_of").values_list("as_of", flat=True).distinct()
    return frozenset((*sent[:limit], *told[:limit]))


def turn_of(table: str) -> object:
    """While it is the same, nothing was reported, sent to be reviewed or decided under the table."""
    told = receipts(table).order_by("-pk").values_list("pk", "batch_id").first()
    sent = Proposal.objects.filter(table=table)
    decided = sent.aggregate(decided=Max("decided_at"))["decided"]
    waiting = tuple(sent.filter(state="open").order_by("proposed_at", "pk").values_list("pk", flat=True))
    return told, head(table), decided, waiting


def batches_of(sequences: Collection[int]) -> Mapping[int, Batch]:
    """By sequence of a revision the batch that brought it, with its proposal."""
    found = RevisionRow.objects.filter(sequence__in=list(sequences)).select_related("batch__proposal")
    return {row.sequence: row.batch for row in found}


def posted_without_review(entry: UUID) -> QuerySet[RevisionRow]:
    """The revisions of a row that nobody but their sender saw, with their batches."""
    found = RevisionRow.objects.filter(entry=entry, batch__approved_by="").select_related("batch")
    return found.order_by("sequence")
