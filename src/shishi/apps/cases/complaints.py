"""Complaints 投诉举报 about a programme, counted for those who look at its figures."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta

from django.db.models import Count

from shishi.apps.cases.models import CaseRow
from shishi.core.calendars import moment_of

PROCESS = "complaint"
KINDS = ("complaint", "report")
"""Who asks or suggests something contradicts nobody."""
KIND = "complaint.kind"


def complaints_about(programme: str, since: date, until: date, known_at: datetime) -> Mapping[str, int]:
    """How many were opened on these days, by division (significant code). What became of them later makes no
    difference, so that the same question has the same answer for ever."""
    found = CaseRow.objects.filter(
        process__endswith=f"/{PROCESS}",
        programme=programme,
        opened_at__gte=moment_of(since, time()),
        opened_at__lt=min(moment_of(until + timedelta(days=1), time()), known_at),
        **{f"facts__{KIND}__in": KINDS},
    )
    return dict(found.order_by().values_list("division").annotate(many=Count("pk")))
