"""Numbers of papers: one after the other within a series and year."""

from __future__ import annotations

from shishi.apps.supervision.models import NoticeNumber
from shishi.core.typography import document_number


def next_number(series: str, year: int) -> str:
    """The next number of a series and year; call in the transaction that gives it out."""
    row, _ = NoticeNumber.objects.select_for_update().get_or_create(series=series, year=year)
    row.last += 1
    row.save()
    return document_number(series, year, row.last)
